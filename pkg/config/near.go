package config

import (
	"iter"
	"reflect"
	"slices"
	"strings"
)

// Near returns the one of the known words that a mistyped one most likely is, or
// "" where none is near: a word with other separators or another case, with a
// typing error or two, or that it begins.
func Near(word string, known []string) string {
	plain := func(s string) string {
		return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
	}
	w := plain(word)
	best, least := "", max(len(w)/3, 1)+1
	for _, k := range known {
		p := plain(k)
		d := distance(w, p)
		if len(w) >= 3 && strings.HasPrefix(p, w) {
			d = min(d, 1)
		}
		if d < least && d < len(p) {
			best, least = k, d
		}
	}
	return best
}

// DidYouMean is a hint with the known word that is nearest, or the other hint
// where none is.
func DidYouMean(word string, known []string, other string) string {
	if n := Near(word, known); n != "" && n != word {
		return "did you mean " + n + "?"
	}
	return other
}

// distance is the number of letters to insert, remove, replace or swap with the
// next one that make b of a (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}

// suggest says what a key that a configuration does not have may be meant for:
// one of the same table, or one of another.
func suggest(into any, key []string) string {
	table, name := key[:len(key)-1], key[len(key)-1]
	t := reflect.TypeOf(into)
	here := keys(t, nil)
	for i, k := range table {
		t = field(t, k)
		here = keys(t, table[:i+1])
	}
	var names []string
	for _, k := range here {
		names = append(names, k[strings.LastIndexByte(k, '.')+1:])
	}
	if n := Near(name, names); n != "" {
		return "did you mean " + n + "?"
	}
	for _, k := range all(reflect.TypeOf(into), nil, 0) {
		if k[strings.LastIndexByte(k, '.')+1:] == name {
			return "did you mean " + k + "?"
		}
	}
	if len(names) > 0 && len(names) <= 20 {
		return "the settings here are " + strings.Join(names, ", ")
	}
	return "remove it or correct its name; the manual page lists the settings"
}

// table returns the struct behind pointers, lists and maps, or nil.
func table(t reflect.Type) reflect.Type {
	for t != nil && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map) {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// field returns the type of a key of a table, or nil.
func field(t reflect.Type, key string) reflect.Type {
	if t = table(t); t == nil {
		return nil
	}
	for f := range fields(t) {
		if tag(f) == key {
			return f.Type
		}
	}
	return nil
}

// keys returns the dotted keys of a table.
func keys(t reflect.Type, path []string) []string {
	var out []string
	if t = table(t); t == nil {
		return nil
	}
	for f := range fields(t) {
		if k := tag(f); k != "" {
			out = append(out, strings.Join(append(slices.Clone(path), k), "."))
		}
	}
	return out
}

// all returns the dotted keys of a table and of those in it.
func all(t reflect.Type, path []string, depth int) []string {
	out := keys(t, path)
	if t = table(t); t == nil || depth > 4 {
		return out
	}
	for f := range fields(t) {
		if k := tag(f); k != "" {
			out = append(out, all(f.Type, append(slices.Clone(path), k), depth+1)...)
		}
	}
	return out
}

func fields(t reflect.Type) iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

func tag(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
	if name == "-" {
		return ""
	}
	return name
}
