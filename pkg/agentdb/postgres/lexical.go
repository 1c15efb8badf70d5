package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"sync"

	"panther/pkg/agentdb/postgres/postings"
	"panther/pkg/agentdb/store"
	"panther/pkg/search"
)

// Lexical ranks units by BM25 over the blocks of the terms.
func (s *Store) Lexical(ctx context.Context, sc store.Corpus, terms []search.Term, f store.Filter, k int) ([]store.Scored, error) {
	hits, err := s.lexical(ctx, corpusOf(sc), terms, f, k)
	if err != nil {
		return nil, failed("search terms", err)
	}
	out := make([]store.Scored, len(hits))
	for i, h := range hits {
		out[i] = store.Scored{Unit: h.Unit, Score: h.Score}
	}
	return out, nil
}

func (s *Store) lexical(ctx context.Context, c corpus, terms []search.Term, f store.Filter, k int) ([]postings.Hit, error) {
	if len(terms) == 0 || k <= 0 {
		return nil, nil
	}
	q, err := s.openQuery(ctx, c, terms, f)
	if err != nil {
		return nil, err
	}
	defer q.close()
	if len(f.Phrases) == 0 && !narrows(c, f) {
		return q.top(k, nil)
	}
	if len(f.Phrases) == 0 {
		units, isFew, err := s.list(ctx, c, f)
		if err != nil {
			return nil, err
		}
		if isFew {
			return q.top(k, func(u int64) bool { _, ok := slices.BinarySearch(units, u); return ok })
		}
	}
	return s.lexicalFiltered(ctx, c, f, q, k)
}

// lexicalFiltered asks the database about ever more of the best units until k
// have passed.
func (s *Store) lexicalFiltered(ctx context.Context, c corpus, f store.Filter, q *query, k int) ([]postings.Hit, error) {
	asked := 0
	var out []postings.Hit
	for n := max(1000, 4*k); ; n *= 8 {
		hits, err := q.top(n, nil)
		if err != nil {
			return nil, err
		}
		units := make([]int64, 0, len(hits)-asked)
		for _, h := range hits[asked:] {
			units = append(units, h.Unit)
		}
		passed, err := s.pass(ctx, c, f, units)
		if err != nil {
			return nil, err
		}
		for _, h := range hits[asked:] {
			if passed[h.Unit] {
				out = append(out, h)
			}
		}
		asked = len(hits)
		if len(out) >= k || len(hits) < n {
			return out[:min(k, len(out))], nil
		}
	}
}

// LexicalScores scores units by the blocks of the terms.
func (s *Store) LexicalScores(ctx context.Context, sc store.Corpus, terms []search.Term, units []int64) (map[int64]float64, error) {
	out := make(map[int64]float64, len(units))
	if len(terms) == 0 || len(units) == 0 {
		return out, nil
	}
	q, err := s.openQuery(ctx, corpusOf(sc), terms, store.Filter{})
	if err != nil {
		return nil, failed("score units", err)
	}
	defer q.close()
	units = slices.Sorted(slices.Values(units))
	scores, err := postings.Scores(q.corpus, q.terms, units)
	for i, score := range scores {
		if score > 0 {
			out[units[i]] = score
		}
	}
	return out, failed("score units", err)
}

// query is what the index says about the terms of a search, as of one moment.
type query struct {
	corpus postings.Corpus
	terms  []postings.Term
	at     map[string]int // where a term is
	musts  int            // places of phrases that are asked for
	arena  arena
	done   <-chan struct{} // gives back the place among the queries
}

// queries is how many searches have the blocks of their terms in memory at a
// time, which are some megabytes each if the corpus and the terms are large.
// They keep the processors busy; others wait.
func queries() int { return 2 * max(2, runtime.GOMAXPROCS(0)) }

func newQuery(score []search.Term, f store.Filter) *query {
	q := &query{at: map[string]int{}}
	for _, t := range score {
		x := q.term(t.Text)
		x.Weight += t.Weight
		x.Kin = t.Kin
	}
	for _, p := range f.Phrases {
		q.require(p)
	}
	for _, t := range f.Exclude {
		q.term(t).Not = true
	}
	return q
}

func (q *query) term(name string) *postings.Term {
	i, ok := q.at[name]
	if !ok {
		i = len(q.terms)
		q.at[name] = i
		q.terms = append(q.terms, postings.Term{})
	}
	return &q.terms[i]
}

