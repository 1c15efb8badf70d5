package changes

import (
	"maps"
	"regexp"
	"strings"

	"panther/pkg/knowledge"
)

// kindRank is a place in knowledge.ChangeKinds.
type kindRank = int

// The ranks of kinds.
const (
	security kindRank = iota
	breaking
	removed
	deprecated
	defaultValue
	api
	added
	_ // moved: package changes compares one page
	detail
	wording
)

// judge gives each difference its kind.
type judge struct {
	*comparison
	changelog bool
	told      map[string]bool // sentences of the old version
	oldNames  map[string]bool // what code of the old version names
	newNames  map[string]bool
}

// maxShown is how much of a piece a change shows, in bytes.
const maxShown = 2000

func (j *judge) all() []knowledge.Change {
	j.told, j.oldNames = gather(j.old)
	_, j.newNames = gather(j.now)
	var out []knowledge.Change
	lost := j.sectionsOf(j.old, j.to)
	for i, p := range j.old {
		if j.to[i] < 0 && !lost.folded[i] {
			out = append(out, j.gone(p, lost.text[i]))
		}
	}
	made := j.sectionsOf(j.now, j.from)
	for i, p := range j.now {
		switch o := j.from[i]; {
		case o < 0 && !made.folded[i]:
			out = append(out, j.come(p, made.text[i]))
		case o >= 0 && !j.same[i]:
			out = append(out, j.changed(j.old[o], p))
		}
	}
	return out
}

// gather returns the sentences of a version, and what its code names.
func gather(ps []piece) (said, named map[string]bool) {
	said, named = map[string]bool{}, map[string]bool{}
	for _, p := range ps {
		for _, s := range sentences(p.reads) {
			said[s] = true
		}
		if p.form == code {
			for _, w := range strings.FieldsFunc(p.reads, func(r rune) bool { return !isWordRune(r) && !strings.ContainsRune("_-.$@", r) }) {
				named[w] = true
			}
			continue
		}
		for l := range literals(spans(p.text)) {
			named[l] = true
		}
	}
	return said, named
}

// sentence ends where a mark is followed by a blank.
var sentence = regexp.MustCompile(`[.!?:;]\s+|[。！？]|\s\|\s`)

func sentences(reads string) []string { return sentence.Split(strings.TrimRight(reads, ".!?。"), -1) }

// folds are the pieces that are told together with the heading above them.
type folds struct {
	folded []bool
	text   []string // by heading: the section
}

// sectionsOf joins what only one version has: the sections whose heading has no
// pair, and of whose pieces most have none, and entries with what is below them.
func (j *judge) sectionsOf(ps []piece, pair []int) folds {
	f := folds{make([]bool, len(ps)), make([]string, len(ps))}
	for i := 0; i < len(ps); i++ {
		defines := ps[i].form == heading || ps[i].form == entry && ps[i].key != ""
		if !defines || pair[i] >= 0 || f.folded[i] || j.groups(ps[i]) {
			continue
		}
		end, single, at := i+1, 0, len(ps[i].path)
		for end < len(ps) && len(ps[end].path) > at && ps[end].path[at] == ps[i].key {
			if pair[end] < 0 {
				single++
			}
			end++
		}
		if 2*single < end-i-1 {
			continue
		}
		var b strings.Builder
		b.WriteString(ps[i].text)
		for k := i + 1; k < end; k++ {
			if pair[k] >= 0 {
				continue
			}
			f.folded[k] = true
			if b.Len() < maxShown {
				b.WriteString("\n\n" + ps[k].text)
			}
		}
		f.text[i] = b.String()
	}
	return f
}

// gone is the change of a piece that the new version does not have.
func (j *judge) gone(p piece, section string) knowledge.Change {
	kind := wording
	switch {
	case p.form == heading && section == "" || j.tellsRelease(p): // its text is elsewhere; an old release
	case p.form == heading:
		kind = removed
	case p.named && (p.form == row || p.form == entry) && !j.newNames[firstName(p.key)]:
		kind = removed
	case p.form == code || p.form == row || len(j.missingNames(p, j.newNames)) > 0:
		kind = detail
	}
	return j.change(kind, p, whole(section, p.text), "")
}

// come is the change of a piece that the old version does not have.
func (j *judge) come(p piece, section string) knowledge.Change {
	text := whole(section, p.text)
	kind := wording
	switch {
	case j.groups(p): // what is below it is told
		return j.change(wording, p, "", text)
	case j.tellsRelease(p):
		kind = j.news(p)
	case p.form == heading && section == "":
	case p.form == heading:
		kind = added
	case p.named && (p.form == row || p.form == entry) && !j.oldNames[firstName(p.key)]:
		kind = added
	case p.form == code || p.form == row || len(j.missingNames(p, j.oldNames)) > 0:
		kind = detail
	}
	reads := p.reads
	if section != "" {
		reads = words(spans(section))
	}
	return j.change(min(kind, j.said(fresh(reads, j.told), p)), p, "", text)
}

