package postgres

import (
	"context"

	"panther/pkg/agentdb/store"
	"panther/pkg/identity"
	"panther/pkg/knowledge"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"
)

// exportBatch is how many rows are read before they are emitted, so that memory
// stays small; documents carry their text and go in smaller batches.
const (
	exportBatch    = 1000
	documentsBatch = 64
)

// Export reads one snapshot.
func (s *Store) Export(ctx context.Context, emit func(store.Record) error) error {
	return s.snapshot(ctx, "export", func(tx pgx.Tx) error {
		x := exporter{identity.With(ctx, identity.Everyone), tx, emit}
		for _, step := range []func() error{x.crawls, x.documents, x.memories, x.spaces, x.sessions, x.events} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
}

type exporter struct {
	ctx  context.Context
	tx   pgx.Tx
	emit func(store.Record) error
}

// each emits what record makes of every value.
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
	for last := int64(0); ; {
		var ns []int64
		// Export: primary key of document.
		ds, err := collect(x.ctx, x.tx, func(row pgx.CollectableRow) (d store.ExportedDocument, err error) {
			var n int64
			var md string
			d.Document, err = scanDocument(row, &d.Fingerprint, &n, &md, &d.Created)
			d.Document.Markdown = md
			ns = append(ns, n)
			return d, err
		}, "SELECT "+documentColumns+", fingerprint, n, markdown, created_at FROM document WHERE n > $1 ORDER BY n LIMIT $2", last, documentsBatch)
		if err != nil || len(ds) == 0 {
			return err
		}
		last = ns[len(ns)-1]
		if err := x.passages(ns, ds); err != nil {
			return err
		}
		rs, err := revisions(x.ctx, x.tx, ns)
		if err != nil {
			return err
		}
		for i, n := range ns {
			ds[i].Revisions = rs[n]
		}
		if err := each(x, ds, nil, func(v *store.ExportedDocument) store.Record { return store.Record{Document: v} }); err != nil {
			return err
		}
	}
}

// passages fills in the passages of documents.
func (x exporter) passages(ns []int64, ds []store.ExportedDocument) error {
	at := make(map[int64]int, len(ns))
	for i, n := range ns {
		at[n] = i
	}
	_, err := collect(x.ctx, x.tx, func(row pgx.CollectableRow) (none struct{}, err error) {
		var p store.ExportedPassage
		var n int64
		var terms string
		if err := row.Scan(&n, &p.Unit, &p.Hash, &p.Headings, &p.Anchor, &p.Text, &p.Tokens, &terms); err != nil {
			return none, err
		}
		p.Terms = splitTerms(terms)
		d := &ds[at[n]]
		d.Passages = append(d.Passages, p)
		return none, nil
		// Export: index chunk_document.
	}, "SELECT document, unit, hash, headings, anchor, text, tokens, terms FROM chunk WHERE document = ANY($1) ORDER BY document, ordinal", ns)
	return err
}

func (x exporter) memories() error {
	ms, err := collect(x.ctx, x.tx, func(row pgx.CollectableRow) (m store.ExportedMemory, err error) {
		var terms string
		sm, err := scanMemory(row, &terms)
		return store.ExportedMemory{Unit: sm.Unit, Terms: splitTerms(terms), Entry: sm.Memory}, err
	}, "SELECT c.unit, c.entry, c.owner, c.superseded_by, c.useful, c.pinned, c.terms FROM memory c ORDER BY c.unit")
	if err := each(x, ms, err, func(v *store.ExportedMemory) store.Record { return store.Record{Memory: v} }); err != nil {
		return err
	}
	ks, err := collect(x.ctx, x.tx, func(row pgx.CollectableRow) (k store.FeedbackKey, err error) { return k, row.Scan(&k.Key, &k.Memory) },
		"SELECT key, memory FROM feedback ORDER BY key")
	return each(x, ks, err, func(v *store.FeedbackKey) store.Record { return store.Record{Feedback: v} })
}

func (x exporter) spaces() error {
	all, err := readSpaces(x.ctx, x.tx)
	if err := each(x, all, err, func(v *space) store.Record { return store.Record{Space: &v.Space} }); err != nil {
		return err
	}
	for _, sp := range all {
		for _, c := range []store.Corpus{store.DocumentCorpus, store.MemoryCorpus} {
			if err := x.vectors(sp, c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x exporter) vectors(sp space, c store.Corpus) error {
	t := vectorTable{sp.n, corpusOf(c)}
	for last := int64(0); ; {
		out := store.Vectors{Space: sp.ID, Corpus: c}
		_, err := collect(x.ctx, x.tx, func(row pgx.CollectableRow) (none struct{}, err error) {
			var unit int64
			var v pgvector.HalfVector
			if err := row.Scan(&unit, &v); err != nil {
				return none, err
			}
			out.Units, out.Values = append(out.Units, unit), append(out.Values, v.Slice())
			return none, nil
			// Export: primary key of the vectors.
		}, "SELECT unit, value FROM "+t.String()+" WHERE unit > $1 ORDER BY unit LIMIT $2", last, exportBatch)
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
		ms, err := messages(x.ctx, x.tx, store.ListMessages{Session: s.ID})
		if err := each(x, ms, err, func(v *knowledge.Message) store.Record { return store.Record{Message: v} }); err != nil {
			return err
		}
	}
	return nil
}

func (x exporter) events() error {
	for last := int64(0); ; {
		es, err := events(x.ctx, x.tx, "", last, exportBatch)
		if err := each(x, es, err, func(v *knowledge.Event) store.Record { return store.Record{Event: v} }); err != nil {
			return err
		}
		if len(es) == 0 {
			break
		}
		last = es[len(es)-1].Seq
	}
	ks, err := collect(x.ctx, x.tx, func(row pgx.CollectableRow) (k store.CommitKey, err error) {
		err = row.Scan(&k.Key, &k.Seqs, &k.Created)
		k.Created = k.Created.UTC()
		return k, err
	}, "SELECT key, seqs, created FROM commit_key ORDER BY key")
	return each(x, ks, err, func(v *store.CommitKey) store.Record { return store.Record{Commit: v} })
}
