package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// exportBatch is how many rows are read before they are emitted, so that memory
// stays small; documents carry their text and go in smaller batches.
const (
	exportBatch    = 1000
	documentsBatch = 64
)

// Export reads in one transaction, which WAL keeps at one moment while others
// write.
func (s *Store) Export(ctx context.Context, emit func(store.Record) error) error {
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return failed("export", err)
	}
	defer func() { _ = tx.Rollback() }()
	x := exporter{ctx, tx, emit}
	for _, step := range []func() error{x.crawls, x.documents, x.memories, x.vectors, x.sessions, x.events} {
		if err := step(); err != nil {
			return failed("export", err)
		}
	}
	return nil
}

type exporter struct {
	ctx  context.Context
	tx   *sql.Tx
	emit func(store.Record) error
}

// each emits what make makes of every value.
func each[T any](x exporter, vs []T, err error, record func(*T) store.Record) error {
	if err != nil {
		return err
	}
	for i := range vs {
		if err := x.emit(record(&vs[i])); err != nil {
			return err
		}
	}
	return nil
}

func (x exporter) crawls() error {
	srcs, err := collect(x.ctx, x.tx, scanJSON[knowledge.Source], "SELECT entry FROM source ORDER BY name")
	if err := each(x, srcs, err, func(v *knowledge.Source) store.Record { return store.Record{Source: v} }); err != nil {
		return err
	}
	runs, err := collect(x.ctx, x.tx, scanJSON[knowledge.Run], "SELECT entry FROM run ORDER BY started, id")
	if err := each(x, runs, err, func(v *knowledge.Run) store.Record { return store.Record{Run: v} }); err != nil {
		return err
	}
	for _, r := range runs {
		ps, err := pages(x.ctx, x.tx, r.ID, "")
		if err != nil {
			return err
		}
		for len(ps) > 0 {
			n := min(len(ps), exportBatch)
			if err := x.emit(store.Record{Pages: &store.RunPages{Run: r.ID, Pages: ps[:n]}}); err != nil {
				return err
			}
			ps = ps[n:]
		}
	}
	cs, err := canaries(x.ctx, x.tx, where{})
	return each(x, cs, err, func(v *knowledge.Canary) store.Record { return store.Record{Canary: v} })
}

func (x exporter) documents() error {
	last := int64(0)
	for {
		var ns []int64
		ds, err := collect(x.ctx, x.tx, func(rows *sql.Rows) (d store.ExportedDocument, err error) {
			var n int64
			var md string
			var created sql.NullInt64
			d.Document, err = scanDocument(rows, &d.Fingerprint, &n, &md, &created)
			d.Document.Markdown, d.Created = md, timeOrNone(created)
			ns = append(ns, n)
			return d, err
		}, "SELECT "+documentColumns+", fingerprint, n, markdown, created_at FROM document WHERE n > ? ORDER BY n LIMIT ?", last, documentsBatch)
		if err != nil || len(ds) == 0 {
			return err
		}
		last = ns[len(ns)-1]
		for i := range ds {
			ds[i].Passages, err = collect(x.ctx, x.tx, scanExported, `SELECT c.unit, c.hash, c.headings, c.anchor, c.text, c.tokens, t.terms
				FROM chunk c JOIN chunk_terms t ON t.rowid = c.unit WHERE c.document = ? ORDER BY c.ordinal`, ns[i])
			if err != nil {
				return err
			}
			if ds[i].Revisions, err = revisions(x.ctx, x.tx, ns[i]); err != nil {
				return err
			}
			if err := x.emit(store.Record{Document: &ds[i]}); err != nil {
				return err
			}
		}
	}
}

func scanExported(rows *sql.Rows) (p store.ExportedPassage, err error) {
	var headings, terms string
	if err := rows.Scan(&p.Unit, &p.Hash, &headings, &p.Anchor, &p.Text, &p.Tokens, &terms); err != nil {
		return p, err
	}
	p.Terms = strings.Fields(terms)
	return p, json.Unmarshal([]byte(headings), &p.Headings)
}

