package outbox

import (
	"context"
	"fmt"
	"time"
)

// Problem is why a target takes nothing.
type Problem struct {
	Target  string
	Problem string
	Since   time.Time
}

// SetProblem notes why a target takes nothing, "" if it does. It reports whether
// that is new: what is told of a target is told once.
func (s *Store) SetProblem(ctx context.Context, target, problem string, now time.Time) (changed bool, err error) {
	query, args := `INSERT INTO problems VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET problem = excluded.problem WHERE problem <> excluded.problem`,
		[]any{target, problem, now.UnixMilli()}
	if problem == "" {
		query, args = `DELETE FROM problems WHERE target = ?`, []any{target}
	}
	res, err := s.db.ExecContext(ctx, query, args...)
	if err != nil {
		return false, fmt.Errorf("note problem of %s: %w", target, err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// Problems returns the targets that take nothing.
func (s *Store) Problems(ctx context.Context) ([]Problem, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT target, problem, since FROM problems ORDER BY target`)
	if err != nil {
		return nil, fmt.Errorf("read problems: %w", err)
	}
	defer rows.Close()
	var out []Problem
	for rows.Next() {
		var p Problem
		var since int64
		if err := rows.Scan(&p.Target, &p.Problem, &since); err != nil {
			return nil, fmt.Errorf("read problems: %w", err)
		}
		p.Since = time.UnixMilli(since)
		out = append(out, p)
	}
	return out, rows.Err()
}

// Subscription is a browser that takes Web Push messages.
type Subscription struct{ Endpoint, P256dh, Auth string }

// maxSubscriptions bounds the browsers; the oldest gives way.
const maxSubscriptions = 50

// Subscribe keeps a subscription, with the keys that it has now.
func (s *Store) Subscribe(ctx context.Context, sub Subscription, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO subscriptions VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET p256dh = excluded.p256dh, auth = excluded.auth, at = excluded.at`, sub.Endpoint, sub.P256dh, sub.Auth, now.UnixMilli())
	if err == nil {
		_, err = s.db.ExecContext(ctx, `DELETE FROM subscriptions WHERE endpoint IN (SELECT endpoint FROM subscriptions ORDER BY at DESC LIMIT -1 OFFSET ?)`,
			maxSubscriptions)
	}
	if err != nil {
		return fmt.Errorf("keep subscription: %w", err)
	}
	return nil
}

// Unsubscribe forgets a subscription.
func (s *Store) Unsubscribe(ctx context.Context, endpoint string) error {
	if _, err := s.db.ExecContext(ctx, `DELETE FROM subscriptions WHERE endpoint = ?`, endpoint); err != nil {
		return fmt.Errorf("forget subscription: %w", err)
	}
	return nil
}

// Subscriptions returns all.
func (s *Store) Subscriptions(ctx context.Context) ([]Subscription, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT endpoint, p256dh, auth FROM subscriptions ORDER BY endpoint`)
	if err != nil {
		return nil, fmt.Errorf("read subscriptions: %w", err)
	}
	defer rows.Close()
	var out []Subscription
	for rows.Next() {
		var sub Subscription
		if err := rows.Scan(&sub.Endpoint, &sub.P256dh, &sub.Auth); err != nil {
			return nil, fmt.Errorf("read subscriptions: %w", err)
		}
		out = append(out, sub)
	}
	return out, rows.Err()
}
