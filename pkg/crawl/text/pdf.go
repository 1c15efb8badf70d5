package text

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"panther/pkg/knowledge"

	"golang.org/x/text/language"
)

var errNoPrograms = errors.New("files of this format are not read here")

// fromPDF makes a document of the text of a PDF file.
func fromPDF(ctx context.Context, f File, body []byte) (*knowledge.Document, error) {
	if f.Programs == nil {
		return nil, errNoPrograms
	}
	text, err := f.Programs.Read(ctx, "pdf", body)
	if err != nil {
		return nil, err
	}
	md := reflow(text)
	if md == "" && f.Rules.OCR {
		if text, err = f.Programs.Scan(ctx, body, threeLetters(f.Rules.Languages)); err != nil {
			return nil, err
		}
		md = reflow(text)
	}
	switch {
	case md == "" && f.Rules.OCR:
		return nil, refusal("PDF has no text, and none is found in its images")
	case md == "":
		return nil, refusal("PDF has no text: its pages are images; ocr = true reads them")
	}
	title, _, _ := strings.Cut(md, "\n")
	if len(title) > 120 || strings.HasSuffix(title, ".") { // a sentence, not a title
		title = ""
	}
	return &knowledge.Document{Title: title, Markdown: md}, nil
}

// threeLetters are languages by their codes of ISO 639-2.
func threeLetters(tags []string) []string {
	var out []string
	for _, tag := range tags {
		t, err := language.Parse(tag)
		if err != nil {
			continue
		}
		switch base, _ := t.Base(); base.ISO3() {
		case "zho":
			script, _ := t.Script()
			out = append(out, "chi_"+map[bool]string{true: "tra", false: "sim"}[script.String() == "Hant"])
		default:
			out = append(out, base.ISO3())
		}
	}
	return out
}

// reflow makes paragraphs of the lines of pages: lines that repeat on top or at
// the bottom of pages and page numbers go, words divided at the end of a line
// are joined.
func reflow(text string) string {
	pages := strings.Split(text, "\f")
	repeated := map[string]int{}
	lines := make([][]string, len(pages))
	for i, p := range pages {
		lines[i] = strings.Split(strings.Trim(p, "\n "), "\n")
		for _, edge := range edges(lines[i]) {
			repeated[edge]++
		}
	}
	var b strings.Builder
	for _, ls := range lines {
		for n := len(ls); n > 0 && isEdge(ls[n-1], repeated, len(pages)); n-- {
			ls = ls[:n-1]
		}
		for len(ls) > 0 && isEdge(ls[0], repeated, len(pages)) {
			ls = ls[1:]
		}
		for i, l := range ls {
			l = strings.TrimRight(l, " ")
			last := i+1 == len(ls)
			switch {
			case strings.TrimSpace(l) == "":
				b.WriteString("\n")
			case !last && divided(l, ls[i+1]):
				b.WriteString(strings.TrimSuffix(l, "-"))
			default:
				b.WriteString(l + "\n")
			}
		}
		b.WriteString("\n")
	}
	out := strings.TrimSpace(b.String())
	for strings.Contains(out, "\n\n\n") {
		out = strings.ReplaceAll(out, "\n\n\n", "\n\n")
	}
	if out == "" {
		return ""
	}
	return out + "\n"
}

// edges are the first and the last line of a page, without numbers.
func edges(ls []string) []string {
	first, last := bareLine(ls[0]), bareLine(ls[len(ls)-1])
	if first == last {
		return []string{first}
	}
	return []string{first, last}
}

func bareLine(l string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, l))
}

// isEdge reports whether a line at the edge of a page is no text: blank, a
// number, or the same on most pages.
func isEdge(l string, repeated map[string]int, pages int) bool {
	bare := bareLine(l)
	return len(strings.Trim(bare, "-– .|/")) == 0 || pages > 3 && repeated[bare] > pages/2
}

// divided reports whether a word goes on in the next line.
func divided(l, next string) bool {
	if !strings.HasSuffix(l, "-") || len(l) < 3 || !unicode.IsLower(rune(l[len(l)-2])) {
		return false
	}
	return next != "" && unicode.IsLower([]rune(strings.TrimLeft(next, " ") + " ")[0])
}
