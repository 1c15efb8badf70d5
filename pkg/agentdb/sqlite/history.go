package sqlite

import (
	"context"
	"database/sql"
	"time"

	"panther/pkg/agentdb/store"
)

// revise keeps what a document is, which is about to be now.
func revise(ctx context.Context, tx *change, document int64, now string) error {
	var former, title, hash string
	var deleted sql.NullInt64
	if err := tx.QueryRowContext(ctx, "SELECT markdown, title, content_hash, deleted_at FROM document WHERE n = ?", document).
		Scan(&former, &title, &hash, &deleted); err != nil {
		return err
	}
	data, err := store.Pack(former, now)
	if err != nil {
		return err
	}
	return putRevision(ctx, tx, document, store.Revision{Until: time.Now(), GoneAt: timeOrNone(deleted), Title: title, ContentHash: hash, Data: data})
}

func putRevision(ctx context.Context, tx *change, document int64, r store.Revision) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO revision (document, until, gone_at, title, content_hash, data) VALUES (?, ?, ?, ?, ?, ?)",
		document, micros(r.Until), microsOrNone(r.GoneAt), r.Title, r.ContentHash, r.Data)
	return err
}

// Changed lists documents that changed.
func (s *Store) Changed(ctx context.Context, sel store.ListChanged) ([]store.DatedDocument, error) {
	var w where
	since := sel.Since.UnixMicro()
	w.add(`n IN (SELECT document FROM revision WHERE until >= ? UNION SELECT n FROM document WHERE created_at >= ?
		UNION SELECT n FROM document WHERE deleted_at >= ?)`, since, since, since)
	w.add("uri > ?", sel.After)
	if sel.Source != "" {
		w.add("source = ?", sel.Source)
	}
	ds, err := collect(ctx, s.read, func(rows *sql.Rows) (store.DatedDocument, error) { return scanDated(rows) },
		"SELECT "+documentColumns+", created_at FROM document WHERE "+w.text()+" ORDER BY uri LIMIT ?", append(w.args, sel.Limit)...)
	return ds, failed("list changes", err)
}

func scanDated(rows *sql.Rows, more ...any) (d store.DatedDocument, err error) {
	var created sql.NullInt64
	d.Document, err = scanDocument(rows, append([]any{&created}, more...)...)
	d.Created = timeOf(created)
	return d, err
}

// Revisions reads a document and its former texts.
func (s *Store) Revisions(ctx context.Context, id string) (*store.DatedDocument, []store.Revision, error) {
	tx, err := s.read.BeginTx(ctx, nil) // both as of one moment
	if err != nil {
		return nil, nil, failed("read history", err)
	}
	defer func() { _ = tx.Rollback() }()
	var n int64
	var md string
	ds, err := collect(ctx, tx, func(rows *sql.Rows) (store.DatedDocument, error) { return scanDated(rows, &md, &n) },
		"SELECT "+documentColumns+", created_at, markdown, n FROM document WHERE id = ?", id)
	if err == nil && len(ds) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, nil, failed("read history", err)
	}
	ds[0].Markdown = md
	rs, err := revisions(ctx, tx, n)
	return &ds[0], rs, failed("read history", err)
}

func revisions(ctx context.Context, q querier, document int64) ([]store.Revision, error) {
	return collect(ctx, q, func(rows *sql.Rows) (r store.Revision, err error) {
		var until, gone sql.NullInt64
		err = rows.Scan(&until, &gone, &r.Title, &r.ContentHash, &r.Data)
		r.Until, r.GoneAt = timeOf(until), timeOrNone(gone)
		return r, err
	}, "SELECT until, gone_at, title, content_hash, data FROM revision WHERE document = ? ORDER BY n DESC", document)
}

// beyondBounds selects revisions that a source has no room for.
const beyondBounds = `SELECT n FROM (SELECT r.n, d.source, sum(length(r.data) + ?1) OVER (PARTITION BY d.source ORDER BY r.until DESC, r.n DESC) AS used
		FROM revision r JOIN document d ON d.n = r.document) r
	JOIN (SELECT source, max(?2, sum(length(markdown))) AS room FROM document WHERE deleted_at IS NULL GROUP BY source) s ON s.source = r.source
	WHERE used > room`

// pruneHistory removes what is beyond the bounds.
func pruneHistory(ctx context.Context, tx *change) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM revision WHERE until < ?", micros(time.Now().Add(-store.HistoryAge))); err != nil {
		return err
	}
	var size int64
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(sum(length(data) + ?), 0) FROM revision", store.HistoryRow).Scan(&size); err != nil || size <= store.HistoryFloor {
		return err
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM revision WHERE n IN ("+beyondBounds+")", store.HistoryRow, store.HistoryFloor)
	return err
}
