package gate

import (
	"net/url"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Addresses are those that a text may link to: what sources, tools or the
// person gave. The zero value is empty and ready to use; it is not safe for
// use by several goroutines.
type Addresses struct{ given map[string]string }

// Add allows the address of a source, whatever its scheme, but for those that
// run or write something and for files of another machine.
func (a *Addresses) Add(addr string) { a.add(addr, false) }

func (a *Addresses) add(addr string, web bool) {
	addr = canonical(addr)
	switch s := scheme(addr); s {
	case "http", "https":
		if rest := addr[len(s)+1:]; !strings.HasPrefix(rest, "//") || len(rest) < 3 {
			return
		}
	case "", "javascript", "vbscript", "data", "blob", "mailto", "xmpp", "about", "view-source":
		return
	case "file":
		if web || !strings.HasPrefix(addr, "file:///") || strings.HasPrefix(addr, "file:////") {
			return
		}
	default:
		if web {
			return
		}
	}
	if a.given == nil {
		a.given = map[string]string{}
	}
	if k := key(addr); a.given[k] == "" {
		a.given[k] = addr
	}
}

// maxAddress is longer than any address that browsers and servers agree on.
const maxAddress = 2048

// AddText allows the web addresses that stand in a text. An address that may
// end in two places, before a bracket or behind it, counts as both.
func (a *Addresses) AddText(s string) {
	for from, whole := 0, 0; ; {
		i := indexFold(s[from:], "http")
		if i < 0 {
			return
		}
		i += from
		from = i + 4
		rest := s[i:min(len(s), i+maxAddress)]
		n := len("http")
		if len(rest) > n && rest[n]|0x20 == 's' {
			n++
		}
		if !strings.HasPrefix(unescape(rest[n:min(len(rest), n+16)]), "://") {
			continue
		}
		end := strings.IndexAny(rest, " \t\n\r<>\"`")
		if end < 0 {
			end = len(rest)
		}
		short := closed(rest[:end])
		a.both(rest[:short])
		if ascii := asciiEnd(rest[:short]); ascii < short {
			a.both(rest[:ascii])
		}
		if short < end && i >= whole {
			a.both(rest[:end])
			whole = i + end
		}
		from = i + max(n, short)
	}
}

// AddLinks allows what a text that passed a gate links to, which is less than
// the addresses that stand in it.
func (a *Addresses) AddLinks(markdown string) {
	src := []byte(markdown)
	_ = ast.Walk(goldmark.DefaultParser().Parse(text.NewReader(src)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			a.add(unescape(string(n.Destination)), true)
		case *ast.AutoLink:
			a.add(string(n.URL(src)), true)
		}
		return ast.WalkContinue, nil
	})
}

// Both allows the web addresses of a text that other addresses allow.
func (a *Addresses) Both(other *Addresses, s string) {
	var named Addresses
	named.AddText(s)
	for k := range named.given {
		if addr, ok := other.given[k]; ok {
			a.add(addr, true)
		}
	}
}

// both adds an address as it stands and as Markdown would read it.
func (a *Addresses) both(s string) {
	s = strings.TrimRight(s, trailing)
	a.add(s, true)
	if u := unescape(s); u != s {
		a.add(u, true)
	}
}

// closed returns where an address ends that stands in brackets which it does
// not open.
func closed(s string) int {
	round, square := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			round++
		case '[':
			square++
		case ')':
			round--
		case ']':
			square--
		}
		if round < 0 || square < 0 {
			return i
		}
	}
	return len(s)
}

func asciiEnd(s string) int {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return i
		}
	}
	return len(s)
}

func indexFold(s, lower string) int {
	for i := 0; i+len(lower) <= len(s); i++ {
		if s[i]|0x20 == lower[0] && strings.EqualFold(s[i:i+len(lower)], lower) {
			return i
		}
	}
	return -1
}

// Find returns an address as it is to be written, and whether it is allowed: it
// is relative, or was given.
func (a *Addresses) Find(dest string) (string, bool) {
	dest = canonical(dest)
	if scheme(dest) == "" {
		return dest, dest != "" && relative(dest)
	}
	given, ok := a.given[key(dest)]
	return given, ok
}

