package machine

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
)

// withModel has the machine's agent use a scripted model, which this process
// serves on an address inside the machine, until the test ends.
func withModel(t *testing.T, script scripted.Script) {
	t.Helper()
	listening := make(chan net.Listener, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread goes with its network
		defer close(listening)
		ns, err := os.Open(strings.TrimSuffix(box.root, "root") + "ns/net")
		if err != nil {
			return
		}
		defer ns.Close()
		if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
			return
		}
		if ln, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
			listening <- ln
		}
	}()
	ln := <-listening
	if ln == nil {
		t.Fatal("cannot listen inside the machine")
	}
	srv := &http.Server{Handler: scripted.Handler(script), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(ln) }()
	box.write(t, "/etc/panther/opencode.toml", fmt.Sprintf(`version = 1
titles = false
[[provider]]
name = "scripted"
kind = "openai"
url = "http://%s/v1"
[[provider.model]]
id = "m"
[subagents]
time = "8s"
`, ln.Addr()))
	box.run(t, "systemctl", "restart", "opencode.service")
	t.Cleanup(func() {
		_ = srv.Close()
		_ = os.Remove(box.root + "/etc/panther/opencode.toml")
		box.run(t, "systemctl", "restart", "opencode.service")
	})
}

// question asks the machine's agent and has meanwhile run beside it.
func question(t *testing.T, text string, meanwhile func(session string)) (string, string) {
	t.Helper()
	c := api.NewClient("unix:"+box.root+"/run/opencode/opencode.sock", "")
	defer c.Close()
	s, err := c.CreateSession(t.Context(), api.CreateSession{})
	if err != nil {
		t.Fatal(err)
	}
	type answer struct {
		m   *api.MessageWithParts
		err error
	}
	done := make(chan answer, 1)
	go func() {
		m, err := c.Prompt(t.Context(), s.ID, api.Ask(text))
		done <- answer{m, err}
	}()
	if meanwhile != nil {
		meanwhile(s.ID)
	}
	a := <-done
	if a.err != nil || a.m.Info.Error != nil {
		t.Fatalf("%s: %v, %+v", text, a.err, a.m)
	}
	return s.ID, a.m.Text()
}

// running lists the sub-agents that run.
func running(t *testing.T) []string {
	t.Helper()
	var units []string
	for _, f := range strings.Fields(box.run(t, "systemctl", "list-units", "--plain", "--no-legend", "--state=running", "opencode-subagent@*")) {
		if strings.HasPrefix(f, "opencode-subagent@") {
			units = append(units, f)
		}
	}
	return units
}

// record is what of the journal the tests look at.
type record struct {
	Message string `json:"MESSAGE"`
	Unit    string `json:"_SYSTEMD_UNIT"`
	Agent   string `json:"AGENT"`
	Millis  string `json:"MILLIS"`
}

func records(t *testing.T, match ...string) []record {
	t.Helper()
	var out []record
	for _, line := range strings.Split(box.run(t, append([]string{"journalctl", "-o", "json", "--no-pager"}, match...)...), "\n") {
		var r record
		if json.Unmarshal([]byte(line), &r) == nil {
			out = append(out, r)
		}
	}
	return out
}

func tasks(agentAndPrompt ...string) scripted.Reply {
	var list []map[string]string
	for i := 0; i < len(agentAndPrompt); i += 2 {
		list = append(list, map[string]string{"description": "task " + agentAndPrompt[i+1], "agent": agentAndPrompt[i], "prompt": agentAndPrompt[i+1]})
	}
	return scripted.Reply{Calls: []llm.Call{scripted.Call("d", "delegate", map[string]any{"tasks": list})}}
}

