package history

import (
	"slices"

	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/tools"
)

// History is what was said before a question.
type History struct {
	Summary   string     // of what is before the exchanges; "" if there is none
	Exchanges []Exchange // that no summary covers, oldest first
	Questions []string   // all that are known, also those that a summary covers
	Read      []string   // what of others is in it
}

// Exchange is a question with its answers.
type Exchange struct {
	ID       string // of the message that asked
	Messages []llm.Message
}

// summaryIntro stands before a summary among what was said.
const summaryIntro = "Summary of the conversation so far:\n"

// Prompt returns the history as a model is given it.
func (h *History) Prompt() []llm.Message {
	out := h.head()
	for _, e := range h.Exchanges {
		out = append(out, e.Messages...)
	}
	return out
}

// head is what a model is given of the summary.
func (h *History) head() []llm.Message {
	if h.Summary == "" {
		return nil
	}
	return []llm.Message{{Role: llm.RoleUser, Text: summaryIntro + h.Summary}, {Role: llm.RoleAssistant, Text: "Understood."}}
}

// Head counts the messages of Prompt that stand for all that is before the
// exchanges.
func (h *History) Head() int { return len(h.head()) }

// Allow lets an answer link to what the user named before, and to what earlier
// answers linked to.
func (h *History) Allow(src *grounding.Sources) {
	src.AllowLinks(h.Summary)
	for _, e := range h.Exchanges {
		for _, m := range e.Messages {
			if m.Role == llm.RoleUser {
				src.AllowText(m.Text)
			} else {
				src.AllowLinks(m.Text)
			}
		}
	}
}

// Before returns the history of a prompt among the messages of its session, which
// are in the order of time, without what waits behind it; "" takes all of them. An
// answer stands behind what it answers, also where another question came in
// between.
func Before(list []api.MessageWithParts, prompt string) History {
	var h History
	at := map[string]int{} // exchanges, by the message that asked
	end := api.IndexMessage(list, prompt)
	for i, m := range list {
		switch {
		case m.Info.Role == api.RoleUser:
			if end >= 0 && i > end {
				continue // waits
			}
			h.readBefore(m)
			if i == end {
				continue
			}
			at[m.Info.ID] = len(h.Exchanges)
			e := asked(m)
			h.Exchanges = append(h.Exchanges, e)
			if text := m.Text(); text != "" && len(e.Messages) > 0 {
				h.Questions = append(h.Questions, text)
			}
		case m.Info.Summary == true:
			h.Summary = m.Text()
			h.forget(at, covered(m))
		default:
			h.readBefore(m)
			n, ok := at[m.Info.ParentID]
			if !ok && m.Info.ParentID != prompt {
				n, ok = len(h.Exchanges)-1, len(h.Exchanges) > 0 // of before there were parents, or imported
			}
			if ok {
				h.add(n, llm.RoleAssistant, m.Text())
			}
		}
	}
	h.Exchanges = slices.DeleteFunc(h.Exchanges, func(e Exchange) bool { return len(e.Messages) == 0 })
	return h
}

// asked begins an exchange with what was asked, also in files.
func asked(m api.MessageWithParts) Exchange {
	e := Exchange{ID: m.Info.ID}
	if text, files, err := Said(m.Parts); err == nil { // else it is of another version, and says nothing
		e.Messages = append(e.Messages, llm.Message{Role: llm.RoleUser, Text: text, Files: files})
	}
	return e
}

func (h *History) add(exchange int, role, text string) {
	if text != "" {
		e := &h.Exchanges[exchange]
		e.Messages = append(e.Messages, llm.Message{Role: role, Text: text})
	}
}

// forget empties the exchanges that a summary covers: those up to the one that
// last is the identifier of, or all if it is "".
func (h *History) forget(at map[string]int, last string) {
	n, ok := at[last]
	if !ok {
		if last != "" {
			return // it was taken back, and what the summary covers with it
		}
		n = len(h.Exchanges) - 1
	}
	for i := range h.Exchanges[:n+1] {
		h.Exchanges[i].Messages = nil
	}
}

// covered returns the identifier of the last question that a summary covers.
func covered(m api.MessageWithParts) string {
	for _, p := range m.Parts {
		if id := p.Covers(); id != "" {
			return id
		}
	}
	return ""
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
