package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"panther/pkg/opnix/generation"
	"panther/pkg/opnix/state"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// serving opens a session where something is served; ErrNothing elsewhere.
func (r *Runner) serving(ctx context.Context) (*session, error) {
	s, err := r.open(ctx, Options{})
	if err == nil && s.current == nil {
		s.close()
		return nil, nothing()
	}
	return s, err
}

// Verify compares the files on disk with the current generation.
func (r *Runner) Verify(ctx context.Context) ([]generation.Problem, *generation.Manifest, error) {
	s, err := r.serving(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer s.close()
	problems, err := s.store.Verify(s.current, s.key)
	if err != nil {
		return nil, nil, err
	}
	return append(problems, s.verifyPlaced()...), s.current, nil
}

// Current returns what is served; ErrNothing if there is nothing.
func (r *Runner) Current(ctx context.Context) (*generation.Manifest, error) {
	s, err := r.serving(ctx)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.current, nil
}

// Read returns the content of a served secret.
func (r *Runner) Read(ctx context.Context, path string) ([]byte, error) {
	s, err := r.serving(ctx)
	if err != nil {
		return nil, err
	}
	defer s.close()
	p := generation.InGeneration(path)
	if _, ok := s.current.Entry(p); !ok {
		return nil, sd.Hint(fmt.Errorf("there is no secret %q", path), "opnix list shows their names")
	}
	return s.store.Read(s.current, p)
}

// Overview is what `opnix status` shows. It holds names and times, no values.
type Overview struct {
	state.Status
	Serving  uint64         `json:"serving"` // generation; 0 if none
	Secrets  int            `json:"secrets"`
	Stale    []string       `json:"stale,omitempty"`
	Since    time.Time      `json:"since,omitzero"` // when the generation was made
	Oldest   time.Time      `json:"oldest,omitzero"`
	Older    []uint64       `json:"older,omitempty"` // generations to roll back to
	InMemory bool           `json:"in_memory"`
	Breaker  *state.Breaker `json:"breaker,omitempty"`
	Hold     *state.Hold    `json:"hold,omitempty"`
	Owed     []string       `json:"owed,omitempty"` // units that a change is still to be told
}

// Status returns the overview.
func (r *Runner) Status(ctx context.Context) (*Overview, error) {
	s, err := r.open(ctx, Options{})
	if err != nil {
		return nil, err
	}
	defer s.close()
	o := &Overview{InMemory: s.store.InMemory()}
	var br state.Breaker
	var hold state.Hold
	for name, into := range map[string]any{state.StatusName: &o.Status, state.BreakerName: &br, state.HoldName: &hold} {
		if _, err := s.state.Read(name, into); err != nil {
			return nil, err
		}
	}
	if br.Kind != "" {
		br.Token, br.Config = "", ""
		o.Breaker = &br
	}
	if hold.Generation != 0 {
		o.Hold = &hold
	}
	o.Owed = s.owed()
	if s.current == nil {
		return o, nil
	}
	o.Serving, o.Secrets, o.Since = s.current.Number, len(s.current.Entries), s.current.Created
	for _, e := range s.current.Entries {
		if e.Stale {
			o.Stale = append(o.Stale, e.Path)
		}
		if !e.ResolvedAt.IsZero() && (o.Oldest.IsZero() || e.ResolvedAt.Before(o.Oldest)) {
			o.Oldest = e.ResolvedAt
		}
	}
	o.Older, err = s.store.Numbers()
	o.Older = slices.DeleteFunc(o.Older, func(n uint64) bool { return n >= o.Serving })
	return o, err
}

// Rollback switches to the generation before the current one, tells the
// services, and holds it until somebody asks for a refresh.
func (r *Runner) Rollback(ctx context.Context) (*Result, error) {
	s, err := r.serving(ctx)
	if err != nil {
		return nil, err
	}
	defer s.close()
	all, err := s.store.Numbers()
	if err != nil {
		return nil, err
	}
	prev := s.wholeBefore(all)
	if prev == nil {
		return nil, sd.Hint(fmt.Errorf("there is no whole generation before %d", s.current.Number), "a boot starts with one generation; change the entry in the password manager instead")
	}
	res := &Result{Outcome: "kept", Secrets: len(prev.Entries), Changes: Differences(s.current, prev)}
	if err := s.state.Write(state.HoldName, state.Hold{Generation: prev.Number, Since: s.Now().UTC()}); err != nil {
		return nil, err
	}
	return res, s.change(ctx, prev, res)
}

// wholeBefore returns the newest generation before the current one whose files
// are as they were written; nil if there is none.
func (s *session) wholeBefore(all []uint64) *generation.Manifest {
	for _, n := range slices.Backward(all) {
		if n >= s.current.Number {
			continue
		}
		m, err := s.store.Manifest(n)
		if err != nil {
			continue
		}
		if problems, err := s.store.Verify(m, s.key); err == nil && len(problems) == 0 {
			return m
		}
	}
	return nil
}

// Ask resolves requests outside of a run, respecting the breaker; nothing is
// served or changed.
func (r *Runner) Ask(ctx context.Context, token vault.Value, reqs []vault.Request) (vault.Answer, error) {
	r.defaults()
	s := &session{Runner: r, token: token}
	var err error
	if s.state, err = state.Open(r.Paths.State); err != nil {
		return vault.Answer{}, access(err)
	}
	defer s.state.Close()
	if s.key, err = s.state.Key(); err != nil {
		return vault.Answer{}, err
	}
	ans, err := s.ask(ctx, reqs)
	var ve *vault.Error
	if errors.As(err, &ve) {
		err = &sd.Error{Err: fmt.Errorf("ask the password manager: %w", err), Hint: hint(ve.Kind), Code: exitCode(ve.Kind)}
	}
	return ans, err
}