func (x exporter) memories() error {
	ms, err := collect(x.ctx, x.tx, func(rows *sql.Rows) (m store.ExportedMemory, err error) {
		var entry, terms string
		if err := rows.Scan(&m.Unit, &entry, &m.Entry.Owner, &m.Entry.SupersededBy, &m.Entry.Useful, &m.Entry.Pinned, &terms); err != nil {
			return m, err
		}
		columns := m.Entry
		err = json.Unmarshal([]byte(entry), &m.Entry)
		m.Entry.Owner, m.Entry.SupersededBy, m.Entry.Useful, m.Entry.Pinned = columns.Owner, columns.SupersededBy, columns.Useful, columns.Pinned
		m.Terms = strings.Fields(terms)
		return m, err
	}, "SELECT c.unit, c.entry, c.owner, c.superseded_by, c.useful, c.pinned, t.terms FROM memory c JOIN memory_terms t ON t.rowid = c.unit ORDER BY c.unit")
	if err := each(x, ms, err, func(v *store.ExportedMemory) store.Record { return store.Record{Memory: v} }); err != nil {
		return err
	}
	ks, err := collect(x.ctx, x.tx, func(rows *sql.Rows) (k store.FeedbackKey, err error) { return k, rows.Scan(&k.Key, &k.Memory) },
		"SELECT key, memory FROM feedback ORDER BY key")
	return each(x, ks, err, func(v *store.FeedbackKey) store.Record { return store.Record{Feedback: v} })
}

