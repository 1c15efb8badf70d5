package agentdb

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"panther/pkg/agentdb/postgres/pgtest"
	"panther/pkg/knowledge"
)

// roundsEnv is how many rounds of kills there are; three by default.
const roundsEnv = "PANTHER_KILL_ROUNDS"

// documents are stored over and over, each time changed.
const documents = 60

// words are what passages are about: enough of them, often enough, that the
// vectors of a small model differ.
var words = strings.Fields("table index column row page buffer lock vacuum tuple query plan join scan sort hash merge " +
	"trigger view schema role grant backup restore replica slot wal checkpoint cache memory disk file sector journal mount unit socket timer service")

// text is version v of document i: five passages, the first of which has a word
// that nothing else has.
func text(i, v int) string {
	r := rand.New(rand.NewPCG(uint64(i), uint64(v)))
	var b strings.Builder
	fmt.Fprintf(&b, "# Document %d\n\nMark d%04dv%04d.\n", i, i, v)
	for part := range 5 {
		fmt.Fprintf(&b, "\n## Part %d\n\n", part)
		for range 60 {
			b.WriteString(words[min(r.IntN(len(words)), r.IntN(len(words)))] + " ")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestKills kills PostgreSQL, agentdb and panther-embed in turn while documents
// are stored and rewritten, and while the embedder learns again and again, which
// switches the embedding space each time. In the end nothing is lost, nothing is
// there twice, and all invariants hold.
func TestKills(t *testing.T) {
	t.Parallel()
	pgtest.Server(t)
	if os.Geteuid() != 0 {
		t.Skip("scripts/postgres needs root")
	}
	rounds := 3
	if s := os.Getenv(roundsEnv); s != "" {
		var err error
		if rounds, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	cluster := t.TempDir()
	postgres := func(verb string) string {
		out, err := exec.Command("../../scripts/postgres", verb, cluster).CombinedOutput()
		if err != nil {
			t.Fatalf("scripts/postgres %s: %v\n%s", verb, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	t.Cleanup(func() { postgres("remove") })
	url := postgres("start")
	pgtest.Exec(t, url, "CREATE EXTENSION vector")
	first, second := twoModels(t)
	em := startEmbed(t, first)
	db := startAgentdb(t, url, em)
	c := db.client()

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	w := &writer{t: t, c: c}
	var writing sync.WaitGroup
	writing.Go(func() { w.run(ctx) })
	writing.Go(func() { w.tend(ctx) })
	for round := range rounds {
		for _, kill := range []func(){
			func() { postgres("crash"); postgres("start") },
			func() { db.kill(); db.start() },
			func() { // and comes back with another model, so that a new space is begun
				em.kill()
				first, second = second, first
				em.args[0] = first
				em.start()
			},
		} {
			before := w.stored.Load()
			eventually(t, 5*time.Minute, func() error { // work goes on before the next kill
				if n := w.stored.Load(); n < before+3 {
					return fmt.Errorf("round %d: %d documents stored", round, n)
				}
				return nil
			})
			kill()
		}
	}
	stop()
	writing.Wait()
	t.Logf("%d kills, %d versions of %d documents stored, %d times tended", 3*rounds, w.stored.Load(), documents, w.tended.Load())
	settled(t, c, filepath.Base(first))
	w.check()
}

// writer remembers what was acknowledged.
type writer struct {
	t              *testing.T
	c              *knowledge.Client
	versions       [documents]int
	stored, tended atomic.Int64
}

// run stores one version after another. What failed is stored again until it is
// acknowledged.
func (w *writer) run(ctx context.Context) {
	for i := 0; ctx.Err() == nil; i = (i + 4) % documents {
		var batch []knowledge.Document
		for j := i; j < i+4; j++ {
			batch = append(batch, knowledge.Document{URI: fmt.Sprintf("https://e.org/%d", j), Source: "s", Title: fmt.Sprint("Document ", j), Markdown: text(j, w.versions[j]+1)})
		}
		for {
			rs, err := w.c.Upsert(context.WithoutCancel(ctx), batch...)
			if err == nil {
				for k, r := range rs {
					if r.Outcome == knowledge.OutcomeFailed {
						w.t.Errorf("%s: %s", r.URI, r.Error)
					}
					w.versions[i+k]++
				}
				break
			}
		}
		w.stored.Add(4)
	}
}

// tend has the nightly upkeep run meanwhile.
func (w *writer) tend(ctx context.Context) {
	for ctx.Err() == nil {
		one, end := context.WithTimeout(ctx, time.Minute)
		_, err := w.c.Maintain(one)
		end()
		if err == nil {
			w.tended.Add(1)
		}
	}
}

func (w *writer) check() {
	t, ctx := w.t, w.t.Context()
	fs, err := w.c.Check(ctx, false)
	if err != nil || len(fs) > 0 {
		t.Errorf("check: %+v, %v", fs, err)
	}
	st, err := w.c.Stats(ctx)
	if err != nil || st.Documents != documents || st.Chunks != 6*documents {
		t.Errorf("stats: %+v, %v", st, err)
	}
	for i, v := range w.versions {
		d, err := w.c.Document(ctx, fmt.Sprintf("https://e.org/%d", i))
		if err != nil || d.Markdown != text(i, v) {
			t.Errorf("document %d is not version %d: %v", i, v, err)
		}
		mark := fmt.Sprintf("d%04dv%04d", i, v)
		r, err := w.c.Search(ctx, knowledge.SearchRequest{Query: mark, Mode: knowledge.ModeLexical})
		if err != nil || len(r.Hits) != 1 || !strings.Contains(r.Hits[0].Text, mark) {
			t.Errorf("search for %s: %+v, %v", mark, r, err)
		}
		if v > 1 {
			r, err := w.c.Search(ctx, knowledge.SearchRequest{Query: fmt.Sprintf("d%04dv%04d", i, v-1), Mode: knowledge.ModeLexical})
			if err != nil || len(r.Hits) != 0 {
				t.Errorf("version %d of document %d is still found: %+v, %v", v-1, i, r, err)
			}
		}
	}
}
