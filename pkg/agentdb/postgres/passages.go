package postgres

import (
	"context"
	"slices"
	"time"

	"panther/pkg/agentdb/store"

	"github.com/jackc/pgx/v5"
)

// newPassages are the passages that a document is to have.
type newPassages struct {
	document int64
	created  bool // it has none yet
	passages []store.Passage
}

// passageWriter replaces the passages of several documents with a handful of
// statements.
type passageWriter struct {
	docs []newPassages

	gone  []int64
	kept  pgx.Batch
	moved []move
	rows  [][]any // of chunk; the unit is filled in when it is given
	add   []indexed
}

func (w *passageWriter) write(ctx context.Context, tx pgx.Tx) error {
	if err := w.compare(ctx, tx); err != nil {
		return err
	}
	if err := deleteUnits(ctx, tx, documents, w.gone); err != nil {
		return err
	}
	if w.kept.Len() > 0 {
		if err := tx.SendBatch(ctx, &w.kept).Close(); err != nil {
			return err
		}
	}
	if err := moveUnits(ctx, tx, documents, w.moved); err != nil || len(w.rows) == 0 {
		return err
	}
	units, err := newUnits(ctx, tx, documents, len(w.rows))
	if err != nil {
		return err
	}
	for i, u := range units {
		w.rows[i][0], w.add[i].unit = u, u
	}
	if err := copyChunks(ctx, tx, w.rows); err != nil {
		return err
	}
	return addPostings(ctx, tx, documents, w.add)
}

var chunkColumns = []string{"unit", "document", "ordinal", "hash", "headings", "anchor", "text", "tokens", "terms"}

// chunkRow is a row of chunk.
func chunkRow(unit, document int64, ordinal int, p store.Passage) []any {
	return []any{unit, document, ordinal, p.Hash, cleanAll(p.Headings), clean(p.Anchor), clean(p.Text), p.Tokens, joinTerms(p.Terms)}
}

// copyChunks adds passages, which are then to be indexed.
func copyChunks(ctx context.Context, tx pgx.Tx, rows [][]any) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"chunk"}, chunkColumns, pgx.CopyFromRows(rows))
	return err
}

// compare finds out what is gone, what stays, and what is new.
func (w *passageWriter) compare(ctx context.Context, tx pgx.Tx) error {
	var old []int64
	for _, d := range w.docs {
		if !d.created {
			old = append(old, d.document)
		}
	}
	stored := map[int64][]store.Indexed{}
	if len(old) > 0 {
		// upsert: index chunk_document, for the documents that were there.
		rows, err := tx.Query(ctx, "SELECT document, unit, hash, terms FROM chunk WHERE document = ANY($1) ORDER BY document, ordinal", old)
		if err != nil {
			return err
		}
		var n int64
		var x store.Indexed
		if _, err := pgx.ForEachRow(rows, []any{&n, &x.Unit, &x.Hash, &x.Terms}, func() error {
			stored[n] = append(stored[n], x)
			return nil
		}); err != nil {
			return err
		}
	}
	for _, d := range w.docs {
		kept, added, gone := store.Diff(stored[d.document], d.passages)
		w.gone = append(w.gone, gone...)
		for _, k := range kept {
			// upsert: primary key of chunk.
			w.kept.Queue("UPDATE chunk SET ordinal = $2, anchor = $3 WHERE unit = $1 AND (ordinal, anchor) <> ($2, $3)",
				k.Unit, k.Ordinal, clean(d.passages[k.Ordinal].Anchor))
			if k.Moves {
				w.moved = append(w.moved, move{unit: k.Unit, was: k.Terms, terms: joinTerms(d.passages[k.Ordinal].Terms)})
			}
		}
		for _, i := range added {
			row := chunkRow(0, d.document, i, d.passages[i])
			w.rows = append(w.rows, row)
			w.add = append(w.add, indexed{terms: postedTerms(row[len(row)-1].(string))})
		}
	}
	return nil
}

