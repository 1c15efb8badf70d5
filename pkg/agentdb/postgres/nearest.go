package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"panther/pkg/agentdb/store"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"
)

// Nearest finds the nearest vectors.
func (s *Store) Nearest(ctx context.Context, c store.Corpus, id string, vector []float32, f store.Filter, k int) ([]store.Scored, error) {
	found, err := s.nearestIn(ctx, corpusOf(c), id, vector, f, nearest{k: k})
	return scored(found), err
}

// NearestPassages finds the nearest passages in one round trip.
func (s *Store) NearestPassages(ctx context.Context, id string, vector []float32, f store.Filter, k int) ([]store.Scored, []store.StoredPassage, error) {
	found, err := s.nearestIn(ctx, documents, id, vector, f, nearest{k: k, passages: true})
	passages := make([]store.StoredPassage, len(found))
	for i, n := range found {
		passages[i] = *n.passage
	}
	return scored(found), passages, err
}

// near is a unit that was found, with its passage where that was asked for.
type near struct {
	store.Scored
	passage *store.StoredPassage
}

func scored(found []near) []store.Scored {
	out := make([]store.Scored, len(found))
	for i, n := range found {
		out[i] = n.Scored
	}
	return out
}

// nearest says what a search for vectors brings.
type nearest struct {
	k         int
	passages  bool
	iterative bool // the index is scanned on while too few pass a filter
}

func (s *Store) nearestIn(ctx context.Context, c corpus, id string, vector []float32, f store.Filter, n nearest) (out []near, err error) {
	if n.k <= 0 {
		return nil, nil
	}
	err = s.withSpace(ctx, id, func(x space) error {
		if len(vector) != x.Dimensions {
			return fmt.Errorf("the query has %d dimensions, space %s has %d", len(vector), x.ID, x.Dimensions)
		}
		out, err = s.nearest(ctx, vectorTable{x.n, c}, pgvector.NewHalfVector(vector), f, n)
		return err
	})
	if err != nil {
		return nil, failed("search vectors", err)
	}
	slices.SortFunc(out, func(a, b near) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Unit, b.Unit))
	})
	return out, nil
}

func (s *Store) nearest(ctx context.Context, t vectorTable, v pgvector.HalfVector, f store.Filter, n nearest) ([]near, error) {
	if !narrows(t.corpus, f) && len(f.Phrases) == 0 && len(f.Exclude) == 0 {
		// Nearest: the HNSW index of the table, or a scan while there is none.
		return s.scan(ctx, n, "SELECT unit, -(value <#> $1) AS score FROM "+t.String()+" ORDER BY value <#> $1 LIMIT "+fmt.Sprint(n.k), v)
	}
	units, isFew, err := s.scope(ctx, t.corpus, f)
	if err != nil {
		return nil, err
	}
	if isFew {
		// Nearest: primary key of the vectors. The sum keeps the HNSW index, which is not exact, out of the plan.
		return s.scan(ctx, n, "SELECT unit, -(value <#> $1) AS score FROM "+t.String()+" WHERE unit = ANY($2) ORDER BY (value <#> $1) + 0, unit LIMIT "+
			fmt.Sprint(n.k), v, units)
	}
	w := where{args: []any{v}}
	w.narrow(ctx, t.corpus, f)
	w.words(f)
	sql := "SELECT v.unit, -(v.value <#> $1) AS score FROM " + t.String() + " v JOIN " + t.corpus.units() + " c ON c.unit = v.unit" + t.corpus.join() +
		" WHERE " + w.text() + " ORDER BY (v.value <#> $1)%s LIMIT " + fmt.Sprint(n.k)
	// Nearest: the HNSW index, scanned on and on until k units passed, which are read by their primary keys.
	n.iterative = true
	out, err := s.scan(ctx, n, fmt.Sprintf(sql, ""), w.args...)
	if err != nil || len(out) == n.k {
		return out, err
	}
	// Nearest: all vectors that pass, since they are far from the query or the scan ran into its limits.
	n.iterative = false
	return s.scan(ctx, n, fmt.Sprintf(sql, " + 0"), w.args...)
}

// scanTuples is how many vectors an iterative scan visits at most: beyond it
// comparing all that pass is no slower.
const scanTuples = 200_000

