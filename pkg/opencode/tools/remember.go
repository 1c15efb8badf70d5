package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/loop"
)

// Remember is the name of the tool whose effect outlives the conversation. What
// others wrote may talk a model into it, so that it is asked for once something
// of theirs was in the prompt, and is told below the answer in any case.
const Remember = "remember"

type rememberArguments struct {
	Text string `json:"text"`
	Kind string `json:"kind,omitempty"`
	Body string `json:"body,omitempty" jsonschema:"The steps of a skill"`
}

func remember() Tool {
	return define(Remember,
		"Remember a fact, or how to do something, for later conversations. Only what the user said or wants kept.",
		func(ctx context.Context, t *Turn, a rememberArguments, _ llm.Call) (loop.Result, error) {
			m := a.memory(t)
			if m.Kind != knowledge.MemoryFact && m.Kind != knowledge.MemorySkill {
				return loop.Result{}, fmt.Errorf("there is no kind of memory %q", gate.Line(a.Kind, 40))
			}
			m.Provenance.Confirmed = allowedBy(ctx)
			got, err := t.Knowledge.Remember(ctx, m)
			if err != nil {
				return loop.Result{}, fmt.Errorf("remember: %w", err)
			}
			t.Note("Remembered", got)
			return loop.Result{Title: "Remembered", Output: "Remembered as " + got.ID + "."}, nil
		}, func(s *jsonschema.Schema) {
			s.Properties["kind"].Enum = []any{knowledge.MemoryFact, knowledge.MemorySkill}
		})
}

func (a rememberArguments) memory(t *Turn) knowledge.Memory {
	return knowledge.Memory{Kind: cmp.Or(a.Kind, knowledge.MemoryFact), Text: a.Text, Body: a.Body, Provenance: t.Provenance()}
}

// RememberLater stores what a call of Remember had, which nobody was there to
// allow, to be confirmed. It returns cause with what became of it.
func RememberLater(ctx context.Context, t *Turn, call llm.Call, cause error) error {
	var a rememberArguments
	if err := json.Unmarshal(call.Arguments, &a); err != nil {
		return fmt.Errorf("read arguments of %s: %w", call.Name, err)
	}
	m := a.memory(t)
	m.SupersededBy = knowledge.Unconfirmed
	got, err := t.Knowledge.Remember(ctx, m)
	if err != nil {
		return errors.Join(cause, err)
	}
	if got.SupersededBy == knowledge.Unconfirmed {
		t.Note("Not remembered, since nobody was there to allow it; it waits for `panther memories confirm`", got)
	}
	return fmt.Errorf("%w; it is not remembered, and waits to be confirmed by the user", cause)
}
