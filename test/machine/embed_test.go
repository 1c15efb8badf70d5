package machine

import (
	"cmp"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"panther/pkg/knowledge"
)

const (
	modelName = "all-MiniLM-L6-v2"
	modelsDir = "/var/lib/panther-embed/models"
	oneBatch  = 64 // passages that agentdb sends at once
	kills     = 10
)

// encoded gives the embedder the real model and has it embed a thousand pages:
// searches go on meanwhile, and it is killed ten times. With
// PANTHER_MACHINE_EMBED=whole it waits for the last passage; without, it is
// content with what is done by then. It leaves the machine as it was.
func encoded(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := cmp.Or(os.Getenv("PANTHER_MODEL"), filepath.Join(cache, "panther", "models", modelName))
	if _, err := os.Stat(filepath.Join(dir, "model.safetensors")); err != nil {
		t.Skip("the model is not here, scripts/model brings it: the machine searches by words alone")
	}
	box.run(t, "mkdir", "-p", modelsDir)
	if out, err := box.verb("copy", dir, modelsDir); err != nil {
		t.Fatalf("copy the model: %v\n%s", err, out)
	}
	defer func() {
		_ = box.knowledge(t).DeleteSource(t.Context(), "first")
		box.run(t, "rm", "-rf", modelsDir)
		// After so many starts in a minute it would be refused another one.
		box.run(t, "systemctl", "reset-failed", "panther-embed.socket", "panther-embed.service")
		box.run(t, "systemctl", "restart", "panther-embed.socket")
	}()
	fillWithVectors(t)
	searchMeanwhile(t)
	killTheEmbedder(t)
	if os.Getenv("PANTHER_MACHINE_EMBED") == "whole" {
		began := time.Now()
		eventually(t, 15*time.Minute, "every passage has its vector", func() bool { return space(t).Pending == 0 })
		t.Logf("the last passages took %s", time.Since(began).Round(time.Second))
	}
	damageTheModel(t)
}

// space is the encoder's; the zero one where there is none.
func space(t *testing.T) knowledge.Space {
	t.Helper()
	st, err := box.knowledge(t).Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range st.Spaces {
		if s.Provider == "encoder" {
			return s
		}
	}
	return knowledge.Space{}
}

// fillWithVectors crawls the documentation again into a database that is empty
// but for one page, so that searches use the encoder's space from the start.
func fillWithVectors(t *testing.T) {
	c := box.knowledge(t)
	if err := c.DeleteSource(t.Context(), "postgresql"); err != nil {
		t.Fatal(err)
	}
	// One page, with which the encoder's space is whole.
	if _, err := c.Upsert(t.Context(), knowledge.Document{URI: "http://docs.test/first", Source: "first", Title: "First", Markdown: "A first page."}); err != nil {
		t.Fatal(err)
	}
	box.run(t, "systemctl", "clean", "--what=state", "panther-crawl.service")
	box.run(t, "systemctl", "restart", "panther-embed.service")
	box.run(t, "systemctl", "restart", "agentdb.service") // else it asks for the model within 20 s
	eventually(t, 30*time.Second, "the encoder's space is the active one", func() bool { return space(t).Active })
	box.run(t, "systemctl", "start", "panther-crawl.service")
	eventually(t, 30*time.Second, "systemctl status agentdb shows how far the embedding is", func() bool {
		return eta.MatchString(box.show(t, "agentdb.service", "StatusText"))
	})
	t.Log(box.show(t, "agentdb.service", "StatusText"))
}

var eta = regexp.MustCompile(`\d/s, .+ left`)