// deleteBatch is how many units are deleted by one statement: what it returns,
// their terms, has to fit into memory.
const deleteBatch = 2000

// deleteUnits removes passages or memories with their index entries and vectors.
func deleteUnits(ctx context.Context, tx pgx.Tx, c corpus, units []int64) error {
	slices.Sort(units) // an order that all transactions lock in
	for part := range slices.Chunk(units, deleteBatch) {
		// upsert, Tombstone, DeleteSource, Forget: primary key. It waits for an embedder that works on a unit.
		gone, err := collect(ctx, tx, func(row pgx.CollectableRow) (x indexed, err error) {
			var terms string
			err = row.Scan(&x.unit, &terms)
			x.terms = postedTerms(terms)
			return x, err
		}, "DELETE FROM "+c.units()+" WHERE unit = ANY($1) RETURNING unit, terms", part)
		if err != nil {
			return err
		}
		slices.SortFunc(gone, byUnit)
		if err := removePostings(ctx, tx, c, gone); err != nil {
			return err
		}
		// Spaces are read after the units are locked: a vector of a space that is not seen here cannot be there yet.
		if err := deleteVectors(ctx, tx, c, part); err != nil {
			return err
		}
	}
	return nil
}

const passageColumns = `c.unit, d.id, d.uri, d.source, d.title, coalesce(d.meta->>'version', ''), c.ordinal, c.headings, c.anchor, c.text, c.tokens,
	d.language, d.fetched_at, d.published_at
	FROM chunk c JOIN document d ON d.n = c.document `

func scanPassage(row pgx.CollectableRow) (p store.StoredPassage, err error) {
	err = row.Scan(passageFields(&p)...)
	tidy(&p)
	return p, err
}

// tidy writes what was scanned as it was stored.
func tidy(p *store.StoredPassage) {
	p.Headings = none(p.Headings)
	for _, t := range []*time.Time{p.Fetched, p.Published} {
		if t != nil {
			*t = t.UTC()
		}
	}
}

// passageFields are the places of passageColumns.
func passageFields(p *store.StoredPassage) []any {
	return []any{&p.Unit, &p.DocumentID, &p.URI, &p.Source, &p.Title, &p.Version, &p.Ordinal, &p.Headings, &p.Anchor, &p.Text, &p.Tokens,
		&p.Language, &p.Fetched, &p.Published}
}

// Passages returns passages in the order of units.
func (s *Store) Passages(ctx context.Context, units []int64) ([]store.StoredPassage, error) {
	// Passages: primary keys of chunk and document.
	ps, err := collect(ctx, s.pool, scanPassage, "SELECT "+passageColumns+"WHERE c.unit = ANY($1)", units)
	if err != nil {
		return nil, failed("read passages", err)
	}
	return inOrder(units, ps, func(p store.StoredPassage) int64 { return p.Unit }), nil
}

// DocumentsOf returns the documents of units.
func (s *Store) DocumentsOf(ctx context.Context, units []int64) (map[int64]int64, error) {
	// DocumentsOf: primary key of chunk.
	rows, err := s.pool.Query(ctx, "SELECT unit, document FROM chunk WHERE unit = ANY($1)", units)
	if err != nil {
		return nil, failed("read documents of units", err)
	}
	out := make(map[int64]int64, len(units))
	var unit, document int64
	_, err = pgx.ForEachRow(rows, []any{&unit, &document}, func() error { out[unit] = document; return nil })
	return out, failed("read documents of units", err)
}

// Around returns a stretch of a document.
func (s *Store) Around(ctx context.Context, documentID string, first, last int) ([]store.StoredPassage, error) {
	// Around: indexes document_id_key and chunk_document.
	ps, err := collect(ctx, s.pool, scanPassage,
		"SELECT "+passageColumns+"WHERE d.id = $1 AND c.ordinal BETWEEN $2 AND $3 ORDER BY c.ordinal", clean(documentID), first, last)
	return ps, failed("read passages", err)
}
