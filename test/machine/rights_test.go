package machine

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Sockets of the suite, and paths of agentdb that tell of people.
const (
	storeSocket = "/run/agentdb/agentdb.sock"
	crawlSocket = "/run/agentdb/crawl.sock"
	agentSocket = "/run/opencode/opencode.sock"
)

var ofPeople = []string{"/v1/sessions", "/v1/sessions?parent=*", "/v1/messages?status=done", "/v1/events", "/v1/memories", "/v1/memories?superseded=true",
	"/v1/memories/recall -H Content-Type:application/json -d {\"query\":\"passphrase\"}", "/v1/search -H Content-Type:application/json -d {\"query\":\"index\"}",
	"/mcp -H Content-Type:application/json -d {}", "/v1/backup", "/v1/maintain -X POST", "/v1/sessions -H Panther-Identity:*", "/v1/memories -H Panther-Identity:uid:0"}

// rights shows what accounts may do behind the doors that let them in: the
// crawler keeps documents and learns nothing of people, and two members do not
// see each other's sessions and memories.
func rights(t *testing.T) {
	accounts(t)
	if _, err := box.try("id", "bob"); err != nil {
		box.run(t, "useradd", "--create-home", "-G", "panther", "bob")
	}
	ask := func(account, socket, path string, args ...string) string {
		out, _ := box.try(append([]string{"runuser", "-u", account, "--", "curl", "-s", "-m", "30", "-w", "\n%{http_code}", "--unix-socket", socket,
			"http://panther" + path, "-H", "Content-Type: application/json"}, args...)...)
		return out
	}
	statuses := func(account, socket string, paths ...string) []string {
		var requests []string
		for _, p := range paths {
			requests = append(requests, fmt.Sprintf("--unix-socket %s http://panther%s", socket, strings.ReplaceAll(strings.ReplaceAll(p, `"`, `\"`), "*", `\*`)))
		}
		return knock(t, account, requests...)
	}

	if groups := strings.Fields(box.run(t, "id", "-Gn", "panther-crawl")); !slices.Equal(groups, []string{"panther-crawl"}) {
		t.Errorf("the crawler is in the groups %q", groups)
	}
	if got := statuses("panther-crawl", crawlSocket, "/v1/sources", "/v1/documents", "/v1/runs", "/readyz"); !slices.Equal(got, []string{"200", "200", "200", "200"}) {
		t.Errorf("the crawler's own work: %q", got)
	}
	for i, got := range statuses("panther-crawl", crawlSocket, ofPeople...) {
		if got != "403" {
			t.Errorf("the crawler asks %s: %s", ofPeople[i], got)
		}
	}
	for _, socket := range []string{storeSocket, agentSocket, "/run/panther-embed/panther-embed.sock", "/run/opencode/subagent.sock"} {
		if got := statuses("panther-crawl", socket, "/v1/sessions"); got[0] != "000" {
			t.Errorf("the crawler reaches %s: %s", socket, got[0])
		}
	}
	for _, account := range []string{"nobody", "mallory", "alice"} {
		if got := statuses(account, crawlSocket, "/healthz"); got[0] != "000" {
			t.Errorf("%s reaches the crawler's socket: %s", account, got[0])
		}
	}

	ask("alice", storeSocket, "/v1/memories", "-d", `{"kind":"fact","text":"The passphrase is correct horse.","provenance":{"origin":"user"}}`)
	made := ask("alice", agentSocket, "/session", "-d", `{"title":"correct horse"}`)
	_, id, _ := strings.Cut(made, `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	if !strings.HasPrefix(id, "ses_") {
		t.Fatalf("alice's session: %s", made)
	}
	if got := ask("alice", agentSocket, "/session/"+id+"/message", "-d", `{"parts":[{"type":"text","text":"what is a correct horse?"}]}`); !strings.HasSuffix(got, "\n200") {
		t.Fatalf("alice asks: %s", got)
	}
	for _, path := range []string{"/session", "/session?everyone=true", "/session?search=horse", "/session/" + id, "/session/" + id + "/message", "/session/" + id + "/export",
		"/session/" + id + "/children", "/session/status", "/event?last_event_id=1"} {
		if got := ask("bob", agentSocket, path, "-m", "3"); strings.Contains(got, "horse") || strings.Contains(got, id+`","slug`) {
			t.Errorf("bob reads %s: %.300s", path, got)
		}
		if strings.Contains(path, id) {
			if got := statuses("bob", agentSocket, path)[0]; got != "404" {
				t.Errorf("bob asks for %s: %s", path, got)
			}
		}
	}
	for _, path := range ofPeople {
		if got := statuses("bob", storeSocket, path)[0]; strings.Contains(path, "Identity") && got != "403" {
			t.Errorf("bob says that he is another: %s %s", path, got)
		}
	}
	for _, path := range []string{"/v1/sessions", "/v1/sessions/" + id, "/v1/messages?session=" + id, "/v1/events", "/v1/memories"} {
		if got := ask("bob", storeSocket, path); strings.Contains(got, "horse") {
			t.Errorf("bob reads %s: %.300s", path, got)
		}
		if got := ask("alice", storeSocket, path); !strings.Contains(got, "horse") {
			t.Errorf("alice reads %s: %.300s", path, got)
		}
	}
	if got := ask("root", agentSocket, "/session?everyone=true"); !strings.Contains(got, id) {
		t.Errorf("root, for everyone: %.300s", got)
	}
	if got := ask("root", agentSocket, "/session"); strings.Contains(got, id) {
		t.Errorf("root, for itself: %.300s", got)
	}
	if got := ask("bob", agentSocket, "/session/"+id, "-X", "DELETE"); !strings.HasSuffix(got, fmt.Sprint("\n", http.StatusNotFound)) {
		t.Errorf("bob removes it: %s", got)
	}
	box.run(t, "systemctl", "start", "agentdb-maintain.service") // as the store's own user
}
