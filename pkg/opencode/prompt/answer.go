package prompt

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/history"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/sessions"
	"panther/pkg/opencode/turn"
	"panther/pkg/sd"
)

// answer waits for the session's turn, runs it and writes down how it ended. A
// turn that has not begun when the process stops is left to the next one.
func (q *Queue) answer(t *turn.Turn, user api.Message) (*api.MessageWithParts, error) {
	ctx, cancel := context.WithCancelCause(q.as(t.Owner))
	defer cancel(nil)
	leave, err := q.rt.Sessions.Enter(q.accept, t.Session, cancel)
	if err != nil {
		return nil, err
	}
	defer leave()
	timer := time.AfterFunc(q.opt.TurnTime, func() { cancel(turn.ErrTime) })
	defer timer.Stop()
	rec, begin := t.Record(user.ID)
	begin.Messages = append(begin.Messages, ledger.Message{Message: user, Status: ledger.Done})
	begin.Events = append([]ledger.Event{ledger.StatusEvent(t.Session, api.SessionStatus{Type: "busy"})}, begin.Events...)
	q.rt.Ledger.Append(begin)
	q.begun.Add(1)
	log := q.log.With("session_id", t.Session, "turn_id", t.ID())
	log.Info("turn started", "agent", t.Agent.Name, "model", t.Ref().String())
	began := time.Now()
	err = q.spent(ctx, t)
	if err == nil {
		err = q.remember(ctx, t, user)
	}
	if err == nil {
		err = t.Run(ctx, rec)
	}
	return q.finish(t, rec, turn.Failure(ctx, err), log, began)
}

// finish stores the end of a turn. It outlives the turn's context, and waits
// for agentdb as long as the process may.
func (q *Queue) finish(t *turn.Turn, rec *turn.Recorder, failure *api.NamedError, log *slog.Logger, began time.Time) (*api.MessageWithParts, error) {
	change := rec.End(failure)
	if failure != nil {
		change.Events = append(change.Events, ledger.ErrorEvent(t.Session, failure))
	}
	tokens, cost := t.Spent()
	ctx := everyone(q.turnCtx) // whoever the session belongs to by now
	_, err := q.rt.Sessions.Edit(ctx, t.Session, func(s *api.Session) {
		s.Cost += cost
		s.Tokens.Add(tokens)
		s.Agent = t.Agent.Name
		ref := t.Ref()
		s.Model = &api.SessionModel{ID: ref.ModelID, ProviderID: ref.ProviderID}
	}, change)
	if err == nil {
		err = q.rt.Ledger.Write(ctx, ledger.Change{Events: ledger.IdleEvents(t.Session)})
	}
	m := rec.Message()
	attrs := []any{"status", ledger.StatusOf(m.Info), "millis", time.Since(began).Milliseconds(), "passages", t.Sources().Len(), "tokens", tokens.Total, "cost", cost}
	if failure != nil {
		log.Warn("turn ended", append(attrs, "error", failure.Message(), sd.MessageIDKey, sd.MessageTurnFailed)...)
	} else {
		log.Info("turn ended", append(attrs, sd.MessageIDKey, sd.MessageTurnFinished)...)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// spent counts what the session and its sub-agents have cost until now, where
// there is a limit on it.
func (q *Queue) spent(ctx context.Context, t *turn.Turn) error {
	if q.rt.Config.Budget.Session <= 0 {
		return nil
	}
	s, err := q.rt.Sessions.Get(ctx, t.Session)
	if err != nil {
		return err
	}
	t.Tally.Add(s.Cost)
	kids, err := q.rt.Sessions.Children(ctx, t.Session)
	for _, k := range kids {
		t.Tally.Add(k.Cost)
	}
	return err
}

// remember fills in what was said before the question and, for the first one,
// sees to a title.
func (q *Queue) remember(ctx context.Context, t *turn.Turn, user api.Message) error {
	var err error
	if t.History, err = q.history(ctx, t.Session, user.ID); err != nil {
		return err
	}
	if len(t.History.Questions) == 0 {
		q.title(ctx, t)
	}
	cost, err := q.compact.Fit(ctx, t.Session, t.Model, &t.History, t.Overhead())
	t.Tally.Add(cost)
	return err
}

// history reads what was said in a session before a prompt, "" for all of it.
func (q *Queue) history(ctx context.Context, session, prompt string) (history.History, error) {
	list, err := q.rt.Sessions.Messages(ctx, session)
	if err != nil {
		return history.History{}, fmt.Errorf("read conversation: %w", err)
	}
	return history.Before(list, prompt), nil
}

const titlePrompt = "Write a title of at most six words for a conversation that begins with the message you are given. Write it in the language of the message, without quotes or a full stop, and nothing else."

// title names a session that has no name: by its first words at once, and by a
// model when it comes to it.
func (q *Queue) title(ctx context.Context, t *turn.Turn) {
	s, err := q.rt.Sessions.Get(ctx, t.Session)
	if err != nil || !strings.HasPrefix(s.Title, sessions.Untitled) {
		return
	}
	src := grounding.NewSources()
	src.AllowText(t.Text)
	first := gate.Plain(src, gate.Line(t.Text, 2000), 60)
	if _, err := q.rt.Sessions.Edit(ctx, t.Session, func(s *api.Session) { s.Title = first }); err != nil {
		return
	}
	if t.Model == "" || !q.opt.Titles || s.ParentID != "" {
		return
	}
	ref := q.opt.Small
	if ref == "" {
		ref = t.Model
	}
	q.turns.Go(func() {
		ctx, cancel := context.WithTimeout(q.as(t.Owner), time.Minute)
		defer cancel()
		resp, info, err := q.rt.Models.Generate(ctx, ref, &llm.Request{System: titlePrompt, MaxTokens: 400,
			Messages: []llm.Message{{Role: llm.RoleUser, Text: gate.Line(t.Text, 2000)}}}, llm.Observer{})
		if err != nil {
			return // the first words stay
		}
		tokens, cost := q.rt.Account.Charge(resp.Usage, info)
		title := strings.Trim(gate.Plain(src, resp.Message.Text, 80), `"' .`)
		_, _ = q.rt.Sessions.Edit(ctx, t.Session, func(s *api.Session) {
			s.Cost += cost
			s.Tokens.Add(tokens)
			if s.Title == first && title != "" {
				s.Title = title
			}
		})
	})
}