// relative reports whether an address without a scheme stays on its server: it
// does not begin with two slashes of either kind, however they are written, and
// has no colon where others have a scheme.
func relative(dest string) bool {
	plain, err := url.PathUnescape(dest)
	if err != nil {
		return false
	}
	plain = strings.TrimLeft(plain, " \t\r\n\f\v")
	for _, s := range []string{dest, plain} {
		if first, _, _ := strings.Cut(s, "/"); strings.Contains(first, ":") { // a scheme to some
			return false
		}
	}
	slash := func(i int) bool { return i < len(plain) && (plain[i] == '/' || plain[i] == '\\') }
	return !slash(0) || !slash(1)
}

// canonical writes an address so that every reader of Markdown and of HTML
// finds the same one in it: without what browsers skip, and with all else but
// the letters of addresses (RFC 3986) by its number.
func canonical(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	host := strings.Index(s, "://[") // the only place of brackets
	hostEnd := -1
	if host >= 0 {
		hostEnd = host + strings.IndexByte(s[host:], ']')
	}
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '\t' || c == '\n' || c == '\r':
		case c == '[' && i == host+3 && hostEnd > host, c == ']' && i == hostEnd:
			b.WriteByte(c)
		case c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])), c == ';' && entityBefore(s[:i]),
			!isAlnum(c) && !strings.ContainsRune("-._~:/?#@!$&'()*+,;=%", rune(c)):
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// entityBefore reports whether a semicolon would end an entity.
func entityBefore(s string) bool {
	i := len(s)
	for i > 0 && (isAlnum(s[i-1]) || s[i-1] == '#') {
		i--
	}
	return i > 0 && i < len(s) && s[i-1] == '&'
}

// scheme returns the scheme of an address, in small letters.
func scheme(s string) string {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':' && i > 0:
			return strings.ToLower(s[:i])
		case !isAlnum(c) && (i == 0 || c != '+' && c != '-' && c != '.'), i == 0 && isDigit(c):
			return ""
		}
	}
	return ""
}

// key is the same for spellings of an address that lead to the same place.
func key(addr string) string {
	s := scheme(addr)
	rest, ok := strings.CutPrefix(addr[len(s)+1:], "//")
	if !ok {
		return s + addr[len(s):]
	}
	n := strings.IndexAny(rest, "/?#")
	if n < 0 {
		n = len(rest)
	}
	host := rest[:n]
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[:i] + strings.ToLower(host[i:])
	} else {
		host = strings.ToLower(host)
	}
	return s + "://" + host + strings.TrimSuffix(rest[n:], "/")
}

// harmless reports whether an address leads nowhere that could listen: to the
// reader's own machine, to a name that is reserved for examples (RFC 2606), or
// by a scheme that no browser opens. They stand in the commands and settings
// that answers explain, so they are shown, as code.
func harmless(raw string) bool {
	host := raw
	switch s := scheme(raw); s {
	case "http", "https", "ftp", "ws", "wss":
		host = raw[len(s)+1:]
	default:
		if !strings.HasPrefix(raw, "//") && !strings.HasPrefix(strings.ToLower(raw), "www.") {
			return true
		}
	}
	u, err := url.Parse("//" + canonical(strings.TrimLeft(host, `/\`))) // as browsers do
	if err != nil || u.User != nil {
		return false
	}
	host = strings.ToLower(u.Hostname())
	switch host {
	case "", "localhost", "127.0.0.1", "::1", "0.0.0.0":
		return true
	}
	if strings.HasPrefix(raw, "//") && !strings.Contains(host, ".") { // two slashes, more likely
		return true
	}
	for _, name := range []string{"example.com", "example.org", "example.net", "example", "test", "invalid", "localhost"} {
		if host == name || strings.HasSuffix(host, "."+name) {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlnum(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }
func isHex(c byte) bool   { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
func isPunct(c byte) bool { return c > ' ' && c < 0x7f && !isAlnum(c) }
