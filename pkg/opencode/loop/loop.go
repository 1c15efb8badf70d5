// Package loop is the agent loop: it asks a model, runs the tools that the
// model calls, in parallel, gives it their results, and goes on until the model
// has nothing more to call or a limit is reached.
//
//	ask ─ answer without calls ─ done
//	 └── calls ─ run in parallel ─ results ─ ask …
//	 ├── pause ─ ask …
//	 └── last step: no calls ─ answer ─ done
//
// opencoded runs it for a user's turn and a sub-agent for its task; where the
// model and the tools are is no matter of this package. It keeps no state. What
// happens is told to a Sink; the loop itself stores and logs nothing.
package loop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"panther/pkg/llm"
	"panther/pkg/sd"
)

// Model asks one model, with what it takes to keep asking.
type Model func(ctx context.Context, req *llm.Request, o llm.Observer) (*llm.Response, llm.Info, error)

// Result is what a tool gives back. Output is for the model, the rest for
// people.
type Result struct {
	Title    string         `json:"title"`
	Output   string         `json:"output"`
	Metadata map[string]any `json:"metadata,omitempty"`
}

// Tool is something that a model may call.
type Tool struct {
	llm.Tool
	// Run does it. An error is told to the model, which may try otherwise; only
	// the end of ctx ends the loop. Nil is a tool that whoever asks runs: an answer
	// that calls one is the last.
	Run func(ctx context.Context, call llm.Call) (Result, error)
}

// Sink is told what happens. Calls and their results come from several
// goroutines at once, everything else from the loop's.
type Sink interface {
	Step(n int)
	Delta(d llm.Delta) error
	// Void takes back what the step has streamed: the model is asked again.
	Void(next llm.Info, attempt int, wait time.Duration, cause error)
	Call(c llm.Call)
	Result(c llm.Call, r Result, err error)
	Finish(r *llm.Response, by llm.Info)
}

// Limits end a loop.
type Limits struct {
	Steps    int           // answers of the model; 0 means DefaultSteps
	ToolTime time.Duration // for one call; 0 means DefaultToolTime
	Context  int           // tokens of the model's context; 0 means no limit
	Head     int           // messages at the front that stay when others go: a summary
	Behind   int           // messages of the request that are behind the question
	// Spend returns an error when no more may be spent; nil means there is no
	// budget.
	Spend func() error
}

// Defaults of Limits: enough for a question with some searches, and for a tool
// that waits for sub-agents.
const (
	DefaultSteps    = 16
	DefaultToolTime = 10 * time.Minute
	// parallel bounds the calls that run at once.
	parallel = 16
	// maxOutput bounds what a model is given of one tool's output.
	maxOutput = 64 << 10
	// Fill is the part of a context that a conversation may take, in percent;
	// the rest is for the answer and for wrong estimates.
	Fill = 80
)

// Run asks model until it is done. It returns the messages that were added to
// the request's, of which the last is the answer; also with an error, as far as
// it came.
func Run(ctx context.Context, model Model, req llm.Request, tools []Tool, sink Sink, lim Limits) ([]llm.Message, error) {
	steps := lim.Steps
	if steps <= 0 {
		steps = DefaultSteps
	}
	byName := make(map[string]Tool, len(tools))
	for _, t := range tools {
		byName[t.Name] = t
		req.Tools = append(req.Tools, t.Tool)
	}
	start := len(req.Messages)
	req.Messages = append([]llm.Message(nil), req.Messages...)
	shrunk := false
	for n := 1; ; n++ {
		if lim.Spend != nil {
			if err := lim.Spend(); err != nil {
				return req.Messages[start:], err
			}
		}
		if n == steps {
			noCalls(&req)
		}
		start -= shrink(&req, lim.Head, start-lim.Behind, lim.Context)
		sink.Step(n)
		resp, by, err := model(ctx, &req, llm.Observer{Delta: sink.Delta, Retry: sink.Void})
		if llm.KindOf(err) == llm.KindOverflow && !shrunk {
			// The estimate was wrong, or no limit is configured.
			shrunk = true
			before := req.Tokens()
			start -= shrink(&req, lim.Head, start-lim.Behind, before/2)
			if req.Tokens() < before {
				n--
				continue
			}
		}
		if err != nil {
			return req.Messages[start:], err
		}
		sink.Finish(resp, by)
		req.Messages = append(req.Messages, resp.Message)
		calls := resp.Message.Calls
		if slices.ContainsFunc(calls, func(c llm.Call) bool { t, ok := byName[c.Name]; return ok && t.Run == nil }) {
			return req.Messages[start:], nil
		}
		if req.Choice != "" {
			req.Choice = "" // which was for the first answer
		}
		if n >= steps || resp.Finish == llm.FinishFilter || len(calls) == 0 && resp.Finish != llm.FinishPause {
			return req.Messages[start:], nil
		}
		req.Messages = append(req.Messages, runCalls(ctx, calls, byName, sink, lim)...)
		if err := ctx.Err(); err != nil {
			return req.Messages[start:], context.Cause(ctx)
		}
	}
}

