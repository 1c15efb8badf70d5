package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"panther/pkg/agentdb/postgres/pgtest"
	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// cluster is a PostgreSQL server of the test's own, to be killed.
type cluster struct {
	t   *testing.T
	dir string
}

func newCluster(t *testing.T) cluster {
	t.Helper()
	pgtest.Server(t) // skips where PostgreSQL is not tested
	if os.Geteuid() != 0 {
		t.Skip("scripts/postgres needs root")
	}
	c := cluster{t, t.TempDir()}
	t.Cleanup(func() { c.do("remove") })
	return c
}

// do runs a verb of scripts/postgres and returns what it prints.
func (c cluster) do(verb string) string {
	c.t.Helper()
	cmd := exec.Command("../../../scripts/postgres", verb, c.dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("scripts/postgres %s: %v\n%s", verb, err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// TestKilledServer kills the server with SIGKILL again and again while documents
// are stored and rewritten, vectors made, and spaces switched; callers repeat
// what was unavailable, as the contract says. In the end nothing is lost,
// nothing is there twice, and all invariants hold.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	url := c.do("start")
	pgtest.Exec(t, url, "CREATE EXTENSION vector")
	s, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()

	const documents, kills = 150, 6
	var steps atomic.Int64 // what the writers have done
	ctx, done := context.WithCancel(t.Context())
	defer done()
	again := func(what string, do func() error) {
		for {
			err := do()
			switch {
			case err == nil:
				steps.Add(1)
				return
			case !errors.Is(err, store.ErrUnavailable):
				t.Errorf("%s: %v", what, err)
				return
			}
		}
	}
	passages := make([]int, documents)
	var writers, others sync.WaitGroup
	for g := range 2 {
		writers.Go(func() {
			for round := range 3 {
				for i := g; i < documents; i += 2 {
					d := document(rand.New(rand.NewPCG(uint64(i), uint64(round))), i, 1+(i*7+round)%30)
					d.Fingerprint = fmt.Sprint(i, round)
					d.Markdown = fmt.Sprintf("text %d of round %d", i, round)
					d.ContentHash = d.Markdown
					again("upsert", func() error {
						r, err := s.Upsert(t.Context(), []store.DocumentWrite{d})
						if err == nil {
							passages[i] = r[0].Chunks
						}
						return err
					})
				}
			}
		})
	}
	others.Go(func() { switchSpaces(t, ctx, s, again) })

	for range kills {
		waitSteps(t, &steps, 40)
		c.do("crash")
		if err := s.Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("ping of a dead server: %v", err)
		}
		if _, err := Open(t.Context(), url); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("open of a dead server: %v", err)
		}
		c.do("start")
	}
	writers.Wait()
	done()
	others.Wait()
	if err := s.fold(t.Context()); err != nil {
		t.Errorf("fold: %v", err)
	}
	want := 0
	for _, n := range passages {
		want += n
	}
	st, err := s.Stats(t.Context())
	if err != nil || st.Documents != documents || st.Chunks != want {
		t.Errorf("%+v instead of %d documents and %d passages, %v", st, documents, want, err)
	}
	for i := range documents {
		d, rs, err := s.Revisions(t.Context(), knowledge.DocumentID(document(rand.New(rand.NewPCG(0, 0)), i, 1).URI))
		if err != nil {
			t.Fatal(err)
		}
		got, err := store.Texts(d.Markdown, rs)
		if want := []string{fmt.Sprintf("text %d of round 1", i), fmt.Sprintf("text %d of round 0", i)}; err != nil || !slices.Equal(got, want) {
			t.Errorf("former texts %q, want %q, %v", got, want, err)
		}
	}
	if found, err := s.Check(t.Context(), false); err != nil || len(found) > 0 {
		t.Errorf("check: %+v, %v", found, err)
	}
}

// switchSpaces builds one space after the other, makes it active and drops the
// one before, until ctx ends.
func switchSpaces(t *testing.T, ctx context.Context, s *Store, again func(string, func() error)) {
	for n := 0; ctx.Err() == nil; n++ {
		id := fmt.Sprintf("p/m%d/4", n)
		again("create space", func() error {
			return s.CreateSpace(t.Context(), store.Space{ID: id, Provider: "p", Model: id, Dimensions: 4})
		})
		for stored := 1; stored > 0 && ctx.Err() == nil; {
			again("embed", func() (err error) {
				stored, err = s.Embed(t.Context(), id, 32, func(_ context.Context, us []store.PendingUnit) ([][]float32, error) {
					out := make([][]float32, len(us))
					for i := range out {
						out[i] = []float32{1, 0, 0, 0}
					}
					return out, nil
				})
				return err
			})
		}
		again("activate space", func() error { return s.ActivateSpace(t.Context(), id) })
		if n > 0 {
			again("drop space", func() error { return s.DropSpace(t.Context(), fmt.Sprintf("p/m%d/4", n-1)) })
		}
	}
}

// waitSteps returns when the writers have done n more steps.
func waitSteps(t *testing.T, steps *atomic.Int64, n int64) {
	t.Helper()
	until, deadline := steps.Load()+n, time.Now().Add(time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for steps.Load() < until {
		if time.Now().After(deadline) {
			t.Fatal("the writers stand still")
		}
		<-tick.C
	}
}
