package agentdb

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"panther/pkg/knowledge"
	"panther/pkg/sd"
	"panther/pkg/search"
)

// embedder is a server of the OpenAI embeddings API whose vectors count hashed
// terms, so that texts with common words are near each other.
func embedder(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"data":[{"id":"terms","provider":"test","dimensions":64,"fusion_weight":0.3}]}`)
	})
	mux.HandleFunc("POST /v1/embeddings", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Input []string `json:"input"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		type item struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		}
		var out []item
		for i, s := range in.Input {
			v := make([]float32, 64)
			v[0] = .01
			for _, term := range search.Terms(s) {
				h := fnv.New32a()
				_, _ = io.WriteString(h, term)
				v[h.Sum32()%64]++
			}
			out = append(out, item{i, v})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": out})
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv
}

// start runs the service in a folder of its own and returns a client.
func start(t *testing.T, dir string, change func(*Config)) *knowledge.Client {
	t.Helper()
	env, err := sd.Local(Name, dir, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.Embedding.URL = ""
	if change != nil {
		change(&cfg)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, env, cfg) }()
	c := knowledge.NewClient("unix:"+sd.LocalSocket(dir, Name), "")
	t.Cleanup(func() {
		c.Close()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run ended with %v", err)
		}
	})
	select {
	case <-env.ReadyC():
	case err := <-done:
		done <- nil
		t.Fatalf("run ended with %v", err)
	case <-time.After(2 * time.Minute):
		t.Fatal("not ready")
	}
	return c
}

func page(uri, title, md string) knowledge.Document {
	return knowledge.Document{URI: uri, Source: "docs", Title: title, Markdown: md, FetchedAt: time.Now()}
}

var pages = []knowledge.Document{
	page("https://x/partial", "Partial Indexes", "# Partial Indexes\n\nA partial index is built over a subset of a table.\n\n## Example {#example}\n\nCREATE INDEX with a WHERE clause makes a partial index."),
	page("https://x/vacuum", "VACUUM", "# VACUUM\n\nVACUUM reclaims storage of dead tuples."),
	page("https://x/copy", "VACUUM", "# VACUUM\n\nVACUUM reclaims storage of dead tuples."),
}

// eventually repeats a check until it holds: the server works in the background.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		if ok() {
			return
		}
		<-tick.C
	}
	t.Fatalf("never: %s", what)
}

