package subagent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"panther/pkg/llm"
	"panther/pkg/opencode/loop"
	"panther/pkg/sd"
)

// Protocol is the version of the protocol. Sides that differ do not talk.
const Protocol = 1

// Hello is the first message, from the sub-agent.
type Hello struct {
	Protocol int    `json:"protocol"`
	Version  string `json:"version"`
	PID      int    `json:"pid"`
}

// Task is what a sub-agent is to do.
type Task struct {
	System string     `json:"system"`
	Prompt string     `json:"prompt"`
	Tools  []llm.Tool `json:"tools"`
	Steps  int        `json:"steps"`
	// For the log of the sub-agent.
	Session string `json:"session"`
	Turn    string `json:"turn"`
	Agent   string `json:"agent"`
}

// Ran is what came of a command.
type Ran struct {
	ID     string `json:"id"` // of the call
	Output string `json:"output"`
	Error  string `json:"error,omitempty"`
}

// Result is what came of a task.
type Result struct {
	Text  string `json:"text"`
	Steps int    `json:"steps"`
}

// answered is a model's answer on the wire.
type answered struct {
	Response *llm.Response `json:"response"`
}

// Serve is the sub-agent's end: it says hello, works on the task that it is
// given and returns when the connection closes, which is what ends a sub-agent.
// Its steps go to log, by the session and turn that it works for; what is said
// does not.
func Serve(ctx context.Context, conn net.Conn, log *slog.Logger) error {
	a := &agent{log: log}
	a.peer = NewPeer(conn, a.handle)
	served := make(chan error, 1)
	go func() { served <- a.peer.Serve(ctx) }()
	var hello Hello
	if err := a.peer.Call(ctx, "hello", Hello{Protocol, sd.BuildVersion(), os.Getpid()}, &hello); err != nil {
		_ = conn.Close()
		<-served
		return fmt.Errorf("greet parent: %w", err)
	}
	if err := <-served; !errors.Is(err, ErrClosed) {
		return err
	}
	return nil
}

type agent struct {
	peer *Peer
	log  *slog.Logger
}

func (a *agent) handle(ctx context.Context, method string, params json.RawMessage) (any, error) {
	if method != "run" {
		return nil, unknown(method)
	}
	var t Task
	if err := decode(params, &t); err != nil {
		return nil, err
	}
	return a.run(ctx, t)
}

func (a *agent) run(ctx context.Context, t Task) (*Result, error) {
	s := &counter{log: a.log.With("session_id", t.Session, "turn_id", t.Turn, "agent", t.Agent)}
	s.log.Info("task begun", "tools", len(t.Tools), "steps", t.Steps)
	model := func(ctx context.Context, req *llm.Request, _ llm.Observer) (*llm.Response, llm.Info, error) {
		var out answered
		if err := a.peer.Call(ctx, "model", req, &out); err != nil {
			return nil, llm.Info{}, err
		}
		if out.Response == nil {
			return nil, llm.Info{}, errors.New("the parent gave no answer of the model")
		}
		return out.Response, llm.Info{}, nil
	}
	dir, remove, err := scratch()
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	defer remove()
	var tools []loop.Tool
	for _, spec := range t.Tools {
		tools = append(tools, loop.Tool{Tool: spec, Run: func(ctx context.Context, c llm.Call) (loop.Result, error) {
			var r loop.Result
			err := a.peer.Call(ctx, "tool", c, &r)
			if err == nil && c.Name == ShellName {
				err = a.shell(ctx, dir, c, &r)
			}
			return r, err
		}})
	}
	req := llm.Request{System: t.System, Messages: []llm.Message{{Role: llm.RoleUser, Text: t.Prompt}}}
	added, err := loop.Run(ctx, model, req, tools, s, loop.Limits{Steps: t.Steps})
	if err != nil {
		s.log.Warn("task failed", "step", s.steps, "error", err)
		return nil, err
	}
	s.log.Info("task done", "steps", s.steps)
	return &Result{Text: loop.Answer(added), Steps: s.steps}, nil
}

