package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"
)

// Import fills an empty store in one transaction, and then folds the index and
// builds those of the vectors.
func (s *Store) Import(ctx context.Context, next func() (store.Record, error)) error {
	defer s.forgetSpaces()
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := unlimited(ctx, tx); err != nil {
			return err
		}
		full, err := one[bool](ctx, tx, `SELECT EXISTS (SELECT FROM document) OR EXISTS (SELECT FROM memory) OR EXISTS (SELECT FROM session)
			OR EXISTS (SELECT FROM source) OR EXISTS (SELECT FROM run) OR EXISTS (SELECT FROM event)`)
		if err != nil {
			return err
		}
		if full {
			return store.ErrNotEmpty
		}
		if err := dropSpaces(ctx, tx); err != nil {
			return err
		}
		im := importer{ctx: ctx, tx: tx, spaces: map[string]space{}}
		for i := 1; ; i++ {
			r, err := next()
			if errors.Is(err, io.EOF) {
				return im.finish()
			}
			if err == nil {
				err = im.record(r)
			}
			if err != nil {
				return fmt.Errorf("record %d: %w", i, err)
			}
		}
	})
	if err != nil {
		return failed("import", err)
	}
	if err := s.fold(ctx); err != nil {
		return err
	}
	return failed("build indexes", s.indexSpaces(ctx))
}

// dropSpaces removes the spaces that the embedding began with, and keeps it from
// beginning others until the transaction ends.
func dropSpaces(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "LOCK TABLE space IN EXCLUSIVE MODE"); err != nil {
		return err
	}
	all, err := readSpaces(ctx, tx)
	if err != nil {
		return err
	}
	for _, x := range all {
		if _, err := tx.Exec(ctx, "DELETE FROM space WHERE n = $1", x.n); err != nil {
			return err
		}
		if err := dropVectors(ctx, tx, x.n); err != nil {
			return err
		}
	}
	return nil
}

// importer collects documents, which are written many at a time.
type importer struct {
	ctx    context.Context
	tx     pgx.Tx
	spaces map[string]space
	docs   []store.ExportedDocument
	add    []indexed // passages that are stored but not indexed yet
	seq    int64     // the largest number of an event, of those that are gone too
}

// importIndexed is how many passages are indexed at a time: the more, the fuller
// the blocks; these take some 30 MB.
const importIndexed = 10_000

func (im *importer) record(r store.Record) error {
	if r.Document != nil {
		im.docs = append(im.docs, *r.Document)
		if len(im.docs) < documentsBatch {
			return nil
		}
		return im.flush()
	}
	switch {
	case r.Source != nil:
		return putSource(im.ctx, im.tx, *r.Source)
	case r.Run != nil:
		return putRun(im.ctx, im.tx, *r.Run)
	case r.Pages != nil:
		return putPages(im.ctx, im.tx, r.Pages.Run, r.Pages.Pages)
	case r.Memory != nil:
		m := r.Memory.Entry
		m.Created = orNow(m.Created)
		_, err := insertMemory(im.ctx, im.tx, r.Memory.Unit, m, r.Memory.Terms)
		return err
	case r.Feedback != nil:
		_, err := im.tx.Exec(im.ctx, "INSERT INTO feedback (key, memory) VALUES ($1, $2)", clean(r.Feedback.Key), clean(r.Feedback.Memory))
		return err
	case r.Space != nil:
		return im.space(*r.Space)
	case r.Vectors != nil:
		return im.vectors(r.Vectors)
	case r.Session != nil, r.Message != nil, r.Canary != nil:
		return im.row(r)
	case r.Event != nil:
		im.seq = max(im.seq, r.Event.Seq)
		return copyEvents(im.ctx, im.tx, []knowledge.Event{*r.Event})
	case r.Commit != nil:
		for _, n := range r.Commit.Seqs {
			im.seq = max(im.seq, n)
		}
		_, err := im.tx.Exec(im.ctx, "INSERT INTO commit_key (key, seqs, created) VALUES ($1, $2, $3)",
			clean(r.Commit.Key), append([]int64{}, r.Commit.Seqs...), r.Commit.Created)
		return err
	}
	return errors.New("is of a kind that this release does not know")
}

