package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"

	"github.com/jackc/pgx/v5"
)

// Upsert stores a batch in one transaction. Where a document cannot be stored,
// the others are stored one by one.
func (s *Store) Upsert(ctx context.Context, docs []store.DocumentWrite) ([]store.UpsertResult, error) {
	defer s.upkeep.call()
	out, err := s.upsert(ctx, docs)
	if err == nil || len(docs) == 1 || !badData(err) {
		if err != nil && badData(err) {
			return []store.UpsertResult{{Err: fmt.Errorf("store document %s: %w", docs[0].URI, err)}}, nil
		}
		return out, err
	}
	out = nil
	for i := range docs {
		r, err := s.Upsert(ctx, docs[i:i+1])
		if err != nil {
			return nil, err
		}
		out = append(out, r...)
	}
	return out, nil
}

func (s *Store) upsert(ctx context.Context, docs []store.DocumentWrite) (out []store.UpsertResult, err error) {
	cut := make([][]store.Passage, len(docs)) // by document; a repeated transaction does not cut again
	passages := func(i int) []store.Passage {
		if cut[i] == nil {
			cut[i] = append([]store.Passage{}, docs[i].Passages()...)
		}
		return cut[i]
	}
	err = s.inTx(ctx, "upsert documents", func(tx pgx.Tx) error {
		out = make([]store.UpsertResult, len(docs))
		for _, round := range rounds(docs) {
			if err := upsertRound(ctx, tx, docs, round, passages, out); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// rounds splits a batch so that no URI is twice in one round, and orders rounds
// by URI, which keeps transactions from waiting for each other in a circle.
func rounds(docs []store.DocumentWrite) [][]int {
	var out [][]int
	seen := map[string]int{}
	for i, d := range docs {
		n := seen[d.URI]
		seen[d.URI]++
		if n == len(out) {
			out = append(out, nil)
		}
		out[n] = append(out[n], i)
	}
	for _, r := range out {
		slices.SortFunc(r, func(a, b int) int { return strings.Compare(docs[a].URI, docs[b].URI) })
	}
	return out
}

// upsertRound stores the documents docs[i], i of round, and their results.
func upsertRound(ctx context.Context, tx pgx.Tx, docs []store.DocumentWrite, round []int, passages func(int) []store.Passage, out []store.UpsertResult) error {
	have, err := lockDocuments(ctx, tx, docs, round)
	if err != nil {
		return err
	}
	var w passageWriter
	var batch pgx.Batch
	if err := revise(ctx, tx, docs, round, have); err != nil {
		return err
	}
	for _, i := range slices.Sorted(slices.Values(round)) { // units grow in the order of the batch
		d, h := docs[i], have[knowledge.DocumentID(docs[i].URI)]
		out[i] = store.UpsertResult{Outcome: knowledge.OutcomeChanged, Chunks: h.chunks}
		switch {
		case h.created:
			out[i].Outcome = knowledge.OutcomeNew
		case h.fingerprint == d.Fingerprint && !h.deleted:
			out[i].Outcome = knowledge.OutcomeUnchanged
		}
		if d.Superseded(h.fingerprint, !h.created && !h.deleted) {
			if h.created { // it was deleted since
				batch.Queue("DELETE FROM document WHERE n = $1", h.n)
			}
			out[i].Outcome = knowledge.OutcomeUnchanged
			continue
		}
		if out[i].Outcome != knowledge.OutcomeUnchanged {
			now := passages(i)
			out[i].Chunks = len(now)
			w.docs = append(w.docs, newPassages{document: h.n, created: h.created, passages: now})
		}
		queueDocument(&batch, h.n, d, out[i].Chunks)
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return err
	}
	return w.write(ctx, tx)
}

// lockedDocument is the row of a document that is about to be written.
type lockedDocument struct {
	n           int64
	created     bool // by this transaction
	fingerprint string
	hash        string
	deleted     bool
	chunks      int
}

// lockDocuments makes rows for new documents and locks all, by ID.
func lockDocuments(ctx context.Context, tx pgx.Tx, docs []store.DocumentWrite, round []int) (map[string]lockedDocument, error) {
	var ids, uris []string
	for _, i := range round {
		ids, uris = append(ids, knowledge.DocumentID(docs[i].URI)), append(uris, clean(docs[i].URI))
	}
	// upsert: one entry of index document_id_key for each document.
	made, err := collect(ctx, tx, pgx.RowTo[string], `
		INSERT INTO document (id, uri, source, title, markdown, content_hash, fingerprint, language, etag, last_modified, tags, meta, chunks, created_at)
		SELECT id, uri, '', '', '', '', '', '', '', '', '{}', '{}', 0, $3 FROM unnest($1::text[], $2::text[]) WITH ORDINALITY t (id, uri, nr) ORDER BY nr
		ON CONFLICT (id) DO NOTHING RETURNING id`, ids, uris, stored(time.Now()))
	if err != nil {
		return nil, err
	}
	type row struct {
		id string
		lockedDocument
	}
	// upsert: index document_id_key; locked in the order of URIs.
	rows, err := collect(ctx, tx, func(r pgx.CollectableRow) (d row, err error) {
		return d, r.Scan(&d.id, &d.n, &d.fingerprint, &d.hash, &d.deleted, &d.chunks)
	}, `SELECT id, n, fingerprint, content_hash, deleted_at IS NOT NULL, chunks FROM document WHERE id = ANY($1) ORDER BY uri FOR UPDATE`, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]lockedDocument, len(rows))
	for _, r := range rows {
		r.created = slices.Contains(made, r.id)
		out[r.id] = r.lockedDocument
	}
	if len(out) != len(ids) {
		return nil, errors.New("a document was deleted meanwhile")
	}
	return out, nil
}

// queueDocument writes the row of a document, live.
func queueDocument(b *pgx.Batch, n int64, d store.DocumentWrite, chunks int) {
	// upsert, import: primary key of document.
	b.Queue(`UPDATE document SET source = $2, title = $3, markdown = $4, content_hash = $5, fingerprint = $6, language = $7, etag = $8,
			last_modified = $9, fetched_at = $10, published_at = $11, tags = $12, meta = $13, chunks = $14, deleted_at = $15
		WHERE n = $1`,
		n, clean(d.Source), clean(d.Title), clean(d.Markdown), d.ContentHash, d.Fingerprint, clean(d.Language), clean(d.ETag),
		clean(d.LastModified), stored(d.FetchedAt), stored(d.PublishedAt), cleanAll(d.Tags), clean(toJSON(d.Meta)), chunks, d.DeletedAt)
}

const documentColumns = `uri, source, title, content_hash, language, etag, last_modified, fetched_at, published_at, tags, meta, deleted_at, chunks`

func scanDocument(row pgx.CollectableRow, more ...any) (d knowledge.Document, err error) {
	var fetched, published, deleted *time.Time
	err = row.Scan(append([]any{&d.URI, &d.Source, &d.Title, &d.ContentHash, &d.Language, &d.ETag, &d.LastModified,
		&fetched, &published, &d.Tags, &d.Meta, &deleted, &d.Chunks}, more...)...)
	d.FetchedAt, d.PublishedAt, d.Tags = timeOf(fetched), timeOf(published), none(d.Tags)
	if deleted != nil {
		t := timeOf(deleted)
		d.DeletedAt = &t
	}
	return d, err
}

// Document returns one document.
func (s *Store) Document(ctx context.Context, id string) (*knowledge.Document, error) {
	var md string
	// Document: index document_id_key.
	ds, err := collect(ctx, s.pool, func(row pgx.CollectableRow) (knowledge.Document, error) { return scanDocument(row, &md) },
		"SELECT "+documentColumns+", markdown FROM document WHERE id = $1", clean(id))
	if err == nil && len(ds) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, failed("read document", err)
	}
	ds[0].Markdown = md
	return &ds[0], nil
}

// ListDocuments lists documents in order of their URIs.
func (s *Store) ListDocuments(ctx context.Context, sel knowledge.ListDocuments) (*knowledge.DocumentList, error) {
	limit := sel.Limit
	if limit <= 0 {
		limit = 100
	}
	var w where
	after := clean(max(sel.After, sel.Prefix)) // what sorts before the prefix does not begin with it
	w.add("left(uri, 600) >= left(?, 600)", after)
	if sel.After != "" {
		w.add("uri > ?", clean(sel.After))
	}
	if sel.Deleted {
		w.add("deleted_at IS NOT NULL")
	} else {
		w.add("deleted_at IS NULL")
	}
	if sel.Source != "" {
		w.add("source = ?", clean(sel.Source))
	}
	if sel.Prefix != "" {
		w.add("starts_with(uri, ?)", clean(sel.Prefix))
	}
	// ListDocuments: index document_source or document_uri, whose order is completed by an incremental sort.
	ds, err := collect(ctx, s.pool, func(row pgx.CollectableRow) (knowledge.Document, error) { return scanDocument(row) },
		"SELECT "+documentColumns+" FROM document WHERE "+w.text()+" ORDER BY left(uri, 600), uri LIMIT "+w.arg(limit+1), w.args...)
	if err != nil {
		return nil, failed("list documents", err)
	}
	l := &knowledge.DocumentList{Documents: ds}
	if len(ds) > limit {
		l.Documents, l.Next = ds[:limit], ds[limit-1].URI
	}
	return l, nil
}

// Outdated finds documents that were cut otherwise.
func (s *Store) Outdated(ctx context.Context, prefix string, limit int) ([]store.DocumentWrite, error) {
	// Outdated: a scan of document, once a night.
	ds, err := collect(ctx, s.pool, func(row pgx.CollectableRow) (d store.DocumentWrite, err error) {
		var md, fingerprint string
		d.Document, err = scanDocument(row, &md, &fingerprint)
		d.Markdown, d.Replaces = md, &fingerprint
		return d, err
	}, "SELECT "+documentColumns+", markdown, fingerprint FROM document WHERE deleted_at IS NULL AND NOT starts_with(fingerprint, $1) LIMIT $2", clean(prefix), limit)
	return ds, failed("find outdated documents", err)
}

// Tombstone marks a document as deleted.
func (s *Store) Tombstone(ctx context.Context, id string) error {
	defer s.upkeep.call()
	return s.inTx(ctx, "delete document", func(tx pgx.Tx) error {
		var n int64
		var deleted bool
		// Tombstone: index document_id_key.
		err := tx.QueryRow(ctx, "SELECT n, deleted_at IS NOT NULL FROM document WHERE id = $1 FOR UPDATE", clean(id)).Scan(&n, &deleted)
		if err != nil || deleted {
			return err
		}
		// Tombstone: index chunk_document.
		units, err := collect(ctx, tx, pgx.RowTo[int64], "SELECT unit FROM chunk WHERE document = $1", n)
		if err != nil {
			return err
		}
		if err := deleteUnits(ctx, tx, documents, units); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE document SET deleted_at = now(), chunks = 0 WHERE n = $1", n)
		return err
	})
}
