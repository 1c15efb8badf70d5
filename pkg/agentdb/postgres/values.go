package postgres

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"panther/pkg/agentdb/store"
)

// corpus is a store.Corpus as a column holds it.
type corpus int16

const (
	documents corpus = 0
	memories  corpus = 1
)

func corpusOf(c store.Corpus) corpus {
	if c == store.MemoryCorpus {
		return memories
	}
	return documents
}

// units names the table of a corpus.
func (c corpus) units() string {
	if c == memories {
		return "memory"
	}
	return "chunk"
}

// stored is a time as a column holds it: NULL for the zero time.
func stored(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Microsecond)
	return &t
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// orNow returns t, or the present for the zero time, in the precision of the
// database.
func orNow(t time.Time) time.Time {
	if t.IsZero() {
		t = time.Now()
	}
	return t.UTC().Truncate(time.Microsecond)
}

// clean makes a string one that PostgreSQL takes: UTF-8 without NUL.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

func cleanAll(ss []string) []string {
	out := make([]string, len(ss))
	for i, s := range ss {
		out[i] = clean(s)
	}
	return out
}

// toJSON encodes a value that cannot fail to encode.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("postgres: encode %T: %v", v, err))
	}
	return string(b)
}

// raw is a JSON column; NULL is no value.
func raw(m json.RawMessage) *string {
	if len(m) == 0 {
		return nil
	}
	s := clean(string(m))
	return &s
}

// none is nil for an empty list.
func none[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

// inOrder sorts what was found into the order of units.
func inOrder[T any](units []int64, found []T, unit func(T) int64) []T {
	at := make(map[int64]int, len(found))
	for i, v := range found {
		at[unit(v)] = i
	}
	out := make([]T, 0, len(found))
	for _, u := range units {
		if i, ok := at[u]; ok {
			out = append(out, found[i])
		}
	}
	return out
}

// where collects the conditions of a query; each ? becomes the next number.
type where struct {
	conds []string
	args  []any
}

// arg adds a value and returns its place.
func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d", len(w.args))
}

func (w *where) add(cond string, args ...any) {
	for _, a := range args {
		cond = strings.Replace(cond, "?", w.arg(a), 1)
	}
	w.conds = append(w.conds, cond)
}

func (w *where) text() string {
	if len(w.conds) == 0 {
		return "TRUE"
	}
	return strings.Join(w.conds, " AND ")
}