// flush writes the documents that were collected.
func (im *importer) flush() error {
	if len(im.docs) == 0 {
		return nil
	}
	writes := make([]store.DocumentWrite, len(im.docs))
	round := make([]int, len(im.docs))
	for i, d := range im.docs {
		writes[i], round[i] = store.DocumentWrite{Document: d.Document, Fingerprint: d.Fingerprint}, i
	}
	have, err := lockDocuments(im.ctx, im.tx, writes, round)
	if err != nil {
		return err
	}
	var b pgx.Batch
	var rows [][]any
	for i, d := range im.docs {
		n := have[knowledge.DocumentID(d.Document.URI)].n
		queueDocument(&b, n, writes[i], len(d.Passages))
		b.Queue("UPDATE document SET created_at = $2 WHERE n = $1", n, d.Created)
		for _, r := range slices.Backward(d.Revisions) {
			queueRevision(&b, n, r)
		}
		for o, p := range d.Passages {
			row := chunkRow(p.Unit, n, o, p.Passage)
			rows = append(rows, row)
			im.add = append(im.add, indexed{p.Unit, postedTerms(row[len(row)-1].(string))})
		}
	}
	im.docs = nil
	if err := im.tx.SendBatch(im.ctx, &b).Close(); err != nil {
		return err
	}
	if err := copyChunks(im.ctx, im.tx, rows); err != nil || len(im.add) < importIndexed {
		return err
	}
	return im.index()
}

// index indexes the passages that were stored.
func (im *importer) index() error {
	slices.SortFunc(im.add, byUnit)
	err := addPostings(im.ctx, im.tx, documents, im.add)
	im.add = nil
	return err
}

func (im *importer) space(x store.Space) error {
	sp := space{Space: x}
	err := im.tx.QueryRow(im.ctx, `INSERT INTO space (id, provider, model, dimensions, weight, active, created) VALUES ($1, $2, $3, $4, $5, $6, $7)
		RETURNING n`, x.ID, x.Provider, x.Model, x.Dimensions, x.Weight, x.Active, orNow(x.Created)).Scan(&sp.n)
	if err != nil {
		return err
	}
	im.spaces[x.ID] = sp
	return createVectorTables(im.ctx, im.tx, sp.n, x.Dimensions)
}

func (im *importer) vectors(v *store.Vectors) error {
	if err := im.flush(); err != nil {
		return err
	}
	x, ok := im.spaces[v.Space]
	if !ok {
		return fmt.Errorf("%w: %s", store.ErrUnknownSpace, v.Space)
	}
	if len(v.Units) != len(v.Values) {
		return fmt.Errorf("%d units have %d vectors", len(v.Units), len(v.Values))
	}
	rows := make([][]any, len(v.Units))
	for i, u := range v.Units {
		rows[i] = []any{u, pgvector.NewHalfVector(v.Values[i])}
	}
	return copyVectors(im.ctx, im.tx, vectorTable{x.n, corpusOf(v.Corpus)}, rows)
}

// row writes a record that is one row.
func (im *importer) row(r store.Record) error {
	var b pgx.Batch
	switch {
	case r.Session != nil:
		queueSession(&b, *r.Session)
	case r.Message != nil:
		queueMessage(&b, *r.Message)
	case r.Canary != nil:
		queueCanary(&b, *r.Canary)
	}
	return im.tx.SendBatch(im.ctx, &b).Close()
}

// finish writes what is left and lets numbers go on behind those imported.
func (im *importer) finish() error {
	if err := im.flush(); err != nil {
		return err
	}
	if err := im.index(); err != nil {
		return err
	}
	for _, q := range []string{
		"SELECT setval('chunk_unit', greatest((SELECT max(unit) FROM chunk), 1))",
		"SELECT setval('memory_unit', greatest((SELECT max(unit) FROM memory), 1))",
	} {
		if _, err := im.tx.Exec(im.ctx, q); err != nil {
			return err
		}
	}
	_, err := im.tx.Exec(im.ctx, "UPDATE event_counter SET seq = greatest(seq, $1)", im.seq)
	return err
}
