package postgres

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"panther/pkg/agentdb/postgres/pgtest"
	"panther/pkg/agentdb/postgres/postings"
	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// TestPackedBlocks takes a filled database back to schema 2, with a block that
// is damaged, and opens it.
func TestPackedBlocks(t *testing.T) {
	t.Parallel()
	ctx, url := t.Context(), pgtest.Database(t)
	open := func() *Store {
		s, err := Open(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	ask := func(s *Store) (all [][]store.Scored) {
		for i := range 40 {
			hits, err := s.Lexical(ctx, store.DocumentCorpus, search.Words(fmt.Sprint("w", i), fmt.Sprint("w", i*7%40)), store.Filter{}, 200)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, hits)
		}
		return all
	}
	s := open()
	r := rand.New(rand.NewPCG(3, 4))
	fill := func(from, to int) {
		var docs []store.DocumentWrite
		for i := from; i < to; i++ {
			docs = append(docs, document(r, i, 60))
		}
		if _, err := s.Upsert(ctx, docs); err != nil {
			t.Fatal(err)
		}
	}
	fill(0, 60)
	if err := s.fold(ctx); err != nil {
		t.Fatal(err)
	}
	fill(50, 80)
	if err := s.Tombstone(ctx, knowledge.DocumentID("u:7")); err != nil {
		t.Fatal(err)
	}
	want := ask(s)
	backToSchema2(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	found, err := s.Check(ctx, false)
	if n, err := one[int](ctx, s.pool, "SELECT max(n) FROM posting"); err != nil || n <= 512 {
		t.Errorf("blocks have up to %d postings, %v", n, err)
	}
	if got := ask(s); err != nil || len(found) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("after the migration: %+v, %v, hits are the same: %v", found, err, reflect.DeepEqual(got, want))
	}
	backToSchema2(t, s)
	pgtest.Exec(t, url, "UPDATE posting SET data = substr(data, 1, length(data) - 1) WHERE term = 'w1'")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer func() { _ = s.Close() }()
	for _, repair := range []bool{true, false} {
		found, err = s.Check(ctx, repair)
		lost := slices.ContainsFunc(found, func(f store.Finding) bool { return f.Check == "index" && strings.Contains(f.Detail, `"w1"`) })
		if err != nil || lost != repair {
			t.Errorf("with a damaged block, repair %v: %+v, %v", repair, found, err)
		}
	}
	if !reflect.DeepEqual(ask(s), want) {
		t.Error("the damage was not repaired")
	}
}

// backToSchema2 encodes all blocks as releases before migration 3 did, in blocks
// of 512.
func backToSchema2(t *testing.T, s *Store) {
	t.Helper()
	db := stdlib.OpenDBFromPool(s.pool)
	p, err := provider(db)
	if err == nil {
		_, err = p.DownTo(t.Context(), 3)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	err = s.inTx(t.Context(), "go back", func(tx pgx.Tx) error {
		for _, table := range []string{"posting", "posting_new"} {
			entries, err := collect(t.Context(), tx, scanEntry, "DELETE FROM "+table+" RETURNING "+entryColumns)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), "ALTER TABLE "+table+" RENAME packed TO data"); err != nil {
				return err
			}
			for _, e := range entries {
				ps, err := e.Decode(nil)
				if err != nil {
					return err
				}
				for part := range slices.Chunk(ps, 512) {
					n := len(part)
					if e.Gone {
						n = -n
					}
					if _, err := tx.Exec(t.Context(), "INSERT INTO "+table+" VALUES ($1, $2, $3, $4, $5, $6)",
						e.corpus, e.term, part[0].Unit, part[len(part)-1].Unit, n, packOld(part)); err != nil {
						return err
					}
				}
			}
		}
		_, err := tx.Exec(t.Context(), "DELETE FROM goose_db_version WHERE version_id = 3")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// packOld is what unpackOld reads.
func packOld(ps []postings.Posting) (data []byte) {
	unit := ps[0].Unit
	for _, p := range ps {
		gap := uint64(p.Unit-unit) << 1
		unit = p.Unit
		if p.Freq > 1 {
			data = binary.AppendUvarint(binary.AppendUvarint(data, gap|1), uint64(p.Freq-2))
		} else {
			data = binary.AppendUvarint(data, gap)
		}
		data = binary.AppendUvarint(data, uint64(p.Len))
	}
	return data
}
