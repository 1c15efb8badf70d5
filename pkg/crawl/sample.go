package crawl

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"panther/pkg/crawl/source"
	"panther/pkg/crawl/visit"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// sampleTime bounds the visit of a few pages of a new source.
const sampleTime = 15 * time.Second

// Sample visits the first pages of a source as a run would, keeps nothing, and
// returns the titles of up to n of them. What wants a token, or is fetched whole,
// has no sample. Where the visit fails, the error says why nothing was found.
func Sample(ctx context.Context, s source.Source, n int) ([]string, error) {
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
	if len(st.titles) > 0 {
		err = nil
	}
	return st.titles, err
}

// sampler is a store that keeps a few titles.
type sampler struct {
	discard
	enough func()
	want   int
	mu     sync.Mutex
	titles []string
}

func (s *sampler) Upsert(ctx context.Context, docs ...knowledge.Document) ([]knowledge.Upserted, error) {
	s.mu.Lock()
	for _, d := range docs {
		if len(s.titles) < s.want {
			s.titles = append(s.titles, d.Title)
		}
	}
	full := len(s.titles) == s.want
	s.mu.Unlock()
	if full {
		s.enough()
	}
	return s.discard.Upsert(ctx, docs...)
}
