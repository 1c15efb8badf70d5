package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"panther/pkg/opnix"
	"panther/pkg/opnix/state"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// answer is a value with where it comes from.
type answer struct {
	value    vault.Value
	resolved time.Time
	stale    bool
}

// set is what a run decided to serve: an answer for each request that has one.
type set struct {
	answers map[string]answer
	leftOut map[string]bool // requests of optional secrets without a value
	problem error           // why the password manager's answers were not used; nil if they were
}

// FailuresError lists every secret for which there is no value.
type FailuresError struct {
	Total    int
	Failures []vault.Failure
	Cause    error // the backend could not be asked at all; nil otherwise
}

func (e *FailuresError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d references have no value, nothing was changed", len(e.Failures), e.Total)
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %s", e.Cause)
	}
	for _, f := range e.Failures {
		fmt.Fprintf(&b, "\n  %s: %s (%s)", f.Ref, f.Detail, f.Kind)
	}
	return b.String()
}

func (e *FailuresError) Unwrap() error { return e.Cause }

// Kind returns the kind that decides what to do next: what no retry can mend
// wins over what one can.
func (e *FailuresError) Kind() vault.Kind {
	for _, k := range []vault.Kind{vault.Denied, vault.Missing, vault.Ambiguous, vault.Invalid, vault.RateLimited} {
		if slices.ContainsFunc(e.Failures, func(f vault.Failure) bool { return f.Kind == k }) {
			return k
		}
	}
	return vault.Unavailable
}

// ExitCode is 78 where another run cannot help, 1 otherwise.
func (e *FailuresError) ExitCode() int { return exitCode(e.Kind()) }

// HintText says what to do next.
func (e *FailuresError) HintText() string { return hint(e.Kind()) }

func exitCode(k vault.Kind) int {
	switch k {
	case vault.Unavailable, vault.RateLimited:
		return sd.ExitError
	default:
		return sd.ExitConfig
	}
}

func hint(k vault.Kind) string {
	switch k {
	case vault.Denied:
		return "make a token that may read these vaults, then: sudo opnix token set && sudo systemctl restart opnix-secrets"
	case vault.Missing, vault.Ambiguous, vault.Invalid:
		return "correct the references or the entries, then: sudo opnix refresh --retry"
	case vault.RateLimited:
		return "wait: opnix asks again when the limit is over; opnix status tells when"
	default:
		return "check the network and the password manager; opnix-refresh.timer tries again"
	}
}

// resolve asks for every value and applies the policies.
func (s *session) resolve(ctx context.Context) (*set, error) {
	reqs := s.Config.Requests()
	ans, err := s.ask(ctx, reqs)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var ve *vault.Error
	if err != nil && !errors.As(err, &ve) {
		return nil, err
	}
	out := &set{answers: map[string]answer{}, leftOut: map[string]bool{}, problem: err}
	now := s.Now().UTC()
	for k, v := range ans.Values {
		out.answers[k] = answer{value: v, resolved: now}
	}
	failures := s.fill(ctx, out, ans.Failures, err)
	failures = append(failures, s.validate(out)...)
	if len(failures) == 0 {
		return out, nil
	}
	fe := &FailuresError{Total: len(reqs), Failures: failures, Cause: err}
	if err == nil {
		s.trip(fe.Kind(), 0, fe)
	}
	return nil, fe
}

// ask makes the one call of the run, unless the breaker forbids it.
func (s *session) ask(ctx context.Context, reqs []vault.Request) (vault.Answer, error) {
	var br state.Breaker
	if _, err := s.state.Read(state.BreakerName, &br); err != nil {
		return vault.Answer{}, err
	}
	if !s.opt.Retry && br.Blocks(s.Now(), s.tokenMAC(), s.configMAC(), s.boot) {
		return vault.Answer{}, &vault.Error{Kind: br.Kind, Err: breakerError(br)}
	}
	b, err := s.Runner.Backend(s.Config, s.token)
	if err != nil {
		return vault.Answer{}, err
	}
	actx, cancel := context.WithTimeout(ctx, s.Config.Deadline)
	defer cancel()
	ans, err := b.Resolve(actx, reqs)
	s.requests += ans.Requests
	var ve *vault.Error
	switch {
	case err != nil && ctx.Err() != nil:
		return vault.Answer{}, ctx.Err()
	case err != nil:
		if !errors.As(err, &ve) {
			ve = &vault.Error{Kind: vault.Unavailable, Err: err}
		}
		if ve.Kind == vault.Unavailable {
			s.backOff(br, ve)
		} else {
			s.trip(ve.Kind, ve.RetryAfter, ve)
		}
		return vault.Answer{}, ve // half an answer is none
	case len(ans.Values) == len(reqs) && br.Kind != "":
		return ans, s.state.Remove(state.BreakerName)
	}
	return ans, nil
}

func breakerError(b state.Breaker) error {
	if !b.Until.IsZero() {
		return fmt.Errorf("not asked until %s: %s", b.Until.Format(time.RFC3339), vault.FirstLine(b.Reason))
	}
	return fmt.Errorf("not asked again since %s: %s", b.Since.Format(time.RFC3339), vault.FirstLine(b.Reason))
}

