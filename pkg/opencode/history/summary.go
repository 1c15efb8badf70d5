package history

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"panther/pkg/gate"
	"panther/pkg/llm"
	"panther/pkg/opencode/account"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/loop"
	"panther/pkg/opencode/sessions"
)

const (
	// compactAt is the part of a model's context, in percent, that a request may
	// take before what was said before is summarized. The rest is for the results
	// of tools, the answer, and wrong estimates.
	compactAt = 70
	// summaryPart is the part of a context that a summary may take.
	summaryPart = 8
	// maxPieces bounds the requests of one summary: of a conversation that grew
	// with another model, so far beyond this one's context.
	maxPieces = 8
)

// ErrNothing means that there is nothing to summarize.
var ErrNothing = errors.New("nothing was said that could be summarized")

// Compactor makes summaries.
type Compactor struct {
	Models   *llm.Set
	Sessions *sessions.Store
	Account  *account.Account
}

// Fit summarizes what a model's context has no room for, where the request has
// more tokens besides the history. The last exchanges stay whole. It returns what
// that cost.
func (c *Compactor) Fit(ctx context.Context, session, model string, h *History, more int) (float64, error) {
	info, ok := c.Models.Find(model)
	if !ok || model == "" || info.Context == 0 {
		return 0, nil
	}
	room := max(info.Context*compactAt/100-more, info.Context/summaryPart)
	req := llm.Request{Messages: h.Prompt()}
	if req.Tokens() <= room {
		return 0, nil
	}
	most := info.Context*loop.Fill/100 - info.Context/summaryPart - more // with the summary the last one may take all that a request has
	cost, err := c.summarize(ctx, session, info, h, len(h.Exchanges)-last(h.Exchanges, room/2, most))
	if err != nil && ctx.Err() == nil {
		err = nil // without a summary the loop gives up old exchanges instead
	}
	return cost, err
}

// last returns how many of the last exchanges stay whole: those that have room
// together, and the last one in any case if it has no more than most tokens.
func last(all []Exchange, room, most int) int {
	n, sum := 0, 0
	for n < len(all) {
		e := llm.Request{Messages: all[len(all)-1-n].Messages}
		sum += e.Tokens()
		if sum > room && (n > 0 || sum > most) {
			break
		}
		n++
	}
	return n
}

// Summarize summarizes all that was said. It fails with ErrNothing where nothing
// was.
func (c *Compactor) Summarize(ctx context.Context, session string, info llm.Info, h *History) error {
	if len(h.Exchanges) == 0 {
		return ErrNothing
	}
	_, err := c.summarize(ctx, session, info, h, len(h.Exchanges))
	return err
}

// summarize has a model sum up the first exchanges of a history with the summary
// before them, and stores that as a message behind which the history begins anew
// with the exchange that follows.
func (c *Compactor) summarize(ctx context.Context, session string, info llm.Info, h *History, n int) (cost float64, err error) {
	if n == 0 {
		return 0, nil
	}
	src := grounding.NewSources()
	h.Allow(src)
	text, tokens := h.Summary, api.Tokens{}
	for _, piece := range pieces(h.Exchanges[:n], info) {
		of := History{Summary: text, Exchanges: piece}
		req := &llm.Request{System: summaryPrompt, MaxTokens: maxSummary(info), Messages: append(of.Prompt(), llm.Message{Role: llm.RoleUser, Text: "Summarize now."})}
		resp, by, err := c.Models.Generate(ctx, info.Ref(), req, llm.Observer{})
		if err != nil {
			return cost, fmt.Errorf("summarize the conversation: %w", err)
		}
		t, paid := c.Account.Charge(resp.Usage, by)
		tokens.Add(t)
		cost += paid
		info = by
		g := gate.Aside(src)
		text = strings.TrimSpace(g.Write(clip(resp.Message.Text, info.Context/summaryPart)) + g.Close())
		if text == "" {
			return cost, errors.New("the summary is empty")
		}
	}
	now := api.Now()
	m := api.Message{ID: api.NewID("msg"), SessionID: session, Role: api.RoleAssistant, Agent: "compaction", Mode: "compaction", Summary: true,
		ProviderID: info.Provider, ModelID: info.ID, Time: api.MessageTime{Created: now, Completed: now}, Finish: llm.FinishStop, Cost: cost, Tokens: &tokens}
	part := api.Part{ID: api.NewID("prt"), SessionID: session, MessageID: m.ID, Type: api.PartText, Text: text, Time: &api.PartTime{Start: now, End: now}}
	part.SetCovers(h.Exchanges[n-1].ID)
	_, err = c.Sessions.Edit(ctx, session, func(s *api.Session) {
		s.Cost += cost
		s.Tokens.Add(tokens)
	}, ledger.MessageChange(m), ledger.PartChange(part), ledger.Change{Events: []ledger.Event{ledger.AboutSession(api.EventSessionCompacted, session)}})
	if err == nil {
		h.Summary, h.Exchanges = text, h.Exchanges[n:]
	}
	return cost, err
}

const summaryPrompt = "Summarize the conversation so that it can be continued from your summary alone: what the user wants and said about themselves, what was found with the sources' titles, what was decided, what is open. Names, numbers and commands exactly. Keep what an earlier summary says. Write only the summary."

// maxSummary bounds the answer of a model whose context is small: it would be
// asked for more than fits otherwise.
func maxSummary(info llm.Info) int {
	if info.Context > 32_000 {
		return 0
	}
	return info.Context / summaryPart
}

// pieces cuts exchanges into what a model can be given at once, beside a summary
// and its answer. Of a conversation that is too long for that, and of a message
// that is, the middle is left out.
func pieces(all []Exchange, info llm.Info) [][]Exchange {
	room := info.Context*compactAt/100 - info.Context/summaryPart
	if info.Context == 0 {
		return [][]Exchange{all}
	}
	total, messages := 0, 0
	for _, e := range all {
		req := llm.Request{Messages: e.Messages}
		total += req.Tokens()
		messages += len(e.Messages)
	}
	most := room / 2 // a question and its answer
	if total > maxPieces*room {
		most = min(most, maxPieces*room/messages)
	}
	var out [][]Exchange
	left := 0
	for _, e := range all {
		short := Exchange{ID: e.ID}
		for _, m := range e.Messages {
			m.Text, m.Files = clip(m.Text, most), nil
			short.Messages = append(short.Messages, m)
		}
		req := llm.Request{Messages: short.Messages}
		if n := req.Tokens(); len(out) == 0 || n > left {
			out = append(out, nil)
			left = room - n
		} else {
			left -= n
		}
		out[len(out)-1] = append(out[len(out)-1], short)
	}
	return out
}

// clip shortens a text to a number of tokens, by its middle.
func clip(s string, tokens int) string {
	n := llm.Tokens(s)
	if tokens <= 0 || n <= tokens {
		return s
	}
	keep := len(s) * tokens / n / 2
	return strings.ToValidUTF8(s[:keep], "") + "\n…\n" + strings.ToValidUTF8(s[len(s)-keep:], "")
}
