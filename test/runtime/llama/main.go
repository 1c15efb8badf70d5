// Command llama asks a runtime whose model is llama.cpp's own server with a small
// model, a context of 2,048 tokens and answers of 48 (test/llama.sh starts both):
// a streamed turn, one that is cancelled, an answer by a JSON schema, a conversation
// and a question that are longer than the context. The model answers badly: what
// counts is that each ends as it must.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"panther/pkg/opencode/api"
	"panther/pkg/sd"
)

func main() { sd.Main(run) }

type client struct {
	*api.Client
	url string
}

func run(ctx context.Context) error {
	if len(os.Args) != 2 {
		return sd.UsageError("usage: llama URL")
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Minute) // which only a hang reaches
	defer cancel()
	c := client{api.NewClient(os.Args[1], ""), os.Args[1]}
	defer c.Close()
	for _, step := range []struct {
		name string
		f    func(context.Context) error
	}{
		{"a streamed turn", c.streamed},
		{"a cancelled turn", c.cancelled},
		{"an answer by a JSON schema", c.schema},
		{"a conversation longer than the context", c.conversation},
		{"a question longer than the context", c.question},
	} {
		began := time.Now()
		if err := step.f(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		fmt.Printf("ok %s (%.1f s)\n", step.name, time.Since(began).Seconds())
	}
	return nil
}

// turn is what the events of one turn told.
type turn struct {
	deltas    int
	compacted bool
	answer    *api.MessageWithParts
}

// ask asks in a session and follows the turn to its end; each is called for every
// delta of text, if it is not nil.
func (c client) ask(ctx context.Context, session, text string, each func()) (*turn, error) {
	list, err := c.Messages(ctx, session, 0)
	if err != nil {
		return nil, err
	}
	t, before := &turn{}, len(list)
	for e, err := range c.Events(ctx, api.Subscribe{Session: session}) {
		if err != nil {
			return nil, fmt.Errorf("follow the turn: %w", err)
		}
		switch e.Type {
		case api.EventServerConnected:
			if err := c.PromptAsync(ctx, session, api.Ask(text)); err != nil {
				return nil, err
			}
		case api.EventPartDelta:
			t.deltas++
			if each != nil {
				each()
			}
		case api.EventSessionCompacted:
			t.compacted = true
		}
		if e.Type == api.EventSessionIdle {
			break
		}
	}
	if list, err = c.Messages(ctx, session, 0); err != nil {
		return nil, err
	}
	for i := range list[before:] {
		if m := list[before+i]; m.Info.Role == api.RoleAssistant && m.Info.Summary != true {
			t.answer = &m
		}
	}
	if t.answer == nil {
		return nil, fmt.Errorf("%d messages and no answer", len(list)-before)
	}
	return t, nil
}

func (c client) session(ctx context.Context) (string, error) {
	s, err := c.CreateSession(ctx, api.CreateSession{})
	if err != nil {
		return "", err
	}
	return s.ID, nil
}

func (c client) streamed(ctx context.Context) error {
	id, err := c.session(ctx)
	if err != nil {
		return err
	}
	t, err := c.ask(ctx, id, "How do I make a partial index? Tell me in some sentences.", nil)
	if err != nil {
		return err
	}
	m := t.answer
	if m.Info.Error != nil || t.deltas < 3 || m.Text() == "" || m.Info.Tokens.Input+m.Info.Tokens.Cache.Read < 100 || m.Info.Tokens.Output == 0 {
		return fmt.Errorf("%d deltas, %q, %+v", t.deltas, m.Text(), m.Info)
	}
	return nil
}

func (c client) cancelled(ctx context.Context) error {
	id, err := c.session(ctx)
	if err != nil {
		return err
	}
	var aborted error
	t, err := c.ask(ctx, id, "Write a long story about a database.", func() { aborted = errors.Join(aborted, c.Abort(ctx, id)) })
	if err = errors.Join(err, aborted); err != nil {
		return err
	}
	if e := t.answer.Info.Error; e == nil || e.Name != api.NameAborted || t.answer.Text() == "" {
		return fmt.Errorf("%q ended with %+v", t.answer.Text(), e)
	}
	return nil
}

func (c client) schema(ctx context.Context) error {
	body := `{"model":"panther","knowledge":false,"messages":[{"role":"user","content":"Where is Rome, and how many hills has it?"}],
		"response_format":{"type":"json_schema","json_schema":{"name":"city","strict":true,"schema":{"type":"object","additionalProperties":false,
		"required":["country","hills"],"properties":{"country":{"type":"string","enum":["Italy","France"]},"hills":{"type":"integer","enum":[6,7]}}}}}}`
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/v1/chat/completions", bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var out struct {
		Choices []struct{ Message struct{ Content string } }
		Error   json.RawMessage
	}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return err
	}
	var city struct {
		Country string
		Hills   int
	}
	if len(out.Choices) != 1 || json.Unmarshal([]byte(out.Choices[0].Message.Content), &city) != nil || city.Country == "" || city.Hills < 6 {
		return fmt.Errorf("status %d: %+v %s", resp.StatusCode, out.Choices, out.Error)
	}
	return nil
}

// conversation asks until what was said before is summed up.
func (c client) conversation(ctx context.Context) error {
	id, err := c.session(ctx)
	if err != nil {
		return err
	}
	for n := 1; n <= 6; n++ {
		text := fmt.Sprintf("Part %d. ", n) + strings.Repeat("We keep rows that satisfy a predicate and look at the plan. ", 35) + "What is an index?"
		t, err := c.ask(ctx, id, text, nil)
		if err != nil {
			return err
		}
		if t.answer.Info.Error != nil {
			return fmt.Errorf("question %d: %+v", n, t.answer.Info.Error)
		}
		if t.compacted && n > 1 {
			return nil
		}
	}
	return errors.New("nothing was summed up")
}

func (c client) question(ctx context.Context) error {
	id, err := c.session(ctx)
	if err != nil {
		return err
	}
	t, err := c.ask(ctx, id, strings.Repeat("We keep rows that satisfy a predicate and look at the plan. ", 300), nil)
	if err != nil {
		return err
	}
	if e := t.answer.Info.Error; e == nil || !strings.Contains(e.Message(), "context") {
		return fmt.Errorf("%q ended with %+v", t.answer.Text(), e)
	}
	return nil
}
