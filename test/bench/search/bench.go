package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"panther/pkg/agentdb"
	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	words "panther/pkg/search"
	"panther/test/bench/synthetic"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pgvector/pgvector-go"
	pgxvector "github.com/pgvector/pgvector-go/pgx"
)

const spaceID = "bench/synthetic/"

// legDepth is how many results agentdb asks of each leg.
const legDepth = 200

type bench struct {
	options
	ctx    context.Context
	name   string
	corpus synthetic.Corpus
	notes  []string
	closer []func()

	queries []query
}

type query struct {
	terms  []string
	common []string // other terms, all common
	vector []float32
	best   []int64 // the ten nearest units, for the first queries
}

func (b *bench) close() {
	slices.Reverse(b.closer)
	for _, f := range b.closer {
		f()
	}
}

func (b *bench) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf("%s: ", b.name)+fmt.Sprintf(format, args...))
}

func (b *bench) run() error {
	if b.export != "" {
		b.ask()
		return b.write(filepath.Join(b.export, b.name))
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	b.closer = append(b.closer, func() { _ = os.RemoveAll(dir) })
	url := b.store
	if url == "" {
		if url, err = b.postgres(filepath.Join(dir, "postgres")); err != nil {
			return err
		}
	}
	s, err := agentdb.Open(b.ctx, url)
	if err != nil {
		return err
	}
	err = b.load(s)
	if err == nil {
		b.ask()
		err = b.measure(s, url, dir)
	}
	if cerr := s.Close(); err == nil {
		err = cerr
	}
	return err
}

// postgres starts a server with the memory that a database of this size wants.
func (b *bench) postgres(dir string) (string, error) {
	b.closer = append(b.closer, func() { _ = exec.Command("scripts/postgres", "remove", dir).Run() })
	cmd := exec.CommandContext(b.ctx, "scripts/postgres", "start", dir, "shared_buffers=2GB", "max_wal_size=16GB", "checkpoint_timeout=1h", "jit=off")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("start PostgreSQL: %w", err)
	}
	url := strings.TrimSpace(string(out))
	pool, err := pgxpool.New(b.ctx, url)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	_, err = pool.Exec(b.ctx, "CREATE EXTENSION vector")
	return url, err
}

// load fills the store as a restore does.
func (b *bench) load(s store.Store) error {
	start := time.Now()
	if st, err := s.Stats(b.ctx); err != nil {
		return err
	} else if st.Chunks == b.passages {
		b.note("the database held its passages already")
		return nil
	}
	doc, vec, made := 0, 0, false
	err := s.Import(b.ctx, func() (store.Record, error) {
		switch {
		case doc*synthetic.PassagesPerDocument < b.passages:
			d := b.corpus.Document(doc)
			doc++
			return store.Record{Document: &d}, nil
		case !made:
			made = true
			return store.Record{Space: &store.Space{ID: b.space(), Provider: "bench", Model: "synthetic", Dimensions: b.dimensions, Weight: .5, Active: true}}, nil
		case vec < b.passages:
			v := store.Vectors{Space: b.space(), Corpus: store.DocumentCorpus}
			for ; vec < b.passages && len(v.Units) < 1000; vec++ {
				v.Units, v.Values = append(v.Units, int64(vec+1)), append(v.Values, b.corpus.Vector(vec))
			}
			return store.Record{Vectors: &v}, nil
		}
		return store.Record{}, io.EOF
	})
	if err != nil {
		return err
	}
	if _, err = s.Maintain(b.ctx, 0); err != nil {
		return err
	}
	st, err := s.Stats(b.ctx)
	if err != nil {
		return err
	}
	b.note("%d passages loaded and indexed in %.0f s, %d MB", st.Chunks, time.Since(start).Seconds(), st.Bytes>>20)
	return nil
}

func (b *bench) space() string { return spaceID + strconv.Itoa(b.dimensions) }

