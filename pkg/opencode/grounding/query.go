package grounding

import (
	"fmt"
	"strings"

	"panther/pkg/knowledge"
	"panther/pkg/search"
)

const (
	// fewTerms is how many words that say something a question needs to stand
	// alone. "And for views?" does not.
	fewTerms = 3
	// maxQuery is what agentdb takes, with room for what is added.
	maxQuery = 4000
)

// Query writes the search for a question: the question itself, and where that
// leans on what was said before, the words of the question before it.
func Query(question string, earlier []string) string {
	q := strings.TrimSpace(question)
	if len(earlier) > 0 && leans(q) {
		q = strings.TrimSpace(earlier[len(earlier)-1]) + "\n" + q
	}
	if len(q) <= maxQuery {
		return q
	}
	// A question stands before or behind what was pasted with it.
	return strings.ToValidUTF8(q[:maxQuery/2], "") + strings.ToValidUTF8(q[len(q)-maxQuery/2:], "")
}

// leaning are words that stand for something said before.
var leaning = map[string]bool{"it": true, "its": true, "that": true, "this": true, "those": true, "these": true, "they": true,
	"them": true, "their": true, "there": true, "one": true, "ones": true, "same": true, "instead": true, "else": true, "too": true,
	"also": true, "das": true, "dies": true, "diese": true, "er": true, "sie": true, "es": true, "davon": true, "damit": true}

func leans(q string) bool {
	if len(search.Terms(q)) < fewTerms {
		return true
	}
	words := strings.FieldsFunc(strings.ToLower(q), func(r rune) bool { return r < 'a' || r > 'z' })
	if len(words) > 0 && (words[0] == "and" || words[0] == "but" || words[0] == "und" || words[0] == "what" && len(words) > 1 && words[1] == "about") {
		return true
	}
	for _, w := range words {
		if leaning[w] && len(words) < 12 {
			return true
		}
	}
	return false
}

// RenderMemories writes memories for a model, each between marks of its own, with
// where it came from in the mark, which no text can write.
func (s *Sources) RenderMemories(list []knowledge.Recalled) string {
	var b strings.Builder
	for _, m := range list {
		text := oneLine(m.Text)
		if m.Outcome != "" {
			text += " → " + oneLine(m.Outcome)
		}
		fmt.Fprintf(&b, "<memory-%s id=%q kind=%q from=%q>\n%s\n</memory-%s>\n", s.fence, s.Defuse(m.ID), s.Defuse(m.Kind), origin(m.Provenance), s.Defuse(text), s.fence)
	}
	return b.String()
}

// origin says in a word or two whose a memory is.
func origin(p knowledge.Provenance) string {
	switch {
	case p.Origin == "user":
		return "the user"
	case p.Confirmed != "":
		return "an agent, confirmed by the user"
	case p.Origin == "mcp":
		return "another program"
	case len(p.Read) > 0:
		return "an agent that had read pages"
	}
	return "an agent"
}
