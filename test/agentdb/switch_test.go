package agentdb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"panther/pkg/agentdb/postgres/pgtest"
	"panther/pkg/embed"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// TestSwitchWhileSearching gives the embedder another model, which makes a new
// embedding space, while others search: each search has both legs throughout.
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
	first, second := twoModels(t)
	// Sockets outlive a service; here a link is one, to the service whose turn it is.
	door := &service{dir: t.TempDir()}
	socket := sd.LocalSocket(door.dir, embed.Name)
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		t.Fatal(err)
	}
	serving := startEmbed(t, first)
	relink(t, socket, serving)
	c := startAgentdb(t, database, door).client()
	fill(t, c)
	settled(t, c, "first")
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
	next := startEmbed(t, second)
	relink(t, socket, next)
	if err := serving.cmd.Process.Signal(os.Interrupt); err != nil { // it answers what it was asked
		t.Fatal(err)
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

// relink makes path lead to the socket of s.
func relink(t *testing.T, path string, s *service) {
	t.Helper()
	if err := os.Symlink(sd.LocalSocket(s.dir, embed.Name), path+".new"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}
