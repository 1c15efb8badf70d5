package agentdb

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"panther/pkg/agentdb/rights"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
)

// The agreement, written down a second time: who may do what, in the columns
// crawler, runtime, person and root. What is not here nobody may do.
const agreement = `
POST   /v1/documents                crawl root
GET    /v1/documents                crawl runtime person root
GET    /v1/documents/{id}           runtime person root
DELETE /v1/documents/{id}           crawl root
GET    /v1/documents/{id}/passages  runtime person root
GET    /v1/documents/{id}/editions  runtime person root
GET    /v1/documents/{id}/diff      runtime person root
GET    /v1/changes                  runtime person root
POST   /v1/search                   runtime person root
POST   /v1/context                  runtime person root
GET    /v1/sources                  crawl runtime person root
PUT    /v1/sources/{name}           crawl root
DELETE /v1/sources/{name}           crawl root
GET    /v1/runs                     crawl runtime person root
PUT    /v1/runs/{id}                crawl root
GET    /v1/runs/{id}/pages          crawl runtime person root
POST   /v1/runs/{id}/pages          crawl root
POST   /v1/memories                 runtime person root
GET    /v1/memories                 runtime person root
POST   /v1/memories/recall          runtime person root
GET    /v1/memories/{id}            runtime person root
DELETE /v1/memories/{id}            runtime person root
POST   /v1/memories/{id}/confirm    runtime person root
POST   /v1/memories/{id}/restore    runtime person root
POST   /v1/memories/undo            runtime person root
POST   /v1/memories/{id}/feedback   runtime person root
GET    /v1/canaries                 runtime person root
POST   /v1/canaries                 runtime person root
DELETE /v1/canaries/{id}            runtime person root
POST   /v1/canaries/measure         root
POST   /v1/canaries/accept          root
POST   /v1/sessions                 runtime root
GET    /v1/sessions                 runtime person root
GET    /v1/sessions/{id}            runtime person root
GET    /v1/sessions/search          runtime person root
GET    /v1/messages                 runtime person root
GET    /v1/events                   runtime person root
GET    /v1/stats                    crawl runtime person root
POST   /v1/check                    person root
POST   /v1/maintain                 root
GET    /v1/backup                   root
POST   /v1/restore                  root
POST   /mcp                         person root
GET    /metrics                     person root
GET    /healthz                     crawl runtime person root
GET    /readyz                      crawl runtime person root
GET    /openapi.json                crawl runtime person root
GET    /v1/nothing                  crawl runtime person root
GET    /                            crawl runtime person root
PATCH  /v1/documents                crawl runtime person root
`

// Accounts of the test: none of them need exist.
const (
	crawlUID, runtimeUID, personUID, otherUID, strangerUID = 61001, 61002, 61003, 61004, 61005
	peopleGID                                              = 61100
)

// asAccount runs this test binary as another account, which asks what its standard
// input says and answers with a status for each line.
func asAccount(t *testing.T, uid uint32, groups []uint32, socket string, requests ...request) []reply {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	in, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^TestAsker$")
	c.Env = []string{"AGENTDB_ASK=" + socket}
	c.Stdin, c.Stderr = strings.NewReader(string(in)), t.Output()
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid, Groups: groups}}
	out, err := c.Output()
	if err != nil {
		t.Fatalf("ask as %d: %v", uid, err)
	}
	first, _, _ := strings.Cut(string(out), "\n")
	var replies []reply
	if err := json.Unmarshal([]byte(first), &replies); err != nil || len(replies) != len(requests) {
		t.Fatalf("ask as %d: %v: %s", uid, err, out)
	}
	return replies
}

type request struct{ Method, Path, Body, For string }

type reply struct {
	Status int
	Body   string
}

// TestAsker is no test: it is what asAccount runs.
func TestAsker(t *testing.T) {
	socket := os.Getenv("AGENTDB_ASK")
	if socket == "" {
		t.Skip("run by other tests")
	}
	var requests []request
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}}
	var replies []reply
	for _, r := range requests {
		q, err := http.NewRequestWithContext(t.Context(), r.Method, "http://agentdb"+r.Path, strings.NewReader(r.Body))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Type", "application/json")
		q.Header.Set("Accept", "application/json, text/event-stream")
		if r.For != "" {
			q.Header.Set(identity.Header, r.For)
		}
		resp, err := client.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		replies = append(replies, reply{resp.StatusCode, string(b)})
	}
	if err := json.NewEncoder(os.Stdout).Encode(replies); err != nil {
		t.Fatal(err)
	}
}

