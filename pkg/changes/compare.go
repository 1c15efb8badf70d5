package changes

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"panther/pkg/knowledge"
)

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// Compare returns what differs between two versions of a page, what matters most
// first. title is that of the page, which may say that it is a changelog; slug
// makes the anchors, as of commonmark.Blocks.
func Compare(before, after, title string, slug func(string) string) []knowledge.Change {
	if before == after {
		return nil
	}
	c := comparison{old: cut(before, slug), now: cut(after, slug)}
	c.match()
	j := judge{comparison: &c, changelog: isChangelog(title)}
	out := j.all()
	slices.SortStableFunc(out, func(a, b knowledge.Change) int { return cmp.Compare(a.Kind.Rank(), b.Kind.Rank()) })
	return out
}

// comparison pairs the pieces of two versions.
type comparison struct {
	old, now []piece
	to       []int  // by old: its pair in now, or -1
	from     []int  // by now: its pair in old, or -1
	same     []bool // by now: it reads the same as its pair
}

func (c *comparison) pair(o, n int, same bool) { c.to[o], c.from[n], c.same[n] = n, o, same }

func (c *comparison) match() {
	c.to, c.from, c.same = missing(len(c.old)), missing(len(c.now)), make([]bool, len(c.now))
	// What reads the same is the same: at its place first, then anywhere.
	c.equal(func(p piece) string { return p.place + "\x01" + p.shape() + p.reads }, true)
	c.equal(func(p piece) string { return p.shape() + p.reads }, true)
	// What has the same name, then what is alike.
	named := func(p piece) string {
		if p.key == "" {
			return ""
		}
		return p.place + "\x01" + p.shape() + p.key
	}
	c.equal(named, false)
	c.alike(func(p piece) string { return p.place + "\x01" + p.shape() }, 0.3)
	c.equal(func(p piece) string {
		if p.key == "" || !p.named {
			return ""
		}
		return p.shape() + p.key
	}, false)
	c.alike(piece.shape, 0.6)
}

// shape keeps code apart from what is written.
func (p piece) shape() string {
	switch p.form {
	case code:
		return "c"
	case heading:
		return "h"
	case row:
		return "r"
	}
	return "p"
}

func missing(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = -1
	}
	return out
}

// equal pairs what has the same key, the n-th with the n-th; "" is none.
func (c *comparison) equal(key func(piece) string, same bool) {
	have := map[string][]int{}
	for i, p := range c.old {
		if c.to[i] >= 0 {
			continue
		}
		if k := key(p); k != "" {
			have[k] = append(have[k], i)
		}
	}
	if len(have) == 0 {
		return
	}
	for n, p := range c.now {
		if c.from[n] >= 0 {
			continue
		}
		k := key(p)
		if q := have[k]; k != "" && len(q) > 0 {
			have[k] = q[1:]
			c.pair(q[0], n, same)
		}
	}
}

// maxAlike bounds how many pairs of a group are looked at.
const maxAlike = 60_000

// renamed is how alike two entries with different names are at least, if the one
// is the other.
const renamed = 0.75

func otherName(o, n piece) bool {
	return o.named && n.named && firstName(o.key) != firstName(n.key)
}

type likeness struct {
	o, n  int
	share float64
}

// alike pairs the pieces of a group whose words are the same to that share, the
// most alike first.
func (c *comparison) alike(group func(piece) string, least float64) {
	olds, nows := map[string][]int{}, map[string][]int{}
	for i, p := range c.old {
		if c.to[i] < 0 {
			olds[group(p)] = append(olds[group(p)], i)
		}
	}
	for i, p := range c.now {
		if g := group(p); c.from[i] < 0 && olds[g] != nil {
			nows[g] = append(nows[g], i)
		}
	}
	bag := func(p piece) map[string]int {
		out := map[string]int{}
		for _, w := range strings.FieldsFunc(strings.ToLower(p.reads), func(r rune) bool { return !isWordRune(r) && r != '_' }) {
			out[w]++
		}
		return out
	}
	for g, ns := range nows {
		olds := olds[g]
		if len(olds)*len(ns) > maxAlike {
			continue
		}
		bags := make([]map[string]int, len(ns))
		for i, n := range ns {
			bags[i] = bag(c.now[n])
		}
		var found []likeness
		for _, o := range olds {
			b := bag(c.old[o])
			for i, n := range ns {
				if s := share(b, bags[i]); s >= least && (s >= renamed || !otherName(c.old[o], c.now[n])) {
					found = append(found, likeness{o, n, s})
				}
			}
		}
		slices.SortFunc(found, func(a, b likeness) int {
			return cmp.Or(cmp.Compare(b.share, a.share), cmp.Compare(a.o, b.o), cmp.Compare(a.n, b.n))
		})
		for _, f := range found {
			if c.to[f.o] < 0 && c.from[f.n] < 0 {
				c.pair(f.o, f.n, false)
			}
		}
	}
}

// share is that of common words in the words of both.
func share(a, b map[string]int) float64 {
	common, all := 0, 0
	for w, n := range a {
		common += min(n, b[w])
		all += n
	}
	for _, n := range b {
		all += n
	}
	if all == 0 {
		return 0
	}
	return 2 * float64(common) / float64(all)
}
