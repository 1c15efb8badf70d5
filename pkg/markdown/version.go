package markdown

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// versionMarks are the elements in which generators write the version of what a page is of, and nothing else.
var versionMarks = map[string]bool{
	"#projectnumber":          true, // Doxygen
	".sidebar-projectVersion": true, // ExDoc
	"#doc-version":            true, // Scaladoc
	".projectVersion":         true, // Scaladoc 3
	".library-version":        true, // Dokka
	".version-menu-toggle":    true, // Antora
	".component-version":      true,
	".panel__version":         true, // sdoc
	".version":                true, // rustdoc and Antora, beside the text
}

var (
	// versionText is a version as it is shown: 1.2, v2.x, Version: 17.
	versionText = regexp.MustCompile(`(?i)^(?:(?:documentation )?(?:version|release|rev)\b)?[:\s]*v?(\d{1,4}(?:\.(?:\d{1,9}|x))*(?:[-.+]?(?:a|b|m|rc|alpha|beta|dev|pre|preview|snapshot|canary|next|post|final|jre|android)[-.+\w]*|[-+][\w.+]+)?)(?:\s*\([a-z ]{1,20}\))?$`)
	// sphinxTitle ends the title of a page of Sphinx: "re — Python 3.14.0 documentation".
	sphinxTitle = regexp.MustCompile(`\sv?(\d{1,4}(?:\.\d{1,9})*[-.+\w]*) documentation$`)
	// javadocTitle ends that of Javadoc: "List (Java SE 21 & JDK 21)", "Sets (Guava 33.0.0-jre API)".
	javadocTitle = regexp.MustCompile(`\([^()]*[\s:]v?(\d{1,4}(?:\.\d{1,9})*(?:[-.]\w+)*)(?: API)?\)$`)
	// haddockCaption is what Haddock writes above its pages: "base-4.18.0.0: Basic libraries".
	haddockCaption = regexp.MustCompile(`^[A-Za-z][\w-]*-(\d+(?:\.\d+)+)(?::|$)`)
	// option is a setting in a script of Sphinx or Read the Docs.
	option = regexp.MustCompile(`(?:^|[\s,{.])["']?(VERSION|version|theme_switcher_version_match|theme_switcher_json_url)["']?\s*[:=]\s*["']([^"'\n]{1,300})["']`)
)

// told is what elements and scripts of a page tell of its version.
type told struct {
	shown    string // the first that is shown
	options  map[string]string
	switcher string // address of a list, relative to the page
}

// readVersion notes what an element tells of the version of the page; marked is
// one in which generators show it.
func (ix *index) readVersion(n *html.Node, marked bool) {
	switch n.DataAtom {
	case atom.Script:
		ix.readOptions(n)
		return
	case atom.Select:
		ix.readSelect(n)
		return
	}
	// What opens a menu in the head of a page and reads as a version is its switcher.
	menu := n.DataAtom == atom.Button || n.DataAtom == atom.A && (hasAttr(n, "aria-haspopup") || hasClass(n, "dropdown-toggle", "navbar__link"))
	if ix.told.shown != "" || !marked && !menu || textLen(n, maxShown) >= maxShown {
		return
	}
	m := versionText.FindStringSubmatch(textOf(n))
	switch {
	case m == nil, menu && !marked && (!strings.Contains(m[1], ".") || !under(n, atom.Header, atom.Nav)),
		hasClass(n, "version") && !under(n, atom.Nav, atom.Aside):
	default:
		ix.told.shown = m[1]
	}
}

// maxShown is the length of an element's text that may be a version.
const maxShown = 60

// readSelect reads a switcher that is a form: its choice is the version, and the
// values of the others are links.
func (ix *index) readSelect(n *html.Node) {
	about := strings.ToLower(attr(n, "id") + attr(n, "class") + attr(n, "name") + attr(n, "aria-label"))
	if !strings.Contains(about, "version") && (n.Parent == nil || !strings.Contains(strings.ToLower(n.Parent.Data+attr(n.Parent, "class")), "version")) {
		return
	}
	walk(n, func(o *html.Node) bool {
		if !isElement(o, atom.Option) {
			return true
		}
		if m := versionText.FindStringSubmatch(textOf(o)); m != nil && hasAttr(o, "selected") && ix.told.shown == "" {
			ix.told.shown = m[1]
		}
		if value := attr(o, "value"); strings.ContainsAny(value, "/") {
			ix.options = append(ix.options, value)
		}
		return true
	})
}

// readOptions reads the settings that generators write into the page for their
// scripts.
func (ix *index) readOptions(n *html.Node) {
	if n.FirstChild == nil {
		return
	}
	text := n.FirstChild.Data
	switch id := attr(n, "id"); {
	case id == "__config": // Material for MkDocs
		var c struct {
			Base    string          `json:"base"`
			Version json.RawMessage `json:"version"`
		}
		if json.Unmarshal([]byte(text), &c) == nil && strings.Contains(string(c.Version), "mike") {
			ix.told.switcher = strings.TrimSuffix(c.Base, "/") + "/../versions.json"
		}
	case id == "READTHEDOCS_DATA", strings.Contains(text, "DOCUMENTATION_OPTIONS"), strings.Contains(text, "READTHEDOCS_DATA"):
		if ix.told.options == nil {
			ix.told.options = map[string]string{}
		}
		for _, m := range option.FindAllStringSubmatch(text[:min(len(text), 64<<10)], 50) {
			if ix.told.options[m[1]] == "" {
				ix.told.options[m[1]] = m[2]
			}
		}
	}
}

// readVersion sets what the page says of its version: in numbers, where it has
// them, else by a word.
func (p *Page) readVersion(ix *index, m map[string]string, base *url.URL) {
	o := ix.told.options
	title := func(re *regexp.Regexp, text string) string {
		if m := re.FindStringSubmatch(text); m != nil {
			return m[1]
		}
		return ""
	}
	javadoc, haddock := "", ""
	if strings.HasPrefix(ix.generator, "javadoc") || strings.Contains(ix.comment, "javadoc") {
		javadoc = title(javadocTitle, ix.titleText)
	}
	if ix.caption != nil {
		haddock = title(haddockCaption, textOf(ix.caption))
	}
	class := ""
	for c := range strings.FieldsSeq(attr(ix.root, "class")) { // Docusaurus
		if v, ok := strings.CutPrefix(c, "docs-version-"); ok {
			class = v
		}
	}
	p.Version = version(m["docsearch:version"], m["docusaurus_version"], class, numbered(o["VERSION"]), title(sphinxTitle, ix.titleText), javadoc, haddock,
		ix.told.shown, o["theme_switcher_version_match"], m["readthedocs-version-slug"], o["version"])
	list := ix.told.switcher
	if list == "" {
		list = o["theme_switcher_json_url"]
	}
	if list != "" {
		p.Switcher = httpOnly(resolve(base, list))
	}
}

// numbered is a version that has a number.
func numbered(v string) string {
	if strings.ContainsAny(v, "0123456789") {
		return strings.TrimPrefix(v, "v")
	}
	return ""
}
