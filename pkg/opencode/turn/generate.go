package turn

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/loop"
)

// generate asks the model, with what was found fenced behind the question.
func (t *Turn) generate(ctx context.Context, memories []knowledge.Recalled, searchErr error) error {
	req := t.request()
	req.Messages = append(append(t.History.Prompt(), llm.Message{Role: llm.RoleUser, Text: t.prompt(memories, searchErr), Files: t.Files}), t.Behind...)
	info, _ := t.rt.Models.Find(t.Model)
	_, err := loop.Run(ctx, t.ask, req, t.tools(), sink{t}, loop.Limits{Steps: t.steps(), Context: info.Context, Head: t.History.Head(), Spend: t.spend, Behind: len(t.Behind)})
	if t.Format != nil && err == nil {
		err = t.formatted(ctx)
	}
	if rest := t.gate.Close(); rest != "" {
		t.say(rest)
	}
	if err == nil {
		err = t.ended()
	}
	var be *BudgetError
	if errors.As(err, &be) {
		t.out.Note("\n\n*" + be.Error() + ".*")
	}
	if s := t.notes(); s != "" {
		t.out.Note("\n\n" + s)
	}
	if n := len(t.gate.Invented); n > 0 && err == nil {
		what := "citation of this answer named no source and is"
		if n > 1 {
			what = "citations of this answer named no source and are"
		}
		t.out.Note(fmt.Sprintf("\n\n*%d %s marked.*", n, what))
	}
	return err
}

// prompt is what the model is asked, with what was found fenced behind it.
func (t *Turn) prompt(memories []knowledge.Recalled, searchErr error) string {
	var b strings.Builder
	b.WriteString(t.Text)
	if s := t.src.Render(t.src.Passages()); s != "" {
		b.WriteString("\n\nPassages that were found for this question:\n" + s)
	}
	switch {
	case searchErr != nil:
		b.WriteString("\n\n(The knowledge base does not answer now. Say so, and that the answer is without sources.)")
	case t.weak:
		b.WriteString("\n\n(The search is not confident that these passages answer the question.)")
	}
	if s := t.src.RenderMemories(memories); s != "" {
		b.WriteString("\n\nMemories that may matter:\n" + s)
	}
	return b.String()
}

// instructions stay the same for all turns of a session, so that providers can
// cache them.
func (t *Turn) instructions() string {
	if t.Plain {
		return t.System
	}
	s := t.Agent.Prompt + "\n\n" + grounding.Rules
	if t.System != "" {
		s += "\n\n" + t.System
	}
	return s
}

// room returns at most wanted tokens, and of a small model's context a sixth:
// what one search or one tool may fill.
func (t *Turn) room(wanted int) int {
	if i, ok := t.rt.Models.Find(t.Model); ok && t.Model != "" && i.Context > 0 {
		return min(wanted, i.Context/6)
	}
	return wanted
}

// memoryTokens is about what one memory takes.
const memoryTokens = 40

// Overhead estimates the tokens of the first request besides the history.
func (t *Turn) Overhead() int {
	k := t.rt.Config.Knowledge
	req := llm.Request{System: t.instructions(), Messages: []llm.Message{{Role: llm.RoleUser, Text: t.Text, Files: t.Files}}}
	for _, tool := range t.tools() {
		req.Tools = append(req.Tools, tool.Tool)
	}
	return req.Tokens() + t.room(k.Tokens) + k.Memories*memoryTokens
}

func (t *Turn) steps() int {
	if t.Agent.Steps > 0 {
		return t.Agent.Steps
	}
	return t.rt.Config.Steps
}

func (t *Turn) ask(ctx context.Context, req *llm.Request, o llm.Observer) (*llm.Response, llm.Info, error) {
	return t.rt.Models.Generate(ctx, t.Model, req, o)
}

// say passes on text of the answer.
func (t *Turn) say(s string) {
	t.said = t.said || strings.TrimSpace(s) != ""
	t.out.Text(s)
}

// ended tells the reader of an answer that is not what it seems: cut, withheld, or
// none at all, which is an error.
func (t *Turn) ended() error {
	var why string
	switch {
	case t.finish == llm.FinishLength:
		why = "the answer is cut: it reached the limit on its length"
	case t.finish == llm.FinishFilter:
		why = "the model refused to answer, or a filter of its provider withheld the answer"
	case t.finish == llm.FinishPause, t.finish == llm.FinishCalls:
		why = "the answer is not finished: the limit on steps is reached"
	case !t.said:
		why = "the model ended without an answer"
	}
	switch {
	case len(t.calls) > 0:
		return nil
	case why == "":
		return nil
	case !t.said && t.finish == llm.FinishFilter:
		return &llm.Error{Ref: t.by.Ref(), Kind: llm.KindRequest, Err: errors.New(why)}
	case !t.said:
		return &llm.Error{Ref: t.by.Ref(), Kind: llm.KindServer, Err: errors.New(why)}
	}
	t.out.Note("\n\n*" + strings.ToUpper(why[:1]) + why[1:] + ".*")
	return nil
}

// sink checks what the model writes before it goes on to the output, and counts
// what it cost. It implements loop.Sink.
type sink struct{ t *Turn }

func (s sink) Step(int) {
	s.t.said = s.t.said && s.t.finish == llm.FinishPause
	if s.t.finish != llm.FinishPause {
		s.t.raw.Reset()
	}
	s.t.out.Step()
}

func (s sink) Delta(d llm.Delta) error {
	if d.Unsay {
		s.Void(llm.Info{}, 0, 0, nil)
	}
	if d.Reasoning != "" {
		s.think(s.t.aside.Write(d.Reasoning))
		return nil
	}
	s.think(s.t.aside.Close())
	if s.t.Format != nil {
		s.t.raw.WriteString(d.Text)
		return nil
	}
	if text := s.t.gate.Write(d.Text); text != "" {
		s.t.say(text)
	}
	return nil
}

// think lets go of the model's thoughts.
func (s sink) think(text string) {
	if text != "" {
		s.t.out.Thought(text)
	}
}

func (s sink) Void(next llm.Info, attempt int, wait time.Duration, cause error) {
	s.t.gate.Reset()
	s.t.aside.Reset()
	s.t.raw.Reset()
	s.t.said = false
	s.t.out.Void(next, attempt, wait, cause)
}

func (s sink) Call(c llm.Call) { s.t.out.Call(c) }

func (s sink) Result(c llm.Call, r loop.Result, err error) { s.t.out.Result(c, r, err) }

func (s sink) Finish(resp *llm.Response, by llm.Info) {
	s.think(s.t.aside.Close())
	if text := s.t.gate.Close(); text != "" {
		s.t.say(text)
	}
	s.t.finish, s.t.calls = resp.Finish, s.t.own(resp.Message.Calls)
	tokens, cost := s.t.charge(resp, by)
	s.t.out.Finish(resp.Finish, tokens, cost)
}