// searchMeanwhile asks for the titles of 200 pages, one after the other.
func searchMeanwhile(t *testing.T) {
	c := box.knowledge(t)
	l, err := c.Documents(t.Context(), knowledge.ListDocuments{Source: "postgresql", Limit: 200})
	if err != nil || len(l.Documents) < 200 {
		t.Fatalf("%d documents, %v", len(l.Documents), err)
	}
	before := space(t)
	var took []time.Duration
	hybrid := 0
	for _, d := range l.Documents {
		start := time.Now()
		r, err := c.Search(t.Context(), knowledge.SearchRequest{Query: d.Title, Limit: 5})
		took = append(took, time.Since(start))
		if err != nil {
			t.Fatalf("search for %q: %v", d.Title, err)
		}
		if r.Space != "" {
			hybrid++
		}
	}
	after := space(t)
	if after.Pending == 0 {
		t.Error("the embedding was over before the searches were")
	}
	slices.Sort(took)
	p95 := took[len(took)*95/100]
	t.Logf("200 searches, %d with vectors, while %d passages were embedded and %d waited: p50 %s, p95 %s, slowest %s", hybrid,
		after.Embedded-before.Embedded, after.Pending, took[len(took)/2].Round(100*time.Microsecond), p95.Round(100*time.Microsecond), took[len(took)-1].Round(time.Millisecond))
	if hybrid < 190 { // a question that waits for the passages is answered without vectors
		t.Errorf("%d of 200 searches used vectors", hybrid)
	}
}

// computed is how many passages the running embedder has computed.
func computed(t *testing.T) int {
	t.Helper()
	_, text := box.get(t, "/run/panther-embed/panther-embed.sock", "/metrics")
	m := regexp.MustCompile(`(?m)^panther_embed_texts_total\{kind="passage"\} ([0-9.e+]+)$`).FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// killTheEmbedder kills it at random moments. What agentdb has stays, and what
// was computed again is at most the batch in flight at each kill.
func killTheEmbedder(t *testing.T) {
	began, total := space(t), -computed(t)
	have := began
	for range kills {
		moment := time.NewTimer(rand.N(1500 * time.Millisecond))
		eventually(t, time.Minute, "the embedding goes on", func() bool { return space(t).Embedded > have.Embedded })
		<-moment.C
		total += computed(t)
		box.run(t, "systemctl", "kill", "-s", "KILL", "panther-embed.service")
		now := space(t)
		if now.Embedded < have.Embedded || now.Embedded+now.Pending != began.Embedded+began.Pending {
			t.Errorf("%d passages embedded and %d pending after a kill, %d and %d before", now.Embedded, now.Pending, have.Embedded, have.Pending)
		}
		have = now
	}
	total += computed(t)
	have = space(t)
	stored := have.Embedded - began.Embedded
	t.Logf("%d kills: %d passages stored, %d computed; %d wait", kills, stored, total, have.Pending)
	if total > stored+oneBatch*(kills+1) {
		t.Errorf("%d passages were computed for %d stored, more than a batch twice for each of %d kills", total, stored, kills)
	}
}

// damageTheModel cuts its file off: the embedder refuses it, says what to do,
// and is not started again and again.
func damageTheModel(t *testing.T) {
	box.run(t, "systemctl", "stop", "panther-embed.socket", "panther-embed.service")
	box.run(t, "truncate", "-s", "40000000", modelsDir+"/"+modelName+"/model.safetensors")
	box.run(t, "systemctl", "start", "panther-embed.socket")
	if out, err := box.try("systemctl", "start", "panther-embed.service"); err == nil {
		t.Errorf("the embedder started with a damaged model: %s", out)
	}
	// What waits to be embedded starts it by its socket, also at this moment.
	eventually(t, 30*time.Second, "its exit status is 78", func() bool { return box.show(t, "panther-embed.service", "ExecMainStatus") == "78" })
	log := box.run(t, "journalctl", "-u", "panther-embed", "-n", "50", "-o", "cat", "--no-pager")
	for _, want := range []string{"the file is truncated", "panther-embed verify"} {
		if !strings.Contains(log, want) {
			t.Errorf("the journal does not say %q:\n%s", want, log)
		}
	}
	if st, err := box.knowledge(t).Search(t.Context(), knowledge.SearchRequest{Query: "partial index", Limit: 5}); err != nil || len(st.Hits) == 0 {
		t.Errorf("a search without the embedder: %v", err)
	}
}
