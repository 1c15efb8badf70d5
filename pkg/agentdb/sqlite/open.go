package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"panther/pkg/agentdb/store"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is a store.Store in one SQLite file.
type Store struct {
	path   string
	write  *sql.DB // one connection
	read   *sql.DB
	dense  *denseIndex
	terms  [2]*termIndex // by corpus number
	turn   chan struct{} // held by the one writer until memory is in step
	claims claims
}

var _ store.Store = (*Store)(nil)

// Open opens or creates the file and applies the migrations. The folder must
// exist.
func Open(ctx context.Context, path string) (*Store, error) {
	s := &Store{path: path, turn: make(chan struct{}, 1)}
	var err error
	if s.write, err = open(path, "immediate", 1); err != nil {
		return nil, err
	}
	if err = migrate(ctx, s.write); err == nil {
		s.read, err = open(path, "deferred", max(4, runtime.NumCPU()))
	}
	if err != nil {
		_ = s.write.Close()
		return nil, err
	}
	s.dense = &denseIndex{db: s.read}
	s.terms = [2]*termIndex{{db: s.read, corpus: store.DocumentCorpus}, {db: s.read, corpus: store.MemoryCorpus}}
	return s, nil
}

// open returns a pool for the file. The pragmas hold for each connection:
// busy_timeout is for a second process, such as a backup made by hand;
// secure_delete keeps forgotten text out of the file.
func open(path, txlock string, conns int) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	q := url.Values{"_txlock": {txlock}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(on)",
		"secure_delete(on)", "cache_size(-4000)", "temp_store(memory)", "mmap_size(268435456)"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return failed("read the schema's version", err)
	}
	known := p.ListSources()
	if last := known[len(known)-1].Version; have > last {
		return fmt.Errorf("schema %d, this release knows %d: %w", have, last, store.ErrNewerSchema)
	}
	if _, err := p.Up(ctx); err != nil {
		return failed("migrate", err)
	}
	return nil
}

// Kind is "sqlite".
func (s *Store) Kind() string { return "sqlite" }

// Ping reads from the file.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var n int
	return failed("ping", s.read.QueryRowContext(ctx, "SELECT count(*) FROM space").Scan(&n))
}

// Close closes the file.
func (s *Store) Close() error {
	return failed("close database", errors.Join(s.read.Close(), s.write.Close()))
}

// change is a write transaction, with what is to be done in memory when it is
// committed.
type change struct {
	*sql.Tx
	effects []func()
}

func (c *change) onCommit(f func()) { c.effects = append(c.effects, f) }

// inTx runs do in a write transaction and then brings memory in step, before
// anybody else writes.
func (s *Store) inTx(ctx context.Context, op string, do func(tx *change) error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return failed(op, ctx.Err())
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed(op, err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	c := &change{Tx: tx}
	if err := do(c); err != nil {
		return failed(op, err)
	}
	if err := tx.Commit(); err != nil {
		return failed(op, err)
	}
	for _, f := range c.effects {
		f()
	}
	return nil
}

// failed wraps an error with what was being done, as store.ErrUnavailable where
// the database was only busy, as store.ErrFull where the disk is, and as
// store.ErrNotFound where there was no row.
func failed(op string, err error) error {
	var se *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%s: %w", op, store.ErrNotFound)
	case errors.As(err, &se) && busy(se.Code()):
		return fmt.Errorf("%s: %w: %w", op, store.ErrUnavailable, err)
	case full(err):
		return fmt.Errorf("%s: %w", op, store.ErrFull)
	}
	return fmt.Errorf("%s: %w", op, err)
}

// full reports whether the disk has no space left.
func full(err error) bool {
	var se *sqlite.Error
	return errors.As(err, &se) && se.Code()&0xff == sqlite3.SQLITE_FULL
}

// busy reports whether a result code says that another process has the file.
// The low byte is the primary code.
func busy(code int) bool {
	c := code & 0xff
	return c == sqlite3.SQLITE_BUSY || c == sqlite3.SQLITE_LOCKED
}

// querier is a connection pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// collect runs a query and returns what scan makes of each row.
func collect[T any](ctx context.Context, q querier, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// scanOne scans a row of one column.
func scanOne[T any](rows *sql.Rows) (v T, err error) { return v, rows.Scan(&v) }

// claims are units that a running call of Embed works on, so that concurrent
// calls take others, and how far each space is known to be complete.
type claims struct {
	mu    sync.Mutex
	taken map[claim]bool
	whole map[claim]int64 // by space and corpus: every unit up to this one has a vector
}

type claim struct {
	space  int64
	corpus int
	unit   int64
}

// forget makes the next claims look at all units again.
func (c *claims) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.whole)
}
