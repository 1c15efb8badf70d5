package machine

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"panther/pkg/knowledge"
)

// leastPages is fewer than Debian's postgresql-doc-17 has, and more than a
// crawl that stops early brings.
const leastPages = 1000

// state is what a crawl leaves: for each document its content and the number
// of its passages.
type state map[string]string

func (m *machine) state(t *testing.T) state {
	t.Helper()
	s, c := state{}, m.knowledge(t)
	for sel := (knowledge.ListDocuments{Source: "postgresql", Limit: 1000}); ; {
		l, err := c.Documents(t.Context(), sel)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range l.Documents {
			s[d.URI] = fmt.Sprintf("%s with %d passages", d.ContentHash, d.Chunks)
		}
		if l.Next == "" {
			return s
		}
		sel.After = l.Next
	}
}

// undisturbed is the state after the first crawl.
var undisturbed state

// crawled runs the nightly unit by hand.
func crawled(t *testing.T) {
	config, err := os.ReadFile("testdata/all.toml")
	if err != nil {
		t.Fatal(err)
	}
	box.write(t, "/etc/panther/panther-crawl.toml", string(config))
	began := time.Now()
	box.run(t, "systemctl", "start", "panther-crawl.service")
	took := time.Since(began)
	undisturbed = box.state(t)
	if len(undisturbed) < leastPages {
		t.Fatalf("%d documents, want at least %d", len(undisturbed), leastPages)
	}
	t.Logf("%d documents in %s", len(undisturbed), took.Round(time.Second))
	box.run(t, "useradd", "--create-home", "--groups", "panther", "alice")
}

// questions and the page that answers each, as anybody who knows the
// documentation would say.
var questions = []struct{ ask, page string }{
	{"How do I create a partial index?", "indexes-partial.html"},
	{"How do I make a base backup with pg_basebackup?", "app-pgbasebackup.html"},
	{"How do I get disk space back with VACUUM FULL?", "routine-vacuuming.html"},
	{"How do I create a publication for logical replication?", "sql-createpublication.html"},
	{"Which functions work on JSON?", "functions-json.html"},
	{"How do I enable row level security policies on a table?", "ddl-rowsecurity.html"},
}

// asked asks as a user who is in group panther and nothing else.
func asked(t *testing.T) {
	for _, q := range questions {
		// From a file, since the journal keeps the command lines of runuser's records.
		box.write(t, "/tmp/question", q.ask)
		out := box.run(t, "runuser", "-u", "alice", "--", "sh", "-c", "panther ask --json </tmp/question")
		lines := strings.Split(strings.TrimSpace(out), "\n")
		var answer struct {
			Type    string
			Text    string
			Sources []struct{ Link string }
		}
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &answer); err != nil || answer.Type != "panther.answer" {
			t.Fatalf("%s: %v: %q", q.ask, err, lines[len(lines)-1])
		}
		var first []string
		for _, s := range answer.Sources[:min(3, len(answer.Sources))] {
			first = append(first, s.Link)
		}
		if !strings.Contains(strings.Join(first, " "), "http://docs.test/"+q.page) {
			t.Errorf("%s\n  cites %q, not %s", q.ask, first, q.page)
		}
		if answer.Text == "" || !strings.Contains(answer.Text, "[1]") {
			t.Errorf("%s: the answer cites nothing: %q", q.ask, answer.Text)
		}
	}
}

// journal checks what the agent's log says, and what no log says.
func journal(t *testing.T) {
	turns := 0
	for _, line := range strings.Split(box.run(t, "journalctl", "-u", "opencode", "-o", "json", "--no-pager"), "\n") {
		var r struct {
			Session any `json:"SESSION_ID"`
			Turn    any `json:"TURN_ID"`
		}
		if json.Unmarshal([]byte(line), &r) == nil && r.Session != nil && r.Turn != nil {
			turns++
		}
	}
	if turns < len(questions) {
		t.Errorf("%d records of the agent carry SESSION_ID and TURN_ID after %d questions", turns, len(questions))
	}
	all := box.run(t, "journalctl", "-o", "export", "--no-pager")
	for what, text := range map[string]string{
		"a secret":    canary,
		"a prompt":    "How do I create a partial index",
		"a page body": "A partial index is an index built over a subset of a table",
	} {
		for _, line := range strings.Split(all, "\n") {
			if strings.Contains(line, text) {
				t.Errorf("the journal holds %s: %.300s", what, line)
				break
			}
		}
	}
}

// killed crawls the same from the beginning while every service is killed in
// turn, and compares what it comes to.
func killed(t *testing.T) {
	c := box.knowledge(t)
	if err := c.DeleteSource(t.Context(), "postgresql"); err != nil && !errors.Is(err, knowledge.ErrNotFound) {
		t.Fatal(err)
	}
	box.run(t, "systemctl", "clean", "--what=state", "panther-crawl.service")
	if n := len(box.state(t)); n != 0 {
		t.Fatalf("%d documents are left of a removed source", n)
	}
	slowly, err := os.ReadFile("testdata/all.toml")
	if err != nil {
		t.Fatal(err)
	}
	box.write(t, "/etc/panther/panther-crawl.toml", string(slowly)+"delay = \"20ms\" # so that there is a middle to kill in\n")
	box.run(t, "systemctl", "start", "--no-block", "panther-crawl.service")
	for i, unit := range []string{"panther-crawl", "agentdb", "panther-embed", "opencode", "nginx", "postgresql@17-main"} {
		want := (i + 1) * leastPages / 10
		eventually(t, 2*time.Minute, fmt.Sprintf("%d documents", want), func() bool {
			sources, err := c.Sources(t.Context())
			return err == nil && len(sources) > 0 && sources[0].Documents >= want
		})
		if s := box.show(t, "panther-crawl.service", "ActiveState"); s != "activating" {
			t.Fatalf("the crawl is %s before %s could be killed", s, unit)
		}
		_, _ = box.try("systemctl", "kill", "-s", "KILL", unit+".service") // the embedder may be idle and gone
		if unit == "nginx" || strings.HasPrefix(unit, "postgresql") {
			box.run(t, "systemctl", "restart", unit+".service") // Debian's units do not restart by themselves
		}
	}
	eventually(t, 5*time.Minute, "the crawl has ended", func() bool {
		return box.show(t, "panther-crawl.service", "ActiveState") == "inactive"
	})
	if got := box.show(t, "panther-crawl.service", "Result"); got != "success" {
		t.Errorf("the crawl ended with %s", got)
	}
	compare(t, box.state(t))
}

func compare(t *testing.T, got state) {
	t.Helper()
	if maps.Equal(got, undisturbed) {
		return
	}
	t.Errorf("%d documents, want %d", len(got), len(undisturbed))
	for uri, want := range undisturbed {
		if got[uri] != want {
			t.Errorf("%s is %q, want %q", uri, got[uri], want)
			break
		}
	}
}
