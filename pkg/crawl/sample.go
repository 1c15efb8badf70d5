package crawl

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"panther/pkg/crawl/control"
	"panther/pkg/crawl/source"
	"panther/pkg/crawl/visit"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// sampleTime bounds the visit of a few pages of a new source.
const sampleTime = 15 * time.Second

// Sample visits the first pages of a source as a run would, keeps nothing, and
// returns up to n of them. What wants a token, or is fetched whole,
// has no sample. Where the visit fails, the error says why nothing was found.
func Sample(ctx context.Context, s source.Source, n int) ([]control.Sample, error) {
	s = s.Complete()
	if s.Kind == source.Git || s.Kind == source.Confluence || s.Credential != "" {
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "panther-sample-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	env, err := sd.Local(Name, dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, sampleTime)
	defer cancel()
	st := &sampler{enough: cancel, want: n}
	s.MaxPages, s.IgnoreSitemaps, s.Archive = 4*n, true, false
	cfg := Default()
	cfg.Sources = []source.Source{s}
	j := &job{env: env, cfg: cfg, now: time.Now, active: map[string]*visit.Visit{}, store: st, state: dir}
	err = j.visit(ctx, s)
	st.mu.Lock()
	defer st.mu.Unlock()
	if len(st.found) > 0 {
		err = nil
	}
	return st.found, err
}

// sampler is a store that keeps what a few pages are called.
type sampler struct {
	discard
	enough func()
	want   int
	mu     sync.Mutex
	found  []control.Sample
}

func (s *sampler) Upsert(ctx context.Context, docs ...knowledge.Document) ([]knowledge.Upserted, error) {
	s.mu.Lock()
	for _, d := range docs {
		if len(s.found) < s.want {
			s.found = append(s.found, control.Sample{Title: d.Title, URI: d.URI})
		}
	}
	full := len(s.found) == s.want
	s.mu.Unlock()
	if full {
		s.enough()
	}
	return s.discard.Upsert(ctx, docs...)
}
