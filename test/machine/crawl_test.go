package machine

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
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
	return m.stateOf(t, "postgresql")
}

func (m *machine) stateOf(t *testing.T, source string) state {
	t.Helper()
	s, c := state{}, m.knowledge(t)
	for sel := (knowledge.ListDocuments{Source: source, Limit: 1000}); ; {
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
	box.write(t, crawlConfig, string(config))
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
	slowlyAnew(t)
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
	sameInTheEnd(t)
}

// slowlyAnew forgets the documentation and begins to crawl it again, so slowly
// that there is a middle to kill in.
func slowlyAnew(t *testing.T) {
	t.Helper()
	forget(t)
	slowly, err := os.ReadFile("testdata/all.toml")
	if err != nil {
		t.Fatal(err)
	}
	box.write(t, crawlConfig, string(slowly)+"delay = \"20ms\"\n")
	box.run(t, "systemctl", "start", "--no-block", "panther-crawl.service")
}

// forget removes the documentation and what the crawler knows of it.
func forget(t *testing.T) {
	t.Helper()
	if err := box.knowledge(t).DeleteSource(t.Context(), "postgresql"); err != nil && !errors.Is(err, knowledge.ErrNotFound) {
		t.Fatal(err)
	}
	box.run(t, "systemctl", "clean", "--what=state", "panther-crawl.service")
	if n := len(box.state(t)); n != 0 {
		t.Fatalf("%d documents are left of a removed source", n)
	}
}

// sameInTheEnd waits for a crawl that was disturbed.
func sameInTheEnd(t *testing.T) {
	t.Helper()
	eventually(t, 5*time.Minute, "the crawl has ended", func() bool {
		return box.show(t, "panther-crawl.service", "ActiveState") == "inactive"
	})
	if got := box.show(t, "panther-crawl.service", "Result"); got != "success" {
		t.Errorf("the crawl ended with %s", got)
	}
	compare(t, box.state(t))
}

// fetched returns how often the server gave each page of the documentation.
func fetched(t *testing.T) (pages map[string]int, total int) {
	t.Helper()
	log, err := os.ReadFile(box.root + "/var/log/nginx/docs.log")
	if err != nil {
		t.Fatal(err)
	}
	pages = map[string]int{}
	for line := range strings.Lines(string(log)) {
		if f := strings.Fields(line); len(f) > 8 && strings.HasSuffix(f[6], ".html") && f[8] == "200" {
			pages[f[6]]++
			total++
		}
	}
	return pages, total
}

// killedOften kills the crawler at 20 random moments of one crawl, and reads
// in the server's log what was fetched again: what was under way at a kill, or
// fetched and not yet stored.
func killedOften(t *testing.T) {
	// What is under way at a kill: 8 requests, and what they brought within the
	// time that a delivery waits for more and takes.
	const leastKills, underWay = 10, 8 + 28
	kills := 20
	const dir = "/run/systemd/system/panther-crawl.service.d"
	box.write(t, dir+"/often.conf", "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestartSec=100ms\n")
	box.run(t, "systemctl", "daemon-reload")
	t.Cleanup(func() {
		_ = os.RemoveAll(box.root + dir)
		box.run(t, "systemctl", "daemon-reload")
	})
	box.write(t, "/var/log/nginx/docs.log", "")
	slowlyAnew(t)
	progress(t)
	most := 0
	for i := range kills {
		_, before := fetched(t)
		next := before + 1 + rand.IntN(2*leastPages/kills-20)
		over := false // a slow machine looks so late that the crawl is over before the last kill
		eventually(t, time.Minute, fmt.Sprintf("%d pages before kill %d", next, i+1), func() bool {
			over = box.show(t, "panther-crawl.service", "ActiveState") != "activating"
			_, n := fetched(t)
			return n >= next || over
		})
		if over {
			if kills = i; kills < leastKills {
				t.Fatalf("the crawl was over after %d kills", kills)
			}
			break
		}
		box.run(t, "systemctl", "kill", "-s", "KILL", "panther-crawl.service")
	}
	sameInTheEnd(t)
	pages, total := fetched(t)
	for _, n := range pages {
		most = max(most, n)
	}
	again := total - len(pages)
	t.Logf("%d kills: %d pages, %d fetched again, %.1f a kill, one of them %d times", kills, len(pages), again, float64(again)/float64(kills), most)
	if len(pages) < len(undisturbed) || again > kills*underWay {
		t.Errorf("%d pages were fetched again after %d kills, of %d", again, kills, len(pages))
	}
	runs, err := box.knowledge(t).Runs(t.Context(), "postgresql", 2)
	if err != nil || len(runs) == 0 || runs[0].Status != "finished" || runs[0].Counts["new"]+runs[0].Counts["unchanged"] != len(undisturbed) {
		t.Errorf("the run is %+v, %v", runs, err)
	}
}

// progress looks at a crawl that goes on as an operator does.
func progress(t *testing.T) {
	t.Helper()
	for _, where := range [][]string{{"systemctl", "status", "--no-pager", "panther-crawl.service"}, {"panther", "sources"}} {
		eventually(t, time.Minute, strings.Join(where, " ")+" shows how far it is, how fast, and when it ends", func() bool {
			out, _ := box.try(where...) // systemctl status of what is starting is an error
			return howFar.MatchString(out)
		})
	}
}

var howFar = regexp.MustCompile(`\d of [\d,]+ pages, [\d.]+/s, [\dhms]+ left`)

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
