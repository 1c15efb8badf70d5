package history

import (
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/tools"
)

// History is what was said before a question.
type History struct {
	Summary   string        // of what is before Messages; "" if there is none
	Messages  []llm.Message // questions and answers
	Questions []string      // all that are known, also before the summary
	Read      []string      // what of others is in it
}

// summaryIntro stands before a summary among what was said.
const summaryIntro = "Summary of the conversation so far:\n"

// Prompt returns the history as a model is given it.
func (h *History) Prompt() []llm.Message {
	var out []llm.Message
	if h.Summary != "" {
		out = append(out, llm.Message{Role: llm.RoleUser, Text: summaryIntro + h.Summary}, llm.Message{Role: llm.RoleAssistant, Text: "Understood."})
	}
	return append(out, h.Messages...)
}

// Allow lets an answer link to what the user named before, and to what earlier
// answers linked to.
func (h *History) Allow(src *grounding.Sources) {
	src.AllowLinks(h.Summary)
	for _, m := range h.Messages {
		if m.Role == llm.RoleUser {
			src.AllowText(m.Text)
		} else {
			src.AllowLinks(m.Text)
		}
	}
}

// Before returns the history of a prompt among the messages of its session,
// without what waits behind it; "" takes all of them.
func Before(list []api.MessageWithParts, prompt string) History {
	var h History
	for _, m := range list {
		if prompt != "" && m.Info.ID > prompt && m.Info.Role == api.RoleUser {
			continue
		}
		h.readBefore(m)
		if m.Info.ID == prompt {
			continue
		}
		text := m.Text()
		switch {
		case m.Info.Summary == true:
			h.Summary, h.Messages = text, nil
		case m.Info.Role == api.RoleUser && text != "":
			h.Questions = append(h.Questions, text)
			h.Messages = append(h.Messages, llm.Message{Role: llm.RoleUser, Text: text})
		case m.Info.Role == api.RoleAssistant && text != "":
			h.Messages = append(h.Messages, llm.Message{Role: llm.RoleAssistant, Text: text})
		}
	}
	return h
}

// readBefore notes what the messages of the conversation bring along: files, and
// what earlier turns had read. Their answers are in the prompt, and what a page
// asked for may come about later.
func (h *History) readBefore(m api.MessageWithParts) {
	for _, p := range m.Parts {
		if p.Type == api.PartTool && p.Tool != tools.Remember {
			h.Read = append(h.Read, "tool "+p.Tool)
		}
		if p.Type == api.PartFile {
			h.Read = append(h.Read, "file "+p.Filename)
		}
		for _, c := range p.Sources() {
			h.Read = append(h.Read, c.URI)
		}
	}
}
