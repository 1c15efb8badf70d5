package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"panther/pkg/agentdb/store"

	"github.com/jackc/pgx/v5"
)

// space is a row of space.
type space struct {
	n int32
	store.Space
}

// vectorTable names a table of vectors.
type vectorTable struct {
	space  int32
	corpus corpus
}

func (t vectorTable) String() string {
	if t.corpus == memories {
		return fmt.Sprintf("vector_%d_memories", t.space)
	}
	return fmt.Sprintf("vector_%d_documents", t.space)
}

// index names its HNSW index.
func (t vectorTable) index() string { return t.String() + "_hnsw" }

var bothCorpora = [...]corpus{memories, documents}

// maxIndexed is how many dimensions of halfvec pgvector can index, and maxPlain
// how many fit into a row without being stored elsewhere.
const (
	maxIndexed = 4000
	maxPlain   = 3900
)

const spaceColumns = "n, id, provider, model, dimensions, weight, active, created FROM space"

func scanSpace(row pgx.CollectableRow) (x space, err error) {
	err = row.Scan(&x.n, &x.ID, &x.Provider, &x.Model, &x.Dimensions, &x.Weight, &x.Active, &x.Created)
	x.Created = x.Created.UTC()
	return x, err
}

func readSpaces(ctx context.Context, q querier) ([]space, error) {
	// Spaces, deleteVectors, Nearest: a handful of rows.
	return collect(ctx, q, scanSpace, "SELECT "+spaceColumns+" ORDER BY created, n")
}

// space returns a space by ID, from memory where it is known.
func (s *Store) space(ctx context.Context, id string) (space, error) {
	s.mu.Lock()
	x, ok := s.spaces[id]
	s.mu.Unlock()
	if ok {
		return x, nil
	}
	all, err := readSpaces(ctx, s.pool)
	if err != nil {
		return space{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.spaces)
	for _, x := range all {
		s.spaces[x.ID] = x
	}
	if x, ok = s.spaces[id]; !ok {
		return x, fmt.Errorf("%w: %s", store.ErrUnknownSpace, id)
	}
	return x, nil
}

func (s *Store) forgetSpaces() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.spaces)
}

// withSpace runs do with a space, again if its tables turn out to be dropped.
func (s *Store) withSpace(ctx context.Context, id string, do func(space) error) error {
	x, err := s.space(ctx, id)
	if err != nil {
		return err
	}
	if err = do(x); code(err) != codeUndefinedTable {
		return err
	}
	s.forgetSpaces()
	if x, err = s.space(ctx, id); err != nil {
		return err
	}
	return do(x)
}

// Spaces lists spaces with their counters.
func (s *Store) Spaces(ctx context.Context) (out []store.Space, err error) {
	err = s.snapshot(ctx, "list spaces", func(tx pgx.Tx) error {
		out, err = countedSpaces(ctx, tx)
		return err
	})
	return out, err
}

// ActiveSpace returns the active space, or nil.
func (s *Store) ActiveSpace(ctx context.Context) (*store.Space, error) {
	// ActiveSpace: index space_active.
	xs, err := collect(ctx, s.pool, scanSpace, "SELECT "+spaceColumns+" WHERE active")
	if err != nil || len(xs) == 0 {
		return nil, failed("read active space", err)
	}
	return &xs[0].Space, nil
}

func countedSpaces(ctx context.Context, tx pgx.Tx) ([]store.Space, error) {
	all, err := readSpaces(ctx, tx)
	if err != nil {
		return nil, err
	}
	units := map[int32]int{}
	// Spaces, Stats: tally is small.
	rows, err := tx.Query(ctx, "SELECT space, sum(units)::bigint FROM tally GROUP BY space")
	if err != nil {
		return nil, err
	}
	var n int32
	var sum int
	if _, err := pgx.ForEachRow(rows, []any{&n, &sum}, func() error { units[n] = sum; return nil }); err != nil {
		return nil, err
	}
	out := make([]store.Space, 0, len(all))
	for _, x := range all {
		x.Embedded = units[x.n]
		x.Pending = units[0] - units[x.n]
		out = append(out, x.Space)
	}
	return out, nil
}

// CreateSpace registers a space and makes its tables.
func (s *Store) CreateSpace(ctx context.Context, x store.Space) error {
	return s.inTx(ctx, "create space", func(tx pgx.Tx) error {
		var n int32
		// CreateSpace: index space_id_key. A second process that creates it waits here.
		err := tx.QueryRow(ctx, `INSERT INTO space (id, provider, model, dimensions, weight, active, created) VALUES ($1, $2, $3, $4, $5, false, $6)
			ON CONFLICT (id) DO NOTHING RETURNING n`, x.ID, x.Provider, x.Model, x.Dimensions, x.Weight, orNow(x.Created)).Scan(&n)
		if errors.Is(err, pgx.ErrNoRows) {
			_, err = tx.Exec(ctx, "UPDATE space SET weight = $2 WHERE id = $1", x.ID, x.Weight)
			return err
		}
		if err != nil {
			return err
		}
		return createVectorTables(ctx, tx, n, x.Dimensions)
	})
}

