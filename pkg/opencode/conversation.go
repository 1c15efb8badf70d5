package opencode

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/ledger"
)

// remember fills in what was said before the question and, for the first one,
// sees to a title.
func (r *server) remember(ctx context.Context, t *turn, user api.Message) error {
	list, err := r.messages(ctx, t.session)
	if err != nil {
		return fmt.Errorf("read conversation: %w", err)
	}
	answered := map[string]bool{user.ID: true, t.id: true}
	questions := 0
	for _, m := range list {
		if m.Info.ID > user.ID && m.Info.Role == api.RoleUser {
			continue // what waits behind this one
		}
		t.readBefore(m)
		if answered[m.Info.ID] {
			continue
		}
		text := m.Text()
		switch {
		case m.Info.Summary == true:
			t.history = []llm.Message{{Role: llm.RoleUser, Text: summaryIntro + text}, {Role: llm.RoleAssistant, Text: "Understood."}}
		case m.Info.Role == api.RoleUser && text != "":
			questions++
			t.earlier = append(t.earlier, text)
			t.history = append(t.history, llm.Message{Role: llm.RoleUser, Text: text})
		case m.Info.Role == api.RoleAssistant && text != "":
			t.history = append(t.history, llm.Message{Role: llm.RoleAssistant, Text: text})
		}
	}
	if questions == 0 {
		r.title(ctx, t)
	}
	return r.compactIfFull(ctx, t)
}

// title names a session that has no name: by its first words at once, and by a
// model when it comes to it.
func (r *server) title(ctx context.Context, t *turn) {
	s, err := r.session(ctx, t.session)
	if err != nil || !strings.HasPrefix(s.Title, untitled) {
		return
	}
	src := grounding.NewSources()
	src.AllowText(t.question)
	first := gate.Plain(src, gate.Line(t.question, 2000), 60)
	if _, err := r.edit(ctx, t.session, func(s *api.Session) { s.Title = first }); err != nil {
		return
	}
	if t.model == "" || !r.cfg.Titles || s.ParentID != "" {
		return
	}
	ref := r.cfg.Small
	if ref == "" {
		ref = t.model
	}
	r.turns.Go(func() {
		tctx, cancel := context.WithTimeout(t.context(), time.Minute)
		defer cancel()
		resp, info, err := r.models.Generate(tctx, ref, &llm.Request{System: titlePrompt, MaxTokens: 400,
			Messages: []llm.Message{{Role: llm.RoleUser, Text: gate.Line(t.question, 2000)}}}, llm.Observer{})
		if err != nil {
			return // the first words stay
		}
		r.account.add(api.Tokens{Input: resp.Usage.Input, Output: resp.Usage.Output}, info.Price.Of(resp.Usage))
		title := strings.Trim(gate.Plain(src, resp.Message.Text, 80), `"' .`)
		if title == "" {
			return
		}
		_, _ = r.edit(tctx, t.session, func(s *api.Session) {
			if s.Title == first {
				s.Title = title
			}
		})
	})
}

const titlePrompt = "Write a title of at most six words for a conversation that begins with the message you are given. Write it in the language of the message, without quotes or a full stop, and nothing else."

// compactAt is the part of a model's context, in percent, above which what was
// said before is summarized.
const compactAt = 60

func (r *server) compactIfFull(ctx context.Context, t *turn) error {
	info, ok := r.models.Find(t.model)
	if !ok || t.model == "" || info.Context == 0 {
		return nil
	}
	req := llm.Request{Messages: t.history}
	if req.Tokens()+r.cfg.Knowledge.Tokens < info.Context*compactAt/100 {
		return nil
	}
	summary, err := r.summarize(ctx, t.session, t.model, t.history)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		return nil // the loop gives up old turns instead
	}
	t.history = []llm.Message{{Role: llm.RoleUser, Text: summaryIntro + summary}, {Role: llm.RoleAssistant, Text: "Understood."}}
	return nil
}

const summaryPrompt = "Summarize the conversation so that it can be continued from your summary alone: what the user wants, what was found with the sources' titles, what was decided, what is open. Names, numbers and commands exactly. Write only the summary."

// summarize has a model sum up a conversation and stores that as a message
// behind which the history begins anew.
func (r *server) summarize(ctx context.Context, session, ref string, history []llm.Message) (string, error) {
	req := &llm.Request{System: summaryPrompt, Messages: append(append([]llm.Message(nil), history...), llm.Message{Role: llm.RoleUser, Text: "Summarize now."})}
	resp, info, err := r.models.Generate(ctx, ref, req, llm.Observer{})
	if err != nil {
		return "", err
	}
	src := grounding.NewSources()
	allowHistory(src, history)
	g := gate.Aside(src)
	text := strings.TrimSpace(g.Write(resp.Message.Text) + g.Close())
	if text == "" {
		return "", errors.New("the summary is empty")
	}
	t := now()
	cost := info.Price.Of(resp.Usage)
	tokens := api.Tokens{Input: resp.Usage.Input, Output: resp.Usage.Output}
	r.account.add(tokens, cost)
	m := api.Message{ID: knowledge.NewID("msg"), SessionID: session, Role: api.RoleAssistant, Agent: "compaction", Mode: "compaction", Summary: true,
		ProviderID: info.Provider, ModelID: info.ID, Time: api.MessageTime{Created: t, Completed: t}, Finish: "stop", Cost: cost, Tokens: &tokens}
	part := api.Part{ID: knowledge.NewID("prt"), SessionID: session, MessageID: m.ID, Type: api.PartText, Text: text, Time: &api.PartTime{Start: t, End: t}}
	c := ledger.Join(ledger.MessageChange(m), ledger.PartChange(part), ledger.Change{Events: []ledger.Event{ledger.AboutSession(api.EventSessionCompacted, session)}})
	return text, r.ledger.Write(ctx, c)
}
