package grounding

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// urlPattern finds what clients turn into a request: an absolute URL with as
// many slashes as a browser lets pass, one that takes the scheme of the page it
// stands in, and a bare www name that renderers complete.
var urlPattern = regexp.MustCompile(`(?i)\bhttps?:[^\s<>"` + "`" + `)\]]+|[a-z][a-z0-9+.-]*:(?:/|\\|&#x?[0-9a-f]+;){2}[^\s<>"` + "`" + `)\]]*|(?:^|[^:/\w])[/\\]{2}[^\s<>"` + "`" + `)\]/]+[^\s<>"` + "`" + `)\]]*|\bwww\.[^\s<>"` + "`" + `)\]]+`)

// trailing is what may follow a URL in a sentence or in code and is none of it.
const trailing = ".,;:!?*_~'}|"

// removedURL stands where a URL was taken out.
const removedURL = "link-removed"

// Guard checks an answer while it streams: addresses that nobody gave are taken
// out, images and what else a client loads by itself become plain text or links,
// and citations of nothing are marked. It holds back the end of what it was
// given while that may still become one of those, so that nothing is shown and
// then taken back.
type Guard struct {
	src   *Sources
	aside bool // cites nothing, and numbers in brackets are left alone
	held  string
	code

	Invented []int // numbers that were cited and do not exist
	Removed  int   // URLs that were taken out
}

// code tells whether a place in a text is inside of code.
type code struct{ fenced, inline bool }

// NewGuard returns a guard for one text.
func NewGuard(src *Sources) *Guard { return &Guard{src: src} }

// NewAside returns a guard for text beside the answer, such as a model's
// thoughts, in which a number in brackets cites nothing.
func NewAside(src *Sources) *Guard { return &Guard{src: src, aside: true} }

// maxHeld bounds what is held back: longer than any URL that a browser takes.
const maxHeld = 8 << 10

// longestTag is longer than what opens an element.
const longestTag = 16

// Write returns what may be shown of the text so far.
func (g *Guard) Write(s string) string {
	g.held += s
	cut := safeEnd(g.held)
	if len(g.held)-cut > maxHeld {
		cut = len(g.held)
		if i := strings.LastIndexAny(g.held, "<!["); i > cut-longestTag {
			cut = i // which may be half of what is looked for
		}
	}
	out := g.check(g.held[:cut])
	g.held = g.held[cut:]
	return out
}

// Close returns the rest.
func (g *Guard) Close() string {
	out := g.check(g.held)
	g.held = ""
	return out
}

// Reset forgets what was held back, for an answer that begins anew.
func (g *Guard) Reset() { g.held, g.code = "", code{} }

// safeEnd returns where the last word begins, which may still grow into a URL
// or a citation.
func safeEnd(s string) int { return strings.LastIndexAny(s, " \n\t\r") + 1 }

var citationPattern = regexp.MustCompile(`\[(\d{1,4})\]`)

func (g *Guard) check(s string) string {
	if s == "" {
		return ""
	}
	return g.checkCitations(g.checkLoads(g.checkURLs(s)))
}

// loads is what makes a client ask another server without a click: an image, and
// the elements of HTML that load something. An attacker who may choose among
// addresses of his own page could spell what the conversation holds with them.
var loads = regexp.MustCompile(`(?i)!\[|<(?:[!/]|(?:a|applet|area|audio|base|body|embed|form|frame|frameset|iframe|image|img|input|link|math|meta|object|picture|script|source|style|svg|table|td|track|video)(?:[\s/>]|$))`)

// checkLoads makes links of images and text of elements.
func (g *Guard) checkLoads(s string) string {
	var b strings.Builder
	at, in := 0, g.code
	for _, l := range loads.FindAllStringIndex(s, -1) {
		in.track(s[at:l[0]])
		b.WriteString(s[at:l[0]])
		at = l[0]
		switch {
		case in.fenced || in.inline:
		case s[at] == '!':
			at++ // the link stays
		default:
			b.WriteByte('\\')
		}
	}
	b.WriteString(s[at:])
	return b.String()
}