// ask makes the queries, and finds the nearest vectors of the first by looking
// at all.
func (b *bench) ask() {
	b.queries = make([]query, b.options.queries)
	for i := range b.queries {
		b.queries[i].terms, b.queries[i].vector = b.corpus.Query(i, b.passages)
		b.queries[i].common = b.corpus.CommonQuery(i)
	}
	truth := min(b.truth, len(b.queries))
	var wg sync.WaitGroup
	const parts = 8
	lists := make([][][]store.Scored, parts)
	for p := range parts {
		lists[p] = make([][]store.Scored, truth)
		wg.Go(func() {
			for i := p; i < b.passages; i += parts {
				v := b.corpus.Vector(i)
				for q := range truth {
					lists[p][q] = keepTen(lists[p][q], store.Scored{Unit: int64(i + 1), Score: dot(v, b.queries[q].vector)})
				}
			}
		})
	}
	wg.Wait()
	for q := range truth {
		var all []store.Scored
		for p := range parts {
			for _, h := range lists[p][q] {
				all = keepTen(all, h)
			}
		}
		for _, h := range all {
			b.queries[q].best = append(b.queries[q].best, h.Unit)
		}
	}
}

// keepTen inserts a result into the best ten, best first.
func keepTen(best []store.Scored, h store.Scored) []store.Scored {
	if len(best) == 10 && h.Score <= best[9].Score {
		return best
	}
	i := len(best)
	for i > 0 && best[i-1].Score < h.Score {
		i--
	}
	best = slices.Insert(best, i, h)
	return best[:min(10, len(best))]
}

func dot(x, y []float32) float64 {
	var s0, s1, s2, s3 float32
	for i := 0; i+4 <= len(x); i += 4 {
		s0 += x[i] * y[i]
		s1 += x[i+1] * y[i+1]
		s2 += x[i+2] * y[i+2]
		s3 += x[i+3] * y[i+3]
	}
	return float64(s0 + s1 + s2 + s3)
}

// search answers one query and returns units, best first; or none where only
// the time counts.
type search func(ctx context.Context, q *query) ([]int64, error)

func (b *bench) measure(s store.Store, url, dir string) error {
	units := func(hits []store.Scored, err error) ([]int64, error) {
		var out []int64
		for _, h := range hits[:min(10, len(hits))] {
			out = append(out, h.Unit)
		}
		return out, err
	}
	lexical := func(terms func(*query) []string) search {
		return func(ctx context.Context, q *query) ([]int64, error) {
			_, err := s.Lexical(ctx, store.DocumentCorpus, words.Words(terms(q)...), store.Filter{}, legDepth)
			return nil, err
		}
	}
	dense := func(k int) search {
		return func(ctx context.Context, q *query) ([]int64, error) {
			return units(s.Nearest(ctx, store.DocumentCorpus, b.space(), q.vector, store.Filter{}, k))
		}
	}
	if s.Kind() == "postgres" {
		// The widths are those of the store, so that both find the same.
		for _, m := range []struct {
			mode     string
			k, width int
			text     bool
		}{{"dense, 10", 10, 60, false}, {"dense, 200", legDepth, legDepth + legDepth/4, false}, {"dense, text", 10, 60, true}} {
			pool, err := rawPool(b.ctx, url, m.width)
			if err != nil {
				return err
			}
			err = b.time("SQL", m.mode, raw(pool, m.k, m.text))
			pool.Close()
			if err != nil {
				return err
			}
		}
	}
	for _, m := range []struct {
		mode string
		do   search
	}{{"dense, 10", dense(10)}, {"dense, 200", dense(legDepth)},
		{"lexical, 200", lexical(func(q *query) []string { return q.terms })},
		{"lex. common", lexical(func(q *query) []string { return q.common })}} {
		if err := b.time("store", m.mode, m.do); err != nil {
			return err
		}
	}
	srv, err := startAgentdb(b, url, filepath.Join(dir, "agentdb"))
	if err != nil {
		return err
	}
	defer srv.stop()
	for _, m := range []knowledge.Mode{knowledge.ModeDense, knowledge.ModeLexical, knowledge.ModeHybrid} {
		if err := b.time("agentdb", string(m), srv.search(m)); err != nil {
			return err
		}
	}
	// As SQL is given the vectors: those of the questions before are known to agentdb.
	all := b.queries
	b.queries = all[:min(warm, len(all))]
	err = b.time("agentdb", "dense, known", srv.search(knowledge.ModeDense))
	b.queries = all
	if err != nil {
		return err
	}
	b.note("agentdb used %d MB at most, %d MB in the end, %d MB of them its own and not the mapped file's", srv.memory("VmHWM"), srv.memory("VmRSS"), srv.memory("RssAnon"))
	return nil
}

