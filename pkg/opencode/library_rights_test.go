package opencode

import (
	"net/http"
	"strings"
	"testing"

	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
)

// reads are the operations that change nothing.
var reads = []string{"overview", "sources", "sources/docs", "sources/docs/runs", "sources/docs/pages", "search?q=index", "document?uri=https://docs.test.io/backup",
	"memories", "conversations", "conversations?q=index", "system", "system/doctor", "system/journal?unit=opencode.service", "models", "spend", "logins"}

func TestNobodyReadsWithoutALogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	paths := []string{"/doc", "/docs", "/docs/agentdb", "/docs/agentdb.json", "/docs/swagger-ui-bundle.js"}
	for _, p := range reads {
		paths = append(paths, "/panther/v1/"+p)
	}
	for _, path := range paths {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.tcp()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("X-Forwarded-For", "192.0.2.1") // a proxy's request is nobody's
		resp, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}

func TestAPersonSeesTheirOwnAndChangesNothingOfEverybodys(t *testing.T) {
	t.Parallel()
	w, people := persons(t, nil, "alice", "bob")
	alice, bob := people[0], people[1]
	_, body := alice.send("POST", "/session", `{"title":"hers"}`)
	id := strings.SplitN(strings.SplitN(body, `"id":"`, 2)[1], `"`, 2)[0]
	m, err := w.know.Remember(t.Context(), knowledge.Memory{Kind: knowledge.MemoryFact, Text: "root's", Provenance: knowledge.Provenance{Origin: "user"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		method, path, body string
		alice, bob         int
	}{
		{"PATCH", "conversations/" + id, `{"pinned":true}`, 200, 404},
		{"DELETE", "conversations/" + id, "", 200, 404},
		{"POST", "conversations/" + id + "/restore", "", 200, 404},
		{"PATCH", "memories/" + m.ID, `{"text":"mine"}`, 404, 404},
		{"DELETE", "memories/" + m.ID, "", 404, 404},
		{"POST", "memories/" + m.ID + "/confirm", "", 404, 404},
		{"POST", "memories/" + m.ID + "/restore", "", 404, 404},
		{"POST", "sources", `{"place":"https://docs.test.io/"}`, 403, 403},
		{"PATCH", "sources/docs", `{"enabled":false}`, 403, 403},
		{"DELETE", "sources/docs", "", 403, 403},
		{"POST", "sources/docs/crawl", "", 403, 403},
		{"DELETE", "sources/docs/crawl", "", 403, 403},
		{"GET", "system/journal?unit=opencode.service", "", 403, 403},
		{"DELETE", "logins/NOTMINE1", "", 404, 404},
	} {
		// bob first: what alice does changes what there is.
		if status, b := bob.send(tc.method, "/panther/v1/"+tc.path, tc.body); status != tc.bob {
			t.Errorf("bob: %s %s: %d %s", tc.method, tc.path, status, b)
		}
		if status, b := alice.send(tc.method, "/panther/v1/"+tc.path, tc.body); status != tc.alice {
			t.Errorf("alice: %s %s: %d %s", tc.method, tc.path, status, b)
		}
	}
	for _, path := range []string{"conversations", "conversations?q=hers", "conversations?deleted=true", "memories?superseded=true", "spend"} {
		if _, b := bob.send("GET", "/panther/v1/"+path, ""); strings.Contains(b, id) || strings.Contains(b, "root's") {
			t.Errorf("bob sees at %s: %s", path, b)
		}
	}
	if _, b := alice.send("GET", "/panther/v1/conversations?q=hers", ""); !strings.Contains(b, id) {
		t.Errorf("alice sees %s", b)
	}
	if status, b := bob.send("GET", "/panther/v1/overview", ""); status != 200 || !strings.Contains(b, `"operator":false`) || !strings.Contains(b, `"you":"login:bob@test.io"`) {
		t.Errorf("overview of bob: %d %s", status, b)
	}
}

func TestWhileAgentdbIsAwayEveryReadSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *Config) { c.Knowledge.URL = "unix:/nonexistent/agentdb.sock" })
	own := map[string]bool{"system": true, "system/doctor": true, "system/journal?unit=opencode.service": true, "models": true, "logins": true}
	for _, p := range reads {
		t.Run(p, func(t *testing.T) {
			if p == "overview" {
				if o := call[api.Overview](w, "GET", "/panther/v1/overview", ""); o.Next == nil || o.Next.Kind != "knowledge-away" || o.Next.Hint == "" {
					t.Errorf("%+v", o.Next)
				}
				return
			}
			status, b := w.raw("GET", "/panther/v1/"+p, "")
			if own[p] {
				if p != "system/doctor" && status != 200 { // there is no command beside a test
					t.Errorf("%d %s", status, b)
				}
				return
			}
			if status != http.StatusServiceUnavailable || !strings.Contains(b, "knowledge base") {
				t.Errorf("%d %s", status, b)
			}
		})
	}
}
