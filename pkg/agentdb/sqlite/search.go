package sqlite

import (
	"context"
	"slices"
	"strings"

	"panther/pkg/agentdb/store"
	"panther/pkg/identity"
	"panther/pkg/search"
)

// where collects the conditions of a query.
type where struct {
	conds []string
	args  []any
}

func (w *where) add(cond string, args ...any) {
	w.conds = append(w.conds, cond)
	w.args = append(w.args, args...)
}

func (w *where) text() string {
	if len(w.conds) == 0 {
		return "TRUE"
	}
	return strings.Join(w.conds, " AND ")
}

// unitTable names the table and the index of a corpus.
func unitTable(c store.Corpus) (units, terms string) {
	if c == store.MemoryCorpus {
		return "memory", "memory_terms"
	}
	return "chunk", "chunk_terms"
}

// filter adds the conditions of f over c (chunk or memory) and, for documents,
// d.
func (w *where) filter(ctx context.Context, c store.Corpus, f store.Filter) {
	_, terms := unitTable(c)
	match := "(SELECT rowid FROM " + terms + " WHERE " + terms + " MATCH ?)"
	for _, p := range f.Phrases {
		ways := make([]string, len(p))
		for i, way := range p {
			ways[i] = quoted(strings.Join(way, " "))
		}
		w.add("c.unit IN "+match, strings.Join(ways, " OR "))
	}
	if q := anyOf(f.Exclude); q != "" {
		w.add("c.unit NOT IN "+match, q)
	}
	if c == store.MemoryCorpus {
		w.memories(ctx, store.ListMemories{Kinds: f.Kinds, Scope: f.Scope})
		return
	}
	if len(f.Sources) > 0 {
		w.add("d.source IN (SELECT value FROM json_each(?))", toJSON(f.Sources))
	}
	if len(f.Versions) > 0 {
		w.add(`EXISTS (SELECT 1 FROM json_each(?) v WHERE json_extract(d.meta, '$.version') = v.value
			OR substr(json_extract(d.meta, '$.version'), 1, length(v.value) + 1) = v.value || '.')`, toJSON(f.Versions))
	}
	if len(f.Languages) > 0 {
		w.add(`EXISTS (SELECT 1 FROM json_each(?) l WHERE lower(d.language) = lower(l.value)
			OR substr(lower(d.language), 1, length(l.value) + 1) = lower(l.value) || '-')`, toJSON(f.Languages))
	}
	for _, t := range f.Tags {
		w.add("EXISTS (SELECT 1 FROM json_each(d.tags) WHERE value = ?)", t)
	}
	if !f.After.IsZero() {
		w.add("coalesce(d.published_at, d.fetched_at) >= ?", micros(f.After))
	}
}

// visible adds a condition that leaves only what the identity of a context sees
// (identity.Sees): that is put into cond, which compares it with an owner.
func (w *where) visible(ctx context.Context, cond string) {
	switch id := identity.Of(ctx); id {
	case identity.Everyone:
	case "":
		w.add("FALSE")
	default:
		w.add(cond, id)
	}
}

// Conditions for visible.
const (
	ownMemory  = "c.owner IN ('', ?)"
	ownSession = "owner IN ('', ?)" // of a session or an event
	ownMessage = "m.session IN (SELECT id FROM session WHERE owner IN ('', ?))"
)

func (w *where) memories(ctx context.Context, sel store.ListMemories) {
	w.visible(ctx, ownMemory)
	if !sel.Superseded {
		w.add("c.superseded_by = ''")
	}
	if len(sel.Kinds) > 0 {
		w.add("c.kind IN (SELECT value FROM json_each(?))", toJSON(sel.Kinds))
	}
	if sc := sel.Scope; sc != nil {
		w.add("c.scope_user IN ('', ?) AND c.scope_agent IN ('', ?) AND c.scope_session IN ('', ?)", sc.User, sc.Agent, sc.Session)
	}
}

// quoted is a phrase of the FTS5 query language.
func quoted(s string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), `"`, `""`) + `"`
}

// anyOf is a query for units that have one of the terms.
func anyOf(terms []string) string {
	q := make([]string, 0, len(terms))
	for _, t := range terms {
		q = append(q, quoted(t))
	}
	return strings.Join(q, " OR ")
}

// Lexical ranks by the postings in memory.
func (s *Store) Lexical(ctx context.Context, c store.Corpus, terms []search.Term, f store.Filter, k int) ([]store.Scored, error) {
	if len(terms) == 0 || k <= 0 {
		return nil, nil
	}
	x := s.terms[corpusNumber(c)]
	return s.filtered(ctx, c, f, k, func(k int, allowed map[int64]bool) (hits []store.Scored, all bool, err error) {
		err = x.with(ctx, func() { hits, all = x.best(terms, k, allowed) })
		return hits, all, err
	})
}

// LexicalScores scores units by the postings in memory.
func (s *Store) LexicalScores(ctx context.Context, c store.Corpus, terms []search.Term, units []int64) (map[int64]float64, error) {
	out := make(map[int64]float64, len(units))
	if len(terms) == 0 || len(units) == 0 {
		return out, nil
	}
	x := s.terms[corpusNumber(c)]
	return out, x.with(ctx, func() {
		scores, done := x.score(terms)
		defer done()
		for _, u := range units {
			if slot, ok := x.slots[u]; ok && scores[slot] > 0 {
				out[u] = scores[slot]
			}
		}
	})
}

// filtered returns the k best that pass the filter. It asks the database about
// more and more of the best, and in the end for all that pass.
func (s *Store) filtered(ctx context.Context, c store.Corpus, f store.Filter, k int,
	best func(k int, allowed map[int64]bool) (hits []store.Scored, all bool, err error)) ([]store.Scored, error) {
	if c == store.DocumentCorpus && f.IsZero() {
		hits, _, err := best(k, nil)
		return hits, err
	}
	for _, n := range []int{2 * k, 12 * k} {
		hits, all, err := best(n, nil)
		if err != nil {
			return nil, err
		}
		units := make([]int64, len(hits))
		for i, h := range hits {
			units[i] = h.Unit
		}
		ok, err := s.allowed(ctx, c, f, units)
		if err != nil {
			return nil, err
		}
		hits = slices.DeleteFunc(hits, func(h store.Scored) bool { return !ok[h.Unit] })
		if len(hits) >= k || all {
			return hits[:min(k, len(hits))], nil
		}
		if 12*len(hits) < k { // the filter leaves so few that listing them is cheaper
			break
		}
	}
	ok, err := s.allowed(ctx, c, f, nil)
	if err != nil {
		return nil, err
	}
	hits, _, err := best(k, ok)
	return hits, err
}

// allowed returns which units pass the filter: all of the corpus, or those of a
// list.
func (s *Store) allowed(ctx context.Context, c store.Corpus, f store.Filter, among []int64) (map[int64]bool, error) {
	var w where
	w.filter(ctx, c, f)
	from := "chunk c JOIN document d ON d.n = c.document"
	if c == store.MemoryCorpus {
		from = "memory c"
	}
	if among != nil {
		w.add("c.unit IN (SELECT value FROM json_each(?))", toJSON(among))
	}
	units, err := collect(ctx, s.read, scanOne[int64], "SELECT c.unit FROM "+from+" WHERE "+w.text(), w.args...)
	if err != nil {
		return nil, failed("filter units", err)
	}
	m := make(map[int64]bool, len(units))
	for _, u := range units {
		m[u] = true
	}
	return m, nil
}
