package postgres

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// SlowQuery is a query that took long.
type SlowQuery struct {
	SQL  string
	Took time.Duration
	Plan string // of EXPLAIN, a moment later; "" if there is none to be had
	Err  error  // of the query, such as a timeout
}

// OnSlowQuery makes report hear of each query that takes longer than that. What
// is slow by its nature is none: only SELECTs are looked at.
func (s *Store) OnSlowQuery(than time.Duration, report func(SlowQuery)) {
	s.tracer.watch.Store(&slowWatch{than, func(q SlowQuery, args []any) {
		q.Plan = s.explain(q.SQL, args)
		report(q)
	}})
}

type slowWatch struct {
	than   time.Duration
	report func(q SlowQuery, args []any)
}

// explainTimeout bounds the question for a plan, which executes nothing.
const explainTimeout = 5 * time.Second

func (s *Store) explain(sql string, args []any) string {
	ctx, cancel := context.WithTimeout(context.Background(), explainTimeout)
	defer cancel()
	lines, err := collect(ctx, s.pool, pgx.RowTo[string], "EXPLAIN "+sql, args...)
	if err != nil {
		return ""
	}
	return strings.Join(lines, "\n")
}

// tracer measures queries. The zero value watches nothing.
type tracer struct{ watch atomic.Pointer[slowWatch] }

type traceKey struct{}

type trace struct {
	start time.Time
	sql   string
	args  []any
}

func (t *tracer) begin(ctx context.Context, sql string, args []any) context.Context {
	if t.watch.Load() == nil || !strings.HasPrefix(strings.TrimSpace(sql), "SELECT") {
		return ctx
	}
	return context.WithValue(ctx, traceKey{}, &trace{time.Now(), sql, args})
}

func (t *tracer) end(ctx context.Context, err error) {
	w := t.watch.Load()
	q, ok := ctx.Value(traceKey{}).(*trace)
	if w == nil || !ok {
		return
	}
	if took := time.Since(q.start); took > w.than {
		go w.report(SlowQuery{SQL: strings.Join(strings.Fields(q.sql), " "), Took: took, Err: err}, q.args) // the plan takes another connection
	}
}

// TraceQueryStart is of pgx.QueryTracer.
func (t *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	return t.begin(ctx, d.SQL, d.Args)
}

// TraceQueryEnd is of pgx.QueryTracer.
func (t *tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryEndData) {
	t.end(ctx, d.Err)
}

// TraceBatchStart is of pgx.BatchTracer. Of a batch the last query is the one
// that takes long: what is before are settings.
func (t *tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceBatchStartData) context.Context {
	if n := d.Batch.Len(); n > 0 {
		q := d.Batch.QueuedQueries[n-1]
		return t.begin(ctx, q.SQL, q.Arguments)
	}
	return ctx
}

// TraceBatchQuery is of pgx.BatchTracer.
func (t *tracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd is of pgx.BatchTracer.
func (t *tracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, d pgx.TraceBatchEndData) {
	t.end(ctx, d.Err)
}
