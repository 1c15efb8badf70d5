package address

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// MaxLength is the longest address that is a page: agentdb keeps no longer URI.
const MaxLength = 2048

// ErrNotPage means that an address is none of a web page.
var ErrNotPage = errors.New("not the address of a web page")

// tracking are query parameters that tell where a visitor came from and change
// nothing on the page.
var tracking = map[string]bool{
	"gclid": true, "gclsrc": true, "dclid": true, "gbraid": true, "wbraid": true, "fbclid": true, "msclkid": true,
	"yclid": true, "twclid": true, "ttclid": true, "igshid": true, "igsh": true, "mc_cid": true, "mc_eid": true,
	"_ga": true, "_gl": true, "_hsenc": true, "_hsmi": true, "__hstc": true, "__hssc": true, "__hsfp": true,
	"hsctatracking": true, "mkt_tok": true, "vero_id": true, "oly_anon_id": true, "oly_enc_id": true, "rb_clickid": true,
	"s_cid": true, "wickedid": true, "ref_src": true, "ref_url": true, "sc_channel": true, "sc_campaign": true,
	"sc_medium": true, "sc_content": true, "trk": true, "trkcampaign": true, "phpsessid": true, "jsessionid": true,
}

// Canonical returns the one form of an address: scheme and host in lower case,
// no user, no default port, no fragment, no tracking or session parameters, dot
// segments resolved, and percent-encoding only where it is needed. It is
// idempotent, and fetching it gives the same page.
func Canonical(raw string) (string, error) {
	u, err := Parse(raw)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

// Parse parses an absolute http or https address into its canonical form.
func Parse(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if len(raw) > 2*MaxLength {
		return nil, fmt.Errorf("parse address of %d bytes: %w", len(raw), ErrNotPage)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("parse address: %w: %w", ErrNotPage, err)
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "" {
		return nil, fmt.Errorf("parse address %q: %w", raw, ErrNotPage)
	}
	u.User, u.Fragment, u.RawFragment, u.ForceQuery = nil, "", "", false
	if u.Host = host(u); u.Host == "" {
		return nil, fmt.Errorf("parse address %q: %w", raw, ErrNotPage)
	}
	setPath(u)
	u.RawQuery = query(u.RawQuery)
	if n := len(u.String()); n > MaxLength {
		return nil, fmt.Errorf("parse address of %d bytes: %w", n, ErrNotPage)
	}
	return u, nil
}

// host returns the name in lower case, without the dots of the root, and the
// port where it is not that of the scheme; "" where there is no name.
func host(u *url.URL) string {
	name, port := strings.TrimRight(strings.ToLower(u.Hostname()), "."), u.Port()
	if strings.TrimLeft(name, ".") == "" || strings.ContainsAny(name, " %<>\"\\^`{|}") {
		return ""
	}
	if strings.Contains(name, ":") {
		ip, err := netip.ParseAddr(name)
		if err != nil {
			return ""
		}
		name = "[" + ip.String() + "]"
	}
	if port == "" || port == "80" && u.Scheme == "http" || port == "443" && u.Scheme == "https" {
		return name
	}
	return name + ":" + port
}

// setPath resolves dot segments and makes the encoding uniform: what was
// encoded without need is decoded, so that /%7Ea and /~a are one, and an
// encoded slash stays what it is.
func setPath(u *url.URL) {
	p := recode(u.EscapedPath())
	if i := strings.Index(strings.ToLower(p), ";jsessionid="); i >= 0 {
		p = p[:i]
	}
	if p = resolveDots(p); p == "" {
		p = "/"
	}
	u.RawPath = p
	if dec, err := url.PathUnescape(p); err == nil {
		u.Path = dec
	} else {
		u.Path, u.RawPath = p, ""
	}
}

// resolveDots removes dot segments: RFC 3986, 5.2.4. Empty segments stay, which
// some servers tell apart.
func resolveDots(p string) string {
	if !strings.Contains(p, "/.") {
		return p
	}
	var out []string
	segments := strings.Split(strings.TrimPrefix(p, "/"), "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case ".", "..":
			if s == ".." && len(out) > 0 {
				out = out[:len(out)-1]
			}
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, s)
		}
	}
	return "/" + strings.Join(out, "/")
}

const hexDigits = "0123456789ABCDEF"

// recode decodes the escapes of unreserved characters, writes the others in
// upper case, and escapes what may not stand in an address.
func recode(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if s[i] == '%' || !allowed(s[i]) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			v := byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			if unreserved(v) {
				b.WriteByte(v)
			} else {
				b.WriteByte('%')
				b.WriteByte(hexDigits[v>>4])
				b.WriteByte(hexDigits[v&15])
			}
			i += 2
			continue
		}
		if c == '%' || !allowed(c) {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// unreserved are the characters that mean the same escaped or not: RFC 3986, 2.3.
func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

func allowed(c byte) bool {
	return unreserved(c) || strings.IndexByte("!$&'()*+,;=:@/?[]", c) >= 0
}

// query drops tracking parameters and keeps the others as they were.
func query(raw string) string {
	if raw == "" {
		return ""
	}
	kept := make([]string, 0, 4)
	for _, p := range strings.Split(raw, "&") {
		name, _, _ := strings.Cut(p, "=")
		name = strings.ToLower(name)
		if p == "" || tracking[name] || strings.HasPrefix(name, "utm_") || strings.HasPrefix(name, "pk_") || strings.HasPrefix(name, "mtm_") {
			continue
		}
		kept = append(kept, recode(p))
	}
	return strings.Join(kept, "&")
}

// indexes are the names that a server gives a folder's own page.
var indexes = []string{"index.html", "index.htm", "index.php", "index.xhtml", "default.aspx", "default.htm"}

// Key returns the identity of a canonical address: addresses that nearly every
// server answers with one page have one key. http and https, www and not, the
// order of parameters, a folder with its slash and its index page are one.
func Key(canonical string) string {
	u, err := url.Parse(canonical)
	if err != nil {
		return canonical
	}
	p := u.EscapedPath()
	for _, name := range indexes {
		if rest, ok := strings.CutSuffix(p, "/"+name); ok {
			p = rest + "/"
			break
		}
	}
	p = strings.TrimSuffix(p, "/")
	q := u.RawQuery
	if strings.Contains(q, "&") {
		parts := strings.Split(q, "&")
		slices.Sort(parts)
		q = strings.Join(parts, "&")
	}
	if q != "" {
		q = "?" + q
	}
	return strings.TrimPrefix(u.Host, "www.") + p + q
}
