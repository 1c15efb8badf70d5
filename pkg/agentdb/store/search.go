package store

import (
	"context"
	"time"

	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// Corpus is a set of units that is searched as one.
type Corpus string

// The corpora.
const (
	DocumentCorpus Corpus = "documents"
	MemoryCorpus   Corpus = "memories"
)

// Searcher ranks units. Results are ordered by score, best first, and by unit
// where scores are equal.
type Searcher interface {
	// Lexical returns the k best units for the terms by the score in the package
	// comment. Units without any of the terms are no results. No terms give none.
	Lexical(ctx context.Context, c Corpus, terms []search.Term, f Filter, k int) ([]Scored, error)
	// LexicalScores returns the scores that Lexical would give to units; those
	// without any of the terms are left out.
	LexicalScores(ctx context.Context, c Corpus, terms []search.Term, units []int64) (map[int64]float64, error)
	// Vocabulary returns how many passages have each of the terms, and those of the
	// terms that begin with one of the prefixes, of which up to limit are looked at
	// for each, in order. Terms that no passage has are left out.
	Vocabulary(ctx context.Context, terms, prefixes []string, limit int) (map[string]int, error)
	// Nearest returns the k units whose vectors in the space are nearest by
	// cosine similarity, which is the score. The vector has length 1. It is exact
	// for SQLite; an index must keep recall@10 above .97 on clustered data, and
	// be exact for filters that leave few.
	Nearest(ctx context.Context, c Corpus, space string, vector []float32, f Filter, k int) ([]Scored, error)
	// NearestPassages is Nearest among documents with the passages, in the same
	// order: one question to the database where that is possible.
	NearestPassages(ctx context.Context, space string, vector []float32, f Filter, k int) ([]Scored, []StoredPassage, error)
	// Similarities returns the scores that Nearest would give to units; those
	// without a vector are left out.
	Similarities(ctx context.Context, c Corpus, space string, vector []float32, units []int64) (map[int64]float64, error)
	// Vectors returns the vectors of a few units in a space; units that have none
	// are left out.
	Vectors(ctx context.Context, c Corpus, space string, units []int64) (map[int64][]float32, error)
}

// Scored is a unit with its score.
type Scored = search.Scored

// Units returns the units of results in their order.
func Units(hits []Scored) []int64 {
	out := make([]int64, len(hits))
	for i, h := range hits {
		out[i] = h.Unit
	}
	return out
}

// Filter narrows a search. Empty fields do not.
type Filter struct {
	Phrases []search.Phrase // units must have the terms of one way of each, side by side
	Exclude []string        // units must have none of these terms

	// Documents only.
	Sources   []string  // one of these
	Versions  []string  // one of these, "17" includes "17.2"
	Languages []string  // one of these, "en" includes "en-GB"
	Tags      []string  // all of these
	After     time.Time // PublishedAt, or FetchedAt where it has none, not before

	// Memories only: superseded ones are never found.
	Kinds []string
	Scope *knowledge.Scope // each field of the memory is empty or equals it
}

// IsZero reports whether the filter lets everything through.
func (f Filter) IsZero() bool {
	return len(f.Phrases) == 0 && len(f.Exclude) == 0 && len(f.Sources) == 0 && len(f.Versions) == 0 && len(f.Languages) == 0 &&
		len(f.Tags) == 0 && f.After.IsZero() && len(f.Kinds) == 0 && f.Scope == nil
}
