package machine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"panther/pkg/opencode/api"
)

// pageAsks asks an operation of the page's as an account, and decodes the answer
// where its status is the expected one.
func pageAsks[T any](t *testing.T, account string, status int, method, path, body string) T {
	t.Helper()
	args := []string{"runuser", "-u", account, "--", "curl", "-s", "-m", "120", "-w", `\n%{http_code}`, "-X", method, agentAt + "/panther/v1/" + path}
	if body != "" {
		args = append(args, "-d", body)
	}
	out := strings.TrimSpace(box.run(t, args...))
	i := strings.LastIndexByte(out, '\n')
	var v T
	if got := out[i+1:]; got != fmt.Sprint(status) {
		t.Fatalf("%s %s %s: %s", account, method, path, out)
	}
	if text := strings.TrimSpace(out[:max(i, 0)]); text != "" {
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	return v
}

// paged has a member see the machine and keep a source by what the page asks of
// the runtime, in its sandbox and the crawler's.
func paged(t *testing.T) {
	accounts(t)
	sys := pageAsks[api.System](t, "alice", 200, "GET", "system", "")
	at := slices.IndexFunc(sys.Units, func(u api.UnitState) bool { return u.Name == "opencode.service" })
	if at < 0 || sys.Units[at].Active != "active" || len(sys.Disks) == 0 || sys.Database == nil || sys.Note != "" {
		t.Errorf("the machine: %+v", sys)
	}
	if !slices.Contains(sys.Edges, api.UnitEdge{From: "opencode.service", To: "opnix-secrets.service", Kind: "requires"}) {
		t.Errorf("how units are tied together: %+v", sys.Edges)
	}
	if c := pageAsks[api.Checkup](t, "alice", 200, "GET", "system/doctor", ""); len(c.Checks) < 5 {
		t.Errorf("doctor: %+v", c)
	}
	if j := pageAsks[api.Journal](t, "alice", 200, "GET", "system/journal?unit=agentdb.service", ""); len(j.Lines) != 0 || !strings.Contains(j.Hint, "journalctl -u agentdb.service") {
		t.Errorf("a journal that the runtime may not read: %+v", j)
	}

	box.write(t, "/srv/pagenotes/zebra.md", "# Zebras\n\nA zebra has stripes.\n")
	added := pageAsks[api.AddedSource](t, "alice", 200, "POST", "sources", `{"place":"/srv/pagenotes","name":"pagenotes","crawl":true}`)
	if !added.Added || added.Source.File != "/var/lib/panther-crawl/sources.toml" || added.Note != "" {
		t.Fatalf("added: %+v", added)
	}
	eventually(t, 10*time.Second, "the source that alice added is read", func() bool {
		d := pageAsks[api.SourceDetail](t, "alice", 200, "GET", "sources/pagenotes", "")
		return d.Progress == nil && d.LastRun != nil && d.LastRun.Status == "finished" && d.Documents == 1
	})
	pageAsks[struct{}](t, "alice", 204, "DELETE", "sources/pagenotes", "")
	pageAsks[api.Problem](t, "alice", 404, "GET", "sources/pagenotes", "")
	for _, path := range []string{"overview", "system", "sources", "search?q=zebra", "system/doctor"} {
		pageAsks[struct{}](t, "mallory", 401, "GET", path, "")
	}
	if out, err := box.try("runuser", "-u", "mallory", "--", "curl", "-sf", "-m", "5", "--unix-socket", "/run/panther-crawl/panther-crawl.sock", "http://x/v1/sources"); err == nil {
		t.Errorf("mallory asks the crawler: %s", out)
	}
}