const lastStep = "(The limit on steps is reached: no tool can be called any more. Answer now from what you have, and say what you could not find out.)"

// noCalls ends the use of tools. They stay defined, as servers refuse calls in a
// history without; and the model is told with the last result, as some refuse a
// user behind it.
func noCalls(req *llm.Request) {
	req.NoCalls = true
	if n := len(req.Messages); n > 0 && req.Messages[n-1].Role == llm.RoleTool {
		req.Messages[n-1].Text += "\n\n" + lastStep
	}
}

// Answer returns what a model said at the end of messages, in one text if it
// paused in between.
func Answer(msgs []llm.Message) string {
	var text string
	for i := len(msgs) - 1; i >= 0 && msgs[i].Role == llm.RoleAssistant && (i == len(msgs)-1 || len(msgs[i].Calls) == 0); i-- {
		text = msgs[i].Text + text
	}
	return text
}

// runCalls runs the calls of one answer at once and returns their results in
// the order of the calls.
func runCalls(ctx context.Context, calls []llm.Call, tools map[string]Tool, sink Sink, lim Limits) []llm.Message {
	out := make([]llm.Message, len(calls))
	slots := make(chan struct{}, parallel)
	done := make(chan struct{})
	for i, c := range calls {
		sink.Call(c)
		go func() {
			slots <- struct{}{}
			var r Result
			err := sd.Guard("run "+c.Name, c.Arguments, func() (err error) { r, err = runCall(ctx, c, tools, lim); return err })
			<-slots
			sink.Result(c, r, err)
			out[i] = llm.Message{Role: llm.RoleTool, CallID: c.ID, Text: r.Output}
			if err != nil {
				out[i].Text, out[i].Failed = "Error: "+err.Error(), true
			}
			done <- struct{}{}
		}()
	}
	for range calls {
		<-done
	}
	return out
}

// ErrNoTool means that a model called what it was not given.
var ErrNoTool = errors.New("no such tool")

func runCall(ctx context.Context, c llm.Call, tools map[string]Tool, lim Limits) (r Result, err error) {
	t, ok := tools[c.Name]
	if !ok {
		return Result{}, fmt.Errorf("call %q: %w", c.Name, ErrNoTool)
	}
	if c.Invalid != "" {
		return Result{}, fmt.Errorf("call %s: the arguments must be one JSON object, and these are none: %.300q", c.Name, c.Invalid)
	}
	d := lim.ToolTime
	if d <= 0 {
		d = DefaultToolTime
	}
	tctx, cancel := context.WithTimeoutCause(ctx, d, fmt.Errorf("%s took longer than %s", c.Name, d))
	defer cancel()
	r, err = t.Run(tctx, c)
	if err != nil && tctx.Err() != nil {
		err = context.Cause(tctx)
	}
	most := maxOutput
	if lim.Context > 0 {
		most = min(most, lim.Context) // bytes: a quarter of it
	}
	if len(r.Output) > most {
		r.Output = strings.ToValidUTF8(r.Output[:most], "") + "\n(cut)"
	}
	return r, err
}

// shrink makes a conversation fit into a limit of tokens: the oldest results of
// tools go first, since a tool can be called again, then whole turns between the
// head and the question, which is at keep-1. It returns how many messages went.
func shrink(req *llm.Request, head, keep, limit int) int {
	if limit <= 0 {
		return 0
	}
	limit = limit * Fill / 100
	fresh := len(req.Messages) // results behind it were not seen by the model yet
	for fresh > 0 && req.Messages[fresh-1].Role == llm.RoleTool {
		fresh--
	}
	for i := range req.Messages[:fresh] {
		if req.Tokens() <= limit {
			return 0
		}
		if m := &req.Messages[i]; m.Role == llm.RoleTool && len(m.Text) > len(gone) {
			m.Text = gone
		}
	}
	cut := head
	for cut < keep-1 && req.Tokens() > limit {
		for cut++; cut < keep-1 && req.Messages[cut].Role != llm.RoleUser; cut++ {
		}
		rest := *req
		rest.Messages = append(req.Messages[:head:head], req.Messages[cut:]...)
		if rest.Tokens() <= limit {
			break
		}
	}
	req.Messages = append(req.Messages[:head:head], req.Messages[cut:]...)
	return cut - head
}

const gone = "(removed to save space; call the tool again if you need it)"
