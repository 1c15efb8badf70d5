package markdown

import (
	"time"

	"go.yaml.in/yaml/v3"
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
