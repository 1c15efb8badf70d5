package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"panther/pkg/agentdb/sqlite"
	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

func open(t *testing.T) store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func filled(t *testing.T) []byte {
	t.Helper()
	s := open(t)
	_, err := s.Upsert(t.Context(), []store.DocumentWrite{{Document: knowledge.Document{URI: "u:1", Source: "x"}, Fingerprint: "f",
		Passages: func() []store.Passage { return []store.Passage{{Hash: "h", Text: "words", Terms: []string{"words"}}} }}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), knowledge.Commit{Key: "k", Events: []knowledge.Event{{Type: "t", Data: json.RawMessage("1")}}}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(t.Context(), s, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRestore(t *testing.T) {
	t.Parallel()
	b := filled(t)
	s := open(t)
	if err := Read(t.Context(), s, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	hits, err := s.Lexical(t.Context(), store.DocumentCorpus, search.Words("words"), store.Filter{}, 9)
	if err != nil || len(hits) != 1 {
		t.Errorf("after restore: %v, %v", hits, err)
	}
	if err := Read(t.Context(), s, bytes.NewReader(b)); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("into a full store: %v", err)
	}
}

func TestDamaged(t *testing.T) {
	t.Parallel()
	whole := filled(t)
	z, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	plain, err := z.DecodeAll(whole, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	lines := bytes.SplitAfter(plain, []byte("\n"))
	for name, b := range map[string][]byte{
		"nothing":         nil,
		"cut":             whole[:len(whole)-9],
		"without its end": w.EncodeAll(bytes.Join(lines[:len(lines)-2], nil), nil),
		"changed":         w.EncodeAll(bytes.Replace(plain, []byte("words"), []byte("worms"), 1), nil),
		"another file":    w.EncodeAll([]byte("{}\n"), nil),
	} {
		s := open(t)
		if err := Read(t.Context(), s, bytes.NewReader(b)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if st, err := s.Stats(t.Context()); err != nil || st.Documents != 0 {
			t.Errorf("%s was restored in part: %+v, %v", name, st, err)
		}
	}
}
