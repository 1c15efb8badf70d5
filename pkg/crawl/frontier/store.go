package frontier

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"panther/pkg/sd"

	_ "modernc.org/sqlite" // the database/sql driver
)

// schema is created when the file is new; user_version tells later formats.
const schema = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pages (
  key TEXT PRIMARY KEY, url TEXT NOT NULL, uri TEXT NOT NULL, depth INTEGER NOT NULL, hops INTEGER NOT NULL,
  etag TEXT NOT NULL, modified TEXT NOT NULL, hash TEXT NOT NULL, text TEXT NOT NULL, size INTEGER NOT NULL,
  codes INTEGER NOT NULL, status INTEGER NOT NULL, misses INTEGER NOT NULL, outcome TEXT NOT NULL,
  reason TEXT NOT NULL, target TEXT NOT NULL, state INTEGER NOT NULL
) WITHOUT ROWID;
PRAGMA user_version = 1;`

const (
	// flushEvery bounds how long a change waits for company: what a kill may cost.
	flushEvery = 20 * time.Millisecond
	// maxQueued is where changes wait for the disk instead of for memory.
	maxQueued = 2000
)

// store is the durable copy: a queue of changes and the goroutine that writes
// them.
type store struct {
	db   *sql.DB
	mu   sync.Mutex
	cond *sync.Cond
	ops  []op
	busy bool // a transaction is being written
	err  error
	quit bool
	done chan struct{}
}

// op is one change: a record as it is now, or a meta value.
type op struct {
	rec  *Record
	del  bool
	all  string // SQL that touches all records
	key  string
	text string
}

func openStore(path string) (*store, map[string]*Record, map[string]string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, nil, fmt.Errorf("create folder of the frontier: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("open frontier %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	meta, err := loadMeta(db)
	var recs map[string]*Record
	if err == nil {
		recs, err = loadRecords(db)
	}
	if err != nil {
		_ = db.Close()
		return nil, nil, nil, openError(path, err)
	}
	s := &store{db: db, done: make(chan struct{})}
	s.cond = sync.NewCond(&s.mu)
	go s.write()
	return s, recs, meta, nil
}

// ErrBusy means that another process has the frontier open.
var ErrBusy = errors.New("frontier is in use")

// dsn opens the file for this process alone.
func dsn(path string) string {
	return "file:" + strings.NewReplacer("?", "%3f", "#", "%23", "%", "%25").Replace(path) +
		"?_pragma=locking_mode(EXCLUSIVE)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=busy_timeout(500)&_txlock=immediate"
}

func openError(path string, err error) error {
	err = fmt.Errorf("open frontier %s: %w", path, err)
	if strings.Contains(err.Error(), "locked") || strings.Contains(err.Error(), "SQLITE_BUSY") {
		return sd.Hint(fmt.Errorf("%w: %w", ErrBusy, err), "another run visits this source; wait until it has ended")
	}
	return sd.Hint(err, "if the file is damaged, remove it: the next run then visits everything anew")
}

// ReadMeta returns what SetMeta kept in the frontier at path, without its
// records. It fails as Open does, and where there is no file.
func ReadMeta(path string) (map[string]string, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open frontier: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, openError(path, err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	meta, err := loadMeta(db)
	if err != nil {
		return nil, openError(path, err)
	}
	return meta, nil
}

func loadMeta(db *sql.DB) (map[string]string, error) {
	if _, err := db.Exec(schema); err != nil {
		return nil, err
	}
	rows, err := db.Query(`SELECT key, value FROM meta`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	meta := map[string]string{}
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			return nil, err
		}
		meta[k] = v
	}
	return meta, rows.Err()
}

func loadRecords(db *sql.DB) (map[string]*Record, error) {
	recs := map[string]*Record{}
	rows, err := db.Query(`SELECT key, url, uri, depth, hops, etag, modified, hash, text, size, codes, status, misses,
		outcome, reason, target, state FROM pages`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		r := &Record{}
		if err := rows.Scan(&r.Key, &r.URL, &r.URI, &r.Depth, &r.Hops, &r.ETag, &r.Modified, &r.Hash, &r.Text, &r.Size,
			&r.Codes, &r.Status, &r.Misses, &r.Outcome, &r.Reason, &r.Target, &r.State); err != nil {
			return nil, err
		}
		if r.URL == r.Key { // nearly always, and one string is enough
			r.URL = r.Key
		}
		if r.URI == r.Key {
			r.URI = r.Key
		}
		recs[r.Key] = r
	}
	return recs, rows.Err()
}

// put queues changes. It waits where too many are queued and returns the error
// of an earlier write, after which nothing is written any more.
func (s *store) put(ops ...op) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.ops) > maxQueued && s.err == nil {
		s.cond.Wait()
	}
	if s.err != nil {
		return s.err
	}
	s.ops = append(s.ops, ops...)
	s.cond.Broadcast()
	return nil
}

// sync waits until everything that was put before is in the file.
func (s *store) sync() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for (len(s.ops) > 0 || s.busy) && s.err == nil {
		s.cond.Wait()
	}
	return s.err
}

func (s *store) close() error {
	err := s.sync()
	s.mu.Lock()
	s.quit = true
	s.cond.Broadcast()
	s.mu.Unlock()
	<-s.done
	return errors.Join(err, s.db.Close())
}

func (s *store) write() {
	defer close(s.done)
	for {
		s.mu.Lock()
		for len(s.ops) == 0 && !s.quit {
			s.cond.Wait()
		}
		if s.quit && len(s.ops) == 0 || s.err != nil {
			s.mu.Unlock()
			return
		}
		ops := s.ops
		s.ops, s.busy = nil, true
		s.mu.Unlock()

		err := s.flush(ops)

		s.mu.Lock()
		s.busy = false
		if err != nil {
			s.err = fmt.Errorf("write frontier: %w", err)
		}
		quit := s.quit
		s.cond.Broadcast()
		s.mu.Unlock()
		if err == nil && !quit {
			time.Sleep(flushEvery)
		}
	}
}

const upsertPage = `INSERT INTO pages (key, url, uri, depth, hops, etag, modified, hash, text, size, codes, status, misses, outcome, reason, target, state)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET url = excluded.url, uri = excluded.uri, depth = excluded.depth, hops = excluded.hops, etag = excluded.etag,
modified = excluded.modified, hash = excluded.hash, text = excluded.text, size = excluded.size, codes = excluded.codes,
status = excluded.status, misses = excluded.misses, outcome = excluded.outcome, reason = excluded.reason, target = excluded.target, state = excluded.state`

// flush writes ops in one transaction, in their order.
func (s *store) flush(ops []op) error {
	ctx := context.Background()
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	page, err := tx.PrepareContext(ctx, upsertPage)
	if err != nil {
		return err
	}
	defer page.Close()
	for _, o := range ops {
		switch r := o.rec; {
		case o.all != "":
			_, err = tx.ExecContext(ctx, o.all)
		case r == nil:
			_, err = tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, o.key, o.text)
		case o.del:
			_, err = tx.ExecContext(ctx, `DELETE FROM pages WHERE key = ?`, r.Key)
		default:
			_, err = page.ExecContext(ctx, r.Key, r.URL, r.URI, r.Depth, r.Hops, r.ETag, r.Modified, r.Hash, r.Text, r.Size,
				r.Codes, r.Status, r.Misses, r.Outcome, r.Reason, r.Target, r.State)
		}
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}
