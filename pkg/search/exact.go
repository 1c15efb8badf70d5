package search

import (
	"slices"
	"strings"
	"unicode"
)

// Exact returns the first few terms of a query that stand for one thing by its
// spelling alone: error codes, flags, names with an underscore.
func (q Query) Exact(most int) []string {
	var out []string
	for _, t := range q.Terms {
		if len(out) < most && isExact(t) && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// isExact leaves out years, versions and other plain numbers, which stand in
// texts about anything.
func isExact(t string) bool {
	switch digits := strings.Trim(t, "0123456789."); {
	case strings.Contains(t, "_"):
		return true
	case strings.HasPrefix(t, "-"):
		return len(t) == 2 || strings.HasPrefix(t, "--")
	case digits == "":
		return len(t) > 4 && !strings.Contains(t, ".") || strings.HasPrefix(t, "0") && len(t) > 2
	}
	return len(t) >= 4 && !numbered.MatchString(t) && strings.ContainsFunc(t, unicode.IsDigit)
}
