package markdown

import (
	"strings"
	"time"
	"unicode"

	"gopkg.in/yaml.v3"
)

// FrontMatter returns what is known about the page as a YAML block between lines of three dashes, ready to stand
// before Markdown. Unknown fields are left out.
func (p *Page) FrontMatter() string {
	head := struct {
		Title       string `yaml:"title,omitempty"`
		URL         string `yaml:"url,omitempty"`
		Site        string `yaml:"site,omitempty"`
		Author      string `yaml:"author,omitempty"`
		Date        string `yaml:"date,omitempty"`
		Modified    string `yaml:"modified,omitempty"`
		Language    string `yaml:"language,omitempty"`
		License     string `yaml:"license,omitempty"`
		Description string `yaml:"description,omitempty"`
	}{p.Title, first(p.Canonical, p.URL), p.Site, p.Author, date(p.Published), date(p.Modified), p.Language, p.License, p.Description}
	out, err := yaml.Marshal(head)
	if err != nil {
		return ""
	}
	return "---\n" + string(out) + "---\n"
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Slug returns the fragment that GitHub gives a heading: lower case, letters, digits, hyphens and underscores only,
// with spaces as hyphens. Numbering of repeated headings is left to the caller.
func Slug(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(heading)) {
		switch {
		case r == ' ' || r == '-':
			b.WriteByte('-')
		case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}