// delegated has the agent delegate to nine sub-agents, of which eight run at
// once, and then to some that come to grief.
func delegated(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	withModel(t, func(r scripted.Request) scripted.Reply {
		prompt, result := r.Last(llm.RoleUser), r.Last(llm.RoleTool)
		mu.Lock()
		asked[prompt]++
		n := asked[prompt]
		mu.Unlock()
		switch {
		case strings.HasPrefix(prompt, "work") && result == "":
			return scripted.Reply{Calls: []llm.Call{scripted.Call("s", "knowledge_search", map[string]any{"query": "partial index"})}}
		case strings.HasPrefix(prompt, "work"):
			return scripted.Reply{Text: "Did " + prompt + ".", Delay: 900 * time.Millisecond}
		case prompt == "fine", prompt == "lost" && n > 1:
			return scripted.Reply{Text: "The task " + prompt + " is done."}
		case prompt == "hang" || prompt == "stop" || prompt == "lost":
			return scripted.Reply{Hang: true}
		case result != "":
			return scripted.Reply{Text: "Together: " + result}
		case strings.HasPrefix(prompt, "nine tasks"):
			var list []string
			for i := range 9 {
				list = append(list, "researcher", fmt.Sprintf("work %d", i+1))
			}
			return tasks(list...)
		}
		return tasks("researcher", "hang", "critic", "lost", "summarizer", "stop", "planner", "fine")
	})

	most, tree := 0, ""
	session, text := question(t, "nine tasks", func(string) {
		eventually(t, 20*time.Second, "eight sub-agents run", func() bool {
			most = max(most, len(running(t)))
			return most >= 8
		})
		tree = box.run(t, "systemd-cgls", "--no-pager", "--unit", "panther-subagent.slice")
		most = max(most, len(running(t)))
	})
	if most != 8 {
		t.Errorf("%d sub-agents ran at once, want 8 and the ninth waiting", most)
	}
	if n := strings.Count(tree, "opencode-subagent@"); n != 8 {
		t.Errorf("systemd-cgls shows %d sub-agents:\n%s", n, tree)
	}
	for i := range 9 {
		if want := fmt.Sprintf("Did work %d.", i+1); !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
	steps := map[string]string{}
	for _, r := range records(t, "SYSLOG_IDENTIFIER=opencode-subagent", "SESSION_ID="+session) {
		what, _, _ := strings.Cut(r.Message, " agent=")
		steps[r.Unit] += strings.Join(strings.Fields(what)[:2], " ") + ", "
	}
	if len(steps) != 9 {
		t.Errorf("the journal has steps of %d sub-agents of session %s", len(steps), session)
	}
	for unit, got := range steps {
		if got != "task begun, model answered, tool ended, model answered, task done, " {
			t.Errorf("%s logged %q", unit, got)
		}
	}
	var millis []string
	for _, r := range records(t, "-u", "opencode", "SESSION_ID="+session) {
		if strings.HasPrefix(r.Message, "sub-agent started") {
			millis = append(millis, r.Millis)
		}
	}
	t.Logf("from connect to hello, eight at once: %s ms", strings.Join(millis, " "))
	mishaps(t)
}

// mishaps has one sub-agent hang, one stopped, one killed, and one that is well.
func mishaps(t *testing.T) {
	dropIn(t, "[Service]\nRuntimeMaxSec=11s\n")
	_, text := question(t, "some come to grief", func(session string) {
		unit := func(agent string) (unit string) {
			eventually(t, 10*time.Second, agent+" begins", func() bool {
				i := slices.IndexFunc(records(t, "SYSLOG_IDENTIFIER=opencode-subagent", "SESSION_ID="+session, "AGENT="+agent), func(r record) bool {
					unit = r.Unit
					return true
				})
				return i >= 0
			})
			return unit
		}
		box.run(t, "systemctl", "kill", "-s", "KILL", unit("critic"))
		box.run(t, "systemctl", "kill", "-s", "STOP", unit("summarizer"))
	})
	if strings.Count(text, "the sub-agent was ended after 8s") != 2 {
		t.Errorf("the answer does not say that two were ended: %s", text)
	}
	for _, prompt := range []string{"lost", "fine"} {
		if !strings.Contains(text, "The task "+prompt+" is done.") {
			t.Errorf("nothing came of the task %q: %s", prompt, text)
		}
	}
	eventually(t, 15*time.Second, "the one that was stopped is ended by its unit", func() bool { return len(running(t)) == 0 })
}

// dropIn changes the sub-agents' unit until the test ends.
func dropIn(t *testing.T, text string) {
	t.Helper()
	const dir = "/run/systemd/system/opencode-subagent@.service.d"
	box.write(t, dir+"/test.conf", text)
	box.run(t, "systemctl", "daemon-reload")
	t.Cleanup(func() {
		_ = os.RemoveAll(box.root + dir)
		box.run(t, "systemctl", "daemon-reload")
	})
}
