package opencode

import (
	"strings"
	"testing"

	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
)

// OpenCode's own clients know of no citations and of no delegation: they are shown a
// list of sources behind the answer and a task for each sub-agent, and are told once
// that a part has ended, since they print it then.
func TestWhatOpenCodesClientsShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withModel(t, func(r scripted.Request) scripted.Reply {
		switch {
		case strings.HasPrefix(r.Messages[0].Text, "Look"):
			return scripted.Reply{Text: "Found it [1]."}
		case r.Last(llm.RoleTool) == "":
			return scripted.Reply{Text: "I ask others.", Calls: []llm.Call{scripted.Call("d", "delegate", map[string]any{"tasks": []map[string]string{
				{"description": "Read the manual", "prompt": "Look at partial indexes"}, {"description": "Check it", "agent": "critic", "prompt": "Look again"}}})}}
		}
		return scripted.Reply{Text: "Use WHERE [1]."}
	}))
	s := w.session()
	if err := w.client.PromptAsync(t.Context(), s.ID, api.Ask("How do I create a partial index?")); err != nil {
		t.Fatal(err)
	}
	ended := map[string]int{}
	w.until(api.Subscribe{Session: s.ID, After: 1}, func(e api.Event, p api.Properties) bool {
		if e.Type == api.EventPartUpdated && p.Part.SessionID == s.ID {
			if at := p.Part.Time; p.Part.Type == api.PartText && at != nil && at.End > 0 {
				ended[p.Part.ID]++
			}
			if p.Part.Type == api.PartTool && p.Part.State.Status == api.ToolCompleted {
				ended[p.Part.ID]++
			}
		}
		return e.Type == api.EventSessionIdle && p.SessionID == s.ID
	})
	for id, n := range ended {
		if n != 1 {
			t.Errorf("part %s ended %d times", id, n)
		}
	}
	list, err := w.client.Messages(t.Context(), s.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	answer := list[len(list)-1]
	last := answer.Parts[len(answer.Parts)-1]
	if last.Type != api.PartText || !last.Synthetic || !strings.Contains(last.Text, "[1] [Partial Indexes](") || strings.Contains(answer.Text(), "Sources") {
		t.Errorf("the answer ends with %+v", last)
	}
	var tasks []string
	for _, p := range answer.Parts {
		if p.Type == api.PartTool && p.Tool == api.ToolTask {
			id, _ := p.State.Metadata["sessionId"].(string)
			child, err := w.client.Session(t.Context(), id)
			if err != nil || child.ParentID != s.ID || p.State.Status != api.ToolCompleted {
				t.Errorf("task %+v, %v", p.State, err)
				continue
			}
			tasks = append(tasks, child.Agent+" "+string(p.State.Input))
		}
	}
	if len(tasks) != 2 || !strings.Contains(strings.Join(tasks, "\n"), `critic {"description":"Check it","prompt":"Check it","subagent_type":"critic"}`) {
		t.Errorf("tasks %q", tasks)
	}
}
