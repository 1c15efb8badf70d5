package commonmark

import (
	"strings"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"
)

// FrontMatter splits what generators keep above a page off its Markdown: YAML
// between lines of three dashes (the second may be three dots), TOML between
// lines of three plus signs. Text that only looks like it, such as a setext
// heading below a rule, stays where it is, and head is nil.
func FrontMatter(md string) (head map[string]any, rest string) {
	text := newlines.Replace(strings.TrimPrefix(md, "\ufeff"))
	first, body, ok := strings.Cut(text, "\n")
	mark := strings.TrimRight(first, " \t")
	if !ok || mark != "---" && mark != "+++" {
		return nil, md
	}
	for at := 0; at < len(body); {
		line, _, _ := strings.Cut(body[at:], "\n")
		next := min(at+len(line)+1, len(body))
		if end := strings.TrimRight(line, " \t"); end == mark || end == "..." && mark == "---" {
			var err error
			if mark == "---" {
				err = yaml.Unmarshal([]byte(body[:at]), &head)
			} else {
				err = toml.Unmarshal([]byte(body[:at]), &head)
			}
			if err != nil || head == nil && strings.TrimSpace(body[:at]) != "" {
				return nil, md
			}
			return head, strings.TrimLeft(body[next:], "\n")
		}
		at = next
	}
	return nil, md
}