// defaultLimitWait is how long a limit is respected of which the server does
// not say when it ends: hourly limits are the shortest that 1Password has.
const defaultLimitWait = time.Hour

// trip opens the breaker for the kinds that another try cannot mend.
func (s *session) trip(k vault.Kind, wait time.Duration, why error) {
	if k == vault.Unavailable || !s.Config.Backend.NeedsToken() { // a local backend has no quota to spare
		return
	}
	br := state.Breaker{Kind: k, Reason: why.Error(), Since: s.Now().UTC(), Token: s.tokenMAC(), Config: s.configMAC()}
	if k == vault.RateLimited {
		if wait <= 0 {
			wait = defaultLimitWait
		}
		br.Until = br.Since.Add(wait)
	}
	if err := s.state.Write(state.BreakerName, br); err != nil {
		s.Log.Warn("breaker not recorded", "error", err)
	}
}

// freeTries is how often a server that is away is asked without a pause but the
// unit's own; then the pause doubles, up to longestPause, so that an outage of a
// day costs about a hundred requests and not thousands.
const (
	freeTries    = 4
	longestPause = 15 * time.Minute
)

// backOff notes that there was no answer.
func (s *session) backOff(before state.Breaker, why error) {
	if !s.Config.Backend.NeedsToken() {
		return
	}
	br := state.Breaker{Kind: vault.Unavailable, Reason: why.Error(), Since: s.Now().UTC(), Token: s.tokenMAC(), Config: s.configMAC(), Boot: s.boot, Tries: 1}
	if before.Kind == vault.Unavailable && before.Boot == s.boot {
		br.Tries, br.Since = before.Tries+1, before.Since
	}
	if n := br.Tries - freeTries; n > 0 {
		br.Until = s.Now().UTC().Add(min(30*time.Second<<min(n-1, 10), longestPause))
	}
	if err := s.state.Write(state.BreakerName, br); err != nil {
		s.Log.Warn("breaker not recorded", "error", err)
	}
}

// fill puts permitted values in the place of those that are missing and
// returns what remains without one.
func (s *session) fill(ctx context.Context, out *set, failed []vault.Failure, cause error) []vault.Failure {
	why := map[string]vault.Failure{}
	for _, f := range failed {
		why[f.Key] = f
	}
	var failures []vault.Failure
	var copies *fallback
	done := map[string]bool{}
	for _, w := range s.wants() {
		k := w.req.Key()
		if _, ok := out.answers[k]; ok || done[k] {
			continue
		}
		done[k] = true
		f, ok := why[k]
		switch {
		case cause != nil:
			f = vault.Failure{Key: k, Ref: w.req.Ref.String(), Kind: vault.KindOf(cause), Detail: "the password manager did not answer"}
		case !ok:
			f = vault.Failure{Key: k, Ref: w.req.Ref.String(), Kind: vault.Unavailable, Detail: "the password manager gave no answer for it"}
		}
		if cause != nil || f.Kind == vault.Unavailable {
			if copies == nil {
				copies = s.fallback(ctx)
			}
			a, reason := copies.find(w)
			if reason == "" {
				out.answers[k] = a
				if out.problem == nil {
					out.problem = &vault.Error{Kind: f.Kind, Err: fmt.Errorf("%s: %s", f.Ref, f.Detail)}
				}
				continue
			}
			f.Detail += ", and " + reason
		}
		if w.policy == opnix.Optional {
			out.leftOut[k] = true
			continue
		}
		failures = append(failures, f)
	}
	return failures
}

// want is a request with the strictest policy of those who made it.
type want struct {
	req    vault.Request
	policy opnix.Policy
	maxAge time.Duration
}

// wants lists the distinct requests. A reference that a required secret shares
// with an optional one is required.
func (s *session) wants() []want {
	strict := map[opnix.Policy]int{opnix.Optional: 0, opnix.StaleOK: 1, opnix.Required: 2}
	byKey := map[string]int{}
	var out []want
	for _, r := range s.Config.Uses() {
		i, ok := byKey[r.Request.Key()]
		if !ok {
			byKey[r.Request.Key()] = len(out)
			out = append(out, want{req: r.Request, policy: r.Policy, maxAge: r.MaxAge})
			continue
		}
		if strict[r.Policy] > strict[out[i].policy] {
			out[i].policy = r.Policy
		}
		out[i].maxAge = min(out[i].maxAge, r.MaxAge)
	}
	return out
}

// validate checks the values against what the configuration expects of them.
func (s *session) validate(out *set) []vault.Failure {
	var failures []vault.Failure
	for i := range s.Config.Secrets {
		sec := &s.Config.Secrets[i]
		a, ok := out.answers[sec.Request.Key()]
		if !ok {
			continue
		}
		if err := sec.Check(a.value); err != nil {
			failures = append(failures, vault.Failure{Key: sec.Request.Key(), Ref: sec.Request.Ref.String(), Kind: vault.Invalid, Detail: err.Error()})
		}
	}
	return failures
}
