package agents

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"panther/pkg/opencode/api"
)

// Rules are permissions in the order in which they were written; the last one
// that matches decides.
type Rules []api.PermissionRule

// Use is a call of a tool as rules judge it.
type Use struct {
	Tool   string
	Whole  string  // its arguments as JSON in one form; the pattern of a rule for just this call
	Values []Value // every value of the arguments
}

// Value is one value of the arguments. Name is the parameter's, with the names of
// members behind it: tasks.prompt.
type Value struct{ Name, Text string }

// rank orders actions by how much they let through.
var rank = map[string]int{api.ActionDeny: 0, api.ActionAsk: 1, api.ActionAllow: 2}

// Strictest returns which of two actions lets less through.
func Strictest(a, b string) string {
	if rank[b] < rank[a] {
		return b
	}
	return a
}

// Decide returns allow, ask or deny for a call: what the strictest of its values
// comes to, each judged by itself. So no value speaks for another one. What no
// rule matches is denied.
func (r Rules) Decide(u Use) string {
	if len(u.Values) == 0 {
		return r.decide(u, Value{})
	}
	action := api.ActionAllow
	for _, v := range u.Values {
		action = Strictest(action, r.decide(u, v))
	}
	return action
}

// decide judges one value. A rule that lets more through than those before it has
// to match the value in every reading that a tool may make of it, one that lets
// less through in any.
func (r Rules) decide(u Use, v Value) string {
	action := api.ActionDeny
	for _, rule := range r {
		if !Match(rule.Permission, u.Tool) {
			continue
		}
		if matches(rule.Pattern, u.Whole, v, rank[rule.Action] > rank[action]) {
			action = rule.Action
		}
	}
	return action
}

// Never reports whether a tool is denied whatever it is used on.
func (r Rules) Never(tool string) bool {
	never := true
	for _, rule := range r {
		switch {
		case !Match(rule.Permission, tool):
		case rule.Action != api.ActionDeny:
			never = false
		case rule.Pattern == "" || rule.Pattern == "*":
			never = true
		}
	}
	return never
}

// Match reports whether a name matches a pattern in which * stands for
// anything.
func Match(pattern, name string) bool { return glob(pattern, name, false) }

// named is a pattern for the values of one parameter.
var named = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_.-]*)=(.*)$`)

// matches reports whether a rule's pattern matches a value:
//
//   - every value
//     {"a":1}               every value of a call with just these arguments
//     path=/srv/*           values of the parameter path
//     https://ok.org/docs/* addresses, by host and path
//     /srv/docs/*           paths
//     git log *             any other text
//
// Where it is strict, a * that is not the last character stays within a segment
// of an address or a path (** does not), and a text that tools may read
// differently matches nothing but *.
func matches(pattern, whole string, v Value, strict bool) bool {
	if pattern == "" || pattern == "*" {
		return true
	}
	if strings.HasPrefix(pattern, "{") {
		return pattern == whole
	}
	if m := named.FindStringSubmatch(pattern); m != nil {
		if v.Name == m[1] && matches(m[2], "", Value{Text: v.Text}, strict) {
			return true
		}
		if strict {
			return false
		}
	}
	switch {
	case !strict:
		return Match(pattern, v.Text) || Match(loosely(pattern), loosely(v.Text))
	case pattern == v.Text:
		return true
	case !plain(v.Text):
		return false
	case strings.Contains(pattern, "://"):
		return matchAddress(pattern, v.Text)
	case strings.Contains(pattern, " "): // of a command: what begins another one is no part of it
		return !strings.ContainsAny(v.Text, ";&|<>$`()\\") && Match(pattern, v.Text)
	}
	return glob(pattern, v.Text, true) && (!filepath.IsAbs(v.Text) || glob(pattern, resolve(v.Text), true))
}

// glob matches a text against a pattern. Within segments, a * that something
// follows does not match a slash; ** does.
func glob(pattern, s string, segments bool) bool {
	var re strings.Builder
	re.WriteString(`(?s)\A`)
	for pattern != "" {
		lit, rest, star := strings.Cut(pattern, "*")
		re.WriteString(regexp.QuoteMeta(lit))
		pattern = strings.TrimLeft(rest, "*")
		switch {
		case !star:
		case segments && pattern == rest && rest != "":
			re.WriteString(`[^/]*`)
		default:
			re.WriteString(`.*`)
		}
	}
	re.WriteString(`\z`)
	return regexp.MustCompile(re.String()).MatchString(s) // quoted, so that it compiles
}

// plain reports whether tools agree on what a text names: it has no control and
// no invisible characters, and no segment of an address or path in it goes up or
// is escaped.
func plain(s string) bool {
	for _, r := range s {
		if !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
			return false
		}
	}
	if escaped.MatchString(s) {
		return false
	}
	for seg := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '/' || r == '\\' }) {
		if seg == "." || seg == ".." {
			return false
		}
	}
	return true
}

// escaped finds the percent escapes of characters that part or lead through an
// address (%./\@:?#) and of control characters.
var escaped = regexp.MustCompile(`(?i)%(?:[01][0-9a-f]|2[35ef]|3[af]|40|5c|7f)`)

// matchAddress matches an address strictly: scheme and host as a whole, then the
// rest. A * in the pattern of a host stays in it, and none ends it: ok.org* is
// ok.org alone.
func matchAddress(pattern, s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.Host == "" && u.Scheme != "file" || strings.ContainsRune(s, '\\') ||
		strings.ContainsFunc(u.Host, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"<>^`{|}%@", r) }) {
		return false
	}
	scheme, rest, _ := strings.Cut(pattern, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, rest := rest[:end], rest[end:]
	if open, ok := strings.CutSuffix(host, "*"); ok && open != "" && !strings.HasSuffix(open, ".") && rest == "" {
		host, rest = open, "*"
	} else if ok && rest == "" { // any host, and whatever follows it
		rest = "*"
	}
	tail := s[strings.Index(s, "://")+3:]
	if !strings.HasPrefix(tail, u.Host) {
		return false
	}
	return strings.EqualFold(scheme, u.Scheme) && glob(strings.ToLower(host), strings.ToLower(u.Host), true) && glob(rest, tail[len(u.Host):], true)
}

// loosely is a text or pattern of an address as whoever wants to come past a
// pattern must not spell it: escapes, letters' case, backslashes, user and
// default port make no other address of it.
func loosely(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\\':
			return '/'
		case !unicode.IsGraphic(r):
			return -1
		}
		return r
	}, s)
	for range 3 { // escapes of escapes
		d, err := url.PathUnescape(s)
		if err != nil || d == s {
			break
		}
		s = d
	}
	s = strings.ToLower(strings.TrimSpace(s))
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	host, rest, slash := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	host = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(host, ":443"), ":80"), ".")
	if slash {
		host += "/"
	}
	return scheme + "://" + host + rest
}

// resolve follows the symbolic links of a path as far as it exists here.
func resolve(path string) string {
	path = filepath.Clean(path)
	for at, rest := path, ""; ; at, rest = filepath.Dir(at), filepath.Join(filepath.Base(at), rest) {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest)
		}
		if at == filepath.Dir(at) {
			return path
		}
	}
}
