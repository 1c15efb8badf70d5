package postgres

import (
	"context"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"

	"github.com/jackc/pgx/v5"
)

// revise keeps what documents are, before others take their place. They are
// locked.
func revise(ctx context.Context, tx pgx.Tx, docs []store.DocumentWrite, round []int, have map[string]lockedDocument) error {
	by := map[int64]string{} // what takes the place of each
	var ns []int64
	for _, i := range round {
		d, h := docs[i], have[knowledge.DocumentID(docs[i].URI)]
		if h.created || h.hash == d.ContentHash && !h.deleted || d.Superseded(h.fingerprint, !h.deleted) {
			continue
		}
		by[h.n], ns = d.Markdown, append(ns, h.n)
	}
	if len(ns) == 0 {
		return nil
	}
	type former struct {
		n        int64
		markdown string
		store.Revision
	}
	// upsert: primary key of document.
	fs, err := collect(ctx, tx, func(row pgx.CollectableRow) (f former, err error) {
		return f, row.Scan(&f.n, &f.markdown, &f.Title, &f.ContentHash, &f.GoneAt)
	}, "SELECT n, markdown, title, content_hash, deleted_at FROM document WHERE n = ANY($1)", ns)
	if err != nil {
		return err
	}
	var batch pgx.Batch
	for _, f := range fs {
		if f.Data, err = store.Pack(f.markdown, by[f.n]); err != nil {
			return err
		}
		f.Until = time.Now()
		queueRevision(&batch, f.n, f.Revision)
	}
	return tx.SendBatch(ctx, &batch).Close()
}

func queueRevision(b *pgx.Batch, document int64, r store.Revision) {
	// upsert, import: one entry of index revision_document and of revision_until.
	b.Queue("INSERT INTO revision (document, until, gone_at, title, content_hash, data) VALUES ($1, $2, $3, $4, $5, $6)",
		document, stored(r.Until), r.GoneAt, clean(r.Title), r.ContentHash, r.Data)
}

// Changed lists documents that changed.
func (s *Store) Changed(ctx context.Context, sel store.ListChanged) ([]store.DatedDocument, error) {
	var w where
	since := sel.Since.UTC().Truncate(time.Microsecond)
	w.add(`n IN (SELECT document FROM revision WHERE until >= ? UNION SELECT n FROM document WHERE created_at >= ?
		UNION SELECT n FROM document WHERE deleted_at >= ?)`, since, since, since)
	if sel.After != "" {
		w.add("uri > ?", clean(sel.After))
	}
	if sel.Source != "" {
		w.add("source = ?", clean(sel.Source))
	}
	// Changed: indexes revision_until, document_created and document_deleted, then the primary key.
	ds, err := collect(ctx, s.pool, func(row pgx.CollectableRow) (store.DatedDocument, error) { return scanDated(row) },
		"SELECT "+documentColumns+", created_at FROM document WHERE "+w.text()+" ORDER BY uri LIMIT "+w.arg(sel.Limit), w.args...)
	return ds, failed("list changes", err)
}

func scanDated(row pgx.CollectableRow, more ...any) (d store.DatedDocument, err error) {
	var created *time.Time
	d.Document, err = scanDocument(row, append([]any{&created}, more...)...)
	d.Created = timeOf(created)
	return d, err
}

// Revisions reads a document and its former texts.
func (s *Store) Revisions(ctx context.Context, id string) (d *store.DatedDocument, rs []store.Revision, err error) {
	return d, rs, s.snapshot(ctx, "read history", func(tx pgx.Tx) error {
		var n int64
		var md string
		// Revisions: index document_id_key.
		ds, err := collect(ctx, tx, func(row pgx.CollectableRow) (store.DatedDocument, error) { return scanDated(row, &md, &n) },
			"SELECT "+documentColumns+", created_at, markdown, n FROM document WHERE id = $1", clean(id))
		if err == nil && len(ds) == 0 {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		d = &ds[0]
		d.Markdown = md
		all, err := revisions(ctx, tx, []int64{n})
		rs = all[n]
		return err
	})
}

// revisions reads those of documents, newest first.
func revisions(ctx context.Context, tx pgx.Tx, documents []int64) (map[int64][]store.Revision, error) {
	out := map[int64][]store.Revision{}
	// Revisions, Export: index revision_document.
	_, err := collect(ctx, tx, func(row pgx.CollectableRow) (none struct{}, err error) {
		var n int64
		var r store.Revision
		err = row.Scan(&n, &r.Until, &r.GoneAt, &r.Title, &r.ContentHash, &r.Data)
		r.Until = r.Until.UTC()
		if r.GoneAt != nil {
			*r.GoneAt = r.GoneAt.UTC()
		}
		out[n] = append(out[n], r)
		return none, err
	}, "SELECT document, until, gone_at, title, content_hash, data FROM revision WHERE document = ANY($1) ORDER BY document, n DESC", documents)
	return out, err
}

// pruneHistory removes what is beyond the bounds, once a night.
func pruneHistory(ctx context.Context, tx pgx.Tx) error {
	// Maintain: index revision_until.
	if _, err := tx.Exec(ctx, "DELETE FROM revision WHERE until < $1", time.Now().Add(-store.HistoryAge)); err != nil {
		return err
	}
	// Maintain: a scan of revision, and one of document where there is much.
	size, err := one[int64](ctx, tx, "SELECT coalesce(sum(octet_length(data) + $1), 0)::bigint FROM revision", store.HistoryRow)
	if err != nil || size <= store.HistoryFloor {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM revision WHERE n IN (
		SELECT n FROM (SELECT r.n, d.source, sum(octet_length(r.data) + $1) OVER (PARTITION BY d.source ORDER BY r.until DESC, r.n DESC) AS used
			FROM revision r JOIN document d ON d.n = r.document) r
		JOIN (SELECT source, greatest($2, sum(octet_length(markdown))) AS room FROM document WHERE deleted_at IS NULL GROUP BY source) s ON s.source = r.source
		WHERE used > room)`, store.HistoryRow, store.HistoryFloor)
	return err
}
