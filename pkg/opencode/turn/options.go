package turn

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"panther/pkg/gate"
	"panther/pkg/llm"
	"panther/pkg/opencode/loop"
)

// Options are what a caller asks of the answer beyond the question. The zero
// value asks nothing.
type Options struct {
	// Plain is a question to the model alone: nothing is looked up, and neither the
	// agent's instructions nor its tools go with it.
	Plain bool
	// Tools are the caller's own: an answer that calls one ends the turn, and the
	// caller asks again with what it gave behind the question.
	Tools  []llm.Tool
	Behind []llm.Message
	// Choice, NoCalls, OneCall and Format are as in llm.Request. An answer with a format is
	// one text, at its end.
	Choice  string
	NoCalls bool
	OneCall bool
	Format  *llm.Format

	MaxTokens   int
	Temperature *float64 // nil is the agent's, as with TopP
	TopP        *float64
	Stop        []string
	Effort      string
}

// request begins what the model is asked.
func (t *Turn) request() llm.Request {
	return llm.Request{System: t.instructions(), Temperature: cmp.Or(t.Options.Temperature, t.Agent.Temperature), TopP: cmp.Or(t.Options.TopP, t.Agent.TopP),
		MaxTokens: t.MaxTokens, Stop: t.Stop, Effort: t.Effort, Choice: t.Choice, NoCalls: t.NoCalls, OneCall: t.OneCall, Format: t.Format}
}

// errPlain is what a question to the model alone is told where there is none.
var errPlain = &llm.Error{Ref: "none", Kind: llm.KindRequest, Status: http.StatusServiceUnavailable,
	Err: errors.New("no language model is configured, and this question is for one alone")}

// clientTools returns the caller's tools for the loop, and their names.
func (t *Turn) clientTools() []loop.Tool {
	out := make([]loop.Tool, len(t.Options.Tools))
	for i, tool := range t.Options.Tools {
		out[i] = loop.Tool{Tool: tool}
	}
	return out
}

// Calls returns the calls of the caller's tools with which the answer ended.
func (t *Turn) Calls() []llm.Call { return t.calls }

// own leaves the calls of the caller's tools.
func (t *Turn) own(calls []llm.Call) []llm.Call {
	var out []llm.Call
	for _, c := range calls {
		for _, tool := range t.Options.Tools {
			if tool.Name == c.Name && c.Invalid == "" {
				out = append(out, c)
			}
		}
	}
	return out
}

// formatted passes on an answer that has a format, as far as it has it.
func (t *Turn) formatted(ctx context.Context) error {
	text, err := gate.JSON(t.src, t.raw.String())
	if err != nil {
		if ctx.Err() != nil || len(t.calls) > 0 || t.raw.Len() == 0 {
			return nil
		}
		return &llm.Error{Ref: t.by.Ref(), Kind: llm.KindServer, Err: errors.New("the model did not keep to the format that was asked for")}
	}
	t.say(text)
	return nil
}
