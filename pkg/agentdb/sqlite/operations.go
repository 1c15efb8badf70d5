package sqlite

import (
	"context"
	"fmt"
	"os"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// Stats counts what there is.
func (s *Store) Stats(ctx context.Context) (*knowledge.Stats, error) {
	st := &knowledge.Stats{Store: s.Kind()}
	err := s.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM document WHERE deleted_at IS NULL), (SELECT count(*) FROM chunk),
		(SELECT count(*) FROM memory), (SELECT count(*) FROM session),
		(SELECT page_count * page_size FROM pragma_page_count, pragma_page_size), 'SQLite ' || sqlite_version()`).
		Scan(&st.Documents, &st.Chunks, &st.Memories, &st.Sessions, &st.Bytes, &st.Engine)
	if err != nil {
		return nil, failed("count", err)
	}
	sps, err := s.Spaces(ctx)
	if err != nil {
		return nil, err
	}
	for _, sp := range sps {
		st.Spaces = append(st.Spaces, knowledge.Space{ID: sp.ID, Provider: sp.Provider, Model: sp.Model, Dimensions: sp.Dimensions,
			Active: sp.Active, Embedded: sp.Embedded, Pending: sp.Pending})
	}
	return st, nil
}

// keepRuns is how many runs of a source keep their pages; keepEvents how long
// events and commit keys stay for readers that were away.
const (
	keepRuns   = 20
	keepEvents = 7 * 24 * time.Hour
)

// Maintain removes what is past its time and optimizes the file.
func (s *Store) Maintain(ctx context.Context, purgeAfter time.Duration) (m store.Maintained, err error) {
	before := s.size()
	err = s.inTx(ctx, "purge", func(tx *change) error {
		var ignored int
		for _, step := range []struct {
			n     *int
			query string
			arg   any
		}{
			{&m.Documents, "DELETE FROM document WHERE deleted_at <= ?", micros(time.Now().Add(-purgeAfter))},
			{&m.Pages, `DELETE FROM page WHERE run IN (SELECT id FROM (SELECT id, row_number() OVER
				(PARTITION BY source ORDER BY started DESC, id DESC) AS nr FROM run) WHERE nr > ?)`, keepRuns},
			{&m.Events, "DELETE FROM event WHERE created < ?", micros(time.Now().Add(-keepEvents))},
			{&ignored, "DELETE FROM commit_key WHERE created < ?", micros(time.Now().Add(-keepEvents))},
			{&ignored, "DELETE FROM event WHERE session IN (SELECT id FROM session WHERE deleted_at < ?)", micros(time.Now().Add(-knowledge.UndeleteFor))},
			{&ignored, "DELETE FROM session WHERE deleted_at < ?", micros(time.Now().Add(-knowledge.UndeleteFor))},
		} {
			r, err := tx.ExecContext(ctx, step.query, step.arg)
			if err != nil {
				return err
			}
			n, err := r.RowsAffected()
			if err != nil {
				return err
			}
			*step.n = int(n)
		}
		return pruneHistory(ctx, tx)
	})
	if err != nil {
		return m, err
	}
	for _, q := range []string{
		"INSERT INTO chunk_terms (chunk_terms) VALUES ('optimize')",
		"INSERT INTO memory_terms (memory_terms) VALUES ('optimize')",
		"PRAGMA optimize",
		"PRAGMA wal_checkpoint(TRUNCATE)",
	} {
		if _, err := s.write.ExecContext(ctx, q); err != nil {
			return m, failed("optimize", err)
		}
	}
	m.Bytes = max(0, before-s.size())
	return m, nil
}

// size is that of the file and its log.
func (s *Store) size() (n int64) {
	for _, p := range []string{s.path, s.path + "-wal"} {
		if st, err := os.Stat(p); err == nil {
			n += st.Size()
		}
	}
	return n
}

// invariants are queries that count what must not be, with what repairs it.
var invariants = []struct{ name, detail, count, repair string }{
	{"chunk_without_document", "passages belong to no document",
		"SELECT count(*) FROM chunk WHERE document NOT IN (SELECT n FROM document WHERE deleted_at IS NULL)",
		"DELETE FROM chunk WHERE document NOT IN (SELECT n FROM document WHERE deleted_at IS NULL)"},
	{"terms_without_chunk", "index entries belong to no passage",
		"SELECT count(*) FROM chunk_terms_docsize WHERE id NOT IN (SELECT unit FROM chunk)",
		"DELETE FROM chunk_terms WHERE rowid NOT IN (SELECT unit FROM chunk)"},
	// Such documents are cut again when they are stored the next time.
	{"chunk_without_terms", "passages are not in the index",
		"SELECT count(*) FROM chunk WHERE unit NOT IN (SELECT id FROM chunk_terms_docsize)",
		`UPDATE document SET fingerprint = '' WHERE n IN (SELECT document FROM chunk WHERE unit NOT IN (SELECT id FROM chunk_terms_docsize));
		DELETE FROM chunk WHERE unit NOT IN (SELECT id FROM chunk_terms_docsize)`},
	{"wrong_chunk_count", "documents do not have the passages that they count",
		"SELECT count(*) FROM document d WHERE chunks <> (SELECT count(*) FROM chunk WHERE document = d.n)",
		"UPDATE document SET chunks = (SELECT count(*) FROM chunk WHERE document = n)"},
	{"torn_document", "documents have gaps between their passages",
		"SELECT count(*) FROM (SELECT document FROM chunk GROUP BY document HAVING max(ordinal) + 1 <> count(DISTINCT ordinal) OR count(*) <> count(DISTINCT ordinal))",
		`UPDATE document SET fingerprint = '' WHERE n IN (SELECT document FROM chunk GROUP BY document
			HAVING max(ordinal) + 1 <> count(DISTINCT ordinal) OR count(*) <> count(DISTINCT ordinal))`},
	{"memory_terms", "memories and their index differ",
		"SELECT (SELECT count(*) FROM memory_terms_docsize WHERE id NOT IN (SELECT unit FROM memory)) + (SELECT count(*) FROM memory WHERE unit NOT IN (SELECT id FROM memory_terms_docsize))",
		"DELETE FROM memory_terms WHERE rowid NOT IN (SELECT unit FROM memory)"},
	{"vector_without_unit", "vectors belong to nothing",
		"SELECT count(*) FROM vector WHERE (corpus = 0 AND unit NOT IN (SELECT unit FROM chunk)) OR (corpus = 1 AND unit NOT IN (SELECT unit FROM memory)) OR space NOT IN (SELECT n FROM space)",
		"DELETE FROM vector WHERE (corpus = 0 AND unit NOT IN (SELECT unit FROM chunk)) OR (corpus = 1 AND unit NOT IN (SELECT unit FROM memory)) OR space NOT IN (SELECT n FROM space)"},
	{"wrong_vector", "vectors do not have the dimensions of their space",
		"SELECT count(*) FROM vector v JOIN space s ON s.n = v.space WHERE length(v.value) <> 2 * s.dimensions",
		"DELETE FROM vector WHERE length(value) <> (SELECT 2 * dimensions FROM space WHERE n = space)"},
}

// Check verifies the file, its indexes and the invariants between them.
func (s *Store) Check(ctx context.Context, repair bool) ([]store.Finding, error) {
	out := []store.Finding{}
	bad, err := collect(ctx, s.write, scanOne[string], "SELECT quick_check FROM pragma_quick_check WHERE quick_check <> 'ok'")
	if err != nil {
		return nil, failed("check file", err)
	}
	for _, b := range bad {
		out = append(out, store.Finding{Check: "file", Detail: b, Count: 1})
	}
	for _, index := range []string{"chunk_terms", "memory_terms"} {
		if _, err := s.write.ExecContext(ctx, "INSERT INTO "+index+" ("+index+") VALUES ('integrity-check')"); err != nil {
			f := store.Finding{Check: "index", Detail: index + " does not fit its content: " + err.Error(), Count: 1}
			if repair {
				if _, err := s.write.ExecContext(ctx, "INSERT INTO "+index+" ("+index+") VALUES ('rebuild')"); err != nil {
					return out, failed("rebuild "+index, err)
				}
				f.Repaired = true
			}
			out = append(out, f)
		}
	}
	for _, inv := range invariants {
		var n int
		if err := s.write.QueryRowContext(ctx, inv.count).Scan(&n); err != nil {
			return out, failed("check "+inv.name, err)
		}
		if n == 0 {
			continue
		}
		f := store.Finding{Check: inv.name, Detail: fmt.Sprintf("%d %s", n, inv.detail), Count: n}
		if repair {
			if _, err := s.write.ExecContext(ctx, inv.repair); err != nil {
				return out, failed("repair "+inv.name, err)
			}
			f.Repaired = true
			s.dense.drop(0)
			s.terms[0].reset()
			s.terms[1].reset()
			s.claims.forget()
		}
		out = append(out, f)
	}
	return out, nil
}
