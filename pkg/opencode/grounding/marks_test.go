package grounding

import (
	"slices"
	"strings"
	"testing"
)

func TestMarks(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string][]int{
		"An index [1]. And é [12][3].":            {1, 12, 3},
		"escaped \\[1] and `a[1]` and ``b`[2]``":  nil,
		"a lone ` does not [1] matter":            {1},
		"[1](https://e.org) [0] [01] [x] [10000]": nil,
		"```go\na[1]\n```\nthen [2]":              {2},
		"> ~~~\n> a[1]\n> ~~~~\n> then [2]":       {2},
		"````\n```\n[1]\n````\n[3]":               {3},
		"":                                        nil,
	} {
		var got []int
		chars := []rune(answer)
		for _, m := range Marks(answer) {
			got = append(got, m.N)
			if s := string(chars[m.Start:m.End]); !strings.HasPrefix(s, "[") || !strings.HasSuffix(s, "]") {
				t.Errorf("%q: a mark is %q", answer, s)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q has %v, want %v", answer, got, want)
		}
	}
}
