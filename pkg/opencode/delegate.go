package opencode

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/loop"
	"panther/pkg/sd"
	"panther/pkg/subagent"
)

// delegates names the agents that tasks may go to, for the model.
func (r *server) delegates() string {
	var b strings.Builder
	for _, a := range r.agents {
		if a.Mode != api.ModePrimary && !a.Hidden {
			fmt.Fprintf(&b, "\n- %s: %s", a.Name, a.Description)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return " Agents:" + b.String()
}

// defaultSubagent works on tasks that name no agent.
const defaultSubagent = "researcher"

// toolDelegate runs tasks at once, each by a sub-agent of its own. One that
// fails is reported and does not end the others.
func (t *turn) toolDelegate(ctx context.Context, a toolArgs, call llm.Call) (loop.Result, error) {
	if len(a.Tasks) == 0 || len(a.Tasks) > 16 {
		return loop.Result{}, errors.New("give 1 to 16 tasks")
	}
	type outcome struct {
		text string
		err  error
	}
	out := make([]outcome, len(a.Tasks))
	children := make([]map[string]any, len(a.Tasks))
	var mu sync.Mutex // of children
	show := func(i int, k string, v any) {
		mu.Lock()
		defer mu.Unlock()
		children[i][k] = v
		if rec, ok := t.out.(*recorder); ok {
			list := make([]any, len(children))
			for j, c := range children {
				m := map[string]any{}
				for k, v := range c {
					m[k] = v
				}
				list[j] = m
			}
			rec.progress(call.ID, fmt.Sprintf("%d sub-agents", len(children)), map[string]any{"tasks": list})
		}
	}
	var wg sync.WaitGroup
	for i := range a.Tasks {
		children[i] = map[string]any{"description": oneLine(a.Tasks[i].Description, 100), "status": "waiting"}
	}
	for i, task := range a.Tasks {
		wg.Go(func() {
			out[i].text, out[i].err = t.r.delegate(ctx, t, task, func(k string, v any) { show(i, k, v) })
			status := "done"
			if out[i].err != nil {
				status = "failed"
			}
			show(i, "status", status)
		})
	}
	wg.Wait()
	var b strings.Builder
	failed := 0
	for i, task := range a.Tasks {
		title := fmt.Sprintf("Task %d (%s)", i+1, oneLine(task.Description, 100))
		if out[i].err != nil {
			failed++
			fmt.Fprintf(&b, "%s failed: %s\n", title, out[i].err)
			continue
		}
		fmt.Fprintf(&b, "%s:\n%s", title, t.src.Data("result", out[i].text))
	}
	if failed == len(a.Tasks) {
		return loop.Result{}, errors.New(strings.TrimSpace(b.String()))
	}
	title := fmt.Sprintf("%d of %d tasks done", len(a.Tasks)-failed, len(a.Tasks))
	return loop.Result{Title: title, Output: b.String(), Metadata: map[string]any{"tasks": children}}, nil
}

// delegate has one sub-agent work on a task. A sub-agent that is lost is
// started once more; one that fails or takes too long is not.
func (r *server) delegate(ctx context.Context, parent *turn, task task, show func(string, any)) (string, error) {
	name := task.Agent
	if name == "" {
		name = defaultSubagent
	}
	a := r.agent(name)
	if a == nil || a.Mode == api.ModePrimary {
		return "", fmt.Errorf("there is no sub-agent %q", oneLine(name, 64))
	}
	if strings.TrimSpace(task.Prompt) == "" {
		return "", errors.New("the task is empty")
	}
	select {
	case r.subSlots <- struct{}{}:
		defer func() { <-r.subSlots }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	show("status", "running")
	child, err := r.newChild(ctx, parent, a, task)
	if err != nil {
		return "", err
	}
	if child.session != "" {
		show("sessionID", child.session)
	}
	d := r.cfg.Subagents.Time.D()
	ctx, cancel := context.WithTimeoutCause(ctx, d, fmt.Errorf("the sub-agent was ended after %s", d))
	defer cancel()
	res, err := r.attempt(ctx, child)
	if lost(err) && ctx.Err() == nil {
		r.log.Warn("sub-agent lost, starting another", "session_id", parent.session, "turn_id", parent.id, "agent", a.Name, "error", err)
		show("status", "retried")
		res, err = r.attempt(ctx, child)
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	child.end(ctx, err)
	if err != nil {
		return "", err
	}
	return parent.adopt(child.turn, res.Text), nil
}

// lost reports whether a sub-agent went without an answer.
func lost(err error) bool {
	var answered *subagent.Error
	return err != nil && !errors.As(err, &answered)
}

func (r *server) attempt(ctx context.Context, c *child) (*subagent.Result, error) {
	conn, err := r.dialSubagent(ctx)
	if err != nil {
		return nil, err
	}
	var specs []llm.Tool
	c.byName = map[string]loop.Tool{}
	for _, tool := range c.turn.tools() {
		if tool.Name == "delegate" { // sub-agents start none of their own
			continue
		}
		specs = append(specs, tool.Tool)
		c.byName[tool.Name] = tool
	}
	c.specs = specs
	c.steps = r.cfg.Steps
	if c.turn.agent.Steps > 0 {
		c.steps = c.turn.agent.Steps
	}
	c.left = c.steps + 1
	began := time.Now()
	return subagent.Run(ctx, conn, subagent.Task{System: c.turn.instructions(), Prompt: c.prompt, Tools: specs, Steps: c.steps,
		Session: c.parent.session, Turn: c.parent.id, Agent: c.turn.agent.Name}, c, func(h subagent.Hello) {
		r.log.Info("sub-agent started", "session_id", c.parent.session, "turn_id", c.parent.id, "agent", c.turn.agent.Name,
			"subagent_pid", h.PID, "millis", time.Since(began).Milliseconds())
	})
}

// dialSubagent connects to a new sub-agent: through systemd, which starts a
// sandboxed one for the connection, or one in this process where no socket is
// configured.
func (r *server) dialSubagent(ctx context.Context) (net.Conn, error) {
	if r.cfg.Subagents.Socket != "" {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", r.cfg.Subagents.Socket)
		if err != nil {
			return nil, sd.Hint(fmt.Errorf("start sub-agent: %w", err), "see: systemctl status opencode-subagent.socket")
		}
		return conn, nil
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("start sub-agent: %w", err)
	}
	var ends [2]net.Conn
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "subagent")
		ends[i], err = net.FileConn(f)
		_ = f.Close()
		if err != nil {
			return nil, fmt.Errorf("start sub-agent: %w", err)
		}
	}
	go func() {
		if err := subagent.Serve(ctx, ends[1]); err != nil {
			r.log.Debug("sub-agent ended", "error", err)
		}
	}()
	return ends[0], nil
}

// child is a sub-agent as its parent sees it: a session of its own in which
// everything is written down.
type child struct {
	r       *server
	parent  *turn
	turn    *turn
	session string
	prompt  string
	rec     *recorder
	specs   []llm.Tool
	byName  map[string]loop.Tool
	steps   int

	mu   sync.Mutex
	left int // answers of the model
	step int
}

// newChild makes the session of a sub-agent. A turn of which nothing is stored
// has children of which nothing is.
func (r *server) newChild(ctx context.Context, parent *turn, a *agents.Agent, task task) (*child, error) {
	c := &child{r: r, parent: parent, prompt: task.Prompt}
	t := &turn{r: r, agent: a, model: parent.model, question: task.Prompt, disabled: parent.disabled, above: parent, src: grounding.NewSources(),
		spent: parent.spent + parent.cost}
	t.guard = grounding.NewGuard(t.src)
	t.src.AllowText(task.Prompt)
	if a.Model != "" {
		if i, ok := r.models.Find(a.Model); ok {
			t.model = i.Ref()
		}
	}
	t.rules = append(append(agents.Rules{}, a.Rules...), r.configured...)
	c.turn = t
	t.out = &silent{t: t}
	if parent.session == "" {
		return c, nil
	}
	s, err := r.createSession(ctx, api.CreateSession{ParentID: parent.session, Agent: a.Name, Title: oneLine(task.Description+" (@"+a.Name+" subagent)", 150)})
	if err != nil {
		return nil, err
	}
	t.session, c.session, t.id = s.ID, s.ID, knowledge.NewID("msg")
	user := api.Message{ID: knowledge.NewID("msg"), SessionID: s.ID, Role: api.RoleUser, Agent: a.Name, Model: t.ref(), Time: api.MessageTime{Created: now()}}
	part := api.Part{ID: knowledge.NewID("prt"), SessionID: s.ID, MessageID: user.ID, Type: api.PartText, Text: task.Prompt}
	t.id = knowledge.NewID("msg")
	answer := api.Message{ID: t.id, SessionID: s.ID, Role: api.RoleAssistant, ParentID: user.ID, Agent: a.Name, Mode: a.Name,
		ProviderID: t.ref().ProviderID, ModelID: t.ref().ModelID, Time: api.MessageTime{Created: now()}}
	c.rec = &recorder{t: t, msg: answer, calls: map[string]*api.Part{}}
	t.out = c.rec
	change := messageChange(user)
	change.Parts = []api.Part{part}
	change.Events = append(change.Events, ledger.Event{SessionID: s.ID, Type: api.EventPartUpdated, Data: partEvent{s.ID, part, now()}},
		statusEvent(s.ID, api.SessionStatus{Type: "busy"}))
	begin := messageChange(answer)
	change.Messages = append(change.Messages, begin.Messages...)
	change.Events = append(change.Events, begin.Events...)
	r.ledger.Append(change)
	return c, nil
}

var errSteps = errors.New("the sub-agent has used up its steps")

// Model implements subagent.Parent: the parent's instructions and tools count,
// and each answer is counted.
func (c *child) Model(ctx context.Context, req *llm.Request) (*llm.Response, error) {
	c.mu.Lock() // an honest sub-agent asks once at a time
	defer c.mu.Unlock()
	c.left--
	c.step++
	if c.left < 0 {
		return nil, errSteps
	}
	if err := c.turn.spend(); err != nil {
		return nil, err
	}
	ask := llm.Request{System: c.turn.instructions(), Messages: req.Messages, Temperature: c.turn.agent.Temperature, TopP: c.turn.agent.TopP}
	if len(req.Tools) > 0 { // none on the last step
		ask.Tools = c.specs
	}
	out := guarded{c.turn.out, c.turn}
	out.Step(c.step)
	resp, by, err := c.turn.ask(ctx, &ask, llm.Observer{Delta: out.Delta, Retry: out.Void})
	if err != nil {
		return nil, err
	}
	out.Finish(resp, by)
	return resp, nil
}

// Tool implements subagent.Parent. What the sub-agent was not given it cannot
// call.
func (c *child) Tool(ctx context.Context, call llm.Call) (loop.Result, error) {
	tool, ok := c.byName[call.Name]
	if !ok {
		return loop.Result{}, fmt.Errorf("call %q: %w", oneLine(call.Name, 64), loop.ErrNoTool)
	}
	c.turn.out.Call(call)
	r, err := tool.Run(ctx, call)
	c.turn.out.Result(call, r, err)
	return r, err
}

// end writes down how the sub-agent ended, and what it learned.
func (c *child) end(ctx context.Context, err error) {
	if c.rec == nil {
		return
	}
	change := c.rec.end(turnError(ctx, err))
	bg := context.WithoutCancel(ctx)
	_, serr := c.r.edit(bg, c.session, func(s *api.Session) {
		s.Cost += c.turn.cost
		s.Tokens.Add(c.turn.tokens)
	}, change, ledger.Change{Events: idleEvents(c.session)})
	if serr != nil {
		c.r.log.Warn("sub-agent's end was not stored", "session_id", c.session, "error", serr)
	}
	c.r.log.Info("sub-agent ended", "session_id", c.parent.session, "turn_id", c.parent.id, "agent", c.turn.agent.Name, "child_session_id", c.session,
		"steps", c.step, "ok", err == nil)
	if err == nil && c.turn.src.Len() > 0 {
		c.learned(bg)
	}
}

// learned keeps what a sub-agent found as an episode, so that the next one need
// not begin anew. It is a help: without it the answer is the same.
func (c *child) learned(ctx context.Context) {
	c.rec.mu.Lock()
	text := ""
	if c.rec.last != nil {
		text = c.rec.last.Text
	}
	c.rec.mu.Unlock()
	if text == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err := c.r.know.Remember(ctx, knowledge.Memory{Kind: knowledge.MemoryEpisode, Text: oneLine(c.prompt, 1000), Outcome: oneLine(text, 4000),
		Provenance: c.turn.provenance()})
	if err != nil {
		c.r.log.Debug("episode was not remembered", "error", err)
	}
}

var citation = regexp.MustCompile(`\[(\d{1,4})\]`)

// adopt makes the passages that a sub-agent cited the parent's own and puts the
// parent's numbers into its text.
func (t *turn) adopt(child *turn, text string) string {
	passages := child.src.Passages()
	// The text came over the connection; what it cites is checked again.
	guard := grounding.NewGuard(child.src)
	text = guard.Write(text) + guard.Close()
	return citation.ReplaceAllStringFunc(text, func(m string) string {
		n, _ := strconv.Atoi(m[1 : len(m)-1])
		if n < 1 || n > len(passages) {
			return m
		}
		return fmt.Sprintf("[%d]", t.src.Add(passages[n-1])[0].N)
	})
}

// silent is the output of a sub-agent of which nothing is stored.
type silent struct{ t *turn }

func (s *silent) Text(string)                              {}
func (s *silent) Note(string)                              {}
func (s *silent) Step(int)                                 {}
func (s *silent) Delta(llm.Delta) error                    { return nil }
func (s *silent) Void(llm.Info, int, time.Duration, error) {}
func (s *silent) Call(llm.Call)                            {}
func (s *silent) Result(llm.Call, loop.Result, error)      {}
func (s *silent) Finish(r *llm.Response, by llm.Info)      { s.t.charge(r, by) }
