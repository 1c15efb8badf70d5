package search

import (
	"regexp"
	"strings"
	"unicode"
)

// declared begins the terms of what a passage declares, beside those of its text:
// by them a name finds its declaration before its uses.
const declared = "def" + Mark

var (
	// method is how Go writes a method, and what its receiver is called.
	method = regexp.MustCompile(`\(\s*(?:\w+\s+)?\*?(\w+)(?:\[[^\]]*\])?\s*\)\s*\.?\s*(\w+)`)
	// name is a name with what it is of: Store.put, Store::put, Store#put,
	// store->put.
	name = regexp.MustCompile(`[$@]?[\pL_][\pL\pN_]*(?:(?:\.|::|#|->|-)[$@]?[\pL_~][\pL\pN_]*)*[!?]?`)
)

// Declared returns the terms of what a title of source code declares: a kind and a
// name, or several names with commas between.
func Declared(title string) []string {
	var out []string
	for part := range strings.SplitSeq(method.ReplaceAllString(title, "$1.$2"), ",") {
		found := name.FindAllString(part, -1)
		if len(found) == 0 {
			continue
		}
		whole, last := canonical(found[len(found)-1])
		if out = append(out, declared+whole); last != whole {
			out = append(out, declared+last)
		}
	}
	return out
}

// Names adds the terms by which a query finds declarations: those of words that
// are written as names are, and of all words where there are no more than two.
func (r *Reading) Names(q Query) {
	text := method.ReplaceAllString(q.Text, "$1.$2")
	few := len(strings.Fields(text)) <= 2
	add := reader{terms: r.Terms}
	for _, t := range r.Terms {
		add.kin = max(add.kin, t.Kin)
	}
	for _, w := range name.FindAllString(text, maxTerms) {
		if !few && !written(w) {
			continue
		}
		whole, last := canonical(w)
		add.add([]string{declared + whole}, 1)
		if last != whole {
			add.add([]string{declared + last}, .5)
		}
	}
	r.Terms = add.terms
}

// written reports whether a word is written as names are and others are not.
func written(w string) bool {
	small := false
	for i, r := range w {
		if r == '_' || r == ':' || r == '#' || r == '>' || r == '.' || small && unicode.IsUpper(r) && i > 0 {
			return true
		}
		small = unicode.IsLower(r)
	}
	return false
}

// canonical returns a name as all ways of writing it have it, with what it is
// directly of, and alone.
func canonical(s string) (whole, last string) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == ':' || r == '#' || r == '>' })
	for i, p := range parts {
		parts[i] = strings.ToLower(strings.NewReplacer("_", "", "-", "", "$", "", "@", "", "~", "", "!", "", "?", "").Replace(p))
	}
	if len(parts) == 0 {
		return "", ""
	}
	last = parts[len(parts)-1]
	if len(parts) == 1 {
		return last, last
	}
	return parts[len(parts)-2] + "." + last, last
}
