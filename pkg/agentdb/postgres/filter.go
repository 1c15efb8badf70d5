package postgres

import (
	"context"
	"slices"

	"panther/pkg/agentdb/store"
	"panther/pkg/identity"
	"panther/pkg/search"

	"github.com/jackc/pgx/v5"
)

// few is how many units a filter may leave so that they are listed before the
// search, which is then exact among them. It takes some 10 ms; filters that
// leave more are applied to the results.
const few = 10_000

// from is what the conditions of a filter are about.
func (c corpus) from() string { return c.units() + " c" + c.join() }

// join adds the document of a passage.
func (c corpus) join() string {
	if c == memories {
		return ""
	}
	return " JOIN document d ON d.n = c.document"
}

// narrow adds the conditions of a filter but for its terms.
func (w *where) narrow(ctx context.Context, c corpus, f store.Filter) {
	if c == memories {
		w.memories(ctx, store.ListMemories{Kinds: f.Kinds, Scope: f.Scope})
		return
	}
	if len(f.Sources) > 0 {
		w.add("d.source = ANY(?)", cleanAll(f.Sources))
	}
	if len(f.Versions) > 0 {
		w.add(`EXISTS (SELECT FROM unnest(?::text[]) v WHERE d.meta->>'version' = v OR starts_with(d.meta->>'version', v || '.'))`, cleanAll(f.Versions))
	}
	if len(f.Languages) > 0 {
		w.add(`EXISTS (SELECT FROM unnest(?::text[]) l WHERE lower(d.language) = lower(l) OR starts_with(lower(d.language), lower(l) || '-'))`,
			cleanAll(f.Languages))
	}
	if len(f.Tags) > 0 {
		w.add("d.tags @> ?", cleanAll(f.Tags))
	}
	if !f.After.IsZero() {
		w.add("coalesce(d.published_at, d.fetched_at) >= ?", f.After)
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
		w.add(cond, clean(string(id)))
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
		w.add("c.kind = ANY(?)", cleanAll(sel.Kinds))
	}
	if sc := sel.Scope; sc != nil {
		w.add("c.scope_user IN ('', ?)", clean(sc.User))
		w.add("c.scope_agent IN ('', ?)", clean(sc.Agent))
		w.add("c.scope_session IN ('', ?)", clean(sc.Session))
	}
}

// words adds the conditions of a filter on terms: phrases side by side, and
// excluded ones absent.
func (w *where) words(f store.Filter) {
	w.phrases(f)
	if len(f.Exclude) > 0 {
		w.add("NOT string_to_array(c.terms, ' ') && ?", cleanAll(f.Exclude))
	}
}

func (w *where) phrases(f store.Filter) {
	for _, p := range f.Phrases {
		ways := make([]string, len(p))
		for i, way := range p {
			ways[i] = " " + joinTerms(way) + " "
		}
		w.add("EXISTS (SELECT FROM unnest(?::text[]) way WHERE position(way IN ' ' || c.terms || ' ') > 0)", ways)
	}
}

// phraseTerms are the distinct terms of all phrases that have postings.
func phraseTerms(f store.Filter) []string {
	var out []string
	for _, p := range f.Phrases {
		for _, way := range p {
			for _, t := range way {
				if !search.Silent(t) && !slices.Contains(out, t) {
					out = append(out, t)
				}
			}
		}
	}
	return out
}

// narrows reports whether a filter has conditions beyond its terms.
func narrows(c corpus, f store.Filter) bool {
	f.Phrases, f.Exclude = nil, nil
	return c == memories || !f.IsZero()
}

// list returns the units that pass narrow, in order, if they are few; and nil
// and false if they are more.
func (s *Store) list(ctx context.Context, c corpus, f store.Filter) ([]int64, bool, error) {
	var w where
	w.narrow(ctx, c, f)
	// Lexical, Nearest: index document_source with chunk_document where sources are given, or a scan that ends at the limit.
	units, err := collect(ctx, s.pool, pgx.RowTo[int64], "SELECT c.unit FROM "+c.from()+" WHERE "+w.text()+" LIMIT "+w.arg(s.few+1), w.args...)
	if err != nil || len(units) > s.few {
		return nil, false, err
	}
	slices.Sort(units)
	return units, true, nil
}

// pass returns those of the given units that pass narrow and phrases.
func (s *Store) pass(ctx context.Context, c corpus, f store.Filter, units []int64) (map[int64]bool, error) {
	var w where
	w.add("c.unit = ANY(?)", units)
	w.narrow(ctx, c, f)
	w.phrases(f)
	// Lexical, Nearest: primary keys.
	passed, err := collect(ctx, s.pool, pgx.RowTo[int64], "SELECT c.unit FROM "+c.from()+" WHERE "+w.text(), w.args...)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]bool, len(passed))
	for _, u := range passed {
		out[u] = true
	}
	return out, nil
}