// shell runs a command that the parent allowed, and gives the parent what came
// of it.
func (a *agent) shell(ctx context.Context, dir string, c llm.Call, r *loop.Result) error {
	out := Ran{ID: c.ID}
	text, err := runShell(ctx, dir, c.Arguments)
	if out.Output = text; err != nil {
		out.Error = err.Error()
	}
	return a.peer.Call(ctx, "ran", out, r)
}

// counter is the sub-agent's sink. It counts and logs: the parent sees all that
// happens, since it does it.
type counter struct {
	log   *slog.Logger
	steps int
	began time.Time
}

func (c *counter) Step(n int) { c.steps, c.began = n, time.Now() }

func (c *counter) Finish(r *llm.Response, _ llm.Info) {
	c.log.Info("model answered", "step", c.steps, "calls", len(r.Message.Calls), "millis", time.Since(c.began).Milliseconds())
}

func (c *counter) Result(call llm.Call, _ loop.Result, err error) {
	if err != nil {
		c.log.Info("tool failed", "tool", call.Name, "error", err)
		return
	}
	c.log.Info("tool ended", "tool", call.Name)
}

func (c *counter) Delta(llm.Delta) error                    { return nil }
func (c *counter) Void(llm.Info, int, time.Duration, error) {}
func (c *counter) Call(llm.Call)                            {}

// Parent does what a sub-agent asks for and decides whether it may.
type Parent interface {
	// Model asks the model for the next message of the sub-agent's
	// conversation. Of req only the messages count.
	Model(ctx context.Context, req *llm.Request) (*llm.Response, error)
	// Tool runs a tool; for ShellName it only decides.
	Tool(ctx context.Context, call llm.Call) (loop.Result, error)
	// Ran takes what came of a command and returns it as the model shall see it.
	Ran(out Ran) (loop.Result, error)
}

// greeting is how long a sub-agent may take to say hello: the start of a
// sandboxed unit on a busy machine.
const greeting = 15 * time.Second

// Run is the parent's end: it has a sub-agent work on a task and returns what
// came of it. It closes the connection. Hello is called when the sub-agent has
// said who it is.
func Run(ctx context.Context, conn net.Conn, t Task, p Parent, hello func(Hello)) (*Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	h := &host{parent: p, greeted: make(chan Hello, 1)}
	peer := NewPeer(conn, h.handle)
	served := make(chan error, 1)
	go func() { served <- peer.Serve(ctx) }()
	defer func() { cancel(nil); <-served }()
	select {
	case v := <-h.greeted:
		if v.Protocol != Protocol {
			return nil, fmt.Errorf("the sub-agent speaks protocol %d, not %d", v.Protocol, Protocol)
		}
		if hello != nil {
			hello(v)
		}
	case err := <-served:
		served <- err
		return nil, fmt.Errorf("start sub-agent: %w", err)
	case <-time.After(greeting):
		return nil, fmt.Errorf("start sub-agent: it said nothing in %s", greeting)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	r := &Result{}
	if err := peer.Call(ctx, "run", t, r); err != nil {
		return nil, err
	}
	return r, nil
}

// host answers a sub-agent.
type host struct {
	parent  Parent
	greeted chan Hello
}

func (h *host) handle(ctx context.Context, method string, params json.RawMessage) (any, error) {
	switch method {
	case "hello":
		var v Hello
		if err := decode(params, &v); err != nil {
			return nil, err
		}
		select {
		case h.greeted <- v:
		default:
			return nil, errors.New("hello was said already")
		}
		return Hello{Protocol: Protocol, Version: sd.BuildVersion(), PID: os.Getpid()}, nil
	case "model":
		var req llm.Request
		if err := decode(params, &req); err != nil {
			return nil, err
		}
		r, err := h.parent.Model(ctx, &req)
		return answered{r}, err
	case "tool":
		var c llm.Call
		if err := decode(params, &c); err != nil {
			return nil, err
		}
		return h.parent.Tool(ctx, c)
	case "ran":
		var out Ran
		if err := decode(params, &out); err != nil {
			return nil, err
		}
		return h.parent.Ran(out)
	}
	return nil, unknown(method)
}
