package edition

import (
	"cmp"
	"slices"
)

// candidate is a version of a family that may be wanted.
type candidate struct {
	*version
	name    string
	numbers []int
	kind    kind
}

// decide chooses the versions of a family that are wanted: the newest, as many as
// the wish says, each by one of its names.
func (f *family) decide(s *Set) {
	f.kept = map[string]bool{}
	groups := f.groups(s.wish.pre)
	n := 0
	for i, g := range groups {
		f.kept[g[0].name] = true
		for _, c := range g[1:] { // its documents stay until they are there by the better name
			if g[0].docs == 0 && (s.settled || c.docs > 0) {
				f.kept[c.name] = true
			}
		}
		if !s.whole(groups[i:]) {
			continue
		}
		if n++; n == s.wish.newest {
			return
		}
	}
}

// whole reports whether the first of several versions is there: a version that is
// being published is not a reason to forget the one before it. One that was not
// visited yet is taken for whole, if there is none before it to forget.
func (s *Set) whole(groups [][]candidate) bool {
	has := docs(groups[0])
	if has == 0 && s.settled || has > 0 && s.Trust {
		return has > 0
	}
	for _, g := range groups[1:] {
		if before := docs(g); before > 0 {
			return 2*has >= before
		}
	}
	return true
}

func docs(g []candidate) (most int) {
	for _, c := range g {
		most = max(most, c.docs)
	}
	return most
}

// groups returns the versions, newest first, with those together that are one:
// stable and the number of which it is the name. The name that stays from release
// to release is the first of a group.
func (f *family) groups(pre bool) (out [][]candidate) {
	var list []candidate
	released := false
	for name, v := range f.versions {
		c := candidate{version: v, name: name}
		if c.numbers, c.kind = order(v.said); v.said == "" || c.numbers == nil {
			c.numbers, c.kind = order(name)
			if name == "latest" && f.versions["stable"] != nil {
				c.kind = prerelease // as Read the Docs calls its main branch
			}
		}
		if v.moved || name == "" && !f.mirrored() {
			continue
		}
		released = released || c.kind > prerelease
		list = append(list, c)
	}
	if released && !pre {
		list = slices.DeleteFunc(list, func(c candidate) bool { return c.kind <= prerelease })
	}
	slices.SortFunc(list, func(a, b candidate) int { return newer(b, a) })
	for _, c := range list {
		i := slices.IndexFunc(out, func(g []candidate) bool {
			return slices.ContainsFunc(g, func(o candidate) bool { return same(c, o) })
		})
		if i < 0 {
			out = append(out, []candidate{c})
			continue
		}
		out[i] = append(out[i], c)
	}
	for i := range len(out) - 1 { // what is called stable is taken for the highest number, until its pages say one
		a, b := out[i][0], out[i+1][0]
		if a.kind == newest && a.numbers == nil && a.name != "" && b.kind == numbered {
			out = slices.Replace(out, i, i+2, append(out[i], out[i+1]...))
			break
		}
	}
	for _, g := range out {
		slices.SortStableFunc(g, func(a, b candidate) int { return cmp.Compare(standing(b.name), standing(a.name)) })
	}
	return out
}

// mirrored reports whether addresses without a version are the pages of one: the
// newest is often there.
func (f *family) mirrored() bool {
	plain := f.versions[""]
	shared := 0
	for page := range plain.pages {
		if f.pages[page] > 1 {
			shared++
		}
	}
	return shared >= minShared && float64(shared) >= sharedPart*float64(f.shared)
}

// newer compares two versions. What has no number is above all that have one: a
// branch, then the newest release, which has none yet.
func newer(a, b candidate) int {
	switch {
	case a.numbers == nil || b.numbers == nil:
		bare := func(c candidate) int {
			if c.numbers != nil {
				return 0
			}
			return map[kind]int{unknown: -1, newest: 1, prerelease: 2}[c.kind]
		}
		return cmp.Or(cmp.Compare(bare(a), bare(b)), cmp.Compare(standing(a.name), standing(b.name)), cmp.Compare(a.name, b.name))
	}
	return cmp.Or(slices.Compare(a.numbers, b.numbers), cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name))
}

// same reports whether two names are of one version: by their numbers, of which
// one may have fewer, or where one is a word for the newest and no number is known.
func same(a, b candidate) bool {
	if a.kind == prerelease != (b.kind == prerelease) {
		return false
	}
	if a.numbers == nil || b.numbers == nil {
		return a.numbers == nil && b.numbers == nil && a.kind == b.kind && a.name != "" && b.name != ""
	}
	n := min(len(a.numbers), len(b.numbers))
	word := standing(a.name) > 0 || standing(b.name) > 0
	return slices.Equal(a.numbers[:n], b.numbers[:n]) && (n > 1 || word || len(a.numbers) == len(b.numbers))
}

// standing orders the names of one version: those that stay when it changes come
// first.
func standing(name string) int {
	return map[string]int{"": 4, "stable": 3, "current": 2, "latest": 1}[name]
}
