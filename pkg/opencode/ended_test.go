package opencode

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
)

// A reader is told how an answer ended that is cut, withheld or none at all; the
// last two are errors where there is no text.
func TestHowAnAnswerEnded(t *testing.T) {
	t.Parallel()
	replies := map[string]scripted.Reply{
		"cut":      {Text: "half of", Finish: "length"},
		"withheld": {Text: "half of", Finish: "content_filter"},
		"filtered": {Finish: "content_filter"},
		"nothing":  {Finish: "stop"},
		"thoughts": {Reasoning: "hm", Finish: "stop"},
		"later":    {Text: "let me see", Calls: []llm.Call{scripted.Call("c", "nothing", nil)}},
		"well":     {Text: "all of it"},
	}
	w := newWorld(t, withModel(t, func(r scripted.Request) scripted.Reply {
		if r.Last(llm.RoleTool) != "" {
			return scripted.Reply{Finish: "stop"}
		}
		for name, reply := range replies {
			if strings.HasPrefix(r.Last(llm.RoleUser), name) {
				return reply
			}
		}
		return scripted.Reply{Text: "title"}
	}))
	for name, want := range map[string]string{"cut": `"finish_reason":"length"`, "withheld": `"finish_reason":"content_filter"`, "nothing": "the model ended without an answer"} {
		resp, err := http.Post(w.tcp()+"/v1/chat/completions", "application/json", strings.NewReader(`{"messages":[{"role":"user","content":"`+name+`"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.Contains(string(b), want) || strings.Contains(string(b), "knowledge base cannot") {
			t.Errorf("%s: the chat client got %s", name, b)
		}
	}
	for name, want := range map[string]struct{ text, err, finish string }{
		"cut":      {"half of|*The answer is cut: it reached the limit on its length.*", "", "length"},
		"withheld": {"half of|*The model refused", "", "content-filter"},
		"filtered": {"", "a filter of its provider withheld", "content-filter"},
		"nothing":  {"", "without an answer", "error"},
		"thoughts": {"", "without an answer", "error"},
		"later":    {"let me see", "without an answer", "error"},
		"well":     {"all of it", "", "stop"},
	} {
		m := w.ask(w.session().ID, name)
		failure := ""
		if m.Info.Error != nil {
			failure = m.Info.Error.Message()
		}
		for _, text := range strings.Split(want.text, "|") {
			if !strings.Contains(m.Text(), text) {
				t.Errorf("%s: said %q", name, m.Text())
			}
		}
		if m.Info.Finish != want.finish || !strings.Contains(failure, want.err) || want.err == "" && failure != "" {
			t.Errorf("%s: finish %s, error %q", name, m.Info.Finish, failure)
		}
		if want.err == "" && want.finish == "stop" && m.Text() != want.text {
			t.Errorf("%s: said %q", name, m.Text())
		}
	}
}

// Thoughts of which only the end is told are no part of the answer.
func TestThoughtsWithoutBegin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withModel(t, func(scripted.Request) scripted.Reply {
		return scripted.Reply{Text: "They want to know about indexes.\n</think>\n\nA partial index."}
	}))
	m := w.ask(w.session().ID, "what is it?")
	thought := ""
	for _, p := range m.Parts {
		if p.Type == api.PartReasoning {
			thought += p.Text
		}
	}
	if m.Text() != "A partial index." || !strings.Contains(thought, "about indexes.") {
		t.Errorf("got %s, thought %q", short(m), thought)
	}
}
