package opencode

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
)

// Whatever identifiers a client gives its messages, the conversation is in the
// order of time: as it is listed, as a model is told of it, and where it is taken
// back or copied. What the server names itself has OpenCode's form and is sorted
// behind what it answers.
func TestOrderOfTime(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^(msg|prt)_[0-9a-f]{12}[0-9A-Za-z]{14}$`)
	for name, ids := range map[string][]string{
		"descending":  {"msg_ffff00000000aaaaaaaaaaaaaa", "msg_888800000000aaaaaaaaaaaaaa", "msg_000100000000aaaaaaaaaaaaaa"},
		"no form":     {"msg_z", "msg-b", "msg"},
		"of tomorrow": {api.NewIDAfter("msg", "msg_fffffffffff0aaaaaaaaaaaaaa"), "", api.NewID("msg")},
		"old and new": {"msg_1a2b3c4d5e6f708192a3b4c5d6e7", "", "msg_0a2b3c4d5e6f708192a3b4c5d6e7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var told []string
			w := newWorld(t, withModel(t, func(r scripted.Request) scripted.Reply {
				mu.Lock()
				defer mu.Unlock()
				told = nil
				for _, m := range r.Messages {
					told = append(told, strings.SplitN(m.Text, "\n", 2)[0])
				}
				return scripted.Reply{Text: "answer " + told[len(told)-1][len("question "):]}
			}))
			s := w.session()
			for i, id := range ids {
				p := api.Ask(fmt.Sprintf("question %d", i))
				p.MessageID = id
				m, err := w.client.Prompt(t.Context(), s.ID, p)
				if err != nil {
					t.Fatal(err)
				}
				if !form.MatchString(m.Info.ID) || !form.MatchString(m.Parts[0].ID) || strings.HasPrefix(m.Info.ParentID, "msg_0") && m.Info.ID < m.Info.ParentID {
					t.Errorf("the answer to %s is %s", m.Info.ParentID, m.Info.ID)
				}
			}
			want := []string{"question 0", "answer 0", "question 1", "answer 1", "question 2"}
			if !slices.Equal(told, want) {
				t.Errorf("the model was told %q", told)
			}
			said := func(session string) string {
				list, err := w.client.Messages(t.Context(), session, 0)
				if err != nil {
					t.Fatal(err)
				}
				var all []string
				for _, m := range list {
					all = append(all, m.Text())
				}
				return strings.Join(all, ", ")
			}
			if got := said(s.ID); got != strings.Join(want, ", ")+", answer 2" {
				t.Errorf("listed are %s", got)
			}
			list, _ := w.client.Messages(t.Context(), s.ID, 0)
			f, err := w.client.Fork(t.Context(), s.ID, api.Fork{MessageID: list[2].Info.ID})
			if err != nil {
				t.Fatal(err)
			}
			if got := said(f.ID); got != "question 0, answer 0" {
				t.Errorf("copied are %s", got)
			}
			if _, err := w.client.Revert(t.Context(), s.ID, api.Revert{MessageID: list[2].Info.ID}); err != nil {
				t.Fatal(err)
			}
			w.ask(s.ID, "question 3")
			if got := said(s.ID); got != "question 0, answer 0, question 3, answer 3" {
				t.Errorf("left are %s", got)
			}
		})
	}
}
