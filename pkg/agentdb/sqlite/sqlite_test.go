package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"panther/pkg/agentdb/store"
	"panther/pkg/agentdb/store/storetest"
	"panther/pkg/knowledge"
)

func openTest(t *testing.T) store.Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "a b?.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) { t.Parallel(); storetest.Run(t, openTest) }

func TestTransfer(t *testing.T) {
	t.Parallel()
	storetest.Transfer(t, openTest(t), openTest(t))
}

func TestReopen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CreateSpace(t.Context(), store.Space{ID: "p/m/4", Dimensions: 4}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if sps, err := s.Spaces(t.Context()); err != nil || len(sps) != 1 {
		t.Errorf("after opening again: %v %v", sps, err)
	}
	if _, err := s.write.ExecContext(context.Background(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if _, err := Open(t.Context(), path); !errors.Is(err, store.ErrNewerSchema) {
		t.Errorf("a newer schema gave %v", err)
	}
}

func TestCheckFinds(t *testing.T) {
	t.Parallel()
	s := openTest(t).(*Store)
	for name, damage := range map[string]string{
		"chunk_without_document": "INSERT INTO document VALUES (7,'i','u','s','','','','','','','',0,0,'null','null',1,0, NULL)",
		"terms_without_chunk":    "INSERT INTO chunk_terms (rowid, terms) VALUES (99, 'x')",
		"memory_terms":           "INSERT INTO memory_terms (rowid, terms) VALUES (99, 'x')",
		"vector_without_unit":    "INSERT INTO space VALUES (1,'p/m/4','p','m',4,0,0,0); INSERT INTO vector VALUES (1, 0, 99, x'0000000000000000')",
	} {
		if name == "chunk_without_document" { // a tombstone with passages
			damage += "; INSERT INTO chunk (document, ordinal, hash, headings, anchor, text, tokens) VALUES (7, 0, '', 'null', '', '', 0)"
		}
		if _, err := s.write.ExecContext(t.Context(), damage); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found, err := s.Check(t.Context(), true)
		if err != nil || !slices.ContainsFunc(found, func(f store.Finding) bool { return f.Check == name && f.Repaired }) {
			t.Errorf("%s: found %+v, %v", name, found, err)
		}
		if found, err := s.Check(t.Context(), false); err != nil || len(found) != 0 {
			t.Errorf("%s after repair: %+v, %v", name, found, err)
		}
	}
}

func TestDots(t *testing.T) {
	t.Parallel()
	for _, dims := range []int{32, 64, 384, 1536} {
		codes, query := make([]int8, 7*dims), make([]int16, dims)
		for i := range codes {
			codes[i] = int8(rand.IntN(255) - 127)
		}
		for i := range query {
			query[i] = int16(rand.IntN(255) - 127)
		}
		codes[0], query[0] = -127, -127
		got, want := make([]int32, 7), make([]int32, 7)
		dots(codes, query, got)
		dotsGo(codes, query, want)
		if !slices.Equal(got, want) {
			t.Errorf("%d dimensions: %v, want %v", dims, got, want)
		}
	}
}

// A disk that is full is told as that, keeps what was there, and takes documents
// again when there is space.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	s := openTest(t).(*Store)
	write := func(n int) error {
		var docs []store.DocumentWrite
		for i := range n {
			text := strings.Repeat("word ", 20_000)
			docs = append(docs, store.DocumentWrite{Document: knowledge.Document{URI: fmt.Sprintf("file:///%d-%d", n, i), Source: "s", Markdown: text}, Fingerprint: fmt.Sprint(n),
				Passages: func() []store.Passage {
					return []store.Passage{{Hash: "h", Text: text, Terms: []string{"word"}}}
				}})
		}
		_, err := s.Upsert(t.Context(), docs)
		return err
	}
	if err := write(1); err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := s.write.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		if _, err := s.write.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages + 10)
	if err := write(50); !errors.Is(err, store.ErrFull) {
		t.Errorf("a full disk: %v", err)
	}
	limit(1 << 30)
	if err := write(50); err != nil {
		t.Errorf("with space again: %v", err)
	}
	if st, err := s.Stats(t.Context()); err != nil || st.Documents != 51 {
		t.Errorf("%+v, %v", st, err)
	}
}
