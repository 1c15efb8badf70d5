package machine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
)

// hostile puts a program in the place of the sub-agent that tries whatever it
// can think of, beside two neighbours.
func hostile(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "hostile")
	build := exec.Command("go", "build", "-o", bin, "panther/test/runtime/hostile")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if out, err := box.verb("copy", bin, "/usr/libexec/panther"); err != nil {
		t.Fatalf("copy: %v\n%s", err, out)
	}
	t.Cleanup(func() { box.run(t, "rm", "/usr/libexec/panther/hostile") })
	dropIn(t, "[Service]\nExecStart=\nExecStart=/usr/libexec/panther/hostile\n")
	var mu sync.Mutex
	var saw []string
	withModel(t, func(r scripted.Request) scripted.Reply {
		if strings.Contains(r.System, "HOSTILE") || slices.Contains(r.Tools, "hostile_tool") || slices.Contains(r.Tools, "delegate") && r.Last(llm.RoleUser) == "hostile request" {
			mu.Lock()
			saw = append(saw, fmt.Sprintf("system %.60q, tools %v", r.System, r.Tools))
			mu.Unlock()
		}
		switch {
		case r.Last(llm.RoleTool) != "":
			return scripted.Reply{Text: "Together: " + r.Last(llm.RoleTool)}
		case r.Last(llm.RoleUser) == "hostile request":
			return scripted.Reply{Text: "I am asked by the parent's rules."}
		}
		return tasks("researcher", "wait", "researcher", "report", "critic", "flood", "researcher", "wait too")
	})
	pid := box.show(t, "opencode.service", "MainPID")
	_, text := question(t, "have them work", nil)
	if strings.Contains(text, "GOT ") || strings.Count(text, "nothing: ") < 50 {
		t.Errorf("of its attempts came:\n%s", text)
	}
	if strings.Count(text, "The neighbour is well.") != 2 {
		t.Errorf("a neighbour was harmed:\n%s", text)
	}
	if !strings.Contains(text, "sent a message of more than") {
		t.Errorf("a frame without end was not refused:\n%s", text)
	}
	if len(saw) > 0 {
		t.Errorf("the model was asked as the sub-agent wished: %v", saw)
	}
	eventually(t, 10*time.Second, "no process of it is left", func() bool {
		n := box.show(t, "panther-subagent.slice", "TasksCurrent")
		return n == "0" || n == "[not set]"
	})
	if now := box.show(t, "opencode.service", "MainPID"); now != pid {
		t.Errorf("the agent was process %s and is %s", pid, now)
	}
}
