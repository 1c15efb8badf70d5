package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"panther/pkg/opnix"
	"panther/pkg/opnix/confined"
	"panther/pkg/opnix/generation"
	"panther/pkg/opnix/state"
	"panther/pkg/opnix/token"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// Runner does runs for one configuration. All fields but Config and Paths have
// defaults; a Runner is for one goroutine.
type Runner struct {
	Config *opnix.Config
	Paths  Paths
	Log    *slog.Logger
	Now    func() time.Time

	// Backend makes the backend that Config names; tests put theirs here.
	Backend func(c *opnix.Config, token vault.Value) (vault.Backend, error)
	// FetchSocket is where another process asks the password manager, so that
	// this one needs no network; "" asks from here.
	FetchSocket string
	// Units tells services of changes; nil tells nobody.
	Units Units
	// LockWait bounds the wait for another run; 0 means 90 s, the time a unit
	// has to start.
	LockWait time.Duration
}

// Paths are the folders of a run.
type Paths struct {
	Run   string // generations and the lock, in memory
	State string // what must survive a boot
}

// Options vary a run.
type Options struct {
	Set   string // the name of the set that alone is replaced; "" replaces everything
	Retry bool   // ask even if the breaker says not to
	Fresh bool   // only answers of the password manager count as success
	// MaxAge makes a run do nothing where what is served was refreshed so short
	// a time ago; 0 always asks.
	MaxAge time.Duration
	Copy   bool // serve a permitted copy without asking, where nothing is served yet
}

// Result is what a run did.
type Result struct {
	Outcome    string // "fresh", "incomplete", "stale" (from the last good copy), "kept" (not refreshed)
	Generation uint64
	Secrets    int
	Changes    []Change
	Stale      []string // paths served from the last good copy
	LeftOut    []string // optional secrets without a value
	Empty      []string // secrets whose value is empty
	Incomplete []Group  // consumers that have not got all of theirs
	Requests   int
	Problem    error // with "stale" and "kept": why the password manager's answers were not used
	Units      []string
}

// Change is one difference between two generations.
type Change struct {
	Path string `json:"path"`
	Kind string `json:"kind"` // added, changed, removed, owner or mode
}

// session is what one run holds open.
type session struct {
	*Runner
	opt      Options
	store    *generation.Store
	state    *state.Dir
	key      generation.Key
	current  *generation.Manifest // nil if nothing is served
	token    vault.Value
	boot     string // identifies the life of Paths.Run, which ends with the boot
	requests int
	foreign  error // files of somebody else's at places of secrets
	unlock   func()
}

func (r *Runner) defaults() {
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	if r.Now == nil {
		r.Now = time.Now
	}
	if r.Backend == nil {
		r.Backend = r.newBackend
	}
	if r.LockWait == 0 {
		r.LockWait = 90 * time.Second
	}
}