func createVectorTables(ctx context.Context, tx pgx.Tx, n int32, dimensions int) error {
	for _, c := range bothCorpora {
		t := vectorTable{n, c}
		if _, err := tx.Exec(ctx, fmt.Sprintf("CREATE TABLE %s (unit bigint PRIMARY KEY, value halfvec(%d) NOT NULL)", t, dimensions)); err != nil {
			return err
		}
		if dimensions <= maxPlain {
			if _, err := tx.Exec(ctx, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN value SET STORAGE PLAIN", t)); err != nil {
				return err
			}
		}
	}
	return nil
}

// ActivateSpace builds the space's indexes and makes it the active one.
func (s *Store) ActivateSpace(ctx context.Context, id string) error {
	s.forgetSpaces()
	x, err := s.space(ctx, id)
	if err == nil {
		err = s.indexSpace(ctx, x)
	}
	if err != nil {
		return failed("activate space", err)
	}
	return s.inTx(ctx, "activate space", func(tx pgx.Tx) error {
		// ActivateSpace: a handful of rows; the old one first, as index space_active demands.
		if _, err := tx.Exec(ctx, "UPDATE space SET active = false WHERE active AND id <> $1", id); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, "UPDATE space SET active = true WHERE id = $1", id)
		if err == nil && tag.RowsAffected() == 0 {
			err = fmt.Errorf("%w: %s", store.ErrUnknownSpace, id)
		}
		return err
	})
}

// DropSpace removes a space and its tables.
func (s *Store) DropSpace(ctx context.Context, id string) error {
	defer s.forgetSpaces()
	return s.inTx(ctx, "drop space", func(tx pgx.Tx) error {
		var n int32
		// DropSpace: index space_id_key.
		err := tx.QueryRow(ctx, "DELETE FROM space WHERE id = $1 RETURNING n", id).Scan(&n)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return dropVectors(ctx, tx, n)
	})
}

// dropVectors removes the tables and counters of a space that is gone.
func dropVectors(ctx context.Context, tx pgx.Tx, n int32) error {
	if _, err := tx.Exec(ctx, "DELETE FROM tally WHERE space = $1", n); err != nil {
		return err
	}
	for _, c := range bothCorpora {
		if _, err := tx.Exec(ctx, "DROP TABLE IF EXISTS "+vectorTable{n, c}.String()); err != nil {
			return err
		}
	}
	return nil
}

// deleteVectors removes the vectors of units from all spaces.
func deleteVectors(ctx context.Context, tx pgx.Tx, c corpus, units []int64) error {
	all, err := readSpaces(ctx, tx)
	if err != nil {
		return err
	}
	for _, x := range all {
		// upsert, Tombstone, DeleteSource, Forget: primary key of the vectors.
		tag, err := tx.Exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE unit = ANY($1)", vectorTable{x.n, c}), units)
		if err != nil {
			return err
		}
		if n := int(tag.RowsAffected()); n > 0 {
			if err := count(ctx, tx, c, int(x.n), -n, 0, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// indexFrom is how many vectors are worth an index; below, a scan is exact and
// takes a few milliseconds.
const indexFrom = 5000

// indexSpaces builds what is missing in any space that is searched.
func (s *Store) indexSpaces(ctx context.Context) error {
	all, err := readSpaces(ctx, s.pool)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(x space) bool { return x.Active })
	if i < 0 {
		return nil
	}
	return s.indexSpace(ctx, all[i])
}

// indexSpace builds the HNSW index of each of a space's tables that has grown
// large enough and has none.
func (s *Store) indexSpace(ctx context.Context, x space) error {
	if x.Dimensions > maxIndexed {
		return nil
	}
	for _, c := range bothCorpora {
		t := vectorTable{x.n, c}
		var rows int
		var ready bool
		// ActivateSpace, upkeep: tally is small; the catalog by name.
		err := s.pool.QueryRow(ctx, `SELECT coalesce((SELECT sum(units) FROM tally WHERE space = $1 AND corpus = $2), 0)::bigint,
			EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass($3) AND indisvalid)`, x.n, c, t.index()).Scan(&rows, &ready)
		if err != nil {
			return err
		}
		if rows < indexFrom || ready {
			continue
		}
		if err := s.buildIndex(ctx, t, rows, x.Dimensions); err != nil {
			return fmt.Errorf("build index of space %s: %w", x.ID, err)
		}
	}
	return nil
}

// buildIndex builds concurrently, so that neither searches nor writers wait. One
// process does it and others that come meanwhile leave it to that one.
func (s *Store) buildIndex(ctx context.Context, t vectorTable, rows, dimensions int) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	key := int64(foldLock) + 1 + int64(t.space)<<1 + int64(t.corpus)
	var got bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", key).Scan(&got); err != nil || !got {
		return err
	}
	defer s.reset(ctx, conn)
	for _, q := range []string{
		"SET statement_timeout = 0", "SET lock_timeout = 0",
		// 8 for the half precision's two bytes and the links of a vector (m = 16); beyond this pgvector builds much slower.
		fmt.Sprintf("SET maintenance_work_mem = '%dMB'", min(4096, max(64, rows*(2*dimensions+400)>>20*5/4+64))),
		"SET max_parallel_maintenance_workers = 4",
		"DROP INDEX CONCURRENTLY IF EXISTS " + t.index(), // what a kill left half built
		fmt.Sprintf("CREATE INDEX CONCURRENTLY %s ON %s USING hnsw (value halfvec_ip_ops) WITH (m = 16, ef_construction = 64)", t.index(), t),
	} {
		if _, err := conn.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}
