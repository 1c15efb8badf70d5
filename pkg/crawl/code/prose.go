package code

import (
	"regexp"
	"strings"
)

// prose returns what comments say as Markdown, without the marks that make them
// comments. Nothing in it is a heading or ends what is around it.
func prose(l *language, comments string) string {
	var lines []string
	inside := -1 // block comment that a line is in
	for text := range strings.SplitSeq(comments, "\n") {
		text = strings.TrimRight(text, " \t\r")
		lines = append(lines, uncomment(l, text, &inside))
	}
	return plain(dedent(lines))
}

// uncomment takes the marks off one line.
func uncomment(l *language, text string, inside *int) string {
	t := strings.TrimLeft(text, " \t")
	opened := false
	for i, b := range l.blocks {
		if *inside < 0 && strings.HasPrefix(t, b.open) {
			*inside, opened = i, true
			t = strings.TrimLeft(strings.TrimPrefix(t, b.open), string(b.open[len(b.open)-1])+"!")
			t = strings.TrimPrefix(strings.TrimPrefix(t, " |"), " ")
		}
	}
	if *inside >= 0 {
		b := l.blocks[*inside]
		if rest, ok := strings.CutSuffix(t, b.close); ok {
			t = strings.TrimRight(rest, "* \t")
			*inside = -1
		}
		if b.open != "/*" {
			if opened {
				return t
			}
			return text[:len(text)-len(strings.TrimLeft(text, " \t"))] + t
		}
		if rest, ok := strings.CutPrefix(t, "*"); ok && !opened {
			return strings.TrimPrefix(rest, " ")
		}
		return t
	}
	for _, open := range l.lines {
		if rest, ok := strings.CutPrefix(t, open); ok {
			rest = strings.TrimLeft(rest, string(open[len(open)-1]))
			rest = strings.TrimPrefix(strings.TrimPrefix(rest, "!"), " | ")
			return strings.TrimPrefix(rest, " ")
		}
	}
	return t
}

// dedent takes the indentation off that all lines have.
func dedent(lines []string) []string {
	least := -1
	for _, t := range lines {
		if n := len(t) - len(strings.TrimLeft(t, " ")); t != "" && (least < 0 || n < least) {
			least = n
		}
	}
	for i, t := range lines {
		if least > 0 && t != "" {
			lines[i] = t[least:]
		}
	}
	return lines
}

var (
	underline = regexp.MustCompile(`^ {0,3}(?:=+|-+|[*_](?:[ \t]*[*_])+|-(?:[ \t]*-)+)[ \t]*$`)
	heading   = regexp.MustCompile(`^ {0,3}#{1,6}(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$`)
	fencing   = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})")
	tag       = regexp.MustCompile(`^( {0,3})<`)
)

// plain makes text of what would be more than text to a reader of Markdown:
// headings, lines below them, and elements. Fences are closed.
func plain(lines []string) string {
	fence := ""
	var out []string
	for _, t := range lines {
		m := fencing.FindStringSubmatch(t)
		switch {
		case fence != "":
			if m != nil && strings.HasPrefix(m[1], fence) && strings.Trim(t, " "+fence[:1]) == "" {
				fence = ""
			}
		case m != nil && (m[1][0] == '~' || strings.Count(t, "`") == len(m[1])):
			fence = m[1]
		case m != nil:
			t = strings.TrimLeft(t, " `")
		case underline.MatchString(t):
			t = ""
		case heading.MatchString(t):
			if t = heading.FindStringSubmatch(t)[1]; t != "" {
				t = "**" + t + "**"
			}
		default:
			t = tag.ReplaceAllString(t, `$1\<`)
		}
		out = append(out, t)
	}
	if fence != "" {
		out = append(strings.Split(strings.TrimRight(strings.Join(out, "\n"), "\n"), "\n"), fence)
	}
	return strings.Trim(strings.Join(out, "\n"), "\n")
}
