package turn

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
	"panther/pkg/opencode/tools"
)

// child is a sub-agent as its parent sees it: a session of its own in which
// everything is written down. It implements subagent.Parent.
type child struct {
	parent *Turn
	turn   *Turn
	prompt string
	rec    *Recorder // nil where nothing is stored

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
func (t *Turn) newChild(ctx context.Context, a *agents.Agent, task tools.Task) (*child, error) {
	q := Question{Text: task.Prompt, Owner: t.Owner, Agent: a, Model: t.Model, Disabled: t.Disabled, Tally: t.Tally}
	if a.Model != "" {
		if i, ok := t.rt.Models.Find(a.Model); ok {
			q.Model = i.Ref()
		}
	}
	if t.Session != "" {
		s, err := t.rt.Sessions.Create(ctx, api.CreateSession{ParentID: t.Session, Agent: a.Name, Title: gate.Plain(t.src, task.Description, 120) + " (@" + a.Name + " subagent)"})
		if err != nil {
			return nil, err
		}
		q.Session = s.ID
	}
	c := &child{parent: t, prompt: task.Prompt, turn: New(t.rt, q)}
	c.turn.above = t
	c.turn.src.AllowAs(t.src, task.Prompt) // a model wrote it
	c.turn.out = silent{}
	if q.Session == "" {
		return c, nil
	}
	user := api.Message{ID: api.NewID("msg"), SessionID: q.Session, Role: api.RoleUser, Agent: a.Name, Model: c.turn.Ref(), Time: api.MessageTime{Created: api.Now()}}
	part := api.Part{ID: api.NewID("prt"), SessionID: q.Session, MessageID: user.ID, Type: api.PartText, Text: task.Prompt}
	rec, begin := c.turn.Record(user.ID)
	c.rec, c.turn.out = rec, rec
	t.rt.Ledger.Append(ledger.Join(ledger.MessageChange(user), ledger.PartChange(part),
		ledger.Change{Events: []ledger.Event{ledger.StatusEvent(q.Session, api.SessionStatus{Type: "busy"})}}, begin))
	return c, nil
}

// begin prepares an attempt: what the sub-agent is given and how many steps it
// has.
func (c *child) begin() (specs []llm.Tool, steps int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.specs, c.byName, c.called, c.shells = nil, map[string]loop.Tool{}, nil, nil
	list := c.turn.tools()
	if c.turn.rt.Config.Subagents.Shell {
		if shell, ok := c.turn.tool(c.turn.env(), subagent.Shell, func(context.Context, llm.Call) (loop.Result, error) { return loop.Result{}, nil }); ok {
			list = append(list, shell)
		}
	}
	for _, tool := range list {
		if tool.Name == tools.Delegate { // sub-agents start none of their own
			continue
		}
		c.specs = append(c.specs, tool.Tool)
		c.byName[tool.Name] = tool
	}
	steps = c.turn.steps()
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
	ask := llm.Request{System: c.turn.instructions(), Messages: req.Messages, Temperature: c.turn.Agent.Temperature, TopP: c.turn.Agent.TopP}
	ask.Tools, ask.NoCalls = c.specs, req.NoCalls
	out := sink{c.turn}
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
	rt := c.turn.rt
	change := c.rec.End(Failure(ctx, err))
	bg := context.WithoutCancel(ctx)
	tokens, cost := c.turn.Spent()
	_, serr := rt.Sessions.Edit(bg, c.turn.Session, func(s *api.Session) {
		s.Cost += cost
		s.Tokens.Add(tokens)
	}, change, ledger.Change{Events: ledger.IdleEvents(c.turn.Session)})
	if serr != nil {
		rt.Log.Warn("sub-agent's end was not stored", "session_id", c.turn.Session, "error", serr)
	}
	rt.Log.Info("sub-agent ended", "session_id", c.parent.Session, "turn_id", c.parent.id, "agent", c.turn.Agent.Name, "child_session_id", c.turn.Session,
		"steps", c.step, "ok", err == nil)
	if err == nil && c.turn.src.Len() > 0 && c.turn.decide(agents.Use{Tool: tools.Remember}) == api.ActionAllow {
		c.learned(bg)
	}
}

// learned keeps what a sub-agent found as an episode, so that the next one need
// not begin anew. It is a help, and not worth a question: without it the answer
// is the same.
func (c *child) learned(ctx context.Context) {
	text := c.rec.lastText()
	if text == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err := c.turn.rt.Knowledge.Remember(ctx, knowledge.Memory{Kind: knowledge.MemoryEpisode, Text: gate.Line(c.prompt, 1000), Outcome: gate.Line(text, 4000),
		Provenance: c.turn.provenance()})
	if err != nil {
		c.turn.rt.Log.Debug("episode was not remembered", "error", err)
	}
}

// adopt passes the text of a sub-agent, which came over the connection, with the
// parent's numbers in it: the passages that it cites become the parent's own.
func (t *Turn) adopt(child *Turn, text string) string {
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
type silent struct{}

func (silent) Step()                                    {}
func (silent) Text(string)                              {}
func (silent) Thought(string)                           {}
func (silent) Note(string)                              {}
func (silent) Void(llm.Info, int, time.Duration, error) {}
func (silent) Call(llm.Call)                            {}
func (silent) Progress(string, loop.Result)             {}
func (silent) Result(llm.Call, loop.Result, error)      {}
func (silent) Finish(string, api.Tokens, float64)       {}
