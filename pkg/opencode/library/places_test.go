package library

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"

	"panther/pkg/passage"
)

func TestUnitsAreThoseOfJavaScript(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same texts each time
	for _, letters := range []string{"abc \n", "aß€🐆", "🐆", "日本語"} {
		var b strings.Builder
		for b.Len() < 5*stretch {
			runes := []rune(letters)
			b.WriteRune(runes[r.IntN(len(runes))])
		}
		text := b.String()
		u := newUnits(text)
		for i := range text {
			if i%97 != 0 && i%stretch > 4 {
				continue
			}
			if want := len(utf16.Encode([]rune(text[:i]))); u.of(i) != want {
				t.Fatalf("%q: %d units before byte %d, want %d", letters, u.of(i), i, want)
			}
		}
		if want := len(utf16.Encode([]rune(text))); u.of(len(text)) != want {
			t.Errorf("%q: %d units, want %d", letters, u.of(len(text)), want)
		}
	}
	if newUnits("").of(0) != 0 {
		t.Error("of nothing there are some")
	}
}

// A text that has nothing of its passages costs no more than a bounded number of
// looks at it, and one that repeats itself gives places in order.
func TestPlacesOfHostileTexts(t *testing.T) {
	t.Parallel()
	p := newPlaces(strings.Repeat("other words ", 1000))
	for range 10 * maxMissed {
		if _, _, ok := p.find("nothing of this"); ok {
			t.Fatal("found")
		}
	}
	if p.missed > maxMissed {
		t.Errorf("looked %d times", p.missed)
	}
	text := "# A\n\n" + strings.Repeat("the same sentence again. ", 200) + "\n\n## B\n\n" + strings.Repeat("the same sentence again. ", 200)
	last := -1
	p = newPlaces(text)
	for _, x := range passage.Cut(text, nil) {
		from, to, ok := p.find(x.Text)
		if !ok || from <= last || to <= from || to > len(text) {
			t.Fatalf("%d to %d behind %d: %v", from, to, last, ok)
		}
		last = from
	}
	for _, odd := range []string{"", "   ", "!!!", "\xff\xfe", strings.Repeat("x", 100)} {
		if _, _, ok := newPlaces("some text").find(odd); ok {
			t.Errorf("%q was found", odd)
		}
	}
}
