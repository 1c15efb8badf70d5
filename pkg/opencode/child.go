package opencode

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/loop"
	"panther/pkg/opencode/subagent"
)

// child is a sub-agent as its parent sees it: a session of its own in which
// everything is written down.
type child struct {
	r       *server
	parent  *turn
	turn    *turn
	session string
	prompt  string
	rec     *recorder

	mu     sync.Mutex
	specs  []llm.Tool
	byName map[string]loop.Tool
	left   int // answers of the model
	step   int
	called []llm.Call // by the model, and not run yet
	shells []llm.Call // that the sub-agent runs
}

// newChild makes the session of a sub-agent. A turn of which nothing is stored
// has children of which nothing is.
func (r *server) newChild(ctx context.Context, parent *turn, a *agents.Agent, task task) (*child, error) {
	c := &child{r: r, parent: parent, prompt: task.Prompt}
	t := &turn{r: r, owner: parent.owner, agent: a, model: parent.model, question: task.Prompt, disabled: parent.disabled, above: parent, spent: parent.spent + parent.cost}
	t.ground()
	t.src.AllowAs(parent.src, task.Prompt) // a model wrote it
	if a.Model != "" {
		if i, ok := r.models.Find(a.Model); ok {
			t.model = i.Ref()
		}
	}
	t.rules = r.rules(a)
	c.turn = t
	t.out = &silent{t: t}
	if parent.session == "" {
		return c, nil
	}
	s, err := r.createSession(ctx, api.CreateSession{ParentID: parent.session, Agent: a.Name, Title: gate.Plain(t.src, task.Description, 120) + " (@" + a.Name + " subagent)"})
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
	r.ledger.Append(ledger.Join(ledger.MessageChange(user), ledger.PartChange(part),
		ledger.Change{Events: []ledger.Event{ledger.StatusEvent(s.ID, api.SessionStatus{Type: "busy"})}}, ledger.MessageChange(answer)))
	return c, nil
}

// begin prepares an attempt: what the sub-agent is given and how many steps it
// has.
func (c *child) begin() (specs []llm.Tool, steps int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.specs, c.byName, c.called, c.shells = nil, map[string]loop.Tool{}, nil, nil
	tools := c.turn.tools()
	if c.r.cfg.Subagents.Shell {
		if shell, ok := c.turn.tool(subagent.Shell, func(context.Context, llm.Call) (loop.Result, error) { return loop.Result{}, nil }); ok {
			tools = append(tools, shell)
		}
	}
	for _, tool := range tools {
		if tool.Name == "delegate" { // sub-agents start none of their own
			continue
		}
		c.specs = append(c.specs, tool.Tool)
		c.byName[tool.Name] = tool
	}
	steps = c.r.cfg.Steps
	if c.turn.agent.Steps > 0 {
		steps = c.turn.agent.Steps
	}
	c.left = steps + 1
	return c.specs, steps
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
	ask.Tools, ask.NoCalls = c.specs, req.NoCalls
	out := guarded{c.turn.out, c.turn}
	out.Step(c.step)
	resp, by, err := c.turn.ask(ctx, &ask, llm.Observer{Delta: out.Delta, Retry: out.Void})
	if err != nil {
		return nil, err
	}
	out.Finish(resp, by)
	c.called = append([]llm.Call(nil), resp.Message.Calls...)
	return resp, nil
}

// Tool implements subagent.Parent. A sub-agent can have run only what the model
// called in its last answer, with the model's arguments, and once.
func (c *child) Tool(ctx context.Context, asked llm.Call) (loop.Result, error) {
	c.mu.Lock()
	i := slices.IndexFunc(c.called, func(v llm.Call) bool { return v.ID == asked.ID && v.Name == asked.Name })
	if i < 0 {
		c.mu.Unlock()
		return loop.Result{}, fmt.Errorf("call %q: the model did not", gate.Line(asked.Name, 64))
	}
	call := c.called[i]
	c.called = slices.Delete(c.called, i, i+1)
	tool, ok := c.byName[call.Name]
	c.mu.Unlock()
	if !ok {
		return loop.Result{}, fmt.Errorf("call %q: %w", gate.Line(call.Name, 64), loop.ErrNoTool)
	}
	c.turn.out.Call(call)
	r, err := tool.Run(ctx, call)
	if call.Name == subagent.ShellName && err == nil {
		c.mu.Lock()
		c.shells = append(c.shells, call)
		c.mu.Unlock()
		return r, nil
	}
	c.turn.out.Result(call, r, err)
	return r, err
}

// Ran implements subagent.Parent. What a command printed is data, and lets no
// address into the answer.
func (c *child) Ran(out subagent.Ran) (loop.Result, error) {
	c.mu.Lock()
	i := slices.IndexFunc(c.shells, func(v llm.Call) bool { return v.ID == out.ID })
	if i < 0 {
		c.mu.Unlock()
		return loop.Result{}, errors.New("no command of that call is running")
	}
	call := c.shells[i]
	c.shells = slices.Delete(c.shells, i, i+1)
	c.mu.Unlock()
	c.turn.hasRead("output of a command")
	r := loop.Result{Title: "Ran a command", Output: c.turn.src.Data("result", strings.ToValidUTF8(out.Output, "\uFFFD"))}
	var err error
	if out.Error != "" {
		err = errors.New(gate.Line(out.Error, 500))
	}
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
	}, change, ledger.Change{Events: ledger.IdleEvents(c.session)})
	if serr != nil {
		c.r.log.Warn("sub-agent's end was not stored", "session_id", c.session, "error", serr)
	}
	c.r.log.Info("sub-agent ended", "session_id", c.parent.session, "turn_id", c.parent.id, "agent", c.turn.agent.Name, "child_session_id", c.session,
		"steps", c.step, "ok", err == nil)
	if err == nil && c.turn.src.Len() > 0 && c.turn.decide(agents.Use{Tool: rememberTool}) == api.ActionAllow {
		c.learned(bg)
	}
}

// learned keeps what a sub-agent found as an episode, so that the next one need
// not begin anew. It is a help, and not worth a question: without it the answer
// is the same.
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
	_, err := c.r.know.Remember(ctx, knowledge.Memory{Kind: knowledge.MemoryEpisode, Text: gate.Line(c.prompt, 1000), Outcome: gate.Line(text, 4000),
		Provenance: c.turn.provenance()})
	if err != nil {
		c.r.log.Debug("episode was not remembered", "error", err)
	}
}

// adopt passes the text of a sub-agent, which came over the connection, with the
// parent's numbers in it: the passages that it cites become the parent's own.
func (t *turn) adopt(child *turn, text string) string {
	g := gate.New(adopted{child.src, child.src.Passages(), t.src})
	return g.Write(text) + g.Close()
}

// adopted are the sources of a sub-agent, as its parent numbers them.
type adopted struct {
	*grounding.Sources
	passages []knowledge.Passage
	parent   *grounding.Sources
}

// Cite implements gate.Sources.
func (a adopted) Cite(n int) (int, bool) {
	if n < 1 || n > len(a.passages) {
		return n, false
	}
	return a.parent.Add(a.passages[n-1])[0].N, true
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
