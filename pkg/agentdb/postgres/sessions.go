package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"

	"github.com/jackc/pgx/v5"
)

// Commit stores changes to sessions. The key is inserted first, so that of two
// equal commits the second waits for the first; the events come last, since the
// lock on their counter is what orders commits.
func (s *Store) Commit(ctx context.Context, in knowledge.Commit) (*knowledge.Committed, error) {
	out := &knowledge.Committed{}
	err := s.inTx(ctx, "commit", func(tx pgx.Tx) error {
		out.Seqs = []int64{}
		// Commit: index commit_key_pkey.
		tag, err := tx.Exec(ctx, "INSERT INTO commit_key (key, seqs, created) VALUES ($1, '{}', now()) ON CONFLICT DO NOTHING", clean(in.Key))
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			out.Seqs, err = one[[]int64](ctx, tx, "SELECT seqs FROM commit_key WHERE key = $1", clean(in.Key))
			return err
		}
		var b pgx.Batch
		queueCommit(&b, in)
		if b.Len() > 0 {
			if err := tx.SendBatch(ctx, &b).Close(); err != nil {
				return err
			}
		}
		if len(in.Events) == 0 {
			return nil
		}
		if out.Seqs, err = insertEvents(ctx, tx, in.Events); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE commit_key SET seqs = $2 WHERE key = $1", clean(in.Key), out.Seqs)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func queueCommit(b *pgx.Batch, in knowledge.Commit) {
	for _, x := range in.Sessions {
		queueSession(b, x)
	}
	for _, m := range in.Messages {
		queueMessage(b, m)
	}
	for _, p := range in.Parts {
		queuePart(b, p)
	}
	if len(in.DeleteMessages) > 0 {
		// Commit: index message_pkey; parts go by part_message.
		b.Queue("DELETE FROM message WHERE id = ANY($1)", cleanAll(in.DeleteMessages))
	}
	if len(in.DeleteParts) > 0 {
		// Commit: index part_pkey.
		b.Queue("DELETE FROM part WHERE id = ANY($1)", cleanAll(in.DeleteParts))
	}
	if len(in.DeleteSessions) > 0 {
		// Commit: index session_pkey; messages go by message_session, events by event_session.
		b.Queue("DELETE FROM session WHERE id = ANY($1)", cleanAll(in.DeleteSessions))
		b.Queue("DELETE FROM event WHERE session = ANY($1)", cleanAll(in.DeleteSessions))
	}
}

func queueSession(b *pgx.Batch, x knowledge.Session) {
	b.Queue(`INSERT INTO session (id, parent, title, created, updated, data, owner, pinned, deleted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, title = excluded.title, created = excluded.created, updated = excluded.updated,
			data = excluded.data, owner = excluded.owner, pinned = excluded.pinned, deleted_at = excluded.deleted_at`,
		clean(x.ID), clean(x.ParentID), clean(x.Title), orNow(x.Created), orNow(x.Updated), raw(x.Data), clean(string(x.Owner)), x.Pinned, x.Deleted)
}

// queueMessage stores a message and its parts, or nothing where its session is
// gone or another session has a message with this ID.
func queueMessage(b *pgx.Batch, m knowledge.Message) {
	b.Queue(`INSERT INTO message (id, session, role, status, created, updated, data)
		SELECT $1, id, $3, $4, $5, $6, $7 FROM session WHERE id = $2 FOR KEY SHARE
		ON CONFLICT (id) DO UPDATE SET role = excluded.role, status = excluded.status, created = excluded.created, updated = excluded.updated,
			data = excluded.data WHERE message.session = excluded.session`,
		clean(m.ID), clean(m.SessionID), clean(m.Role), clean(m.Status), orNow(m.Created), orNow(m.Updated), raw(m.Data))
	for _, p := range m.Parts {
		p.MessageID, p.SessionID = m.ID, m.SessionID
		queuePart(b, p)
	}
}

// queuePart stores a part, or nothing where its message is gone or another one
// has a part with this ID.
func queuePart(b *pgx.Batch, p knowledge.Part) {
	b.Queue(`INSERT INTO part (id, message, data) SELECT $1, id, $3 FROM message WHERE id = $2 AND $4 IN ('', session) FOR KEY SHARE
		ON CONFLICT (id) DO UPDATE SET data = excluded.data WHERE part.message = excluded.message`,
		clean(p.ID), clean(p.MessageID), clean(string(p.Data)), clean(p.SessionID))
}

// insertEvents numbers events and stores them. The counter stays locked until
// the commit: whoever sees a number sees all below it.
func insertEvents(ctx context.Context, tx pgx.Tx, es []knowledge.Event) ([]int64, error) {
	// Commit: the one row of event_counter.
	last, err := one[int64](ctx, tx, "UPDATE event_counter SET seq = seq + $1 RETURNING seq", len(es))
	if err != nil {
		return nil, err
	}
	seqs := make([]int64, len(es))
	for i := range es {
		seqs[i] = last - int64(len(es)-1-i)
		es[i].Seq = seqs[i]
	}
	return seqs, copyEvents(ctx, tx, es)
}

func copyEvents(ctx context.Context, tx pgx.Tx, es []knowledge.Event) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"event"}, []string{"seq", "session", "type", "data", "created", "owner"},
		pgx.CopyFromSlice(len(es), func(i int) ([]any, error) {
			e := es[i]
			return []any{e.Seq, clean(e.SessionID), clean(e.Type), clean(string(e.Data)), orNow(e.Created), clean(string(e.Owner))}, nil
		}))
	return err
}

