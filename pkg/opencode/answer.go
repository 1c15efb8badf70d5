package opencode

import (
	"context"
	"time"

	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
	"panther/pkg/sd"
)

// answer waits for the session's turn, runs it and writes down how it ended. A
// turn that has not begun when the process stops is left to the next one.
func (r *server) answer(t *turn, user api.Message) (*api.MessageWithParts, error) {
	sl, done := r.sessions.use(t.session)
	defer done()
	select {
	case sl.turn <- struct{}{}:
	case <-r.stopping:
		return nil, ledger.ErrClosed
	}
	defer func() { <-sl.turn }()
	ctx, cancel := context.WithCancelCause(t.context())
	defer cancel(nil)
	timer := time.AfterFunc(r.cfg.TurnTime.D(), func() { cancel(errTurnTime) })
	defer timer.Stop()
	sl.mu.Lock()
	if sl.deleted {
		sl.mu.Unlock()
		return nil, api.NotFound("session", t.session)
	}
	sl.cancel = cancel
	sl.mu.Unlock()
	defer func() {
		sl.mu.Lock()
		sl.cancel = nil
		sl.mu.Unlock()
	}()

	t.id = knowledge.NewID("msg")
	msg := api.Message{ID: t.id, SessionID: t.session, Role: api.RoleAssistant, ParentID: user.ID, Agent: t.agent.Name, Mode: t.agent.Name,
		ProviderID: t.ref().ProviderID, ModelID: t.ref().ModelID, Time: api.MessageTime{Created: now()},
		Path: &api.MessagePath{Cwd: r.directory(), Root: r.directory()}}
	rec := &recorder{t: t, msg: msg, calls: map[string]*api.Part{}}
	t.out = rec
	begin := ledger.MessageChange(msg)
	begin.Messages = append(begin.Messages, ledger.Message{Message: user, Status: ledger.Done})
	begin.Events = append([]ledger.Event{ledger.StatusEvent(t.session, api.SessionStatus{Type: "busy"})}, begin.Events...)
	r.ledger.Append(begin)
	r.count.mu.Lock()
	r.count.turns++
	r.count.mu.Unlock()
	log := r.log.With("session_id", t.session, "turn_id", t.id)
	log.Info("turn started", "agent", t.agent.Name, "model", t.ref().String())
	began := time.Now()

	err := r.remember(ctx, t, user)
	if err == nil {
		err = t.run(ctx)
	}
	failure := turnError(ctx, err)
	return r.finish(t, rec, failure, log, began)
}

// finish stores the end of a turn. It outlives the turn's context, and waits
// for agentdb as long as the process may.
func (r *server) finish(t *turn, rec *recorder, failure *api.NamedError, log logger, began time.Time) (*api.MessageWithParts, error) {
	change := rec.end(failure)
	if failure != nil {
		change.Events = append(change.Events, ledger.Event{SessionID: t.session, Type: api.EventSessionError,
			Data: map[string]any{"sessionID": t.session, "error": failure}})
	}
	ctx := identity.With(context.WithoutCancel(r.turnCtx), identity.Everyone) // whoever the session belongs to by now
	_, err := r.edit(ctx, t.session, func(s *api.Session) {
		s.Cost += t.cost
		s.Tokens.Add(t.tokens)
		s.Agent = t.agent.Name
		ref := t.ref()
		s.Model = &api.SessionModel{ID: ref.ModelID, ProviderID: ref.ProviderID}
	}, change)
	if err == nil {
		err = r.ledger.Write(ctx, ledger.Change{Events: ledger.IdleEvents(t.session)})
	}
	attrs := []any{"status", ledger.StatusOf(rec.msg), "millis", time.Since(began).Milliseconds(), "passages", t.src.Len(),
		"tokens", t.tokens.Total, "cost", t.cost}
	if failure != nil {
		log.Warn("turn ended", append(attrs, "error", failure.Message(), sd.MessageIDKey, sd.MessageTurnFailed)...)
	} else {
		log.Info("turn ended", append(attrs, sd.MessageIDKey, sd.MessageTurnFinished)...)
	}
	if err != nil {
		return nil, err
	}
	k, err := r.message(ctx, t.session, t.id)
	return k, err
}

// logger is what of *slog.Logger a turn needs.
type logger interface {
	Info(msg string, args ...any)
	Warn(msg string, args ...any)
}

// message returns one message of a session.
func (r *server) message(ctx context.Context, session, id string) (*api.MessageWithParts, error) {
	list, err := r.messages(ctx, session)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Info.ID == id {
			return &list[i], nil
		}
	}
	return nil, api.NotFound("message", id)
}