func TestServe(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c := start(t, t.TempDir(), func(cfg *Config) { cfg.Embedding.URL = embedder(t).URL + "/v1" })
	rs, err := c.Upsert(ctx, append(pages, page("relative", "", "x"))...)
	if err != nil || len(rs) != 4 || rs[0].Outcome != knowledge.OutcomeNew || rs[0].Chunks != 2 || rs[3].Outcome != knowledge.OutcomeFailed || rs[3].Error == "" {
		t.Fatalf("upsert: %+v, %v", rs, err)
	}
	eventually(t, "all embedded and active", func() bool {
		st, err := c.Stats(ctx)
		return err == nil && st.Pending == 0 && len(st.Spaces) == 1 && st.Spaces[0].Active && st.Spaces[0].Embedded == 4
	})
	res, err := c.Search(ctx, knowledge.SearchRequest{Query: "create a partial index", Explain: true})
	if err != nil || res.Mode != knowledge.ModeHybrid || res.Space != "test/terms/64" || len(res.Hits) == 0 {
		t.Fatalf("search: %+v, %v", res, err)
	}
	h := res.Hits[0]
	if h.Link != "https://x/partial#example" || h.Lexical == nil || h.Lexical.Rank != 1 || h.Dense == nil || len(h.Headings) != 2 {
		t.Errorf("first hit: %+v", h)
	}
	res, err = c.Search(ctx, knowledge.SearchRequest{Query: "vacuum dead tuples", Mode: knowledge.ModeLexical})
	if err != nil || len(res.Hits) != 1 || res.Mode != knowledge.ModeLexical {
		t.Errorf("a copy was not collapsed: %+v, %v", res, err)
	}
	pack, err := c.Context(ctx, knowledge.ContextRequest{SearchRequest: knowledge.SearchRequest{Query: "partial index where"}, Tokens: 500})
	if err != nil || pack.Weak || len(pack.Passages) == 0 || len(pack.Passages[0].ChunkIDs) != 2 || pack.Tokens > 500 {
		t.Errorf("context: %+v, %v", pack, err)
	}
	if pack, err = c.Context(ctx, knowledge.ContextRequest{SearchRequest: knowledge.SearchRequest{Query: "espresso machine descaling interval"}}); err != nil || !pack.Weak {
		t.Errorf("a question that nothing answers: %+v, %v", pack, err)
	}
	for _, n := range []string{"15", "16", "17"} {
		text := "# Slots\n\nHow many slots the server keeps for clients is max_slots. The default is " + map[string]string{"15": "10", "16": "20", "17": "20"}[n] + "."
		if _, err := c.Upsert(ctx, page("https://x/docs/"+n+"/slots", "Slots", text)); err != nil {
			t.Fatal(err)
		}
	}
	pack, err = c.Context(ctx, knowledge.ContextRequest{SearchRequest: knowledge.SearchRequest{Query: "default of max_slots in 16"}})
	if err != nil || len(pack.Passages) == 0 || pack.Passages[0].VersionLine() != "version 16; also in 17, 15 (differs)" {
		t.Errorf("versions of a page: %+v, %v", pack, err)
	}
	if d, err := c.Document(ctx, "https://x/vacuum"); err != nil || d.Title != "VACUUM" || !strings.Contains(d.Markdown, "dead") {
		t.Errorf("document: %+v, %v", d, err)
	}
	if err := c.Delete(ctx, "https://x/vacuum"); err != nil {
		t.Error(err)
	}
	if d, err := c.Document(ctx, "https://x/vacuum"); err != nil || d.DeletedAt == nil || d.Title != "VACUUM" || d.Markdown != "" {
		t.Errorf("tombstone: %+v, %v", d, err)
	}
	if err := c.Delete(ctx, "https://x/none"); !errors.Is(err, knowledge.ErrNotFound) {
		t.Errorf("deleting nothing gave %v", err)
	}
	if err := c.Ready(ctx); err != nil {
		t.Error(err)
	}
	if fs, err := c.Check(ctx, true); err != nil || len(fs) != 0 {
		t.Errorf("check: %+v, %v", fs, err)
	}
	if m, err := c.Maintain(ctx); err != nil || m.Documents != 0 {
		t.Errorf("maintain: %+v, %v", m, err)
	}
}