func (x exporter) vectors() error {
	type numbered struct {
		store.Space
		n int64
	}
	sps, err := collect(x.ctx, x.tx, func(rows *sql.Rows) (sp numbered, err error) {
		var created sql.NullInt64
		err = rows.Scan(&sp.n, &sp.ID, &sp.Provider, &sp.Model, &sp.Dimensions, &sp.Weight, &sp.Active, &created)
		sp.Created = timeOf(created)
		return sp, err
	}, "SELECT n, id, provider, model, dimensions, weight, active, created FROM space ORDER BY n")
	if err := each(x, sps, err, func(v *numbered) store.Record { return store.Record{Space: &v.Space} }); err != nil {
		return err
	}
	for _, sp := range sps {
		for _, c := range []store.Corpus{store.DocumentCorpus, store.MemoryCorpus} {
			if err := x.vectorsOf(sp.n, sp.Space, c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x exporter) vectorsOf(n int64, sp store.Space, c store.Corpus) error {
	last := int64(0)
	for {
		out := store.Vectors{Space: sp.ID, Corpus: c}
		_, err := collect(x.ctx, x.tx, func(rows *sql.Rows) (none struct{}, err error) {
			var unit int64
			var value sql.RawBytes
			if err := rows.Scan(&unit, &value); err != nil {
				return none, err
			}
			v := make([]float32, sp.Dimensions)
			floats(v, value)
			out.Units, out.Values = append(out.Units, unit), append(out.Values, v)
			return none, nil
		}, "SELECT unit, value FROM vector WHERE space = ? AND corpus = ? AND unit > ? ORDER BY unit LIMIT ?", n, corpusNumber(c), last, exportBatch)
		if err != nil || len(out.Units) == 0 {
			return err
		}
		last = out.Units[len(out.Units)-1]
		if err := x.emit(store.Record{Vectors: &out}); err != nil {
			return err
		}
	}
}

func (x exporter) sessions() error {
	xs, err := collect(x.ctx, x.tx, scanSession, "SELECT "+sessionColumns+"ORDER BY created, id")
	if err := each(x, xs, err, func(v *knowledge.Session) store.Record { return store.Record{Session: v} }); err != nil {
		return err
	}
	for _, s := range xs {
		ms, err := messages(x.ctx, x.tx, where{conds: []string{"m.session = ?"}, args: []any{s.ID}}, -1, false)
		if err := each(x, ms, err, func(v *knowledge.Message) store.Record { return store.Record{Message: v} }); err != nil {
			return err
		}
	}
	return nil
}

func (x exporter) events() error {
	for last := int64(0); ; {
		es, err := collect(x.ctx, x.tx, scanEvent, "SELECT seq, session, type, data, created, owner FROM event WHERE seq > ? ORDER BY seq LIMIT ?", last, exportBatch)
		if err := each(x, es, err, func(v *knowledge.Event) store.Record { return store.Record{Event: v} }); err != nil {
			return err
		}
		if len(es) == 0 {
			break
		}
		last = es[len(es)-1].Seq
	}
	ks, err := collect(x.ctx, x.tx, func(rows *sql.Rows) (k store.CommitKey, err error) {
		var seqs string
		var created sql.NullInt64
		if err := rows.Scan(&k.Key, &seqs, &created); err != nil {
			return k, err
		}
		k.Created = timeOf(created)
		return k, json.Unmarshal([]byte(seqs), &k.Seqs)
	}, "SELECT key, seqs, created FROM commit_key ORDER BY key")
	return each(x, ks, err, func(v *store.CommitKey) store.Record { return store.Record{Commit: v} })
}

// Import fills an empty store in one transaction.
func (s *Store) Import(ctx context.Context, next func() (store.Record, error)) error {
	err := s.inTx(ctx, "import", func(tx *change) error {
		var n int
		err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM document) + (SELECT count(*) FROM memory) + (SELECT count(*) FROM session)
			+ (SELECT count(*) FROM source) + (SELECT count(*) FROM run) + (SELECT count(*) FROM event)`).Scan(&n)
		if err != nil {
			return err
		}
		if n > 0 {
			return store.ErrNotEmpty
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM space"); err != nil { // which the embedding began with
			return err
		}
		for i := 1; ; i++ {
			r, err := next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err == nil {
				err = s.importRecord(ctx, tx, r)
			}
			if err != nil {
				return fmt.Errorf("record %d: %w", i, err)
			}
		}
	})
	s.dense.drop(0)
	s.claims.forget()
	return err
}

func (s *Store) importRecord(ctx context.Context, tx *change, r store.Record) (err error) {
	switch {
	case r.Source != nil:
		return putSource(ctx, tx, *r.Source)
	case r.Run != nil:
		return putRun(ctx, tx, *r.Run)
	case r.Pages != nil:
		return putPages(ctx, tx, r.Pages.Run, r.Pages.Pages)
	case r.Canary != nil:
		return putCanary(ctx, tx, *r.Canary)
	case r.Document != nil:
		return s.importDocument(ctx, tx, r.Document)
	case r.Memory != nil:
		_, err = s.insertMemory(ctx, tx, given(r.Memory.Unit), r.Memory.Entry, r.Memory.Terms)
	case r.Feedback != nil:
		_, err = tx.ExecContext(ctx, "INSERT INTO feedback (key, memory) VALUES (?, ?)", r.Feedback.Key, r.Feedback.Memory)
	case r.Space != nil:
		sp := r.Space
		_, err = tx.ExecContext(ctx, "INSERT INTO space (id, provider, model, dimensions, weight, active, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
			sp.ID, sp.Provider, sp.Model, sp.Dimensions, sp.Weight, sp.Active, micros(orNow(sp.Created)))
	case r.Vectors != nil:
		return importVectors(ctx, tx, r.Vectors)
	case r.Session != nil:
		return putSession(ctx, tx, *r.Session)
	case r.Message != nil:
		return putMessage(ctx, tx, *r.Message)
	case r.Event != nil:
		_, err = insertEvent(ctx, tx, given(r.Event.Seq), *r.Event)
	case r.Commit != nil:
		if err := insertCommitKey(ctx, tx, *r.Commit); err != nil || len(r.Commit.Seqs) == 0 {
			return err
		}
		// Numbers of events that are gone are not used again either.
		last := r.Commit.Seqs[len(r.Commit.Seqs)-1]
		_, err = tx.ExecContext(ctx, "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'event'", last)
	default:
		return errors.New("is of a kind that this release does not know")
	}
	return err
}

func given(n int64) sql.NullInt64 { return sql.NullInt64{Int64: n, Valid: true} }

func (s *Store) importDocument(ctx context.Context, tx *change, d *store.ExportedDocument) error {
	n, err := putDocument(ctx, tx, store.DocumentWrite{Document: d.Document, Fingerprint: d.Fingerprint})
	if err != nil {
		return err
	}
	var deleted sql.NullInt64
	if d.Document.DeletedAt != nil {
		deleted = micros(*d.Document.DeletedAt)
	}
	if _, err := tx.ExecContext(ctx, "UPDATE document SET deleted_at = ?, chunks = ?, created_at = ? WHERE n = ?", deleted, len(d.Passages), microsOrNone(d.Created), n); err != nil {
		return err
	}
	for _, r := range slices.Backward(d.Revisions) {
		if err := putRevision(ctx, tx, n, r); err != nil {
			return err
		}
	}
	for i, p := range d.Passages {
		if err := s.insertChunk(ctx, tx, given(p.Unit), n, i, p.Passage); err != nil {
			return err
		}
	}
	return nil
}

func importVectors(ctx context.Context, tx *change, v *store.Vectors) error {
	if len(v.Units) != len(v.Values) {
		return fmt.Errorf("%d units have %d vectors", len(v.Units), len(v.Values))
	}
	for i, u := range v.Units {
		r, err := tx.ExecContext(ctx, "INSERT INTO vector (space, corpus, unit, value) SELECT n, ?, ?, ? FROM space WHERE id = ? AND dimensions = ?",
			corpusNumber(v.Corpus), u, halves(v.Values[i]), v.Space, len(v.Values[i]))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, fmt.Errorf("vector of unit %d: %w %s", u, store.ErrUnknownSpace, v.Space))
		}
	}
	return nil
}
