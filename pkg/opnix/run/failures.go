package run

import (
	"fmt"
	"slices"
	"strings"

	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// ExitIncomplete is the exit status where what is whole is served and something
// is missing: EX_UNAVAILABLE of sysexits.h. It counts as a success of
// opnix-secrets.service, so that what needs none of it starts.
const ExitIncomplete = 69

// FailuresError lists every reference for which there is no value.
type FailuresError struct {
	Total    int
	Failures []vault.Failure
	Groups   []Group
	Served   int   // files that are served nevertheless
	Cause    error // the backend could not be asked at all; nil otherwise
}

func (e *FailuresError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d references have no value, ", len(e.Failures), e.Total)
	if e.Served == 0 {
		b.WriteString("nothing is served")
	} else {
		b.WriteString("the rest is served, and what was served stays")
	}
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %s", e.Cause)
	}
	for _, f := range e.Failures {
		fmt.Fprintf(&b, "\n  %s: %s (%s)", f.Ref, f.Detail, f.Kind)
		if w := e.waiting(f); len(w) > 0 {
			fmt.Fprintf(&b, ", for %s", strings.Join(w, ", "))
		}
	}
	return b.String()
}

// waiting lists the units that need what failed.
func (e *FailuresError) waiting(f vault.Failure) []string {
	var out []string
	for _, g := range e.Groups {
		if g.Unit != "" && slices.Contains(g.Failures, f) {
			out = append(out, g.Unit)
		}
	}
	return out
}

// names lists the references, to be one line.
func (e *FailuresError) names() string {
	var out []string
	for _, f := range e.Failures {
		out = append(out, f.Ref)
	}
	return strings.Join(out, ", ")
}

func (e *FailuresError) Unwrap() error { return e.Cause }

// Kind returns the kind that decides what to do next: what a person must mend
// wins over what mends itself.
func (e *FailuresError) Kind() vault.Kind {
	for _, k := range []vault.Kind{vault.Denied, vault.Missing, vault.Ambiguous, vault.Invalid, vault.RateLimited} {
		if slices.ContainsFunc(e.Failures, func(f vault.Failure) bool { return f.Kind == k }) {
			return k
		}
	}
	return vault.Unavailable
}

// ExitCode is ExitIncomplete where something is served, 78 where only another
// token can help, and 1 where a later run may succeed.
func (e *FailuresError) ExitCode() int {
	switch {
	case e.Served > 0:
		return ExitIncomplete
	case e.Cause == nil: // the token was accepted
		return sd.ExitError
	}
	return exitCode(e.Kind())
}

// HintText says what to do next.
func (e *FailuresError) HintText() string { return hint(e.Kind()) }

func exitCode(k vault.Kind) int {
	if k == vault.Denied {
		return sd.ExitConfig
	}
	return sd.ExitError
}

func hint(k vault.Kind) string {
	switch k {
	case vault.Denied:
		return "make a token that may read these vaults, then: sudo opnix token set && sudo systemctl restart opnix-secrets"
	case vault.Missing, vault.Ambiguous, vault.Invalid:
		return "add or correct the entries, or the references; opnix asks again by itself, or at once: sudo opnix refresh --retry"
	case vault.RateLimited:
		return "wait: opnix asks again when the limit is over; opnix status tells when"
	default:
		return "check the network and the password manager; opnix-refresh.timer tries again"
	}
}