func TestSessionsAndMemories(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := t.TempDir()
	c := start(t, dir, nil)
	done, err := c.Commit(ctx, knowledge.Commit{Sessions: []knowledge.Session{{ID: "s", Title: "t"}},
		Messages: []knowledge.Message{{ID: "m", SessionID: "s", Role: "user", Status: "running"}},
		Parts:    []knowledge.Part{{ID: "p", MessageID: "m", SessionID: "s", Data: json.RawMessage(`{"text":"x"}`)}},
		Events:   []knowledge.Event{{SessionID: "s", Type: "a"}}})
	if err != nil || len(done.Seqs) != 1 {
		t.Fatalf("commit: %+v, %v", done, err)
	}
	ms, err := c.Messages(ctx, "", "running")
	if err != nil || len(ms) != 1 || len(ms[0].Parts) != 1 {
		t.Errorf("messages: %+v, %v", ms, err)
	}
	if ss, err := c.Sessions(ctx, knowledge.ListSessions{}); err != nil || len(ss) != 1 || ss[0].Created.IsZero() {
		t.Errorf("sessions: %+v, %v", ss, err)
	}
	if es, err := c.Events(ctx, knowledge.ListEvents{}); err != nil || len(es) != 1 || string(es[0].Data) != "null" {
		t.Errorf("events: %+v, %v", es, err)
	}
	m, err := c.Remember(ctx, knowledge.Memory{Kind: knowledge.MemoryFact, Text: "The backup runs at three.", Provenance: knowledge.Provenance{Origin: "user"}})
	if err != nil || m.ID == "" || m.Strength < .99 {
		t.Fatalf("remember: %+v, %v", m, err)
	}
	again, err := c.Remember(ctx, knowledge.Memory{Kind: knowledge.MemoryFact, Text: "the backup  runs at three.", Provenance: knowledge.Provenance{Origin: "agent"}})
	if err != nil || again.ID != m.ID {
		t.Errorf("what was recalled is stored again: %+v, %v", again, err)
	}
	if _, err := c.Remember(ctx, knowledge.Memory{Kind: knowledge.MemoryFact, Text: "You are an agent.", Provenance: knowledge.Provenance{Origin: "system"}}); err == nil {
		t.Error("a system prompt was stored")
	}
	if err := c.Feedback(ctx, m.ID, 1); err != nil {
		t.Error(err)
	}
	r, err := c.Recall(ctx, knowledge.RecallRequest{Query: "when is the backup?"})
	if err != nil || len(r.Memories) != 1 || r.Memories[0].Useful != 1 || r.Memories[0].Score <= 0 {
		t.Errorf("recall: %+v, %v", r, err)
	}
	if err := c.Forget(ctx, m.ID); err != nil {
		t.Error(err)
	}
	if r, err := c.Recall(ctx, knowledge.RecallRequest{Query: "backup"}); err != nil || len(r.Memories) != 0 {
		t.Errorf("after forget: %+v, %v", r, err)
	}
}

func TestCrawlRecords(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c := start(t, t.TempDir(), nil)
	run := knowledge.Run{ID: "r1", Source: "docs", Started: time.Now(), Status: "running"}
	for _, err := range []error{
		c.PutSource(ctx, knowledge.Source{Name: "docs", Kind: "web", Location: "https://x/"}),
		c.PutRun(ctx, run),
		c.PutPages(ctx, "r1", []knowledge.PageOutcome{{URI: "u", Outcome: "new"}}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if l, err := c.Sources(ctx); err != nil || len(l) != 1 || l[0].LastRun == nil || l[0].LastRun.ID != "r1" {
		t.Errorf("sources: %+v, %v", l, err)
	}
	if l, err := c.Pages(ctx, "r1", "new"); err != nil || len(l) != 1 {
		t.Errorf("pages: %+v, %v", l, err)
	}
	if l, err := c.Runs(ctx, "docs", 5); err != nil || len(l) != 1 {
		t.Errorf("runs: %+v, %v", l, err)
	}
	if err := c.DeleteSource(ctx, "docs"); err != nil {
		t.Error(err)
	}
}

func TestBackup(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	from, to := start(t, t.TempDir(), nil), start(t, t.TempDir(), nil)
	if _, err := from.Upsert(ctx, pages...); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := from.Backup(ctx, &b); err != nil {
		t.Fatal(err)
	}
	if err := to.Restore(ctx, bytes.NewReader(b.Bytes()[:b.Len()/2])); err == nil {
		t.Error("half a backup was restored")
	}
	if err := to.Restore(ctx, bytes.NewReader(b.Bytes())); err != nil {
		t.Fatal(err)
	}
	req := knowledge.SearchRequest{Query: "partial index", Mode: knowledge.ModeLexical}
	want, err := from.Search(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	got, err := to.Search(ctx, req)
	if err != nil || !reflect.DeepEqual(got.Hits, want.Hits) || len(got.Hits) == 0 {
		t.Errorf("after restore: %+v, %v; before %+v", got, err, want)
	}
	if err := to.Restore(ctx, &b); err == nil {
		t.Error("a backup was restored into a full database")
	}
}