// open takes the lock and opens everything that a run works on.
func (r *Runner) open(ctx context.Context, opt Options) (*session, error) {
	r.defaults()
	s := &session{Runner: r, opt: opt, unlock: func() {}}
	if err := s.acquire(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *session) acquire(ctx context.Context) (err error) {
	wait, cancel := context.WithTimeout(ctx, s.LockWait)
	defer cancel()
	if s.unlock, err = confined.Lock(wait, s.Paths.Run+"/lock"); err != nil {
		s.unlock = func() {}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.Is(err, confined.ErrLocked):
			return access(err)
		}
		return sd.Hint(err, "another opnix is at work; see: systemctl status opnix-secrets opnix-refresh")
	}
	if s.store, err = generation.Open(s.Paths.Run, s.Config.Output); err != nil {
		return access(err)
	}
	if s.state, err = state.Open(s.Paths.State); err != nil {
		return access(err)
	}
	if s.key, err = s.state.Key(); err != nil {
		return err
	}
	if s.boot, err = s.store.Life(); err != nil {
		return err
	}
	s.current, err = s.store.Current()
	if errors.Is(err, generation.ErrDamaged) {
		s.Log.Warn("generation replaced", "error", err)
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func access(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return sd.Hint(err, "run it with sudo")
	}
	return err
}

func (s *session) close() {
	if s.store != nil {
		s.store.Close()
	}
	if s.state != nil {
		s.state.Close()
	}
	s.unlock()
}

// Materialize does one run. With an error and no Result nothing was changed, but
// for a delivery that an earlier run still owed. With both, what could be served
// is, and the error says what could not.
func (r *Runner) Materialize(ctx context.Context, opt Options) (*Result, error) {
	start := time.Now()
	s, err := r.open(ctx, opt)
	if err != nil {
		return nil, err
	}
	defer s.close()
	res, err := s.materialize(ctx)
	s.record(res, err, time.Since(start))
	return res, err
}

func (s *session) materialize(ctx context.Context) (*Result, error) {
	if err := s.redeliver(ctx); err != nil {
		s.Log.Warn("change not delivered", "error", err)
	}
	if err := s.readToken(); err != nil {
		return nil, err
	}
	if res, ok := s.held(); ok {
		return res, nil
	}
	if s.recent() {
		return &Result{Outcome: "kept", Generation: s.current.Number, Secrets: len(s.current.Entries)}, nil
	}
	if s.opt.Copy && s.current == nil {
		if res, err := s.restore(ctx); err == nil {
			return res, nil
		}
	}
	set, err := s.resolve(ctx)
	if err != nil {
		return nil, err
	}
	if fe := set.incomplete; fe != nil && fe.Served == 0 {
		return nil, fe
	}
	res, err := s.publish(ctx, set)
	switch {
	case err != nil:
		return nil, err
	case s.opt.Fresh && res.Problem != nil:
		return res, notFresh(res)
	case set.incomplete != nil:
		return res, set.incomplete
	case s.foreign != nil:
		return res, s.foreignError()
	}
	return res, nil
}

func notFresh(res *Result) error {
	err := fmt.Errorf("secrets not refreshed, the %s set stays: %w", res.Outcome, res.Problem)
	return &sd.Error{Err: err, Hint: sd.HintOf(res.Problem), Code: exitCode(vault.KindOf(res.Problem))}
}

func (s *session) readToken() error {
	if !s.Config.Backend.NeedsToken() {
		return nil
	}
	var err error
	s.token, err = token.Load(s.Config.TokenFile)
	return err
}

func (s *session) held() (*Result, bool) {
	if !s.opt.Fresh || s.opt.Retry || s.current == nil {
		return nil, false
	}
	var h state.Hold
	if ok, err := s.state.Read(state.HoldName, &h); !ok || err != nil || h.Generation != s.current.Number {
		return nil, false
	}
	s.Log.Info("refresh skipped after rollback", "generation", h.Generation)
	return &Result{Outcome: "kept", Generation: s.current.Number, Secrets: len(s.current.Entries)}, true
}

// recent reports whether all that is served was refreshed a short time ago, for
// this configuration.
func (s *session) recent() bool {
	var st state.Status
	if s.opt.MaxAge <= 0 || s.opt.Retry || s.current == nil || s.current.Config != s.configMAC() {
		return false
	}
	ok, err := s.state.Read(state.StatusName, &st)
	age := s.Now().Sub(st.Fresh)
	return ok && err == nil && st.Boot == s.boot && len(st.Missing) == 0 && age >= 0 && age < s.opt.MaxAge &&
		!slices.ContainsFunc(s.current.Entries, func(e generation.Entry) bool { return e.Stale })
}

// record notes how the run went for `opnix status`.
func (s *session) record(res *Result, err error, took time.Duration) {
	var st state.Status
	_, _ = s.state.Read(state.StatusName, &st)
	st.Time, st.Boot, st.Millis, st.Requests = s.Now().UTC(), s.boot, took.Milliseconds(), s.requests
	st.Error, st.Hint, st.ExitCode, st.Outcome, st.Missing = "", "", 0, "failed", nil
	var fe *FailuresError
	if errors.As(err, &fe) {
		for _, f := range fe.Failures {
			st.Missing = append(st.Missing, f.Ref)
		}
	}
	if res != nil {
		st.Outcome, st.Generation = res.Outcome, res.Generation
		if res.Outcome == "fresh" {
			st.Fresh = st.Time
		}
		if err == nil {
			err = res.Problem
		}
	}
	if err != nil {
		st.Error, st.Hint, st.ExitCode = err.Error(), sd.HintOf(err), sd.ExitCode(err)
	}
	if err := s.state.Write(state.StatusName, st); err != nil {
		s.Log.Warn("status not recorded", "error", err)
	}
}

func (s *session) tokenMAC() string  { return s.key.MAC("token", s.token.Bytes()) }
func (s *session) configMAC() string { return s.key.MAC("config", s.Config.Sum()) }
