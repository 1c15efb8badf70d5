package address

import (
	"net/url"
	"strings"
	"sync"
)

const (
	// maxSegments is deeper than any real tree of pages.
	maxSegments = 24
	// maxRepeats is how often one segment may occur in a path: relative links
	// on a page that answers below itself make /a/a/a/a.
	maxRepeats = 3
	// maxVariants is how many queries of one path are pages of their own.
	maxVariants = 200
	// maxShape is how many addresses with dates of one pattern are: beyond it
	// they are a calendar.
	maxShape = 1500
)

// Traps recognizes addresses that go on without end. The zero value is ready;
// its methods may be called by several goroutines.
type Traps struct {
	mu       sync.Mutex
	variants map[string]int
	shapes   map[string]int
}

// Check returns why an address is taken for a trap, or "". It counts, so each
// new address is asked about once.
func (t *Traps) Check(u *url.URL) string {
	segments := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(segments) > maxSegments {
		return "path is too deep"
	}
	seen := make(map[string]int, len(segments))
	for _, s := range segments {
		if seen[s]++; seen[s] > maxRepeats && s != "" {
			return "path repeats itself"
		}
	}
	shape, dated := shapeOf(u)
	if u.RawQuery == "" && !dated {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.variants == nil {
		t.variants, t.shapes = map[string]int{}, map[string]int{}
	}
	if u.RawQuery != "" {
		key := u.Host + u.Path
		if t.variants[key]++; t.variants[key] > maxVariants {
			return "too many queries of one path"
		}
	}
	if dated {
		if t.shapes[shape]++; t.shapes[shape] > maxShape {
			return "calendar without end"
		}
	}
	return ""
}

// shapeOf replaces numbers by N, and reports whether two or more of them look
// like a date.
func shapeOf(u *url.URL) (string, bool) {
	var b strings.Builder
	b.WriteString(u.Host)
	runs, year := 0, false
	for s := u.RequestURI(); s != ""; {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == 0 {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		runs++
		year = year || n == 4 && (s[:2] == "19" || s[:2] == "20") || n == 8 && s[:2] == "20"
		b.WriteByte('N')
		s = s[n:]
	}
	return b.String(), year && runs >= 2
}
