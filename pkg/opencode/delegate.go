package opencode

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"panther/pkg/gate"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/loop"
	"panther/pkg/opencode/subagent"
	"panther/pkg/sd"
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
		children[i] = map[string]any{"description": gate.Plain(t.src, a.Tasks[i].Description, 100), "status": "waiting"}
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
	t.hasRead("results of sub-agents")
	for i, task := range a.Tasks {
		title := fmt.Sprintf("Task %d (%s)", i+1, gate.Plain(t.src, task.Description, 100))
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
		return "", fmt.Errorf("there is no sub-agent %q", gate.Line(name, 64))
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
		r.log.Warn("sub-agent lost, starting another", "session_id", parent.session, "turn_id", parent.id, "agent", a.Name, "error", err,
			sd.MessageIDKey, sd.MessageSubagentEnded)
		show("status", "retried")
		res, err = r.attempt(ctx, child)
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
		r.log.Warn("sub-agent ended early", "session_id", parent.session, "turn_id", parent.id, "agent", a.Name, "error", err,
			sd.MessageIDKey, sd.MessageSubagentEnded)
	}
	child.end(ctx, err)
	if err != nil {
		return "", err
	}
	parent.hasRead(child.turn.read()...)
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
	specs, steps := c.begin()
	began := time.Now()
	return subagent.Run(ctx, conn, subagent.Task{System: c.turn.instructions(), Prompt: c.prompt, Tools: specs, Steps: steps,
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
		// It has no log of its own: everything it does is done here.
		if err := subagent.Serve(ctx, ends[1], slog.New(slog.DiscardHandler)); err != nil {
			r.log.Debug("sub-agent ended", "error", err)
		}
	}()
	return ends[0], nil
}