func (g *Guard) checkURLs(s string) string {
	loc := urlPattern.FindAllStringIndex(s, -1)
	if loc == nil {
		return s
	}
	var b strings.Builder
	at := 0
	for _, l := range loc {
		from, to := l[0], l[1]
		if i := strings.IndexAny(s[from:to], "/\\"); i == 1 { // the rune before a scheme-less one
			from++
		}
		b.WriteString(s[at:from])
		at = from
		core := strings.TrimRight(s[from:to], trailing)
		if g.src.allowed(core) && !grows(s[from+len(core):]) {
			continue
		}
		g.Removed++
		b.WriteString(removedURL)
		at = from + len(core)
	}
	b.WriteString(s[at:])
	return b.String()
}

// grows reports whether a host could go on behind the quote that ended a URL:
// browsers take quotes for a part of a name.
func grows(rest string) bool {
	i := 0
	for i < len(rest) && strings.IndexByte("\"`'}|", rest[i]) >= 0 {
		i++
	}
	return i > 0 && i < len(rest) && (isWord(rest[i]) || rest[i] == '.' || rest[i] == '-' || rest[i] == '@')
}

// checkCitations marks numbers that name no source. In code a number in
// brackets is no citation.
func (g *Guard) checkCitations(s string) string {
	var b strings.Builder
	at := 0
	for _, l := range citationPattern.FindAllStringSubmatchIndex(s, -1) {
		g.track(s[at:l[0]])
		b.WriteString(s[at:l[0]])
		at = l[1]
		n, _ := strconv.Atoi(s[l[2]:l[3]])
		switch {
		case g.aside || g.fenced || g.inline || l[0] > 0 && isWord(s[l[0]-1]): // a[1] is code too
			b.WriteString(s[l[0]:l[1]])
		case g.src.Cite(n):
			b.WriteString(s[l[0]:l[1]])
		default:
			g.Invented = append(g.Invented, n)
			b.WriteString("[" + s[l[2]:l[3]] + ": no such source]")
		}
	}
	g.track(s[at:])
	b.WriteString(s[at:])
	return b.String()
}

// track follows code blocks and code in a line.
func (c *code) track(s string) {
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "```"):
			c.fenced = !c.fenced
			c.inline = false
			i += 2
		case s[i] == '`' && !c.fenced:
			c.inline = !c.inline
		case s[i] == '\n':
			c.inline = false
		}
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// allowed reports whether an answer may hold a URL.
func (s *Sources) allowed(raw string) bool {
	if harmless(raw) {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.urls[normalURL(raw)]
}

// harmless reports whether a URL leads nowhere that could listen: to the
// reader's own machine, or to a name that is reserved for examples (RFC 2606).
// Those stand in the commands and settings that answers explain.
func harmless(raw string) bool {
	if i := strings.IndexByte(raw, ':'); i > 0 && !strings.HasPrefix(strings.ToLower(raw), "http") {
		switch strings.ToLower(raw[:i]) { // connection strings, not fetched by any renderer
		case "postgres", "postgresql", "mysql", "redis", "amqp", "mongodb", "unix", "file", "jdbc", "op":
			return true
		}
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	switch host {
	case "localhost", "127.0.0.1", "::1", "0.0.0.0":
		return true
	}
	for _, name := range []string{"example.com", "example.org", "example.net", "example", "test", "invalid", "localhost"} {
		if host == name || strings.HasSuffix(host, "."+name) {
			return true
		}
	}
	return false
}

// normalURL makes two spellings of a URL equal that clients treat alike.
func normalURL(raw string) string {
	raw = strings.TrimRight(raw, trailing)
	if i := strings.Index(raw, "//"); i == 1 { // the rune before a scheme-less one
		raw = raw[1:]
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return strings.TrimPrefix(raw, "//")
	}
	host, path, _ := strings.Cut(rest, "/")
	return strings.ToLower(scheme) + "://" + strings.ToLower(host) + "/" + strings.TrimSuffix(path, "/")
}
