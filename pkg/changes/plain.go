package changes

import (
	"html"
	"regexp"
	"strings"
	"unicode"
)

// span is a stretch of what a piece shows.
type span struct {
	text       string
	code, link bool
}

// spans returns what inline Markdown shows, without its marks.
func spans(md string) []span {
	s := &scanner{room: 1<<16 + 8*len(md)}
	s.scan(md, 0)
	s.flush()
	return s.out
}

type scanner struct {
	out  []span
	text strings.Builder
	link bool
	room int // how far brackets that are never closed may still be followed
}

func (s *scanner) flush() {
	if s.text.Len() > 0 {
		s.out = append(s.out, span{text: html.UnescapeString(s.text.String()), link: s.link})
		s.text.Reset()
	}
}

// maxTag is the longest tag, in bytes.
const maxTag = 500

// maxNesting of links in images in links.
const maxNesting = 3

func (s *scanner) scan(md string, depth int) {
	for i := 0; i < len(md); {
		switch c := md[i]; {
		case c == '\\' && i+1 < len(md) && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", md[i+1]) >= 0:
			s.text.WriteByte(md[i+1])
			i += 2
		case c == '`':
			n := len(md[i:]) - len(strings.TrimLeft(md[i:], "`"))
			ticks, rest := md[i:i+n], md[i+n:]
			end := -1
			if s.room > 0 {
				end = strings.Index(rest, ticks)
			}
			if end < 0 {
				s.room -= len(rest)
				s.text.WriteString(ticks)
				i += n
				continue
			}
			s.flush()
			s.out = append(s.out, span{text: strings.TrimSpace(strings.ReplaceAll(rest[:end], "\\|", "|")), code: true, link: s.link})
			i += n + end + n
		case c == '[' && depth < maxNesting && s.room > 0:
			text, after, ok := link(md[i:])
			if !ok {
				s.room -= maxLink
				s.text.WriteByte(c)
				i++
				continue
			}
			s.flush()
			was := s.link
			s.link = true
			s.scan(text, depth+1)
			s.flush()
			s.link = was
			i += after
		case c == '!' && i+1 < len(md) && md[i+1] == '[':
			i++
		case c == '<':
			end := strings.IndexByte(md[i:min(len(md), i+maxTag)], '>')
			if end < 2 || !(unicode.IsLetter(rune(md[i+1])) || md[i+1] == '/' || md[i+1] == '!') {
				s.text.WriteByte(c)
				i++
				continue
			}
			if tag := md[i+1 : i+end]; strings.Contains(tag, "://") {
				s.text.WriteString(tag)
			} else if strings.HasPrefix(strings.ToLower(tag), "br") {
				s.text.WriteByte(' ')
			}
			i += end + 1
		case c == '*' || c == '~' || c == '_' && !inWord(md, i):
			i++
		default:
			s.text.WriteByte(c)
			i++
		}
	}
}

func inWord(md string, i int) bool {
	return i > 0 && i+1 < len(md) && isWord(md[i-1]) && isWord(md[i+1])
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// maxLink is the longest text or target of a link, in bytes.
const maxLink = 4096

// link reads a link at the beginning of s: its text, and where it ends.
func link(s string) (text string, after int, ok bool) {
	closing := matching(s, '[', ']')
	if closing < 0 {
		return "", 0, false
	}
	text, rest := s[1:closing], s[closing+1:]
	switch {
	case strings.HasPrefix(rest, "("):
		if end := matching(rest, '(', ')'); end >= 0 {
			return text, closing + 1 + end + 1, true
		}
	case strings.HasPrefix(rest, "["):
		if end := matching(rest, '[', ']'); end >= 0 {
			return text, closing + 1 + end + 1, true
		}
	}
	return "", 0, false
}

// matching returns where the bracket that s begins with is closed, or -1.
func matching(s string, opening, closing byte) int {
	depth := 0
	for i := 0; i < len(s) && i < maxLink; i++ {
		switch s[i] {
		case '\\':
			i++
		case opening:
			depth++
		case closing:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// typography makes one of the characters that generators choose among.
var typography = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "‘", "'", "’", "'", "‚", "'",
	"–", "-", "—", "-", "‑", "-", "…", "...", "\u00a0", " ", "\u202f", " ", "\u00ad", "", "\u200b", "", "¶", "")

// reference is the text of a link to a numbered place; the number is where the
// place stands now.
var reference = regexp.MustCompile(`^((?:\pL+\.?\s+)?)(?:[A-Z]\.)?\d+(?:\.\d+)*\.?$|^(\pL+\s+)[A-Z](?:\.\d+)+$`)

// words returns what spans read as: one blank between words, and no numbers of
// places.
func words(ss []span) string {
	var b strings.Builder
	for _, s := range ss {
		t := s.text
		if !s.code {
			t = typography.Replace(t)
			if s.link {
				t = reference.ReplaceAllString(strings.TrimSpace(t), "$1$2")
			}
		}
		b.WriteString(t)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// numbering of a heading, or of the caption of a table.
var numbering = regexp.MustCompile(`^(?:(?:Chapter|Section|Appendix|Part|Table|Figure|Example|Kapitel|Chapitre|Capítulo)\s+)?(?:[A-Z]\.)?(?:\d+(?:\.\d+)*\.|\d+(?:\.\d+)+|[IVX]+\.)\s+(\pL.*|[^\d\s].*)$`)

// unnumbered is a title without its number. A version is none.
func unnumbered(title string) string {
	if m := numbering.FindStringSubmatch(title); m != nil && !versionHeading.MatchString(title) {
		return m[1]
	}
	return title
}

// names finds identifiers and numbers outside of code: snake_case, camelCase,
// --option, call(), 1.5, 128MB.
var names = regexp.MustCompile(`--?[a-zA-Z][\w-]+|[\pL_][\pL\d]*_[\pL\d_]+|\p{Ll}+\p{Lu}[\pL\d]*|[\pL_][\w.]*\(\)|[+-]?\d[\d.,]*\d(?:[a-zA-Z%]+)?|\d(?:[a-zA-Z%]+)?`)

// literals counts what of spans is code, names and numbers.
func literals(ss []span) map[string]int {
	out := map[string]int{}
	for _, s := range ss {
		if s.code {
			for _, f := range strings.Fields(s.text) {
				out[f]++
			}
		} else if !s.link || !reference.MatchString(strings.TrimSpace(s.text)) {
			for _, n := range names.FindAllString(typography.Replace(s.text), -1) {
				out[strings.TrimRight(n, ".,")]++
			}
		}
	}
	return out
}
