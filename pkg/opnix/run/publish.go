package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"panther/pkg/opnix"
	"panther/pkg/opnix/generation"
	"panther/pkg/opnix/state"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// keepOlder is how many generations before the current one stay for `opnix
// rollback`.
const keepOlder = 2

// publish writes what was decided and switches to it.
func (s *session) publish(ctx context.Context, set *set) (*Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var err error
	next := generation.Plan(set.files, s.configMAC(), s.key, s.Now())
	if err := s.checkPlaces(next); err != nil {
		return nil, err
	}
	res := s.result(next, set)
	if s.current != nil && next.Same(s.current) && s.intact() {
		res.Generation = s.current.Number
	} else {
		if next, err = s.store.Write(set.files, s.configMAC(), s.key, s.Now()); err != nil {
			return nil, sd.Hint(fmt.Errorf("write generation: %w", err), "see `df /run` and `dmesg`; the secrets are as they were")
		}
		if err := s.change(ctx, next, res); err != nil {
			return nil, err
		}
	}
	s.tidy(ctx, next, set, res)
	return res, nil
}

// intact reports whether the current files are still those of the manifest.
func (s *session) intact() bool {
	problems, err := s.store.Verify(s.current, s.key)
	for _, p := range problems {
		s.Log.Warn("secret file restored", "path", p.Path, "was", p.Detail)
	}
	return err == nil && len(problems) == 0
}

// change switches to the generation next and tells the services. The intent is
// durable before the switch and gone when the delivery is done.
func (s *session) change(ctx context.Context, next *generation.Manifest, res *Result) error {
	intent, err := s.plan(ctx, next, res)
	if err != nil {
		return err
	}
	if err := s.store.Switch(next.Number); err != nil {
		return fmt.Errorf("switch to generation %d: %w", next.Number, err)
	}
	s.current, res.Generation = next, next.Number
	if err := s.place(ctx); err != nil {
		return err
	}
	if intent != nil {
		res.Units, err = s.deliver(ctx, intent)
		if err != nil {
			s.Log.Warn("change not delivered", "error", err)
		}
	}
	return nil
}

// tidy does what readers do not wait for. What fails here is reported, and does
// not make a good set of secrets a failure.
func (s *session) tidy(ctx context.Context, next *generation.Manifest, set *set, res *Result) {
	if next.Number == 0 { // nothing was written
		next = s.current
		if err := s.place(ctx); err != nil {
			s.Log.Warn("links not placed", "error", err)
		}
	}
	if err := s.markStale(res); err != nil {
		s.Log.Warn("stale secrets not marked", "error", err)
	}
	if former, err := s.store.ClearFormer(next); err != nil {
		s.Log.Warn("former folder not cleared", "error", err)
	} else {
		for _, f := range former {
			s.Log.Warn("former folder holds files that no secret replaced; remove it when they are not needed",
				"path", f.Path, "files", strings.Join(f.Left, " "))
		}
	}
	if err := s.store.Prune(next, keepOlder); err != nil {
		s.Log.Warn("older generations not pruned", "error", err)
	}
	if err := s.state.Remove(state.HoldName); err != nil {
		s.Log.Warn("hold not ended", "error", err)
	}
	if !s.store.InMemory() {
		s.Log.Warn("secrets are on a disk or can be swapped out; mount a tmpfs with noswap there", "path", s.Paths.Run)
	}
	s.keepCopy(ctx, set)
}

// markStale leaves the sign on which opnix-refresh.path acts: made when a copy is
// served without having asked, or something is missing, and gone when nothing is.
// A refresh leaves none: its unit tries again by itself.
func (s *session) markStale(res *Result) error {
	switch {
	case res.Outcome == "fresh":
		return s.store.MarkStale(false)
	case errors.Is(res.Problem, errNotAsked), len(res.Incomplete) > 0 && !s.opt.Fresh:
		return s.store.MarkStale(true)
	}
	return nil
}

func (s *session) result(next *generation.Manifest, set *set) *Result {
	res := &Result{Outcome: "fresh", Secrets: len(next.Entries), Requests: s.requests, Problem: set.problem}
	for _, e := range next.Entries {
		if e.Stale {
			res.Stale = append(res.Stale, e.Path)
		}
		if e.Size == 0 && e.Reference != "" {
			res.Empty = append(res.Empty, e.Path)
		}
	}
	switch {
	case len(res.Stale) > 0:
		res.Outcome = "stale"
	case set.problem != nil:
		res.Outcome = "kept"
	case set.incomplete != nil:
		res.Outcome = "incomplete"
	}
	if set.incomplete != nil {
		res.Incomplete = set.incomplete.Groups
	}
	for i := range s.Config.Secrets {
		if sec := &s.Config.Secrets[i]; set.leftOut[sec.Request.Key()] {
			res.LeftOut = append(res.LeftOut, sec.Path)
		}
	}
	res.Changes = Differences(s.current, next)
	return res
}