// whole is the section if there is one.
func whole(section, text string) string {
	if section != "" {
		return section
	}
	return text
}

// changed is the change between two pieces.
func (j *judge) changed(o, n piece) knowledge.Change {
	kind := wording
	olds, nows := literals(spans(o.text)), literals(spans(n.text))
	switch {
	case o.form == code || n.form == code:
		kind = detail
		if signature(n) {
			kind = api
		}
	case o.form == row && n.form == row:
		kind = rowKind(o, n)
	case !maps.Equal(olds, nows):
		kind = detail
		if (o.named || n.named) && o.key != n.key || signature(n) {
			kind = api
		}
	case signature(n):
		kind = api
	}
	if kind > defaultValue && newDefault(o, n) {
		kind = defaultValue
	}
	if j.tellsRelease(n) && kind > detail {
		kind = wording
	}
	// A text that said so before is worded anew.
	if now, before := j.said(fresh(n.reads, j.told), n), j.said(sentences(o.reads), o); now < before || now == security {
		kind = min(kind, now)
	}
	return j.change(kind, n, o.text, n.text)
}

// rowKind judges two versions of a row by the columns that differ.
func rowKind(o, n piece) kindRank {
	kind := detail
	if o.named && n.named && o.key != n.key {
		kind = api
	}
	was, is := strings.Split(o.reads, " | "), strings.Split(n.reads, " | ")
	for i := range min(len(was), len(is), len(n.columns)) {
		if was[i] == is[i] {
			continue
		}
		switch {
		case defaults.MatchString(n.columns[i]):
			return defaultValue
		case typed.MatchString(n.columns[i]):
			kind = api
		}
	}
	return kind
}

// typed is a column, an entry or a heading that says how something is written.
var typed = regexp.MustCompile(`(?i)^(?:types?|signature|syntax|synopsis|parameters?|arguments?|returns?|return type|reference|typ|syntaxe|sintaxis|类型|型)\b`)

// signature reports whether a piece says how something is written.
func signature(p piece) bool {
	if typed.MatchString(p.key) {
		return true
	}
	if p.form == code && declares.MatchString(p.reads) {
		return true
	}
	return p.form == code && len(p.path) > 0 && typed.MatchString(p.path[len(p.path)-1])
}

// declares is code that declares types, as examples seldom do.
var declares = regexp.MustCompile(`^(?:export )?(?:declare )?(?:interface|type|abstract class) `)

// said is the kind by what new sentences say of themselves.
func (j *judge) said(fresh []string, p piece) kindRank {
	kind := wording
	for _, s := range fresh {
		switch {
		case advisory.MatchString(s), vulnerable.MatchString(s) && !supposed.MatchString(s), p.release != "" && fixes.MatchString(s):
			return security
		case breaks.MatchString(s) && !supposed.MatchString(s):
			kind = min(kind, breaking)
		case gone.MatchString(s) && !supposed.MatchString(s) && (j.tellsRelease(p) || identifier(spans(p.text))):
			kind = min(kind, removed)
		case deprecation.MatchString(s):
			kind = min(kind, deprecated)
		}
	}
	return kind
}

// fresh returns the sentences that the other version does not have.
func fresh(reads string, told map[string]bool) (out []string) {
	for _, s := range sentences(reads) {
		if !told[s] {
			out = append(out, s)
		}
	}
	return out
}

// missingNames returns what a piece names and a version does not.
func (j *judge) missingNames(p piece, have map[string]bool) (out []string) {
	for l := range literals(spans(p.text)) {
		if !have[l] {
			out = append(out, l)
		}
	}
	return out
}

// firstName is the name that a key begins with.
func firstName(key string) string {
	for _, f := range strings.Fields(key) {
		if strings.ContainsFunc(f, isWordRune) {
			return f
		}
	}
	return key
}

func (j *judge) change(kind kindRank, p piece, before, after string) knowledge.Change {
	headings, name := p.path[:min(p.depth, len(p.path))], p.key
	if p.form == heading {
		headings = append(append([]string{}, headings...), p.key)
		name = ""
	} else if name == "" && len(p.path) > p.depth {
		name = p.path[len(p.path)-1]
	}
	return knowledge.Change{Kind: knowledge.ChangeKinds[kind], Headings: headings, Anchor: p.anchor, Name: name,
		Before: short(before), After: short(after), Release: j.tellsRelease(p)}
}

// short cuts a text at the end of a line or a character.
func short(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + " …"
}
