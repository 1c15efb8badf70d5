package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"panther/pkg/opnix"
	"panther/pkg/opnix/generation"
	"panther/pkg/opnix/state"
	"panther/pkg/opnix/vault"
)

// answer is a value with where it comes from.
type answer struct {
	value    vault.Value
	resolved time.Time
	stale    bool
}

// set is what a run decided to serve: an answer for each request that has one.
type set struct {
	answers    map[string]answer
	leftOut    map[string]bool        // requests of optional secrets without a value
	rendered   map[string]vault.Value // templates, by path
	held       map[string]bool        // paths that stay as they are, since their groups are not whole
	files      []generation.File      // of the generation
	asked      bool                   // the password manager answered
	problem    error                  // why its answers were not used; nil if they were
	incomplete *FailuresError         // nil if every group is whole
}

// resolve asks for every value, applies the policies and decides which groups
// are whole.
func (s *session) resolve(ctx context.Context) (*set, error) {
	ans, err := s.ask(ctx, s.Config.Requests())
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var ve *vault.Error
	if err != nil && !errors.As(err, &ve) {
		return nil, err
	}
	out := &set{answers: map[string]answer{}, leftOut: map[string]bool{}, asked: err == nil, problem: err}
	now := s.Now().UTC()
	for k, v := range ans.Values {
		out.answers[k] = answer{value: v, resolved: now}
	}
	if err := s.choose(out, s.fill(ctx, out, ans.Failures, err)); err != nil {
		return nil, err
	}
	if fe := out.incomplete; fe != nil && out.asked {
		kind := vault.Missing // not a vault that is denied: the token is not refused
		if fe.Kind() == vault.Unavailable {
			kind = vault.Unavailable
		}
		s.backOff(vault.Errorf(kind, "no value for %s", fe.names()))
	}
	return out, nil
}

// ask makes the one call of the run, unless the breaker forbids it.
func (s *session) ask(ctx context.Context, reqs []vault.Request) (vault.Answer, error) {
	var br state.Breaker
	if _, err := s.state.Read(state.BreakerName, &br); err != nil {
		return vault.Answer{}, err
	}
	if !s.opt.Retry && br.Blocks(s.Now(), s.tokenMAC(), s.configMAC(), s.boot) {
		kind := br.Kind
		if kind != vault.Denied && kind != vault.RateLimited {
			kind = vault.Unavailable // it says nothing of the other references
		}
		return vault.Answer{}, &vault.Error{Kind: kind, Err: breakerError(br)}
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
		if ve.Kind == vault.Denied || ve.Kind == vault.RateLimited {
			s.trip(ve.Kind, ve.RetryAfter, ve)
		} else {
			s.backOff(ve)
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

// trip opens the breaker: for a refused token, and for the time of a limit.
func (s *session) trip(k vault.Kind, wait time.Duration, why error) {
	if !s.Config.Backend.NeedsToken() { // a local backend has no quota to spare
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

// freeTries is how often a server that is away, or lacks an entry, is asked
// without a pause but the unit's own; then the pause doubles, up to the longest,
// so that an outage of a day costs about a hundred requests and not thousands. An
// entry that is missing costs all requests of a run, which 1Password counts by the
// day (1,000 in its smallest plan), and so is asked for once an hour in the end.
const (
	freeTries           = 4
	longestPause        = 15 * time.Minute
	longestMissingPause = time.Hour
)

// backOff notes that there was no answer, or not one for everything.
func (s *session) backOff(why *vault.Error) {
	if !s.Config.Backend.NeedsToken() {
		return
	}
	var before state.Breaker
	_, _ = s.state.Read(state.BreakerName, &before) // ask has read it, or replaced it
	br := state.Breaker{Kind: why.Kind, Reason: why.Error(), Since: s.Now().UTC(), Token: s.tokenMAC(), Config: s.configMAC(), Boot: s.boot, Tries: 1}
	if before.Kind == br.Kind && before.Boot == br.Boot && (br.Kind == vault.Unavailable || before.Config == br.Config) {
		br.Tries, br.Since = before.Tries+1, before.Since
	}
	longest := longestMissingPause
	if br.Kind == vault.Unavailable {
		longest = longestPause
	}
	if n := br.Tries - freeTries; n > 0 {
		br.Until = s.Now().UTC().Add(min(30*time.Second<<min(n-1, 10), longest))
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
