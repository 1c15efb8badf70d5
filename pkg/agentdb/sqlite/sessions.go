package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"

	"modernc.org/sqlite"
)

// Commit stores changes to sessions. The one write connection orders commits,
// and with them the numbers of their events.
func (s *Store) Commit(ctx context.Context, in knowledge.Commit) (*knowledge.Committed, error) {
	out := &knowledge.Committed{Seqs: []int64{}}
	err := s.inTx(ctx, "commit", func(tx *change) error {
		var seqs string
		err := tx.QueryRowContext(ctx, "SELECT seqs FROM commit_key WHERE key = ?", in.Key).Scan(&seqs)
		if err == nil {
			return json.Unmarshal([]byte(seqs), &out.Seqs)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err := applyCommit(ctx, tx, in); err != nil {
			return err
		}
		for _, e := range in.Events {
			seq, err := insertEvent(ctx, tx, sql.NullInt64{}, e)
			if err != nil {
				return err
			}
			out.Seqs = append(out.Seqs, seq)
		}
		return insertCommitKey(ctx, tx, store.CommitKey{Key: in.Key, Seqs: out.Seqs, Created: time.Now()})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func applyCommit(ctx context.Context, tx *change, in knowledge.Commit) error {
	for _, x := range in.Sessions {
		if err := putSession(ctx, tx, x); err != nil {
			return err
		}
	}
	for _, m := range in.Messages {
		if err := putMessage(ctx, tx, m); err != nil {
			return err
		}
	}
	for _, p := range in.Parts {
		if err := putPart(ctx, tx, p); err != nil {
			return err
		}
	}
	for _, id := range in.DeleteMessages {
		if _, err := tx.ExecContext(ctx, "DELETE FROM message WHERE id = ?", id); err != nil {
			return err
		}
	}
	for _, id := range in.DeleteParts {
		if _, err := tx.ExecContext(ctx, "DELETE FROM part WHERE id = ?", id); err != nil {
			return err
		}
	}
	for _, id := range in.DeleteSessions {
		for _, q := range []string{"DELETE FROM session WHERE id = ?", "DELETE FROM event WHERE session = ?"} {
			if _, err := tx.ExecContext(ctx, q, id); err != nil {
				return err
			}
		}
	}
	return nil
}

func putSession(ctx context.Context, tx *change, x knowledge.Session) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO session (id, parent, title, created, updated, data, owner, pinned, deleted_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO UPDATE SET
			parent = ?2, title = ?3, created = ?4, updated = ?5, data = ?6, owner = ?7, pinned = ?8, deleted_at = ?9`,
		x.ID, x.ParentID, x.Title, micros(orNow(x.Created)), micros(orNow(x.Updated)), raw(x.Data), x.Owner, x.Pinned, microsOrNone(x.Deleted))
	return err
}

// putMessage stores a message, or nothing where its session is gone or another
// session has a message with this ID.
func putMessage(ctx context.Context, tx *change, m knowledge.Message) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO message (id, session, role, status, created, updated, data)
		SELECT ?1, id, ?3, ?4, ?5, ?6, ?7 FROM session WHERE id = ?2
		ON CONFLICT (id) DO UPDATE SET role = ?3, status = ?4, created = ?5, updated = ?6, data = ?7 WHERE session = ?2`,
		m.ID, m.SessionID, m.Role, m.Status, micros(orNow(m.Created)), micros(orNow(m.Updated)), raw(m.Data))
	if err != nil {
		return err
	}
	for _, p := range m.Parts {
		p.MessageID, p.SessionID = m.ID, m.SessionID
		if err := putPart(ctx, tx, p); err != nil {
			return err
		}
	}
	return nil
}

// putPart stores a part, or nothing where its message is gone or another one has
// a part with this ID.
func putPart(ctx context.Context, tx *change, p knowledge.Part) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO part (id, message, data) SELECT ?1, id, ?3 FROM message WHERE id = ?2 AND ?4 IN ('', session)
		ON CONFLICT (id) DO UPDATE SET data = ?3 WHERE message = ?2`, p.ID, p.MessageID, string(p.Data), p.SessionID)
	return err
}

func insertEvent(ctx context.Context, tx *change, seq sql.NullInt64, e knowledge.Event) (n int64, err error) {
	return n, tx.QueryRowContext(ctx, "INSERT INTO event (seq, session, type, data, created, owner) VALUES (?, ?, ?, ?, ?, ?) RETURNING seq",
		seq, e.SessionID, e.Type, string(e.Data), micros(orNow(e.Created)), e.Owner).Scan(&n)
}

func insertCommitKey(ctx context.Context, tx *change, k store.CommitKey) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO commit_key (key, seqs, created) VALUES (?, ?, ?)", k.Key, toJSON(k.Seqs), micros(k.Created))
	return err
}

const (
	sessionFields  = "id, parent, title, created, updated, data, owner, pinned, deleted_at"
	sessionColumns = sessionFields + " FROM session "
)

func scanSession(rows *sql.Rows) (x knowledge.Session, err error) { return x, scanSessionAnd(rows, &x) }

// scanSessionAnd reads a session, and what was selected with it.
func scanSessionAnd(rows *sql.Rows, x *knowledge.Session, more ...any) error {
	var created, updated, deleted sql.NullInt64
	var data sql.NullString
	err := rows.Scan(append([]any{&x.ID, &x.ParentID, &x.Title, &created, &updated, &data, &x.Owner, &x.Pinned, &deleted}, more...)...)
	x.Created, x.Updated, x.Deleted, x.Data = timeOf(created), timeOf(updated), timeOrNone(deleted), rawOf(data)
	return err
}

// Session returns one session.
func (s *Store) Session(ctx context.Context, id string) (*knowledge.Session, error) {
	w := where{conds: []string{"id = ?"}, args: []any{id}}
	w.visible(ctx, ownSession)
	xs, err := collect(ctx, s.read, scanSession, "SELECT "+sessionColumns+"WHERE "+w.text(), w.args...)
	if err == nil && len(xs) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, failed("read session", err)
	}
	return &xs[0], nil
}

// ListSessions lists sessions, newest first.
func (s *Store) ListSessions(ctx context.Context, sel knowledge.ListSessions) ([]knowledge.Session, error) {
	limit := sel.Limit
	if limit <= 0 {
		limit = 100
	}
	var w where
	w.visible(ctx, ownSession)
	if sel.Parent != "*" {
		w.add("parent = ?", sel.Parent)
	}
	if sel.Search != "" {
		w.add("instr(lower(title), lower(?)) > 0", sel.Search)
	}
	w.before(sel.Before, sel.BeforeID)
	if sel.Pinned != nil {
		w.add("pinned = ?", *sel.Pinned)
	}
	w.add("(deleted_at IS NOT NULL) = ?", sel.Deleted)
	xs, err := collect(ctx, s.read, scanSession, "SELECT "+sessionColumns+"WHERE "+w.text()+" ORDER BY updated DESC, id LIMIT ?", append(w.args, limit)...)
	return xs, failed("list sessions", err)
}

// fold is lower() for every script, which SQLite's is not.
func init() {
	sqlite.MustRegisterDeterministicScalarFunction("fold", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		s, _ := args[0].(string)
		return strings.ToLower(s), nil
	})
}

// before goes on in a listing of sessions.
func (w *where) before(at time.Time, id string) {
	switch {
	case at.IsZero():
	case id == "":
		w.add("updated < ?", micros(at))
	default:
		w.add("(updated < ? OR updated = ? AND id > ?)", micros(at), micros(at), id)
	}
}

// SearchSessions finds sessions by their titles and by what was said in them.
func (s *Store) SearchSessions(ctx context.Context, sel knowledge.SearchSessions) ([]knowledge.FoundSession, error) {
	if len(sel.Words) == 0 {
		return nil, nil
	}
	var in, w where // parts that have the words, and sessions
	if store.IndexedWords(sel.Words) {
		match := make([]string, len(sel.Words))
		for i, x := range sel.Words {
			match[i] = quoted(x) + "*"
		}
		in.add("t.n IN (SELECT rowid FROM said_words WHERE said_words MATCH ?)", strings.Join(match, " "))
	}
	w.visible(ctx, ownSession)
	w.add("parent = ''")
	w.add("deleted_at IS NULL")
	w.before(sel.Before, sel.BeforeID)
	title := make([]string, len(sel.Words))
	for i, x := range sel.Words {
		title[i] = "instr(fold(title), ?) > 0"
		w.args = append(w.args, x)
		if !store.IndexedWords(sel.Words) {
			in.add("instr(fold(t.text), ?) > 0", x)
		}
	}
	limit := sel.Limit
	if limit <= 0 {
		limit = 100
	}
	in.visible(ctx, ownMessage)
	query := `WITH hit AS (SELECT m.session, m.id AS message, t.text, row_number() OVER (PARTITION BY m.session ORDER BY m.created DESC, m.id DESC) AS nr
			FROM said t JOIN part p ON p.id = t.part JOIN message m ON m.id = p.message WHERE ` + in.text() + `)
		SELECT ` + sessionFields + `, coalesce(hit.message, ''), coalesce(hit.text, '')
			FROM session LEFT JOIN hit ON hit.session = session.id AND hit.nr = 1
			WHERE ` + w.text() + ` AND (hit.message IS NOT NULL OR ` + strings.Join(title, " AND ") + `)
			ORDER BY updated DESC, session.id LIMIT ?`
	xs, err := collect(ctx, s.read, func(rows *sql.Rows) (x knowledge.FoundSession, err error) {
		var text string
		err = scanSessionAnd(rows, &x.Session, &x.MessageID, &text)
		x.Excerpt = store.Excerpt(text, sel.Words)
		return x, err
	}, query, append(append(in.args, w.args...), limit)...)
	return xs, failed("search sessions", err)
}

// Messages returns messages with their parts.
func (s *Store) Messages(ctx context.Context, sel store.ListMessages) ([]knowledge.Message, error) {
	var w where
	if sel.ID != "" {
		w.add("m.id = ?", sel.ID)
	}
	if sel.Session != "" {
		w.add("m.session = ?", sel.Session)
	}
	w.visible(ctx, ownMessage)
	if sel.Status != "" {
		w.add("m.status = ?", sel.Status)
	}
	if !sel.Since.IsZero() {
		w.add("m.created >= ?", micros(sel.Since))
	}
	limit := -1
	if sel.Limit > 0 {
		limit = sel.Limit
	}
	return messages(ctx, s.read, w, limit, sel.Bare)
}

// messages reads them from a pool or from a snapshot.
func messages(ctx context.Context, q querier, w where, limit int, bare bool) ([]knowledge.Message, error) {
	args := append(w.args, limit)
	sel := " FROM message m WHERE " + w.text() + " ORDER BY m.created, m.id LIMIT ?"
	ms, err := collect(ctx, q, func(rows *sql.Rows) (m knowledge.Message, err error) {
		var created, updated sql.NullInt64
		var data sql.NullString
		err = rows.Scan(&m.ID, &m.SessionID, &m.Role, &m.Status, &created, &updated, &data)
		m.Created, m.Updated, m.Data = timeOf(created), timeOf(updated), rawOf(data)
		return m, err
	}, "SELECT m.id, m.session, m.role, m.status, m.created, m.updated, m.data"+sel, args...)
	if err != nil || bare {
		return ms, failed("list messages", err)
	}
	at := make(map[string]int, len(ms))
	for i, m := range ms {
		at[m.ID] = i
	}
	_, err = collect(ctx, q, func(rows *sql.Rows) (none struct{}, err error) {
		var p knowledge.Part
		var data string
		if err := rows.Scan(&p.ID, &p.MessageID, &data); err != nil {
			return none, err
		}
		if i, ok := at[p.MessageID]; ok {
			p.SessionID, p.Data = ms[i].SessionID, json.RawMessage(data)
			ms[i].Parts = append(ms[i].Parts, p)
		}
		return none, nil
	}, "SELECT p.id, p.message, p.data FROM part p WHERE p.message IN (SELECT m.id"+sel+") ORDER BY p.id", args...)
	return ms, failed("list parts", err)
}

// Events returns events after a number.
func (s *Store) Events(ctx context.Context, sel knowledge.ListEvents) ([]knowledge.Event, error) {
	limit := sel.Limit
	if limit <= 0 {
		limit = 1000
	}
	w := where{conds: []string{"seq > ?"}, args: []any{sel.After}}
	w.visible(ctx, ownSession)
	if sel.Session != "" {
		w.add("session = ?", sel.Session)
	}
	es, err := collect(ctx, s.read, scanEvent, strings.Join([]string{
		"SELECT seq, session, type, data, created, owner FROM event WHERE", w.text(), "ORDER BY seq LIMIT ?"}, " "), append(w.args, limit)...)
	return es, failed("list events", err)
}

func scanEvent(rows *sql.Rows) (e knowledge.Event, err error) {
	var created sql.NullInt64
	var data string
	err = rows.Scan(&e.Seq, &e.SessionID, &e.Type, &data, &created, &e.Owner)
	e.Data, e.Created = json.RawMessage(data), timeOf(created)
	return e, err
}