// require asks for a term of each place of a phrase, in one of its ways. A place
// where one way has a silent term says nothing, nor one whose terms stand in
// another place already.
func (q *query) require(p search.Phrase) {
	for i := range p[0] {
		free := true
		for _, way := range p {
			_, ok := q.at[way[i]]
			free = free && !search.Silent(way[i]) && (!ok || q.term(way[i]).Must == 0)
		}
		if !free {
			continue
		}
		q.musts++
		for _, way := range p {
			q.term(way[i]).Must = q.musts
		}
	}
}

// openQuery reads the blocks of all terms; the query is to be closed.
func (s *Store) openQuery(ctx context.Context, c corpus, score []search.Term, f store.Filter) (*query, error) {
	select {
	case s.queries <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	q := newQuery(score, f)
	q.done = s.queries
	if err := q.read(ctx, s.pool, c); err != nil {
		q.close()
		return nil, err
	}
	return q, nil
}

// close gives back the memory of the blocks.
func (q *query) close() {
	q.terms = nil
	q.arena.reset()
	<-q.done
}

func (q *query) top(k int, accept func(int64) bool) ([]postings.Hit, error) {
	return postings.Top(q.corpus, q.terms, k, accept)
}

// read reads all blocks in one statement. To send for those of the common terms
// when it is known which are needed was measured at a million passages: the
// second statement costs what it saves.
func (q *query) read(ctx context.Context, db querier, c corpus) error {
	names := make([]string, 0, len(q.at))
	for name := range q.at {
		names = append(names, clean(name))
	}
	// Lexical: one range of index posting_term and one of posting_new_term for each term; tally is small.
	rows, err := db.Query(ctx, `
		SELECT '', coalesce(sum(units), 0)::bigint, coalesce(sum(terms), 0)::bigint, 0::smallint, NULL::bytea FROM tally WHERE corpus = $1 AND space = 0
		UNION ALL SELECT term, first, last, n, packed FROM posting WHERE corpus = $1 AND term = ANY($2)
		UNION ALL SELECT term, first, last, n, packed FROM posting_new WHERE corpus = $1 AND term = ANY($2)`, c, names)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		v := rows.RawValues()
		if len(v[1]) != 8 || len(v[2]) != 8 || len(v[3]) != 2 {
			return errors.New("the server did not send binary values")
		}
		first, last := int64(binary.BigEndian.Uint64(v[1])), int64(binary.BigEndian.Uint64(v[2]))
		if len(v[0]) == 0 && v[4] == nil {
			q.corpus = postings.Corpus{Units: first, Terms: last}
			continue
		}
		i, ok := q.at[string(v[0])]
		if !ok {
			continue
		}
		n := int(int16(binary.BigEndian.Uint16(v[3])))
		b := postings.Block{First: first, Last: last, N: max(n, -n), Gone: n < 0, Data: q.arena.keep(v[4])}
		q.terms[i].Blocks = append(q.terms[i].Blocks, b)
	}
	return rows.Err()
}

// arena copies small pieces into chunks that the next query uses again, which
// spares the collector.
type arena struct {
	chunks []*chunk
	used   int // of the last one
}

// chunk has room for the longest row and some more.
type chunk [64 << 10]byte

var chunks = sync.Pool{New: func() any { return new(chunk) }}

func (a *arena) keep(b []byte) []byte {
	if len(a.chunks) == 0 || a.used+len(b) > len(chunk{}) {
		a.chunks, a.used = append(a.chunks, chunks.Get().(*chunk)), 0
	}
	out := a.chunks[len(a.chunks)-1][a.used:][:len(b):len(b)]
	a.used += copy(out, b)
	return out
}

// reset ends the use of everything that was kept.
func (a *arena) reset() {
	for _, c := range a.chunks {
		chunks.Put(c)
	}
	a.chunks = nil
}

// candidates returns the units that have all phrases, if those with their terms
// are few.
func (s *Store) candidates(ctx context.Context, c corpus, f store.Filter) ([]int64, bool, error) {
	q, err := s.openQuery(ctx, c, search.Words(phraseTerms(f)...), f)
	if err != nil {
		return nil, false, err
	}
	defer q.close()
	hits, err := q.top(s.few+1, nil)
	if err != nil || len(hits) > s.few {
		return nil, false, err
	}
	units := make([]int64, 0, len(hits))
	for _, h := range hits {
		units = append(units, h.Unit)
	}
	passed, err := s.pass(ctx, c, f, units)
	if err != nil {
		return nil, false, err
	}
	return slices.DeleteFunc(units, func(u int64) bool { return !passed[u] }), true, nil
}
