package changes

import (
	"regexp"
	"strings"
)

// value is what a default can be, in words.
var value = regexp.MustCompile(`^(?i:on|off|true|false|yes|no|none|null|nil|enabled|disabled|always|never|auto|unlimited|zero|one|two|three|four|five|six|seven|eight|nine|ten)$|^[+-]?\d[\d.,]*[a-zA-Z%]*$`)

// newDefault reports whether what two pieces say of a default differs: one value
// is gone and another has come.
func newDefault(o, n piece) bool {
	if o.form == code || n.form == code || n.form == heading {
		return false
	}
	if defaults.MatchString(n.key) && len(n.key) < 30 && n.form != row {
		return bare(o.reads) != bare(n.reads)
	}
	was, is := defaultValues(o), defaultValues(n)
	less := func(a, b map[string]bool) bool {
		for v := range a {
			if !b[v] {
				return true
			}
		}
		return false
	}
	return less(was, is) && less(is, was)
}

// bare is what an entry that is a default says of it.
func bare(reads string) string {
	return strings.Trim(strings.NewReplacer("'", "", `"`, "").Replace(saysDefault.ReplaceAllString(reads, "")), ". ")
}

var saysDefault = regexp.MustCompile(`(?i)^(?:the )?defaults?(?: value)?(?: is| to)?:?\s+`)

// A value stands within so many words after the word for a default, or before it.
const (
	wordsAfter  = 10
	wordsBefore = 5
)

// defaultValues returns the values near the words for a default.
func defaultValues(p piece) map[string]bool {
	out := map[string]bool{}
	literal := map[string]bool{}
	for _, s := range spans(p.text) {
		for _, w := range strings.Fields(s.text) {
			literal[strings.Trim(w, "(),.;:")] = literal[strings.Trim(w, "(),.;:")] || s.code
		}
	}
	for _, s := range sentences(p.reads) {
		if !defaults.MatchString(s) {
			continue
		}
		ws := strings.Fields(s)
		for i, w := range ws {
			if !defaults.MatchString(w) {
				continue
			}
			for _, near := range ws[max(0, i-wordsBefore):min(len(ws), i+wordsAfter)] {
				if t := strings.Trim(near, "(),.;:"); literal[t] || value.MatchString(t) {
					out[strings.ToLower(t)] = true
				}
			}
		}
	}
	return out
}