// scope lists the units that pass a filter, if they are few.
func (s *Store) scope(ctx context.Context, c corpus, f store.Filter) (units []int64, isFew bool, err error) {
	if len(f.Phrases) > 0 {
		return s.candidates(ctx, c, f)
	}
	if !narrows(c, f) {
		return nil, false, nil
	}
	units, isFew, err = s.list(ctx, c, f)
	if err != nil || !isFew || len(f.Exclude) == 0 {
		return units, isFew, err
	}
	var w where
	w.add("c.unit = ANY(?)", units)
	w.words(f)
	// Nearest: primary keys.
	units, err = collect(ctx, s.pool, pgx.RowTo[int64], "SELECT c.unit FROM "+c.units()+" c WHERE "+w.text(), w.args...)
	return units, true, err
}

// scan runs a query for vectors with a search width that fits k. Where the
// connection's settings do not fit, settings and query are one round trip and
// one implicit transaction.
func (s *Store) scan(ctx context.Context, n nearest, sql string, args ...any) ([]near, error) {
	row := scanNear
	if n.passages {
		// NearestPassages: primary keys of chunk and document, for what the search gives.
		sql, row = "WITH v AS MATERIALIZED ("+sql+") SELECT v.score, "+passageColumns+"JOIN v ON v.unit = c.unit", scanNearPassage
	}
	width := searchWidth(n.k)
	if width == leastWidth && !n.iterative {
		return collect(ctx, s.pool, row, sql, args...)
	}
	var b pgx.Batch
	mode := "off"
	if n.iterative {
		mode = "strict_order"
	}
	b.Queue("SELECT set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', $2, true), set_config('hnsw.max_scan_tuples', $3, true)",
		fmt.Sprint(width), mode, fmt.Sprint(s.scanTuples))
	b.Queue(sql, args...)
	r := s.pool.SendBatch(ctx, &b)
	defer func() { _ = r.Close() }()
	if _, err := r.Exec(); err != nil {
		return nil, err
	}
	rows, err := r.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, row)
}

func scanNear(row pgx.CollectableRow) (n near, err error) {
	return n, row.Scan(&n.Unit, &n.Score)
}

func scanNearPassage(row pgx.CollectableRow) (n near, err error) {
	n.passage = &store.StoredPassage{}
	err = row.Scan(append([]any{&n.Score}, passageFields(n.passage)...)...)
	n.Unit = n.passage.Unit
	tidy(n.passage)
	return n, err
}

// leastWidth is hnsw.ef_search for few results, which connections have from
// their start: pgvector's default of 40 finds .98 of the nearest ten on
// clustered data, this .99.
const leastWidth = 60

// searchWidth is hnsw.ef_search for k results: not less than k, since a scan
// returns no more than that.
func searchWidth(k int) int { return min(1000, max(leastWidth, k+k/4)) }

// Similarities compares the vectors of units.
func (s *Store) Similarities(ctx context.Context, sc store.Corpus, id string, vector []float32, units []int64) (map[int64]float64, error) {
	out := make(map[int64]float64, len(units))
	if len(units) == 0 {
		return out, nil
	}
	err := s.withSpace(ctx, id, func(x space) error {
		// Similarities: primary key of the vectors.
		found, err := collect(ctx, s.pool, scanNear, "SELECT unit, -(value <#> $1) FROM "+vectorTable{x.n, corpusOf(sc)}.String()+" WHERE unit = ANY($2)",
			pgvector.NewHalfVector(vector), units)
		for _, n := range found {
			out[n.Unit] = n.Score
		}
		return err
	})
	return out, failed("compare vectors", err)
}

// Vectors reads the vectors of units.
func (s *Store) Vectors(ctx context.Context, sc store.Corpus, id string, units []int64) (map[int64][]float32, error) {
	out := make(map[int64][]float32, len(units))
	err := s.withSpace(ctx, id, func(x space) error {
		// Vectors: primary key of the vectors.
		rows, err := s.pool.Query(ctx, "SELECT unit, value FROM "+vectorTable{x.n, corpusOf(sc)}.String()+" WHERE unit = ANY($1)", units)
		if err != nil {
			return err
		}
		var unit int64
		var value pgvector.HalfVector
		_, err = pgx.ForEachRow(rows, []any{&unit, &value}, func() error { out[unit] = value.Slice(); return nil })
		return err
	})
	if err != nil {
		return nil, failed("read vectors", err)
	}
	return out, nil
}