const (
	sessionFields  = "id, parent, title, created, updated, data, owner, pinned, deleted_at"
	sessionColumns = sessionFields + " FROM session "
)

func scanSession(row pgx.CollectableRow) (x knowledge.Session, err error) {
	return x, scanSessionAnd(row, &x)
}

// scanSessionAnd reads a session, and what was selected with it.
func scanSessionAnd(row pgx.CollectableRow, x *knowledge.Session, more ...any) error {
	err := row.Scan(append([]any{&x.ID, &x.ParentID, &x.Title, &x.Created, &x.Updated, &x.Data, &x.Owner, &x.Pinned, &x.Deleted}, more...)...)
	x.Created, x.Updated = x.Created.UTC(), x.Updated.UTC()
	if x.Deleted != nil {
		*x.Deleted = x.Deleted.UTC()
	}
	return err
}

// Session returns one session.
func (s *Store) Session(ctx context.Context, id string) (*knowledge.Session, error) {
	var w where
	w.add("id = ?", clean(id))
	w.visible(ctx, ownSession)
	// Session: primary key.
	xs, err := collect(ctx, s.pool, scanSession, "SELECT "+sessionColumns+"WHERE "+w.text(), w.args...)
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
		w.add("parent = ?", clean(sel.Parent))
	}
	if sel.Search != "" {
		w.add("position(lower(?) IN lower(title)) > 0", clean(sel.Search))
	}
	w.before(sel.Before, sel.BeforeID)
	if sel.Pinned != nil {
		w.add("pinned = ?", *sel.Pinned)
	}
	w.add("(deleted_at IS NOT NULL) = ?", sel.Deleted)
	// ListSessions: index session_parent, or session_updated for all.
	xs, err := collect(ctx, s.pool, scanSession, "SELECT "+sessionColumns+"WHERE "+w.text()+" ORDER BY updated DESC, id LIMIT "+w.arg(limit), w.args...)
	return xs, failed("list sessions", err)
}

// before goes on in a listing of sessions.
func (w *where) before(at time.Time, id string) {
	switch {
	case at.IsZero():
	case id == "":
		w.add("updated < ?", at)
	default:
		w.add("(updated < ? OR updated = ? AND id > ?)", at, at, clean(id))
	}
}

// SearchSessions finds sessions by their titles and by what was said in them.
func (s *Store) SearchSessions(ctx context.Context, sel knowledge.SearchSessions) ([]knowledge.FoundSession, error) {
	if len(sel.Words) == 0 {
		return nil, nil
	}
	var w where
	indexed := store.IndexedWords(sel.Words)
	var in, title, match []string // conditions on parts and on titles
	for _, x := range sel.Words {
		x = clean(x)
		match = append(match, "'"+x+"':*")
		if !indexed {
			in = append(in, "position("+w.arg(x)+" IN lower(p.data->>'text')) > 0 AND p.data->>'type' = 'text'")
		}
		title = append(title, "position("+w.arg(x)+" IN lower(title)) > 0")
	}
	if indexed {
		in = append(in, "p.words @@ "+w.arg(strings.Join(match, " & "))+"::tsquery")
	}
	said := strings.Join(in, " AND ")
	w.visible(ctx, ownSession)
	w.add("parent = ''")
	w.add("deleted_at IS NULL")
	w.before(sel.Before, sel.BeforeID)
	limit := sel.Limit
	if limit <= 0 {
		limit = 100
	}
	// SearchSessions: index part_words, or the parts of all for words that it does not have.
	xs, err := collect(ctx, s.pool, func(row pgx.CollectableRow) (x knowledge.FoundSession, err error) {
		var text string
		err = scanSessionAnd(row, &x.Session, &x.MessageID, &text)
		x.Excerpt = store.Excerpt(text, sel.Words)
		return x, err
	}, `WITH hit AS (SELECT DISTINCT ON (m.session) m.session, m.id AS message, left(p.data->>'text', 100000) AS text
			FROM part p JOIN message m ON m.id = p.message WHERE `+said+` ORDER BY m.session, m.created DESC, m.id DESC)
		SELECT `+sessionFields+`, coalesce(hit.message, ''), coalesce(hit.text, '') FROM session LEFT JOIN hit ON hit.session = session.id
			WHERE `+w.text()+` AND (hit.message IS NOT NULL OR `+strings.Join(title, " AND ")+`)
			ORDER BY updated DESC, id LIMIT `+w.arg(limit), w.args...)
	return xs, failed("search sessions", err)
}

