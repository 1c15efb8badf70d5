package turn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"panther/pkg/gate"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/loop"
	"panther/pkg/opencode/subagent"
	"panther/pkg/opencode/tools"
	"panther/pkg/sd"
)

// defaultSubagent works on tasks that name no agent.
const defaultSubagent = "researcher"

// taskState is what a client sees of a task while it is worked on.
type taskState struct {
	Description string `json:"description"`
	Agent       string `json:"agent"`
	Status      string `json:"status"` // waiting, running, retried, done or failed
	SessionID   string `json:"sessionID,omitempty"`
}

// board shows how far the tasks of one call are.
type board struct {
	t    *Turn
	call string

	mu    sync.Mutex
	tasks []taskState
}

// show changes the state of a task and tells the output.
func (b *board) show(i int, change func(*taskState)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.tasks[i])
	b.t.out.Progress(b.call, loop.Result{Title: fmt.Sprintf("%d sub-agents", len(b.tasks)), Metadata: b.metadata()})
}

func (b *board) status(i int, status string) { b.show(i, func(s *taskState) { s.Status = status }) }

func (b *board) metadata() map[string]any { return map[string]any{"tasks": slices.Clone(b.tasks)} }

// delegate runs tasks at once, each by a sub-agent of its own. One that fails is
// reported and does not end the others.
func (t *Turn) delegate(ctx context.Context, call llm.Call, tasks []tools.Task) (loop.Result, error) {
	type outcome struct {
		text string
		err  error
	}
	out := make([]outcome, len(tasks))
	b := &board{t: t, call: call.ID}
	for _, task := range tasks {
		b.tasks = append(b.tasks, taskState{Description: gate.Plain(t.src, task.Description, 100), Agent: gate.Line(cmp.Or(task.Agent, defaultSubagent), 64), Status: "waiting"})
	}
	var wg sync.WaitGroup
	for i, task := range tasks {
		wg.Go(func() {
			out[i].text, out[i].err = t.work(ctx, task, b, i)
			status := "done"
			if out[i].err != nil {
				status = "failed"
			}
			b.status(i, status)
		})
	}
	wg.Wait()
	var text strings.Builder
	failed := 0
	t.hasRead("results of sub-agents")
	for i := range tasks {
		title := fmt.Sprintf("Task %d (%s)", i+1, b.tasks[i].Description)
		if out[i].err != nil {
			failed++
			fmt.Fprintf(&text, "%s failed: %s\n", title, out[i].err)
			continue
		}
		fmt.Fprintf(&text, "%s:\n%s", title, t.src.Data("result", out[i].text))
	}
	if failed == len(tasks) {
		return loop.Result{}, errors.New(strings.TrimSpace(text.String()))
	}
	return loop.Result{Title: fmt.Sprintf("%d of %d tasks done", len(tasks)-failed, len(tasks)), Output: text.String(), Metadata: b.metadata()}, nil
}

// work has one sub-agent work on a task. A sub-agent that is lost is started
// once more; one that fails or takes too long is not.
func (t *Turn) work(ctx context.Context, task tools.Task, b *board, i int) (string, error) {
	name := cmp.Or(task.Agent, defaultSubagent)
	a := t.rt.Agents.Find(name)
	if a == nil || a.Mode == api.ModePrimary {
		return "", fmt.Errorf("there is no sub-agent %q", gate.Line(name, 64))
	}
	if strings.TrimSpace(task.Prompt) == "" {
		return "", errors.New("the task is empty")
	}
	select {
	case t.rt.Slots <- struct{}{}:
		defer func() { <-t.rt.Slots }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	b.status(i, "running")
	child, err := t.newChild(ctx, a, task)
	if err != nil {
		return "", err
	}
	if id := child.turn.Session; id != "" {
		b.show(i, func(s *taskState) { s.SessionID = id })
	}
	d := t.rt.Config.Subagents.Time.D()
	ctx, cancel := context.WithTimeoutCause(ctx, d, fmt.Errorf("the sub-agent was ended after %s", d))
	defer cancel()
	log := t.rt.Log.With("session_id", t.Session, "turn_id", t.id, "agent", a.Name)
	res, err := child.attempt(ctx)
	if lost(err) && ctx.Err() == nil {
		log.Warn("sub-agent lost, starting another", "error", err, sd.MessageIDKey, sd.MessageSubagentEnded)
		b.status(i, "retried")
		res, err = child.attempt(ctx)
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
		log.Warn("sub-agent ended early", "error", err, sd.MessageIDKey, sd.MessageSubagentEnded)
	}
	child.end(ctx, err)
	if err != nil {
		return "", err
	}
	t.hasRead(child.turn.read()...)
	return t.adopt(child.turn, res.Text), nil
}

// lost reports whether a sub-agent went without an answer.
func lost(err error) bool {
	var answered *subagent.Error
	return err != nil && !errors.As(err, &answered)
}

// attempt starts a sub-agent and has it work on the task.
func (c *child) attempt(ctx context.Context) (*subagent.Result, error) {
	conn, err := c.turn.rt.dial(ctx)
	if err != nil {
		return nil, err
	}
	specs, steps := c.begin()
	began := time.Now()
	task := subagent.Task{System: c.turn.instructions(), Prompt: c.prompt, Tools: specs, Steps: steps, Session: c.parent.Session, Turn: c.parent.id, Agent: c.turn.Agent.Name}
	return subagent.Run(ctx, conn, task, c, func(h subagent.Hello) {
		c.turn.rt.Log.Info("sub-agent started", "session_id", c.parent.Session, "turn_id", c.parent.id, "agent", c.turn.Agent.Name,
			"subagent_pid", h.PID, "millis", time.Since(began).Milliseconds())
	})
}
