package visit

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"panther/pkg/crawl/frontier"
	"panther/pkg/crawl/source"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// shelf is a store in memory.
type shelf struct {
	mu   sync.Mutex
	docs []string
}

func (s *shelf) Upsert(_ context.Context, docs ...knowledge.Document) (out []knowledge.Upserted, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range docs {
		s.docs = append(s.docs, d.URI)
		out = append(out, knowledge.Upserted{URI: d.URI, Outcome: knowledge.OutcomeNew})
	}
	return out, nil
}
func (*shelf) Delete(context.Context, string) error                            { return nil }
func (*shelf) PutRun(context.Context, knowledge.Run) error                     { return nil }
func (*shelf) PutPages(context.Context, string, []knowledge.PageOutcome) error { return nil }

// items is a source of pages, of which some cannot be read without a panic.
type items int

func (n items) Visit(ctx context.Context, v *Visit) error {
	i := 0
	next := func(context.Context) (*Item, error) {
		if i++; i > int(n) {
			return nil, nil
		}
		uri := fmt.Sprintf("https://a.test/%d", i)
		body := fmt.Appendf(nil, "page %d", i)
		bad := i%2 == 0
		return &Item{URI: uri, Version: "1", Load: func(context.Context) (Page, error) {
			p := Page{Document: &knowledge.Document{URI: uri, Markdown: string(body)}}
			return p, sd.Guard("read page", body, func() error {
				if bad {
					var none []int
					_ = none[len(body)]
				}
				return nil
			})
		}}, nil
	}
	return v.List(ctx, next, func() bool { return true })
}

// A panic while one document is read is its failure: the others arrive, the stack
// is in the journal, and the inputs are kept, a few of them.
func TestADefectIsTheFailureOfOneDocument(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := frontier.Open(filepath.Join(dir, "f.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var log bytes.Buffer
	var db shelf
	v, err := Start(t.Context(), Options{Source: source.Source{Name: "s", Kind: source.Files}.Complete(), Frontier: f, Store: &db, Run: "r", Started: time.Now(),
		Log: slog.New(slog.NewTextHandler(&log, nil)), Defects: filepath.Join(dir, "defects")})
	if err != nil {
		t.Fatal(err)
	}
	run, err := v.Do(t.Context(), items(60))
	if err != nil || run.Status != "finished" || run.Counts[Failed] != 30 || run.Counts[New] != 30 || len(db.docs) != 30 {
		t.Errorf("%+v, %v, %d documents", run, err, len(db.docs))
	}
	if len(run.Warnings) != 1 || !strings.Contains(log.String(), "defect_test.go") || !strings.Contains(log.String(), "index out of range") {
		t.Errorf("warnings %q, log %.300s", run.Warnings, log.String())
	}
	kept, err := os.ReadDir(filepath.Join(dir, "defects"))
	if err != nil || len(kept) != maxDefects {
		t.Errorf("%d inputs are kept, %v", len(kept), err)
	}
	b, _ := os.ReadFile(filepath.Join(dir, "defects", kept[0].Name()))
	if st, err := os.Stat(filepath.Join(dir, "defects", kept[0].Name())); err != nil || st.Mode().Perm() != 0o600 || !strings.HasPrefix(string(b), "page ") {
		t.Errorf("kept %q with %v, %v", b, st.Mode(), err)
	}
}
