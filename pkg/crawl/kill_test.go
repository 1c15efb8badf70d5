package crawl_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"panther/pkg/crawl/frontier"
	"panther/pkg/knowledge"
)

// contents maps the URI of each document that agentdb has to its content hash.
func (b *bench) contents() map[string]string {
	b.t.Helper()
	l, err := b.db.Documents(b.t.Context(), knowledge.ListDocuments{Limit: 1000})
	if err != nil {
		b.t.Fatal(err)
	}
	out := map[string]string{}
	for _, d := range l.Documents {
		out[d.URI] = d.ContentHash
	}
	return out
}

// TestAKilledCrawlerLosesNothing kills the installed program at random moments
// of one run: 4 times, or PANTHER_KILLS times. What its frontier had as visited
// is not fetched again, and what it comes to is what an undisturbed run comes
// to.
func TestAKilledCrawlerLosesNothing(t *testing.T) {
	t.Parallel()
	kills := 4
	if n, err := strconv.Atoi(os.Getenv("PANTHER_KILLS")); err == nil {
		kills = n
	}
	pages := 60 * (kills + 1)
	s := newSite(t)
	s.chain(pages)
	want := newBench(t, web(s))
	want.must(fmt.Sprintf("%d new", pages))
	clear(s.hits)

	b := newBench(t)
	program := filepath.Join(t.TempDir(), "panther-crawl")
	build := exec.Command("go", "build", "-o", program, "panther/cmd/panther-crawl")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	config := filepath.Join(t.TempDir(), "panther-crawl.toml")
	text := fmt.Sprintf("version = 1\nagentdb = %q\n[[source]]\nname = \"docs\"\nkind = \"web\"\nurl = %q\nallow_private = true\nconcurrency = 8\n", b.cfg.AgentDB, s.URL+"/")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	// Each page that is asked for counts down to the next kill.
	var left atomic.Int64
	reached := make(chan struct{}, 1)
	s.mu.Lock()
	s.after = func() {
		if left.Add(-1) == 0 {
			reached <- struct{}{}
		}
	}
	s.mu.Unlock()
	most := 0
	for kill := 0; ; kill++ {
		left.Store(1 + rand.Int64N(90)) //nolint:gosec // moments, not secrets
		if kill >= kills {
			left.Store(0)
		}
		c := exec.Command(program, "run", "--all", "--config", config)
		c.Env = append(os.Environ(), "STATE_DIRECTORY="+state, "PANTHER_HOME="+state)
		var out strings.Builder
		c.Stdout, c.Stderr = &out, &out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		select {
		case <-reached:
			_ = c.Process.Kill()
			<-ended
		case err := <-ended:
			if err != nil {
				t.Fatalf("run %d: %v\n%s", kill, err, out.String())
			}
		}
		again := s.fetchedAgain(t, state)
		most = max(most, again)
		if c.ProcessState.Success() {
			t.Logf("%d kills before the run of %d pages ended, at most %d pages in flight at one", kill, pages, most)
			break
		}
	}
	if got, want := b.contents(), want.contents(); !maps.Equal(got, want) {
		t.Errorf("%d documents, want %d, or other ones", len(got), len(want))
	}
}

// fetchedAgain checks the server's record against the frontier's and returns
// how many pages were asked for that the frontier has not as visited. It then
// forgets them, and refuses to be asked for the others again.
func (s *site) fetchedAgain(t *testing.T, state string) int {
	t.Helper()
	f, err := frontier.Open(filepath.Join(state, "docs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	states := map[string]frontier.State{}
	f.Each(func(r *frontier.Record) { states[r.URL] = r.State })
	s.mu.Lock()
	defer s.mu.Unlock()
	inFlight := 0
	for path, n := range s.hits {
		state, ok := states[s.URL+path]
		switch {
		case n > 1:
			t.Errorf("%s was fetched again although it was visited", path)
		case !ok: // robots.txt and the like
			delete(s.hits, path)
		case state == frontier.Visited:
		default:
			inFlight++
			delete(s.hits, path)
		}
	}
	return inFlight
}
