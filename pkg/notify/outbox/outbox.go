// Package outbox keeps events until they are delivered, in one SQLite file that
// belongs to one process. What a method wrote is on disk when it returns.
//
// A delivery is an event for one recipient of a target; most targets have one
// recipient, "". It is waiting until it is
//
//	delivered  the receiver took it
//	rejected   the receiver takes others, and not this one
//	refused    the target has to be mended first; waiting again once it works
//	expired    it got too old, or too many waited
//
// Several that wait may be bound together and are one message from then on, also
// after a kill.
package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"panther/pkg/notify"
	"panther/pkg/sd"

	_ "modernc.org/sqlite" // the database/sql driver
)

// States of a delivery.
const (
	Waiting   = "waiting"
	Delivered = "delivered"
	Rejected  = "rejected"
	Refused   = "refused"
	Expired   = "expired"
)

const schema = `
CREATE TABLE IF NOT EXISTS events (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, severity TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, link TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries (
  event TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE, target TEXT NOT NULL, recipient TEXT NOT NULL,
  state TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL, bundle TEXT NOT NULL, detail TEXT NOT NULL,
  updated INTEGER NOT NULL, PRIMARY KEY (event, target, recipient)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (target, state, due);
CREATE TABLE IF NOT EXISTS problems (target TEXT PRIMARY KEY, problem TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subscriptions (
  endpoint TEXT PRIMARY KEY, p256dh TEXT NOT NULL, auth TEXT NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
PRAGMA user_version = 1;`

// Delivery is an event for one recipient of a target.
type Delivery struct {
	Event     notify.Event
	At        time.Time // accepted
	Target    string
	Recipient string
	State     string
	Attempts  int
	Due       time.Time
	Bundle    string // id of the message that it is a part of; "" for one of its own
	Detail    string // what went wrong last
	Updated   time.Time
}

// Store is an open outbox. Its methods may be called by several goroutines.
type Store struct {
	db *sql.DB
}

// Open opens the outbox at path, and makes it where there is none.
func Open(path string) (*Store, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"locking_mode(EXCLUSIVE)", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(1)", "busy_timeout(5000)"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open outbox %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(schema); err != nil {
		_ = db.Close()
		return nil, sd.Hint(fmt.Errorf("open outbox %s: %w", path, err), "if the file is damaged, remove it: what waits in it is then not told")
	}
	return &Store{db}, nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// within runs f in a transaction.
