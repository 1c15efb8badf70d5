package agentdb

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"panther/pkg/agentdb/postgres/pgtest"
	"panther/pkg/knowledge"
)

// TestSwitchWhileSearching lets the embedder learn, which makes a new embedding
// space, while others search: each search has both legs throughout.
func TestSwitchWhileSearching(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "a.db") },
		"postgres": func(t *testing.T) string { return pgtest.Database(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			switchWhileSearching(t, database(t))
		})
	}
}

func switchWhileSearching(t *testing.T, database string) {
	c := startAgentdb(t, database, startEmbed(t)).client()
	fill(t, c)
	settled(t, c)
	ctx, stop := context.WithCancel(t.Context())
	var searches atomic.Int64
	spaces := sync.Map{}
	var searching sync.WaitGroup
	for n := range 2 {
		searching.Go(func() {
			for i := n; ctx.Err() == nil; i++ {
				q := strings.Join([]string{words[i%len(words)], words[i*7%len(words)], fmt.Sprint(i)}, " ") // no vector is cached
				r, err := c.Search(ctx, knowledge.SearchRequest{Query: q})
				if ctx.Err() != nil {
					return
				}
				if err != nil || r.Mode != knowledge.ModeHybrid || len(r.Warnings) > 0 || len(r.Hits) == 0 {
					t.Errorf("search %d: %+v, %v", i, r, err)
					return
				}
				spaces.Store(r.Space, true)
				searches.Add(1)
			}
		})
	}
	for version := 2; version < 4; version++ {
		for i := range documents / 4 {
			if _, err := c.Upsert(t.Context(), knowledge.Document{URI: fmt.Sprintf("https://e.org/%d", i*4), Source: "a", Title: "x", Markdown: text(i*4, version)}); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, 5*time.Minute, func() error { // it is not taught again before the last lesson is taken
			m, err := c.Maintain(t.Context())
			if err == nil && !m.Trained {
				err = fmt.Errorf("not trained: %+v", m)
			}
			return err
		})
	}
	eventually(t, 5*time.Minute, func() error {
		seen := 0
		spaces.Range(func(any, any) bool { seen++; return true })
		if seen < 2 && !t.Failed() {
			return fmt.Errorf("all %d searches were in one space", searches.Load())
		}
		return nil
	})
	stop()
	searching.Wait()
}
