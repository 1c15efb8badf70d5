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
		long = append(long, fmt.Sprintf("word%c%c", 'a'+i/10, 'a'+i%10))
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
		{text, strings.ReplaceAll(changed(20), "wordh", "x"), false}, // ten words
		{text + " 40", text + " 80", false}, {text + " 40", changed(50) + " 40", true},
		{text, strings.Join(long[50:], " "), false},
		{"a b", "c b", false}, {"a", "b", false}, {"a", "A", true}, {"x a b", "a b", false}, {"", "", false},
	} {
		var d duplicates
		if d.add(tc.a) >= 0 || (d.add(tc.b) >= 0) != tc.same {
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