// files turns answers into the files of a generation: the secrets, the
// templates, what stays as it is, and what other sets have put there.
func (s *session) files(set *set) ([]generation.File, error) {
	var out []generation.File
	for _, p := range slices.Sorted(maps.Keys(set.held)) {
		if f, ok := s.kept(p); ok && set.held[p] {
			out = append(out, f)
		}
	}
	for i := range s.Config.Secrets {
		sec := &s.Config.Secrets[i]
		a, ok := set.answers[sec.Request.Key()]
		if !ok || set.held[generation.InGeneration(sec.Path)] {
			continue
		}
		out = append(out, generation.File{Value: a.value, Entry: generation.Entry{
			Path: generation.InGeneration(sec.Path), Mode: sec.Mode, UID: sec.Owner.UID, GID: sec.Owner.GID, Set: s.opt.Set,
			Reference: sec.Request.Key(), NoCopy: sec.Policy == opnix.Required, Stale: a.stale, ResolvedAt: a.resolved}})
	}
	for i := range s.Config.Templates {
		t := &s.Config.Templates[i]
		v, ok := set.rendered[t.Path]
		if !ok || set.held[generation.InGeneration(t.Path)] {
			continue
		}
		out = append(out, generation.File{Value: v, Entry: generation.Entry{
			Path: generation.InGeneration(t.Path), Mode: t.Mode, UID: t.Owner.UID, GID: t.Owner.GID, Set: s.opt.Set, Stale: stale(t, set)}})
	}
	return s.carry(out)
}

func stale(t *opnix.Template, set *set) bool {
	return slices.ContainsFunc(t.Requests(), func(r vault.Request) bool { return set.answers[r.Key()].stale })
}

// carry adds the files of other sets, when only one set is replaced.
func (s *session) carry(files []generation.File) ([]generation.File, error) {
	if s.opt.Set == "" || s.current == nil {
		return files, nil
	}
	mine := map[string]bool{}
	for _, f := range files {
		mine[f.Path] = true
	}
	for _, e := range s.current.Entries {
		if e.Set == s.opt.Set || mine[e.Path] {
			continue
		}
		b, err := s.store.Read(s.current, e.Path)
		if err != nil {
			return nil, fmt.Errorf("keep the secrets of %q: %w", e.Set, err)
		}
		files = append(files, generation.File{Entry: e, Value: vault.NewValue(b)})
	}
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = f.Path
	}
	if a, b, found := generation.Conflict(paths); found {
		return nil, sd.ConfigError(fmt.Errorf("%q and %q of different configurations cannot be a file and a folder at once", a, b), "rename one of them")
	}
	return files, nil
}

// Differences lists what next changes of cur, which may be nil.
func Differences(cur, next *generation.Manifest) []Change {
	var out []Change
	for _, e := range next.Entries {
		var old generation.Entry
		ok := false
		if cur != nil {
			old, ok = cur.Entry(e.Path)
		}
		switch {
		case !ok:
			out = append(out, Change{Path: e.Path, Kind: "added"})
		case old.MAC != e.MAC:
			out = append(out, Change{Path: e.Path, Kind: "changed"})
		case old.UID != e.UID || old.GID != e.GID:
			out = append(out, Change{Path: e.Path, Kind: "owner"})
		case old.Mode != e.Mode:
			out = append(out, Change{Path: e.Path, Kind: "mode"})
		}
	}
	if cur != nil {
		for _, e := range cur.Entries {
			if _, ok := next.Entry(e.Path); !ok {
				out = append(out, Change{Path: e.Path, Kind: "removed"})
			}
		}
	}
	return out
}

// Plan tells what a run would change. It asks the password manager and writes
// nothing but the breaker.
func (r *Runner) Plan(ctx context.Context, opt Options) (*Result, error) {
	s, err := r.open(ctx, opt)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.readToken(); err != nil {
		return nil, err
	}
	set, err := s.resolve(ctx)
	if err != nil {
		return nil, err
	}
	if fe := set.incomplete; fe != nil && fe.Served == 0 {
		return nil, fe
	}
	return s.result(generation.Plan(set.files, s.configMAC(), s.key, s.Now()), set), nil
}

// ErrNothing means that no generation is served.
var ErrNothing = errors.New("no secrets are served yet")

func nothing() error {
	return sd.Hint(ErrNothing, "run: sudo systemctl start opnix-secrets")
}
