package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"panther/pkg/agentdb/postgres/pgtest"
	"panther/pkg/agentdb/store"
	"panther/pkg/agentdb/store/storetest"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// eager folds after every write, so that nothing is ever found in posting_new.
type eager struct{ *Store }

func (e eager) Upsert(ctx context.Context, docs []store.DocumentWrite) ([]store.UpsertResult, error) {
	r, err := e.Store.Upsert(ctx, docs)
	if err == nil {
		err = e.fold(ctx)
	}
	return r, err
}

func (e eager) Tombstone(ctx context.Context, id string) error {
	err := e.Store.Tombstone(ctx, id)
	if err == nil {
		err = e.fold(ctx)
	}
	return err
}

func (e eager) PutMemory(ctx context.Context, m knowledge.Memory, terms []string) (*knowledge.Memory, error) {
	r, err := e.Store.PutMemory(ctx, m, terms)
	if err == nil {
		err = e.fold(ctx)
	}
	return r, err
}

// TestStoreFolded is the conformance suite over a folded index.
func TestStoreFolded(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store { return eager{openTest(t).(*Store)} })
}

// document makes a document of passages with random words out of a few, so that
// blocks fill up.
func document(r *rand.Rand, i, passages int) store.DocumentWrite {
	uri := fmt.Sprint("u:", i)
	var ps []store.Passage
	for j := range passages {
		var terms []string
		for range 5 + r.IntN(20) {
			terms = append(terms, fmt.Sprint("w", min(r.IntN(40), r.IntN(40))))
		}
		ps = append(ps, store.Passage{Hash: fmt.Sprint(uri, j, r.IntN(3)), Text: strings.Join(terms, " "), Tokens: len(terms), Terms: terms})
	}
	return store.DocumentWrite{Document: knowledge.Document{URI: uri, Source: "s"}, Fingerprint: fmt.Sprint(r.Uint64()),
		Passages: func() []store.Passage { return ps }}
}

// TestFold writes, rewrites and removes at random from several goroutines while
// folds run, and compares the index with the texts.
func TestFold(t *testing.T) {
	t.Parallel()
	s := openTest(t).(*Store)
	ctx := t.Context()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(9, uint64(g)))
			for step := range 25 {
				var batch []store.DocumentWrite
				for range 1 + r.IntN(8) {
					batch = append(batch, document(r, r.IntN(60), r.IntN(60)))
				}
				if _, err := s.Upsert(ctx, batch); err != nil {
					t.Errorf("upsert: %v", err)
				}
				if err := s.Tombstone(ctx, knowledge.DocumentID(fmt.Sprint("u:", r.IntN(60)))); err != nil && step > 20 {
					t.Errorf("tombstone: %v", err)
				}
				if step%5 == g {
					if err := s.fold(ctx); err != nil && !lostRace(err) {
						t.Errorf("fold: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()
	s.upkeep.stop() // which may be folding too, and then the last fold below does nothing
	ask := func() (all [][]store.Scored) {
		for i := range 40 {
			hits, err := s.Lexical(ctx, store.DocumentCorpus, search.Words(fmt.Sprint("w", i), fmt.Sprint("w", i*7%40)), store.Filter{}, 200)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, hits)
		}
		return all
	}
	found, err := s.Check(ctx, false)
	if err != nil || len(found) > 0 {
		t.Fatalf("before the last fold: %+v, %v", found, err)
	}
	before := ask()
	if err := s.fold(ctx); err != nil {
		t.Fatal(err)
	}
	if found, err = s.Check(ctx, false); err != nil || len(found) > 0 {
		t.Errorf("after the last fold: %+v, %v", found, err)
	}
	if n, err := one[int](ctx, s.pool, "SELECT count(*) FROM posting_new"); err != nil || n > 0 {
		t.Errorf("%d blocks are left, %v", n, err)
	}
	if overlap, err := one[bool](ctx, s.pool, `SELECT EXISTS (SELECT FROM posting a JOIN posting b
		ON a.corpus = b.corpus AND a.term = b.term AND a.ctid < b.ctid AND a.first <= b.last AND b.first <= a.last)`); err != nil || overlap {
		t.Errorf("blocks overlap: %v, %v", overlap, err)
	}
	for i, hits := range ask() {
		if !slices.Equal(hits, before[i]) {
			t.Errorf("query %d: %v after the fold, %v before", i, hits, before[i])
		}
	}
}

// TestCheckFinds damages each thing that Check looks at.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{
		"index":                "UPDATE posting_new SET n = n - 1, packed = substr(packed, 1, length(packed) - 2) WHERE ctid = (SELECT ctid FROM posting_new WHERE n > 1 LIMIT 1)",
		"index lost":           "DELETE FROM posting_new WHERE term = (SELECT min(term) FROM posting_new)",
		"index extra":          "INSERT INTO posting_new VALUES (0, 'zzz', 7, 7, 1, '\\x0101050000030005')",
		"index bound":          "UPDATE posting_new SET packed = set_byte(packed, 2, 255 - get_byte(packed, 2)) WHERE term = (SELECT min(term) FROM posting_new)",
		"index count":          "INSERT INTO tally VALUES (0, 0, 1, 0, 0)",
		"passage_of_tombstone": "UPDATE document SET deleted_at = now() WHERE uri = 'u:1'; UPDATE document SET chunks = 0 WHERE uri = 'u:1'",
		"torn_document":        "UPDATE chunk SET ordinal = ordinal + 1 WHERE ordinal > 3",
		"wrong_chunk_count":    "UPDATE document SET chunks = chunks + 1 WHERE uri = 'u:2'",
		"event_counter":        "INSERT INTO event VALUES (7, '', 't', '1', now())",
		"vector_without_unit":  "INSERT INTO vector_1_documents VALUES (99999, '[1,0,0,0]'); INSERT INTO tally VALUES (0, 1, 1, 0, 0)",
		"vector_count":         "INSERT INTO tally VALUES (0, 1, 1, 0, 0)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Database(t)
			s, err := Open(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			r := rand.New(rand.NewPCG(1, 2))
			if _, err := s.Upsert(t.Context(), []store.DocumentWrite{document(r, 1, 9), document(r, 2, 9)}); err != nil {
				t.Fatal(err)
			}
			if err := s.CreateSpace(t.Context(), store.Space{ID: "p/m/4", Dimensions: 4}); err != nil {
				t.Fatal(err)
			}
			pgtest.Exec(t, url, strings.Split(damage, "; ")...)
			want, _, _ := strings.Cut(name, " ")
			for _, repair := range []bool{false, true} {
				found, err := s.Check(t.Context(), repair)
				if err != nil || !slices.ContainsFunc(found, func(f store.Finding) bool { return f.Check == want && f.Repaired == repair }) {
					t.Errorf("found %+v, %v", found, err)
				}
			}
			if name == "torn_document" { // it is whole again when the document is stored
				var docs int
				err := s.pool.QueryRow(t.Context(), "SELECT count(*) FROM document WHERE fingerprint = ''").Scan(&docs)
				if err != nil || docs != 2 {
					t.Errorf("%d documents will be cut again, %v", docs, err)
				}
				return
			}
			if found, err := s.Check(t.Context(), false); err != nil || len(found) > 0 {
				t.Errorf("after repair: %+v, %v", found, err)
			}
		})
	}
}