// rawPool is what a program without agentdb would use: connections that search
// with that width.
func rawPool(ctx context.Context, url string, width int) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = 20
	cfg.ConnConfig.RuntimeParams["hnsw.ef_search"] = strconv.Itoa(width)
	cfg.AfterConnect = pgxvector.RegisterTypes
	return pgxpool.NewWithConfig(ctx, cfg)
}

// raw is the SQL of the store's dense leg by itself; with what a search answers,
// if text is set.
func raw(pool *pgxpool.Pool, k int, text bool) search {
	sql := fmt.Sprintf("SELECT unit, -(value <#> $1) FROM vector_1_documents ORDER BY value <#> $1 LIMIT %d", k)
	if text {
		sql = "SELECT unit, score, d.uri, d.source, d.title, c.headings, c.anchor, c.text FROM (" + strings.Replace(sql, "$1)", "$1) AS score", 1) +
			") v JOIN chunk c USING (unit) JOIN document d ON d.n = c.document ORDER BY score DESC"
	}
	return func(ctx context.Context, q *query) (out []int64, err error) {
		rows, err := pool.Query(ctx, sql, pgvector.NewHalfVector(q.vector))
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var unit int64
			var score float64
			into := []any{&unit, &score}
			if text {
				var s [5]string
				var headings []string
				into = append(into, &s[0], &s[1], &s[2], &headings, &s[3], &s[4])
			}
			if err := rows.Scan(into...); err != nil {
				return nil, err
			}
			if len(out) < 10 {
				out = append(out, unit)
			}
		}
		return out, rows.Err()
	}
}

// warm is how many queries are asked before those that are measured: fewer than
// agentdb keeps the vectors of.
const warm = 200

// time measures all queries at each concurrency and prints a line for it.
func (b *bench) time(path, mode string, do search) error {
	for i := range min(warm, len(b.queries)) {
		if _, err := do(b.ctx, &b.queries[i]); err != nil {
			return fmt.Errorf("%s %s: %w", path, mode, err)
		}
	}
	for _, c := range strings.Split(b.concurrency, ",") {
		clients, err := strconv.Atoi(c)
		if err != nil {
			return err
		}
		times := make([]time.Duration, len(b.queries))
		var next, found, wanted atomic.Int64
		var failure atomic.Pointer[error]
		var wg sync.WaitGroup
		start := time.Now()
		for range clients {
			wg.Go(func() {
				for {
					i := int(next.Add(1)) - 1
					if i >= len(b.queries) || failure.Load() != nil {
						return
					}
					q := &b.queries[i]
					t := time.Now()
					units, err := do(b.ctx, q)
					times[i] = time.Since(t)
					if err != nil {
						failure.Store(&err)
						return
					}
					if units != nil && q.best != nil {
						for _, u := range q.best {
							if slices.Contains(units, u) {
								found.Add(1)
							}
						}
						wanted.Add(int64(len(q.best)))
					}
				}
			})
		}
		wg.Wait()
		if err := failure.Load(); err != nil {
			return fmt.Errorf("%s %s: %w", path, mode, *err)
		}
		rate := float64(len(times)) / time.Since(start).Seconds()
		recall := "-"
		if wanted.Load() > 0 {
			recall = fmt.Sprintf("%.3f", float64(found.Load())/float64(wanted.Load()))
		}
		slices.Sort(times)
		at := func(p float64) float64 { return float64(times[int(p*float64(len(times)-1))].Microseconds()) / 1000 }
		fmt.Printf("%-10s %-8s %-13s %7d %10s %8.2f %8.2f %8.2f %10.0f\n", b.name, path, mode, clients, recall, at(.5), at(.95), at(.99), rate)
	}
	return nil
}
