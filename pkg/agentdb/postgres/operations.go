package postgres

import (
	"context"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"

	"github.com/jackc/pgx/v5"
)

// Stats counts what there is.
func (s *Store) Stats(ctx context.Context) (*knowledge.Stats, error) {
	st := &knowledge.Stats{Store: s.Kind()}
	var spaces []store.Space
	err := s.snapshot(ctx, "count", func(tx pgx.Tx) (err error) {
		// Stats: index document_counts alone; tally is small.
		err = tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM document WHERE deleted_at IS NULL),
			(SELECT coalesce(sum(units), 0)::bigint FROM tally WHERE corpus = 0 AND space = 0),
			(SELECT coalesce(sum(units), 0)::bigint FROM tally WHERE corpus = 1 AND space = 0),
			(SELECT count(*) FROM session), pg_database_size(current_database()),
			(SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1) || ' with pgvector ' || extversion
				FROM pg_extension WHERE extname = 'vector')`).
			Scan(&st.Documents, &st.Chunks, &st.Memories, &st.Sessions, &st.Bytes, &st.Engine)
		if err != nil {
			return err
		}
		spaces, err = countedSpaces(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, sp := range spaces {
		st.Spaces = append(st.Spaces, knowledge.Space{ID: sp.ID, Provider: sp.Provider, Model: sp.Model, Dimensions: sp.Dimensions,
			Active: sp.Active, Embedded: sp.Embedded, Pending: sp.Pending})
	}
	return st, nil
}

// keepRuns is how many runs of a source keep their pages; keepEvents how long
// events and commit keys stay for readers that were away.
const (
	keepRuns   = 20
	keepEvents = 7 * 24 * time.Hour
)

// Maintain removes what is past its time, folds the index, builds indexes that
// are missing, and lets the server collect statistics and free space.
func (s *Store) Maintain(ctx context.Context, purgeAfter time.Duration) (m store.Maintained, err error) {
	err = s.inTx(ctx, "purge", func(tx pgx.Tx) error {
		if err := unlimited(ctx, tx); err != nil {
			return err
		}
		m = store.Maintained{}
		var ignored int
		for _, step := range []struct {
			n   *int
			sql string
			arg any
		}{
			{&m.Documents, "DELETE FROM document WHERE deleted_at <= now() - make_interval(secs => $1)", purgeAfter.Seconds()}, // index document_deleted
			{&m.Pages, `DELETE FROM page WHERE run IN (SELECT id FROM (SELECT id, row_number() OVER
				(PARTITION BY source ORDER BY started DESC, id DESC) AS nr FROM run) r WHERE nr > $1)`, keepRuns}, // indexes run_source, page_pkey
			{&m.Events, "DELETE FROM event WHERE created < $1", time.Now().Add(-keepEvents)}, // index event_created
			{&ignored, "DELETE FROM commit_key WHERE created < $1", time.Now().Add(-keepEvents)},
			{&ignored, "DELETE FROM event WHERE session IN (SELECT id FROM session WHERE deleted_at < $1)", time.Now().Add(-knowledge.UndeleteFor)},
			{&ignored, "DELETE FROM session WHERE deleted_at < $1", time.Now().Add(-knowledge.UndeleteFor)},
		} {
			tag, err := tx.Exec(ctx, step.sql, step.arg)
			if err != nil {
				return err
			}
			*step.n = int(tag.RowsAffected())
		}
		return pruneHistory(ctx, tx)
	})
	if err != nil {
		return m, err
	}
	if err := s.fold(ctx); err != nil {
		return m, err
	}
	if err := s.indexSpaces(ctx); err != nil {
		return m, failed("build indexes", err)
	}
	freed, err := s.vacuum(ctx)
	m.Bytes = freed
	return m, failed("vacuum", err)
}

// vacuum runs what autovacuum would do some time, and returns by how much the
// database shrank.
func (s *Store) vacuum(ctx context.Context) (int64, error) {
	size := func() (int64, error) { return one[int64](ctx, s.pool, "SELECT pg_database_size(current_database())") }
	before, err := size()
	if err != nil {
		return 0, err
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Release()
	defer s.reset(ctx, conn)
	for _, q := range []string{
		"SET statement_timeout = 0",
		"VACUUM (ANALYZE, SKIP_LOCKED) document, chunk, posting, posting_new, tally, memory, event, message, part, page, revision",
	} {
		if _, err := conn.Exec(ctx, q); err != nil {
			return 0, err
		}
	}
	after, err := size()
	return max(0, before-after), err
}
