package llm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"panther/pkg/sd"
)

// Set is the models that are configured. It must not change once it is used;
// its methods may be called by several goroutines.
type Set struct {
	Default   string   // provider/model; "" means the first
	Fallbacks []string // tried in this order when the chosen model stays away
	entries   []entry
}

type entry struct {
	Info
	model Model
}

// Add adds a model.
func (s *Set) Add(i Info, m Model) { s.entries = append(s.entries, entry{i, m}) }

// Infos lists the models in the order in which they were added.
func (s *Set) Infos() []Info {
	l := make([]Info, len(s.entries))
	for i, e := range s.entries {
		l[i] = e.Info
	}
	return l
}

// Find returns the model that is called ref: provider/id, or an id alone, or ""
// for the default.
func (s *Set) Find(ref string) (Info, bool) {
	e := s.find(ref)
	if e == nil {
		return Info{}, false
	}
	return e.Info, true
}

func (s *Set) find(ref string) *entry {
	if ref == "" {
		ref = s.Default
	}
	if ref == "" && len(s.entries) > 0 {
		return &s.entries[0]
	}
	for i := range s.entries {
		if s.entries[i].Ref() == ref {
			return &s.entries[i]
		}
	}
	for i := range s.entries {
		if s.entries[i].ID == ref {
			return &s.entries[i]
		}
	}
	return nil
}

// ErrNoModel means that a model is not configured.
var ErrNoModel = errors.New("no such model")

const (
	// attempts is how often one model is asked before a fallback is: with the
	// waits below about a minute, the length of a provider's usual hiccup.
	attempts = 5
	// longestWait bounds what Retry-After may ask for. A provider that wants
	// more is as good as away.
	longestWait = 60 * time.Second
)

// Observer is told how a request goes. Both functions may be nil.
type Observer struct {
	Delta func(Delta) error // as for Model
	// Retry is told that an attempt failed and what is tried next; what was
	// emitted so far is void.
	Retry func(next Info, attempt int, wait time.Duration, cause error)
}

// Generate asks the model called ref, and then the fallbacks, and returns the
// answer and who gave it.
func (s *Set) Generate(ctx context.Context, ref string, req *Request, o Observer) (*Response, Info, error) {
	first := s.find(ref)
	if first == nil {
		return nil, Info{}, fmt.Errorf("use model %q: %w", ref, ErrNoModel)
	}
	chain := []*entry{first}
	for _, f := range s.Fallbacks {
		if e := s.find(f); e != nil && !slices.Contains(chain, e) {
			chain = append(chain, e)
		}
	}
	var last error
	for i, e := range chain {
		resp, err := s.ask(ctx, e, req, o, last)
		if err == nil {
			return resp, e.Info, nil
		}
		last = err
		var le *Error
		if !errors.As(err, &le) || ctx.Err() != nil || !le.Temporary() && le.Kind != KindAuth && le.Kind != KindQuota && le.Kind != KindOverflow {
			return nil, e.Info, err
		}
		if i == len(chain)-1 {
			return nil, e.Info, err
		}
	}
	return nil, first.Info, last
}

// ask asks one model several times; cause is why the one before it was given
// up.
func (s *Set) ask(ctx context.Context, e *entry, req *Request, o Observer, cause error) (*Response, error) {
	if cause != nil && o.Retry != nil {
		o.Retry(e.Info, 1, 0, cause)
	}
	r := *req
	r.Messages = readable(e.Info, r.Messages)
	if r.MaxTokens == 0 {
		r.MaxTokens = e.Output
	}
	wait := 500 * time.Millisecond
	for n := 1; ; n++ {
		var resp *Response
		err := sd.Guard("read answer of "+e.Ref(), nil, func() (err error) { resp, err = e.model.Generate(ctx, &r, o.Delta); return err })
		if err == nil {
			return resp, nil
		}
		var le *Error
		if !errors.As(err, &le) {
			return nil, err
		}
		le.Ref = e.Ref()
		if !le.Temporary() || n == attempts || le.RetryAfter > longestWait || ctx.Err() != nil {
			return nil, err
		}
		pause := wait
		if le.RetryAfter > 0 {
			pause = le.RetryAfter
		}
		if o.Retry != nil {
			o.Retry(e.Info, n+1, pause, err)
		}
		select {
		case <-ctx.Done():
			return nil, &Error{Ref: e.Ref(), Kind: KindCancelled, Err: ctx.Err()}
		case <-time.After(pause):
		}
		wait = min(2*wait, longestWait)
	}
}

// probe is a question that costs next to nothing; the limit leaves a model that
// thinks room for it.
var probe = Request{Messages: []Message{{Role: RoleUser, Text: "Reply with the word: ok"}}, MaxTokens: 512}

// Probe asks the model called ref one short question, once and without its
// fallbacks, to see whether it answers.
func (s *Set) Probe(ctx context.Context, ref string) (*Response, error) {
	e := s.find(ref)
	if e == nil {
		return nil, fmt.Errorf("use model %q: %w", ref, ErrNoModel)
	}
	r := probe
	var resp *Response
	err := sd.Guard("read answer of "+e.Ref(), nil, func() (err error) { resp, err = e.model.Generate(ctx, &r, nil); return err })
	var le *Error
	if errors.As(err, &le) {
		le.Ref = e.Ref()
	}
	return resp, err
}

// readable leaves out the files that a model does not read: those of before, where
// another one is asked now, and those that only the chosen model read where it
// stays away.
func readable(i Info, in []Message) []Message {
	out := in
	for n, m := range in {
		var files []File
		for _, f := range m.Files {
			if i.Takes(f) {
				files = append(files, f)
			}
		}
		if len(files) == len(m.Files) {
			continue
		}
		if &out[0] == &in[0] {
			out = slices.Clone(in)
		}
		out[n].Files = files
		out[n].Text += "\n\n(A file is left out that you cannot read.)"
	}
	return out
}

// SplitRef cuts provider/model; the model may hold slashes of its own.
func SplitRef(ref string) (provider, model string) {
	provider, model, _ = strings.Cut(ref, "/")
	return provider, model
}
