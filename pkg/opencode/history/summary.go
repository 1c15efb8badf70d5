package history

import (
	"context"
	"errors"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/account"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/ledger"
)

// compactAt is the part of a model's context, in percent, above which what was
// said before is summarized.
const compactAt = 60

// Compactor makes summaries.
type Compactor struct {
	Models  *llm.Set
	Ledger  *ledger.Ledger
	Account *account.Account
}

// Fit summarizes a history that fills too much of a model's context, with room
// for more tokens that go with a question.
func (c *Compactor) Fit(ctx context.Context, session, model string, h *History, more int) error {
	info, ok := c.Models.Find(model)
	if !ok || model == "" || info.Context == 0 {
		return nil
	}
	req := llm.Request{Messages: h.Prompt()}
	if req.Tokens()+more < info.Context*compactAt/100 {
		return nil
	}
	if err := c.Summarize(ctx, session, model, h); err != nil && ctx.Err() != nil {
		return err
	}
	return nil // without a summary the loop gives up old turns instead
}

const summaryPrompt = "Summarize the conversation so that it can be continued from your summary alone: what the user wants, what was found with the sources' titles, what was decided, what is open. Names, numbers and commands exactly. Write only the summary."

// Summarize has a model sum up a history and stores that as a message behind
// which the history begins anew.
func (c *Compactor) Summarize(ctx context.Context, session, model string, h *History) error {
	req := &llm.Request{System: summaryPrompt, Messages: append(h.Prompt(), llm.Message{Role: llm.RoleUser, Text: "Summarize now."})}
	resp, info, err := c.Models.Generate(ctx, model, req, llm.Observer{})
	if err != nil {
		return err
	}
	src := grounding.NewSources()
	h.Allow(src)
	g := gate.Aside(src)
	text := strings.TrimSpace(g.Write(resp.Message.Text) + g.Close())
	if text == "" {
		return errors.New("the summary is empty")
	}
	tokens, cost := c.Account.Charge(resp.Usage, info)
	t := time.Now().UnixMilli()
	m := api.Message{ID: knowledge.NewID("msg"), SessionID: session, Role: api.RoleAssistant, Agent: "compaction", Mode: "compaction", Summary: true,
		ProviderID: info.Provider, ModelID: info.ID, Time: api.MessageTime{Created: t, Completed: t}, Finish: "stop", Cost: cost, Tokens: &tokens}
	part := api.Part{ID: knowledge.NewID("prt"), SessionID: session, MessageID: m.ID, Type: api.PartText, Text: text, Time: &api.PartTime{Start: t, End: t}}
	err = c.Ledger.Write(ctx, ledger.Join(ledger.MessageChange(m), ledger.PartChange(part),
		ledger.Change{Events: []ledger.Event{ledger.AboutSession(api.EventSessionCompacted, session)}}))
	if err == nil {
		h.Summary, h.Messages = text, nil
	}
	return err
}