// Messages returns messages with their parts.
func (s *Store) Messages(ctx context.Context, sel store.ListMessages) (out []knowledge.Message, err error) {
	err = s.snapshot(ctx, "list messages", func(tx pgx.Tx) error {
		out, err = messages(ctx, tx, sel)
		return err
	})
	return out, err
}

func messages(ctx context.Context, tx pgx.Tx, sel store.ListMessages) ([]knowledge.Message, error) {
	var w where
	if sel.ID != "" {
		w.add("m.id = ?", clean(sel.ID))
	}
	if sel.Session != "" {
		w.add("m.session = ?", clean(sel.Session))
	}
	if sel.Status != "" {
		w.add("m.status = ?", clean(sel.Status))
	}
	if !sel.Since.IsZero() {
		w.add("m.created >= ?", sel.Since)
	}
	w.visible(ctx, ownMessage)
	var limit *int
	if sel.Limit > 0 {
		limit = &sel.Limit
	}
	// Messages, Export: index message_session, or message_unfinished by status.
	chosen := " FROM message m WHERE " + w.text() + " ORDER BY m.created, m.id LIMIT " + w.arg(limit)
	ms, err := collect(ctx, tx, func(row pgx.CollectableRow) (m knowledge.Message, err error) {
		err = row.Scan(&m.ID, &m.SessionID, &m.Role, &m.Status, &m.Created, &m.Updated, &m.Data)
		m.Created, m.Updated = m.Created.UTC(), m.Updated.UTC()
		return m, err
	}, "SELECT m.id, m.session, m.role, m.status, m.created, m.updated, m.data"+chosen, w.args...)
	if err != nil || sel.Bare {
		return ms, err
	}
	at := make(map[string]int, len(ms))
	ids := make([]string, len(ms))
	for i, m := range ms {
		at[m.ID], ids[i] = i, m.ID
	}
	// Messages, Export: index part_message.
	rows, err := tx.Query(ctx, "SELECT id, message, data FROM part WHERE message = ANY($1) ORDER BY id", ids)
	if err != nil {
		return nil, err
	}
	var id, message string
	var data json.RawMessage
	_, err = pgx.ForEachRow(rows, []any{&id, &message, &data}, func() error {
		i, ok := at[message]
		if !ok {
			return errors.New("a part of another message")
		}
		ms[i].Parts = append(ms[i].Parts, knowledge.Part{ID: id, MessageID: message, SessionID: ms[i].SessionID, Data: data})
		data = nil
		return nil
	})
	return ms, err
}

// Events returns events after a number.
func (s *Store) Events(ctx context.Context, sel knowledge.ListEvents) ([]knowledge.Event, error) {
	limit := sel.Limit
	if limit <= 0 {
		limit = 1000
	}
	es, err := events(ctx, s.pool, sel.Session, sel.After, limit)
	return es, failed("list events", err)
}

func events(ctx context.Context, q querier, session string, after int64, limit int) ([]knowledge.Event, error) {
	var w where
	w.add("seq > ?", after)
	w.visible(ctx, ownSession)
	if session != "" {
		w.add("session = ?", clean(session))
	}
	// Events, Export: primary key, or index event_session.
	return collect(ctx, q, func(row pgx.CollectableRow) (e knowledge.Event, err error) {
		err = row.Scan(&e.Seq, &e.SessionID, &e.Type, &e.Data, &e.Created, &e.Owner)
		e.Created = e.Created.UTC()
		return e, err
	}, "SELECT seq, session, type, data, created, owner FROM event WHERE "+w.text()+" ORDER BY seq LIMIT "+w.arg(limit), w.args...)
}
