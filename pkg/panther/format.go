package panther

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"panther/pkg/config"
	"panther/pkg/knowledge"
	"panther/pkg/terminal"
)

func oneLine(s string) string { return strings.Join(strings.Fields(terminal.Clean(s)), " ") }

func parseAge(s string) (time.Duration, error) {
	var d config.Duration
	err := d.UnmarshalText([]byte(s))
	return d.D(), err
}

// number writes n with thousands separated: 31,880.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count writes a number with its noun: "1 page", "1,131 pages".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// size writes a number of bytes in powers of 1024: 39.6 MB.
func size(n uint64) string {
	v, unit := float64(n), 0
	for v >= 1000 && unit < 4 {
		v, unit = v/1024, unit+1
	}
	if unit == 0 {
		return strconv.FormatUint(n, 10) + " B"
	}
	return fmt.Sprintf("%.1f %cB", v, "KMGT"[unit-1])
}

// span writes a time span in its two largest units: "3 h 20 min".
func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return pair(int(d.Minutes()), "min", int(d.Seconds())%60, "s")
	case d < 48*time.Hour:
		return pair(int(d.Hours()), "h", int(d.Minutes())%60, "min")
	}
	return count(int(d.Hours()/24), "day")
}

func pair(a int, unit string, b int, small string) string {
	if b == 0 || a >= 10 && small == "s" {
		return fmt.Sprintf("%d %s", a, unit)
	}
	return fmt.Sprintf("%d %s %d %s", a, unit, b, small)
}

// ago writes a moment relative to now: "5 min ago", "in 3 h 20 min".
func ago(t, now time.Time) string {
	switch d := now.Sub(t); {
	case d < 0:
		return "in " + span(-d)
	case d < time.Second:
		return "now"
	default:
		return span(d) + " ago"
	}
}

// summary writes pages by outcome: "12 new, 3 changed, 1,116 unchanged".
func summary(counts map[string]int) string {
	order := map[string]int{"new": 1, "changed": 2, "unchanged": 3, "gone": 4, "kept": 4, "refused": 5, "failed": 6}
	keys := make([]string, 0, len(counts))
	for k, n := range counts {
		if n > 0 && k != "known" { // of a run that goes on
			keys = append(keys, k)
		}
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := order[keys[i]], order[keys[j]]
		return a != b && a != 0 && (b == 0 || a < b) || a == b && keys[i] < keys[j]
	})
	parts := make([]string, 0, len(keys))
	for _, k := range keys {
		word := k
		if k == "kept" {
			word = "gone and kept (more than max_removed)"
		}
		parts = append(parts, number(counts[k])+" "+word)
	}
	if len(parts) == 0 {
		return "no pages"
	}
	return strings.Join(parts, ", ")
}

// embedding describes how far the vectors are: which space, how many, how long
// it still takes.
func embedding(s *knowledge.Stats) string {
	if s.Lexical != "" {
		return "search is by words alone: " + s.Lexical
	}
	for _, sp := range s.Spaces {
		if sp.Pending == 0 && !sp.Active {
			continue
		}
		total := sp.Embedded + sp.Pending
		line := fmt.Sprintf("%s of %s embedded by %s", number(sp.Embedded), count(total, "passage"), sp.Model)
		switch {
		case sp.Pending == 0:
			return fmt.Sprintf("%s embedded by %s", count(sp.Embedded, "passage"), sp.Model)
		case sp.Error != "":
			return line + ", stopped: " + oneLine(sp.Error)
		case sp.ETASeconds >= 1:
			return line + ", " + span(time.Duration(sp.ETASeconds)*time.Second) + " left"
		}
		return line
	}
	return "no embeddings yet"
}

// within returns a context for a call that nobody waits long for.
func within(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}
