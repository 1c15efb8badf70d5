package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"sync"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/sd"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	pgxvector "github.com/pgvector/pgvector-go/pgx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Limits of a connection. A search takes milliseconds, so a statement of half a
// minute is a defect; work that may take long lifts the limit for itself.
const (
	maxConns         = 20
	statementTimeout = "30s"
	lockTimeout      = "10s"
	dialTimeout      = 5 * time.Second
)

// Store is a store.Store in a PostgreSQL database.
type Store struct {
	pool       *pgxpool.Pool
	upkeep     upkeep
	tracer     *tracer
	few        int           // units that are listed before a search; a test's are fewer
	scanTuples int           // vectors that an iterative scan visits at most; a test's are fewer
	queries    chan struct{} // a place for each search of the index

	mu     sync.Mutex
	spaces map[string]space      // by ID, as last seen; a stale one is noticed by its missing table
	mark   map[vectorTable]int64 // every unit up to this one was embedded when last seen
}

var _ store.Store = (*Store)(nil)

// Open connects to the database of a URL (https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNSTRING-URIS),
// checks the versions, and applies the migrations. A server that does not answer
// is store.ErrUnavailable.
func Open(ctx context.Context, url string) (*Store, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, sd.ConfigError(fmt.Errorf("parse database URL: %w", err), "an example is postgres:///agentdb?host=/run/postgresql")
	}
	cfg.MaxConns = max(cfg.MaxConns, maxConns)
	cfg.MaxConnIdleTime = time.Minute // idle servers should not hold memory
	cfg.ConnConfig.ConnectTimeout = dialTimeout
	p := cfg.ConnConfig.RuntimeParams
	p["application_name"] = "agentdb"
	p["statement_timeout"] = statementTimeout
	p["lock_timeout"] = lockTimeout
	p["timezone"] = "UTC"
	p["hnsw.ef_search"] = strconv.Itoa(leastWidth)
	if err := verify(ctx, cfg.ConnConfig); err != nil {
		return nil, err
	}
	cfg.AfterConnect = pgxvector.RegisterTypes
	tr := &tracer{}
	cfg.ConnConfig.Tracer = tr
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, failed("open database", err)
	}
	s := &Store{pool: pool, tracer: tr, few: few, scanTuples: scanTuples, queries: make(chan struct{}, queries()), spaces: map[string]space{}, mark: map[vectorTable]int64{}}
	if err := s.migrate(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	s.upkeep.start(s)
	return s, nil
}

// migrate brings the schema up to date. Of several processes that start at once
// one does it and the others wait.
func (s *Store) migrate(ctx context.Context) error {
	db := stdlib.OpenDBFromPool(s.pool)
	defer func() { _ = db.Close() }() // gives its connections back
	p, err := provider(db)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return failed("read the schema's version", err)
	}
	known := p.ListSources()
	if last := known[len(known)-1].Version; have > last {
		return sd.ConfigError(fmt.Errorf("schema %d, this release knows %d: %w", have, last, store.ErrNewerSchema),
			"install the newer release again, or restore a backup made before it")
	}
	if _, err := p.Up(ctx); err != nil {
		return failed("migrate", err)
	}
	return nil
}

// provider returns the migrations of a database.
func provider(db *sql.DB) (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithSessionLocker(locker), goose.WithGoMigrations(packedBlocks))
}

// Kind is "postgres".
func (s *Store) Kind() string { return "postgres" }

// Ping asks the server.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	err := s.pool.Ping(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: no answer within a second", store.ErrUnavailable)
	}
	return failed("ping", err)
}

// Close ends upkeep, waits for calls that run, and closes all connections.
func (s *Store) Close() error {
	s.upkeep.stop()
	s.pool.Close()
	return nil
}

// raceAttempts is how often a transaction is tried that loses races: each round
// at least one of the contenders gets through.
const raceAttempts = 8

// inTx runs do in a transaction, again if it lost a race. do must not keep
// anything of a former attempt.
func (s *Store) inTx(ctx context.Context, op string, do func(tx pgx.Tx) error) error {
	var err error
	for range raceAttempts {
		if err = pgx.BeginFunc(ctx, s.pool, do); !lostRace(err) {
			break
		}
		if code(err) == codeUndefinedTable {
			s.forgetSpaces()
		}
	}
	return failed(op, err)
}

// snapshot runs do in a read-only transaction that sees one moment and may take
// as long as it needs.
func (s *Store) snapshot(ctx context.Context, op string, do func(tx pgx.Tx) error) error {
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return failed(op, pgx.BeginTxFunc(ctx, s.pool, opts, func(tx pgx.Tx) error {
		if err := unlimited(ctx, tx); err != nil {
			return err
		}
		return do(tx)
	}))
}

// unlimited lifts the statement timeout for the rest of a transaction.
func unlimited(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0")
	return err
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// collect runs a query and returns what scan makes of each row.
func collect[T any](ctx context.Context, q querier, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

// one runs a query that gives one row of one column.
func one[T any](ctx context.Context, q querier, sql string, args ...any) (T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		var zero T
		return zero, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
}

// reset takes back what a connection was told for long work, and closes it if
// that is not possible. It does so even when ctx has ended.
func (s *Store) reset(ctx context.Context, conn *pgxpool.Conn) {
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), dialTimeout)
	defer cancel()
	if _, err := conn.Exec(end, "SELECT pg_advisory_unlock_all()"); err == nil {
		if _, err = conn.Exec(end, "RESET ALL"); err == nil {
			return
		}
	}
	_ = conn.Conn().Close(end)
}