// open runs the service with a socket that every account can reach, so that only
// the table decides, and returns its path and a client of root's.
func open(t *testing.T) (socket string, root *knowledge.Client) {
	t.Helper()
	dir, err := os.MkdirTemp("", "rights")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket = dir + "/all.sock"
	root = start(t, dir, func(c *Config) {
		c.Listen = "unix:" + socket
		c.Accounts = rights.Accounts{People: fmt.Sprint(peopleGID), Runtime: fmt.Sprint(runtimeUID), Crawl: fmt.Sprint(crawlUID)}
	})
	for path, mode := range map[string]os.FileMode{dir: 0o755, socket: 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	return socket, root
}

// TestTable asks for every operation of the OpenAPI, and for what there is
// besides, as every kind of account.
func TestTable(t *testing.T) {
	t.Parallel()
	socket, _ := open(t)
	allowed := map[string]string{} // operation to roles
	for line := range strings.Lines(strings.TrimSpace(agreement)) {
		f := strings.Fields(line)
		allowed[f[0]+" "+f[1]] = " " + strings.Join(f[2:], " ") + " "
	}
	var described struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal([]byte(asAccount(t, 0, nil, socket, request{Method: "GET", Path: "/openapi.json"})[0].Body), &described); err != nil {
		t.Fatal(err)
	}
	for path, ops := range described.Paths {
		for method := range ops {
			if op := strings.ToUpper(method) + " " + path; allowed[op] == "" {
				t.Errorf("nobody agreed on %s", op)
			}
		}
	}
	var requests []request
	ops := slices.Sorted(maps.Keys(allowed))
	for _, op := range ops {
		method, path, _ := strings.Cut(op, " ")
		path = strings.NewReplacer("{id}", strings.Repeat("0", 32), "{name}", "docs").Replace(path)
		requests = append(requests, request{Method: method, Path: path, Body: "{}"})
	}
	for _, who := range []struct {
		role   string
		uid    uint32
		groups []uint32
	}{
		{"root", 0, nil}, {"runtime", runtimeUID, []uint32{peopleGID}}, {"crawl", crawlUID, nil}, {"person", personUID, []uint32{peopleGID}},
		{"crawl", crawlUID, []uint32{peopleGID}}, // its unit of a former release
		{"person", otherUID, append(slices.Repeat([]uint32{5}, 300), peopleGID)},
		{"nobody", strangerUID, nil}, {"nobody", 65534, []uint32{5, peopleGID + 1}},
	} {
		for i, got := range asAccount(t, who.uid, who.groups, socket, requests...) {
			may := strings.Contains(allowed[ops[i]], " "+who.role+" ")
			switch refused := got.Status == http.StatusForbidden; {
			case may == refused:
				t.Errorf("%s as %s (%d): %d %.200s", ops[i], who.role, who.uid, got.Status, got.Body)
			case refused && !strings.Contains(got.Body, `"type":"urn:panther:problem:forbidden"`):
				t.Errorf("%s as %s is refused by %s", ops[i], who.role, got.Body)
			}
		}
	}
	// A person may check, and only root repair.
	for uid, want := range map[uint32]int{personUID: http.StatusForbidden, 0: http.StatusOK} {
		if got := asAccount(t, uid, []uint32{peopleGID}, socket, request{Method: "POST", Path: "/v1/check?repair=true"})[0]; got.Status != want {
			t.Errorf("repair as %d: %d %s", uid, got.Status, got.Body)
		}
	}
}

// TestOwners has two persons use one store, by HTTP and MCP, and the runtime for
// each of them.
func TestOwners(t *testing.T) {
	t.Parallel()
	socket, root := open(t)
	people := []uint32{peopleGID}
	memory := func(id, text string) string {
		return fmt.Sprintf(`{"id":%q,"kind":"fact","text":%q,"owner":"uid:%d","provenance":{"origin":"user"}}`, id, text, otherUID)
	}
	call := func(tool, args string) request {
		return request{Method: "POST", Path: "/mcp", Body: fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, tool, args)}
	}
	mine := asAccount(t, personUID, people, socket,
		request{Method: "POST", Path: "/v1/memories", Body: memory("mem_1", "The passphrase is correct horse.")},
		call("remember", `{"text":"The second passphrase is battery staple."}`),
		request{Method: "GET", Path: "/v1/memories"}, call("recall", `{"query":"passphrase"}`))
	for i, r := range mine {
		if r.Status != http.StatusOK {
			t.Fatalf("%d: %+v", i, r)
		}
	}
	for _, i := range []int{2, 3} {
		if b := mine[i].Body; !strings.Contains(b, "horse") || !strings.Contains(b, "staple") {
			t.Errorf("one's own memories are %s", b)
		}
	}
	if !strings.Contains(mine[0].Body, fmt.Sprintf(`"owner":"uid:%d"`, personUID)) {
		t.Errorf("the owner is who says so: %s", mine[0].Body)
	}
	self := fmt.Sprintf("uid:%d", personUID)
	if _, err := root.Commit(t.Context(), knowledge.Commit{Sessions: []knowledge.Session{{ID: "ses_1", Owner: identity.UID(personUID), Title: "correct horse"}},
		Messages: []knowledge.Message{{ID: "msg_1", SessionID: "ses_1", Role: "user", Status: "running", Data: json.RawMessage(`"horse"`)}},
		Events:   []knowledge.Event{{SessionID: "ses_1", Owner: identity.UID(personUID), Type: "a", Data: json.RawMessage(`"horse"`)}}}); err != nil {
		t.Fatal(err)
	}

	if _, err := root.Upsert(t.Context(), knowledge.Document{URI: "https://e.org/", Source: "s", Title: "Horses", Markdown: "A horse."}); err != nil {
		t.Fatal(err)
	}
	added := asAccount(t, personUID, people, socket, request{Method: "POST", Path: "/v1/canaries", Body: `{"question":"correct horse?","uri":"https://e.org/"}`})[0]
	var canary knowledge.Canary
	if err := json.Unmarshal([]byte(added.Body), &canary); err != nil || canary.Owner != identity.UID(personUID) || canary.Rank != 1 {
		t.Fatalf("canary: %+v, %v", added, err)
	}

	// Everything that another one can try; none of it may tell of the first one's.
	attempts := []request{
		{Method: "GET", Path: "/v1/memories"}, {Method: "GET", Path: "/v1/memories?superseded=true"}, {Method: "GET", Path: "/v1/memories/mem_1"},
		{Method: "POST", Path: "/v1/memories/recall", Body: `{"query":"passphrase"}`},
		{Method: "POST", Path: "/v1/memories/recall", Body: `{"query":"passphrase","owner":"` + self + `"}`},
		{Method: "POST", Path: "/v1/memories", Body: memory("mem_1", "mine now")},
		{Method: "POST", Path: "/v1/memories", Body: `{"kind":"fact","text":"mine now","supersedes":"mem_1","provenance":{"origin":"user"}}`},
		{Method: "POST", Path: "/v1/memories/mem_1/confirm"}, {Method: "POST", Path: "/v1/memories/undo", Body: `{"session":"ses_1"}`},
		{Method: "GET", Path: "/v1/memories?waiting=true"}, {Method: "GET", Path: "/v1/memories?superseded=true&session=ses_1"},
		{Method: "POST", Path: "/v1/memories/mem_1/restore"}, {Method: "POST", Path: "/v1/memories/mem_1/feedback", Body: `{"key":"k","value":-1}`},
		{Method: "DELETE", Path: "/v1/memories/mem_1"}, {Method: "DELETE", Path: "/v1/memories/mem_1?owner=" + self},
		call("recall", `{"query":"passphrase"}`), call("recall", `{"query":"passphrase","user":"`+self+`"}`), call("find_skill", `{"task":"passphrase"}`),
		call("forget", `{"id":"mem_1"}`), call("feedback", `{"id":"mem_1","helped":false}`), call("remember", `{"text":"x y","supersedes":"mem_1"}`),
		{Method: "GET", Path: "/v1/sessions"}, {Method: "GET", Path: "/v1/sessions?parent=*&search=horse"}, {Method: "GET", Path: "/v1/sessions/ses_1"},
		{Method: "GET", Path: "/v1/messages?session=ses_1"}, {Method: "GET", Path: "/v1/messages?status=running"}, {Method: "GET", Path: "/v1/messages?id=msg_1"},
		{Method: "GET", Path: "/v1/events"}, {Method: "GET", Path: "/v1/events?session=ses_1"},
		{Method: "GET", Path: "/v1/canaries"}, {Method: "DELETE", Path: "/v1/canaries/" + canary.ID},
	}
	tell := func(who string, replies []reply) {
		t.Helper()
		for i, r := range replies {
			if strings.Contains(r.Body, "horse") || strings.Contains(r.Body, "staple") || strings.Contains(r.Body, self) {
				t.Errorf("%s: %s %s %s: %d %s", who, attempts[i].Method, attempts[i].Path, attempts[i].Body, r.Status, r.Body)
			}
		}
	}
	tell("another person", asAccount(t, otherUID, people, socket, attempts...))
	for i := range attempts {
		attempts[i].For = self
	}
	tell("another person who claims to be the first", asAccount(t, otherUID, people, socket, attempts...))
	for i := range attempts {
		attempts[i].For = ""
	}
	tell("the runtime, for nobody", asAccount(t, runtimeUID, people, socket, attempts...))
	for i := range attempts {
		attempts[i].For = fmt.Sprintf("uid:%d", otherUID)
	}
	tell("the runtime, for another", asAccount(t, runtimeUID, people, socket, attempts...))
	tell("root, for another", asAccount(t, 0, nil, socket, attempts...))

	// It is all still there, for the one whose it is.
	for uid, what := range map[uint32]request{personUID: {}, runtimeUID: {For: self}, 0: {For: "*"}} {
		what.Method, what.Path = "GET", "/v1/memories/mem_1"
		there := asAccount(t, uid, people, socket, what, request{Method: "GET", Path: "/v1/messages?session=ses_1", For: what.For},
			request{Method: "GET", Path: "/v1/canaries", For: what.For})
		if !strings.Contains(there[2].Body, "correct horse?") {
			t.Errorf("canaries for their owner, by %d: %s", uid, there[2].Body)
		}
		if !strings.Contains(there[0].Body, "horse") || strings.Contains(there[0].Body, "superseded") || strings.Contains(there[0].Body, "useful") || !strings.Contains(there[1].Body, "horse") {
			t.Errorf("for its owner, by %d: %+v", uid, there)
		}
	}
}
