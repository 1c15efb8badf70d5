package code

import (
	"fmt"
	"net/url"
	"strings"

	"panther/pkg/knowledge"
)

// Document makes the document of a file; uri is where people find it. The path
// is its title and not in its text, so that a file that moves is the same.
func Document(name, uri, src string) *knowledge.Document {
	w := &writer{src: src, language: languageOf(name), fragment: fragmentOf(uri)}
	sections := Sections(name, src)
	for _, s := range sections {
		w.section(s)
	}
	return &knowledge.Document{URI: uri, Title: name, Markdown: strings.TrimRight(w.b.String(), "\n") + "\n",
		Meta: map[string]string{"kind": "source code", "programming_language": w.language.name}}
}

type writer struct {
	b        strings.Builder
	src      string
	language *language
	fragment func(first, last int) string
	at, line int // the line, from 1, of the last place that was asked for
}

// lineOf returns the number of the line of a place.
func (w *writer) lineOf(at int) int {
	if at < w.at {
		w.at, w.line = 0, 0
	}
	w.line += strings.Count(w.src[w.at:at], "\n")
	w.at = at
	return w.line + 1
}

// fragmentOf returns how the forge that shows a file names lines of it.
func fragmentOf(uri string) func(first, last int) string {
	form := "L%d-L%d"
	u, err := url.Parse(uri)
	switch {
	case err != nil:
	case u.Scheme == "file":
		return func(first, _ int) string { return fmt.Sprintf("L%d", first) }
	case strings.Contains(u.Path, "/-/blob/"):
		form = "L%d-%d"
	case u.Hostname() == "bitbucket.org":
		form = "lines-%d:%d"
	}
	return func(first, last int) string { return fmt.Sprintf(form, first, last) }
}

func (w *writer) heading(s Section) {
	first := w.lineOf(s.Start)
	last := max(first, w.lineOf(s.Start+len(strings.TrimRight(w.src[s.Start:s.End], " \t\r\n"))))
	title := short(s.Title, maxTitle)
	if title == "" {
		title = "…"
	}
	fmt.Fprintf(&w.b, "%s `%s` {#%s}\n\n", strings.Repeat("#", min(s.Level+1, 6)), title, w.fragment(first, last))
}

func (w *writer) section(s Section) {
	if s.Title != "" {
		w.heading(s)
	}
	if text := prose(w.language, w.src[s.Start:s.Code]); text != "" {
		w.b.WriteString(text + "\n\n")
	}
	if len(s.Members) > 0 {
		for i, m := range s.Members {
			if i > 0 {
				w.b.WriteString(", ")
			}
			fmt.Fprintf(&w.b, "`%s`", short(m, maxTitle))
		}
		w.b.WriteString("\n\n")
	}
	code := strings.TrimRight(w.src[s.Code:s.End], " \t\r\n")
	if code == "" {
		return
	}
	fence := strings.Repeat("`", max(3, longestRun(code, '`')+1))
	fmt.Fprintf(&w.b, "%s%s\n%s\n%s\n\n", fence, w.language.name, code, fence)
}

func longestRun(s string, c byte) int {
	most, n := 0, 0
	for i := range len(s) {
		if s[i] != c {
			n = 0
			continue
		}
		n++
		most = max(most, n)
	}
	return most
}
