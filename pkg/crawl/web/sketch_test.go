package web

import (
	"hash/fnv"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// FuzzSketch compares a sketch with its definition.
func FuzzSketch(f *testing.F) {
	for _, s := range []string{"", "one", "One two", "one, two; three", "Éa été İstanbul 東京 \xff x", strings.Repeat("a b c d e ", 300), numbered(3000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		var want []uint32
		for i := range max(len(words)-2, min(len(words), 1)) {
			h := fnv.New32a()
			for _, w := range words[i:min(i+3, len(words))] {
				_, _ = h.Write(append([]byte(w), 0))
			}
			want = append(want, h.Sum32())
		}
		slices.Sort(want)
		want = slices.Compact(want)
		if got := sketchOf(text); !slices.Equal(got, want[:min(len(want), sketchSize)]) {
			t.Errorf("%.80q: %v", text, got)
		}
	})
}

// numbered has n words, all of them different.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("x", i%7) + strings.Repeat("y", i/7%11) + string(rune('a'+i%26)) + " ")
	}
	return b.String()
}

func BenchmarkSketch(b *testing.B) {
	text := numbered(3000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		sketchOf(text)
	}
}
