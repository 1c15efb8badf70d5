package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// Upsert stores a batch in one transaction with a savepoint for each document.
func (s *Store) Upsert(ctx context.Context, docs []store.DocumentWrite) ([]store.UpsertResult, error) {
	out := make([]store.UpsertResult, len(docs))
	err := s.inTx(ctx, "upsert documents", func(tx *change) error {
		for i, d := range docs {
			done := len(tx.effects)
			if _, err := tx.ExecContext(ctx, "SAVEPOINT doc"); err != nil {
				return err
			}
			r, err := s.upsertDocument(ctx, tx, d)
			if err != nil {
				if _, rerr := tx.ExecContext(ctx, "ROLLBACK TO doc"); rerr != nil || full(err) {
					return err // a full disk may have undone the whole transaction, and has no space for the others
				}
				tx.effects = tx.effects[:done]
				r = store.UpsertResult{Err: fmt.Errorf("store document %s: %w", d.URI, err)}
			}
			out[i] = r
			if _, err := tx.ExecContext(ctx, "RELEASE doc"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Store) upsertDocument(ctx context.Context, tx *change, d store.DocumentWrite) (r store.UpsertResult, err error) {
	var (
		n                 int64
		fingerprint, hash string
		deleted           sql.NullInt64
	)
	r.Outcome = knowledge.OutcomeChanged
	err = tx.QueryRowContext(ctx, "SELECT n, fingerprint, content_hash, deleted_at, chunks FROM document WHERE uri = ?", d.URI).
		Scan(&n, &fingerprint, &hash, &deleted, &r.Chunks)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		r.Outcome = knowledge.OutcomeNew
	case err != nil:
		return r, err
	case fingerprint == d.Fingerprint && !deleted.Valid:
		r.Outcome = knowledge.OutcomeUnchanged
	}
	if d.Superseded(fingerprint, n != 0 && !deleted.Valid) {
		r.Outcome = knowledge.OutcomeUnchanged
		return r, nil
	}
	if n != 0 && (hash != d.ContentHash || deleted.Valid) {
		if err := revise(ctx, tx, n, d.Markdown); err != nil {
			return r, err
		}
	}
	if n, err = putDocument(ctx, tx, d); err != nil || r.Outcome == knowledge.OutcomeUnchanged {
		return r, err
	}
	now := d.Passages()
	r.Chunks = len(now)
	return r, s.replacePassages(ctx, tx, n, now)
}

// Outdated finds documents that were cut otherwise.
func (s *Store) Outdated(ctx context.Context, prefix string, limit int) ([]store.DocumentWrite, error) {
	ds, err := collect(ctx, s.read, func(rows *sql.Rows) (d store.DocumentWrite, err error) {
		var md, fingerprint string
		d.Document, err = scanDocument(rows, &md, &fingerprint)
		d.Markdown, d.Replaces = md, &fingerprint
		return d, err
	}, "SELECT "+documentColumns+", markdown, fingerprint FROM document WHERE deleted_at IS NULL AND substr(fingerprint, 1, length(?1)) <> ?1 LIMIT ?2", prefix, limit)
	return ds, failed("find outdated documents", err)
}

// putDocument writes the row of a document, live, and returns its number.
func putDocument(ctx context.Context, tx *change, d store.DocumentWrite) (n int64, err error) {
	return n, tx.QueryRowContext(ctx, `
		INSERT INTO document (id, uri, source, title, markdown, content_hash, fingerprint, language, etag, last_modified,
			fetched_at, published_at, tags, meta, chunks, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 0, ?15)
		ON CONFLICT (uri) DO UPDATE SET source = ?3, title = ?4, markdown = ?5, content_hash = ?6, fingerprint = ?7,
			language = ?8, etag = ?9, last_modified = ?10, fetched_at = ?11, published_at = ?12, tags = ?13, meta = ?14,
			deleted_at = NULL
		RETURNING n`,
		knowledge.DocumentID(d.URI), d.URI, d.Source, d.Title, d.Markdown, d.ContentHash, d.Fingerprint, d.Language, d.ETag,
		d.LastModified, micros(d.FetchedAt), micros(d.PublishedAt), toJSON(d.Tags), toJSON(d.Meta), micros(time.Now())).Scan(&n)
}

// replacePassages makes the passages of a document those given.
func (s *Store) replacePassages(ctx context.Context, tx *change, document int64, now []store.Passage) error {
	stored, err := collect(ctx, tx, func(rows *sql.Rows) (x store.Indexed, err error) {
		return x, rows.Scan(&x.Unit, &x.Hash, &x.Terms)
	}, "SELECT c.unit, c.hash, coalesce(t.terms, '') FROM chunk c LEFT JOIN chunk_terms t ON t.rowid = c.unit WHERE c.document = ? ORDER BY c.ordinal", document)
	if err != nil {
		return err
	}
	kept, added, gone := store.Diff(stored, now)
	if err := s.deleteChunks(ctx, tx, gone); err != nil {
		return err
	}
	for _, k := range kept {
		p := now[k.Ordinal]
		if _, err := tx.ExecContext(ctx, "UPDATE chunk SET ordinal = ?, anchor = ? WHERE unit = ?", k.Ordinal, p.Anchor, k.Unit); err != nil {
			return err
		}
		if k.Moves {
			if err := s.moveUnit(ctx, tx, store.DocumentCorpus, k.Unit, k.Terms, joinTerms(p.Terms)); err != nil {
				return err
			}
		}
	}
	for _, i := range added {
		if err := s.insertChunk(ctx, tx, sql.NullInt64{}, document, i, now[i]); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, "UPDATE document SET chunks = ? WHERE n = ?", len(now), document)
	return err
}

// insertChunk adds a passage; without a unit it is given the next one.
func (s *Store) insertChunk(ctx context.Context, tx *change, unit sql.NullInt64, document int64, ordinal int, p store.Passage) error {
	r, err := tx.ExecContext(ctx, `INSERT INTO chunk (unit, document, ordinal, hash, headings, anchor, text, tokens)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, unit, document, ordinal, p.Hash, toJSON(p.Headings), p.Anchor, p.Text, p.Tokens)
	if err != nil {
		return err
	}
	id, err := r.LastInsertId()
	if err != nil {
		return err
	}
	joined := joinTerms(p.Terms)
	tx.onCommit(func() { s.terms[0].add(id, joined) })
	_, err = tx.ExecContext(ctx, "INSERT INTO chunk_terms (rowid, terms) VALUES (?, ?)", id, joined)
	return err
}

// joinTerms is the stored form of terms.
func joinTerms(terms []string) string { return strings.Join(terms, " ") }

// deleteChunks removes passages with their index entries and vectors.
func (s *Store) deleteChunks(ctx context.Context, tx *change, units []int64) error {
	return s.deleteUnits(ctx, tx, store.DocumentCorpus, units)
}

func (s *Store) deleteUnits(ctx context.Context, tx *change, c store.Corpus, units []int64) error {
	table, index := unitTable(c)
	n := corpusNumber(c)
	for _, u := range units {
		var joined string
		err := tx.QueryRowContext(ctx, "SELECT terms FROM "+index+" WHERE rowid = ?", u).Scan(&joined)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		tx.onCommit(func() { s.terms[n].remove(u, joined) })
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+index+" WHERE rowid = ?", u); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM vector WHERE space IN (SELECT n FROM space) AND corpus = ? AND unit = ?", n, u); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE unit = ?", u); err != nil {
			return err
		}
	}
	tx.onCommit(func() { s.dense.remove(n, units) })
	return nil
}

const documentColumns = `uri, source, title, content_hash, language, etag, last_modified, fetched_at, published_at, tags, meta, deleted_at, chunks`

func scanDocument(rows *sql.Rows, more ...any) (d knowledge.Document, err error) {
	var (
		fetched, published, deleted sql.NullInt64
		tags, meta                  string
	)
	err = rows.Scan(append([]any{&d.URI, &d.Source, &d.Title, &d.ContentHash, &d.Language, &d.ETag, &d.LastModified,
		&fetched, &published, &tags, &meta, &deleted, &d.Chunks}, more...)...)
	if err != nil {
		return d, err
	}
	d.FetchedAt, d.PublishedAt = timeOf(fetched), timeOf(published)
	if deleted.Valid {
		t := timeOf(deleted)
		d.DeletedAt = &t
	}
	if err := json.Unmarshal([]byte(tags), &d.Tags); err != nil {
		return d, fmt.Errorf("decode tags: %w", err)
	}
	if err := json.Unmarshal([]byte(meta), &d.Meta); err != nil {
		return d, fmt.Errorf("decode meta: %w", err)
	}
	return d, nil
}

// Document returns one document.
func (s *Store) Document(ctx context.Context, id string) (*knowledge.Document, error) {
	var md string
	ds, err := collect(ctx, s.read, func(rows *sql.Rows) (knowledge.Document, error) { return scanDocument(rows, &md) },
		"SELECT "+documentColumns+", markdown FROM document WHERE id = ?", id)
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
	w.add("uri > ?", sel.After)
	if sel.Deleted {
		w.add("deleted_at IS NOT NULL")
	} else {
		w.add("deleted_at IS NULL")
	}
	if sel.Source != "" {
		w.add("source = ?", sel.Source)
	}
	if sel.Prefix != "" {
		w.add("substr(uri, 1, length(?)) = ?", sel.Prefix, sel.Prefix)
		w.add("uri >= ?", sel.Prefix)
	}
	ds, err := collect(ctx, s.read, func(rows *sql.Rows) (knowledge.Document, error) { return scanDocument(rows) },
		"SELECT "+documentColumns+" FROM document WHERE "+w.text()+" ORDER BY uri LIMIT ?", append(w.args, limit+1)...)
	if err != nil {
		return nil, failed("list documents", err)
	}
	l := &knowledge.DocumentList{Documents: ds}
	if len(ds) > limit {
		l.Documents, l.Next = ds[:limit], ds[limit-1].URI
	}
	return l, nil
}

// Tombstone marks a document as deleted.
func (s *Store) Tombstone(ctx context.Context, id string) error {
	return s.inTx(ctx, "delete document", func(tx *change) error {
		var n int64
		var deleted sql.NullInt64
		if err := tx.QueryRowContext(ctx, "SELECT n, deleted_at FROM document WHERE id = ?", id).Scan(&n, &deleted); err != nil {
			return err
		}
		if deleted.Valid {
			return nil
		}
		units, err := collect(ctx, tx, scanOne[int64], "SELECT unit FROM chunk WHERE document = ?", n)
		if err != nil {
			return err
		}
		if err := s.deleteChunks(ctx, tx, units); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE document SET deleted_at = ?, chunks = 0 WHERE n = ?", micros(time.Now()), n)
		return err
	})
}

const passageColumns = `c.unit, d.id, d.uri, d.source, d.title, coalesce(json_extract(d.meta, '$.version'), ''), c.ordinal, c.headings, c.anchor, c.text, c.tokens,
	d.language, d.fetched_at, d.published_at
	FROM chunk c JOIN document d ON d.n = c.document `

func scanPassage(rows *sql.Rows) (p store.StoredPassage, err error) {
	var headings string
	var fetched, published sql.NullInt64
	err = rows.Scan(&p.Unit, &p.DocumentID, &p.URI, &p.Source, &p.Title, &p.Version, &p.Ordinal, &headings, &p.Anchor, &p.Text, &p.Tokens,
		&p.Language, &fetched, &published)
	p.Fetched, p.Published = timeOrNone(fetched), timeOrNone(published)
	if err == nil {
		err = json.Unmarshal([]byte(headings), &p.Headings)
	}
	return p, err
}

// Passages returns passages in the order of units.
func (s *Store) Passages(ctx context.Context, units []int64) ([]store.StoredPassage, error) {
	ps, err := collect(ctx, s.read, scanPassage, "SELECT "+passageColumns+"WHERE c.unit IN (SELECT value FROM json_each(?))", toJSON(units))
	if err != nil {
		return nil, failed("read passages", err)
	}
	return inOrder(units, ps, func(p store.StoredPassage) int64 { return p.Unit }), nil
}

// DocumentsOf returns the documents of units.
func (s *Store) DocumentsOf(ctx context.Context, units []int64) (map[int64]int64, error) {
	out := make(map[int64]int64, len(units))
	_, err := collect(ctx, s.read, func(rows *sql.Rows) (none struct{}, err error) {
		var unit, document int64
		err = rows.Scan(&unit, &document)
		out[unit] = document
		return none, err
	}, "SELECT unit, document FROM chunk WHERE unit IN (SELECT value FROM json_each(?))", toJSON(units))
	return out, failed("read documents of units", err)
}

// Around returns a stretch of a document.
func (s *Store) Around(ctx context.Context, documentID string, first, last int) ([]store.StoredPassage, error) {
	ps, err := collect(ctx, s.read, scanPassage,
		"SELECT "+passageColumns+"WHERE d.id = ? AND c.ordinal BETWEEN ? AND ? ORDER BY c.ordinal", documentID, first, last)
	return ps, failed("read passages", err)
}

// inOrder sorts what was found into the order of units.
func inOrder[T any](units []int64, found []T, unit func(T) int64) []T {
	at := make(map[int64]int, len(found))
	for i, v := range found {
		at[unit(v)] = i
	}
	out := make([]T, 0, len(found))
	for _, u := range units {
		if i, ok := at[u]; ok {
			out = append(out, found[i])
		}
	}
	return out
}
