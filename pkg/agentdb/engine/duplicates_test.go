package engine

import (
	"fmt"
	"strings"
	"testing"
)

func TestDuplicates(t *testing.T) {
	t.Parallel()
	var long []string
	for i := range 100 {
		long = append(long, fmt.Sprint("word", i))
	}
	changed := func(i int) string {
		w := append([]string(nil), long...)
		w[i] = "other"
		return strings.Join(w, " ")
	}
	text := strings.Join(long, " ")
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{text, strings.ToUpper(strings.Join(long, "\n")), true},
		{text, changed(50), true},
		{text, strings.ReplaceAll(changed(20), "word7", "x"), false}, // word7, word70 to word79
		{text, strings.Join(long[50:], " "), false},
		{"a b", "c b", false}, {"a", "b", false}, {"a", "A", true}, {"x a b", "a b", false}, {"", "", false},
	} {
		var d duplicates
		if d.add(tc.a) || d.add(tc.b) != tc.same {
			t.Errorf("%.20q and %.20q: same is not %v", tc.a, tc.b, tc.same)
		}
	}
}

func BenchmarkDuplicates(b *testing.B) {
	var texts []string
	for i := range 10 {
		var w []string
		for j := range 120 {
			w = append(w, fmt.Sprint("word", i*j))
		}
		texts = append(texts, strings.Join(w, " "))
	}
	for b.Loop() {
		var d duplicates
		for _, s := range texts {
			d.add(s)
		}
	}
}