func (s *Store) within(ctx context.Context, doing string, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err == nil {
		if err = f(tx); err == nil {
			err = tx.Commit()
		} else {
			_ = tx.Rollback()
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// To is where an event goes.
type To struct{ Target, Recipient string }

// Accept keeps an event for its recipients. It reports false, and changes
// nothing, if there is one with its id.
func (s *Store) Accept(ctx context.Context, e notify.Event, to []To, now time.Time) (accepted bool, err error) {
	err = s.within(ctx, "keep event", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			e.ID, e.Kind, e.Severity, e.Title, e.Text, e.Link, now.UnixMilli())
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		accepted = true
		for _, t := range to {
			// It waits behind what was tried and failed, but for a test: that is how one tries.
			if _, err := tx.ExecContext(ctx, `INSERT INTO deliveries VALUES (?1, ?2, ?3, 'waiting', 0, max(?4, ifnull((SELECT min(due) FROM deliveries
				WHERE target = ?2 AND recipient = ?3 AND state = 'waiting' AND attempts > 0 AND ?5 <> 'test'), 0)), '', '', ?4)`,
				e.ID, t.Target, t.Recipient, now.UnixMilli(), e.Kind); err != nil {
				return err
			}
		}
		return nil
	})
	return accepted && err == nil, err
}

const selectDeliveries = `SELECT e.id, e.kind, e.severity, e.title, e.text, e.link, e.at,
  d.target, d.recipient, d.state, d.attempts, d.due, d.bundle, d.detail, d.updated
  FROM deliveries d JOIN events e ON e.id = d.event `

func (s *Store) list(ctx context.Context, where string, args ...any) ([]Delivery, error) {
	rows, err := s.db.QueryContext(ctx, selectDeliveries+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	defer rows.Close()
	var out []Delivery
	for rows.Next() {
		var d Delivery
		var at, due, updated int64
		if err := rows.Scan(&d.Event.ID, &d.Event.Kind, &d.Event.Severity, &d.Event.Title, &d.Event.Text, &d.Event.Link, &at,
			&d.Target, &d.Recipient, &d.State, &d.Attempts, &due, &d.Bundle, &d.Detail, &updated); err != nil {
			return nil, fmt.Errorf("read outbox: %w", err)
		}
		d.At, d.Due, d.Updated = time.UnixMilli(at), time.UnixMilli(due), time.UnixMilli(updated)
		out = append(out, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	return out, nil
}

// List returns the newest deliveries.
func (s *Store) List(ctx context.Context, limit int) ([]Delivery, error) {
	return s.list(ctx, `ORDER BY e.at DESC, e.id, d.target, d.recipient LIMIT ?`, limit)
}

// Of returns the deliveries of an event.
func (s *Store) Of(ctx context.Context, event string) ([]Delivery, error) {
	return s.list(ctx, `WHERE d.event = ? ORDER BY d.target, d.recipient`, event)
}

// Due returns what waits at a target for its time, which has come, the oldest
// first, of one recipient.
func (s *Store) Due(ctx context.Context, target string, now time.Time) ([]Delivery, error) {
	all, err := s.list(ctx, `WHERE d.target = ? AND d.state = 'waiting' AND d.due <= ? ORDER BY d.recipient, e.at, e.id LIMIT 1000`, target, now.UnixMilli())
	for i, d := range all {
		if d.Recipient != all[0].Recipient {
			return all[:i], err
		}
	}
	return all, err
}

// Next returns when the next delivery of a target is due; ok is false if none
// waits.
func (s *Store) Next(ctx context.Context, target string) (t time.Time, ok bool, err error) {
	var due sql.NullInt64
	if err := s.db.QueryRowContext(ctx, `SELECT min(due) FROM deliveries WHERE target = ? AND state = 'waiting'`, target).Scan(&due); err != nil {
		return time.Time{}, false, fmt.Errorf("read outbox: %w", err)
	}
	return time.UnixMilli(due.Int64), due.Valid, nil
}

// Count returns how many deliveries are in a state.
func (s *Store) Count(ctx context.Context, state string) (n int, err error) {
	if err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM deliveries WHERE state = ?`, state).Scan(&n); err != nil {
		return 0, fmt.Errorf("count outbox: %w", err)
	}
	return n, nil
}

// Sent returns how many messages a recipient of a target took after a time and
// until now, and when it took the first of them.
func (s *Store) Sent(ctx context.Context, to To, after, now time.Time) (n int, first time.Time, err error) {
	var ms sql.NullInt64
	// A bundle counts as one message.
	if err := s.db.QueryRowContext(ctx, `SELECT count(DISTINCT CASE bundle WHEN '' THEN event ELSE bundle END), min(updated) FROM deliveries
		WHERE target = ? AND recipient = ? AND state = 'delivered' AND updated > ? AND updated <= ?`,
		to.Target, to.Recipient, after.UnixMilli(), now.UnixMilli()).Scan(&n, &ms); err != nil {
		return 0, time.Time{}, fmt.Errorf("count messages: %w", err)
	}
	return n, time.UnixMilli(ms.Int64), nil
}

// each runs an UPDATE whose last arguments are the key of each delivery.
func (s *Store) each(ctx context.Context, doing string, ds []Delivery, set string, args ...any) error {
	return s.within(ctx, doing, func(tx *sql.Tx) error {
		for _, d := range ds {
			if _, err := tx.ExecContext(ctx, `UPDATE deliveries SET `+set+` WHERE event = ? AND target = ? AND recipient = ?`,
				append(append([]any{}, args...), d.Event.ID, d.Target, d.Recipient)...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Bind makes deliveries one message.
func (s *Store) Bind(ctx context.Context, ds []Delivery, bundle string) error {
	return s.each(ctx, "bind deliveries", ds, `bundle = ?`, bundle)
}

// Postpone makes deliveries wait until a time.
func (s *Store) Postpone(ctx context.Context, ds []Delivery, until time.Time) error {
	return s.each(ctx, "postpone deliveries", ds, `due = ?`, until.UnixMilli())
}

// Settle ends deliveries.
func (s *Store) Settle(ctx context.Context, ds []Delivery, state, detail string, now time.Time) error {
	return s.each(ctx, "settle deliveries", ds, `state = ?, detail = ?, attempts = attempts + 1, updated = ?`, state, detail, now.UnixMilli())
}

// Retry notes an attempt that failed: nothing goes to the recipient before that
// time.
func (s *Store) Retry(ctx context.Context, ds []Delivery, detail string, until, now time.Time) error {
	if err := s.each(ctx, "note attempt", ds, `detail = ?, attempts = attempts + 1, updated = ?`, detail, now.UnixMilli()); err != nil || len(ds) == 0 {
		return err
	}
	_, err := s.db.ExecContext(ctx, `UPDATE deliveries SET due = max(due, ?) WHERE target = ? AND recipient = ? AND state = 'waiting'`,
		until.UnixMilli(), ds[0].Target, ds[0].Recipient)
	if err != nil {
		return fmt.Errorf("postpone deliveries: %w", err)
	}
	return nil
}

// Revive makes what a recipient refused wait again, if it is younger than oldest,
// and ends what it waits for after failures.
func (s *Store) Revive(ctx context.Context, to To, oldest, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `UPDATE deliveries SET state = 'waiting', due = min(due, ?) WHERE target = ? AND recipient = ?
		AND (state = 'refused' AND event IN (SELECT id FROM events WHERE at > ?) OR state = 'waiting' AND attempts > 0)`,
		now.UnixMilli(), to.Target, to.Recipient, oldest.UnixMilli())
	if err != nil {
		return fmt.Errorf("try refused deliveries again: %w", err)
	}
	return nil
}

// Tidy ends what waits longer than old or beyond the newest most deliveries, or
// for a target that is none of those named, and forgets the events older than
// forget, which are then told anew. It returns how many deliveries it ended.
func (s *Store) Tidy(ctx context.Context, targets []string, old, forget time.Time, most int, now time.Time) (ended int64, err error) {
	marks, args := "''", []any{now.UnixMilli(), old.UnixMilli(), most}
	if len(targets) > 0 {
		marks += strings.Repeat(", ?", len(targets))
		for _, t := range targets {
			args = append(args, t)
		}
	}
	err = s.within(ctx, "tidy outbox", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = 'expired', updated = ? WHERE state = 'waiting' AND (
			event IN (SELECT id FROM events WHERE at < ?)
			OR (event, target, recipient) IN (SELECT d.event, d.target, d.recipient FROM deliveries d JOIN events e ON e.id = d.event
				WHERE d.state = 'waiting' ORDER BY e.at DESC, e.id LIMIT -1 OFFSET ?)
			OR target NOT IN (`+marks+`))`, args...)
		if err != nil {
			return err
		}
		if ended, err = res.RowsAffected(); err != nil {
			return err
		}
		// A clock that was wrong puts nothing off for longer than a receiver may.
		if _, err := tx.ExecContext(ctx, `UPDATE deliveries SET due = ?1 WHERE state = 'waiting' AND due > ?1`, now.Add(24*time.Hour).UnixMilli()); err != nil {
			return err
		}
		// Ten times as many may be remembered as may wait.
		_, err = tx.ExecContext(ctx, `DELETE FROM events WHERE at < ?1 OR id IN (SELECT id FROM events ORDER BY at DESC LIMIT -1 OFFSET ?2)
			AND id NOT IN (SELECT event FROM deliveries WHERE state = 'waiting')`, forget.UnixMilli(), 10*most)
		return err
	})
	return ended, err
}
