package machine

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"
)

const crawlConfig = "/etc/panther/panther-crawl.toml"

// embeddings returns how many texts the running embedder has embedded, and its
// process: the count begins anew with it.
func embeddings(t *testing.T) string {
	t.Helper()
	metrics := box.run(t, "curl", "--silent", "--unix-socket", "/run/panther-embed/panther-embed.sock", "http://embed/metrics")
	out := box.show(t, "panther-embed.service", "MainPID")
	for _, line := range strings.Split(metrics, "\n") {
		if strings.HasPrefix(line, "panther_embed_texts_total") {
			out += " " + line
		}
	}
	return out
}

// documents returns how many documents each source has, and how many passages
// wait to be embedded.
func documents(t *testing.T) (bySource map[string]int, pending int) {
	t.Helper()
	c := box.knowledge(t)
	sources, err := c.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bySource = map[string]int{}
	for _, s := range sources {
		bySource[s.Name] = s.Documents
	}
	stats, err := c.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return bySource, stats.Pending
}

// leastPython is fewer than Debian's python3-doc has.
const leastPython = 500

// byTimer lets the timer visit two manuals and a repository that root owns, from
// nothing, and again on a night on which nothing has changed.
func byTimer(t *testing.T) {
	before, err := os.ReadFile(box.root + crawlConfig)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.write(t, crawlConfig, string(before)) })
	all, err := os.ReadFile("testdata/night.toml")
	if err != nil {
		t.Fatal(err)
	}
	box.write(t, "/srv/notes/README.md", "# Notes\n\nHow the *aardvark* service is restored: `aardctl restore`.\n")
	box.write(t, "/srv/notes/docs/guide.rst", "Guide\n=====\n\n.. code-block:: sh\n\n   aardctl backup\n")
	for _, args := range []string{"init --quiet --initial-branch=main", "add .", "-c user.name=A -c user.email=a@b.test commit --quiet -m notes"} {
		box.run(t, append([]string{"git", "-C", "/srv/notes"}, strings.Fields(args)...)...)
	}
	forget(t)
	box.write(t, crawlConfig, string(all))
	night(t)
	found, _ := documents(t)
	if found["notes"] != 2 || found["postgresql"] != len(undisturbed) || found["python"] < leastPython {
		t.Fatalf("documents are %v", found)
	}
	began := time.Now()
	eventually(t, 8*time.Minute, "everything is embedded", func() bool {
		_, pending := documents(t)
		return pending == 0
	})
	t.Logf("the last passages were embedded %s after the night", time.Since(began).Round(time.Second))
	python, embedded := box.stateOf(t, "python"), embeddings(t)
	night(t)
	if _, pending := documents(t); pending != 0 {
		t.Errorf("an unchanged night leaves %d passages to embed", pending)
	}
	if got := embeddings(t); got != embedded {
		t.Errorf("an unchanged night embeds: %q, before %q", got, embedded)
	}
	c := box.knowledge(t)
	for _, source := range []string{"notes", "postgresql", "python"} {
		runs, err := c.Runs(t.Context(), source, 1)
		if err != nil || len(runs) != 1 || runs[0].Counts["unchanged"] != found[source] || runs[0].Counts["new"]+runs[0].Counts["changed"] != 0 {
			t.Errorf("%s: the last run is %+v, %v", source, runs, err)
		}
	}
	compare(t, box.state(t))
	if !maps.Equal(box.stateOf(t, "python"), python) {
		t.Error("python's documents are others after an unchanged night")
	}
}

// night lets the timer elapse and waits for what it starts.
func night(t *testing.T) {
	t.Helper()
	ended := func() string { return box.show(t, "panther-crawl.service", "ExecMainExitTimestampMonotonic") }
	last := ended()
	began := time.Now()
	const dir = "/run/systemd/system/panther-crawl.timer.d"
	box.write(t, dir+"/soon.conf", "[Timer]\nOnCalendar=\nOnActiveSec=1s\nPersistent=no\n")
	box.run(t, "systemctl", "daemon-reload")
	box.run(t, "systemctl", "restart", "panther-crawl.timer")
	eventually(t, 5*time.Minute, "the timer's crawl has ended", func() bool {
		return ended() != last && box.show(t, "panther-crawl.service", "ActiveState") == "inactive"
	})
	t.Logf("a night of %s", time.Since(began).Round(100*time.Millisecond))
	box.run(t, "rm", "-r", dir)
	box.run(t, "systemctl", "daemon-reload")
	box.run(t, "systemctl", "restart", "panther-crawl.timer")
	if got := box.show(t, "panther-crawl.service", "Result"); got != "success" {
		t.Fatalf("the timer's crawl ended with %s", got)
	}
}

// away holds that a documentation server that is stopped, answers nothing, or
// answers everything with an error costs no document.
func away(t *testing.T) {
	config, err := os.ReadFile(box.root + crawlConfig)
	if err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadFile("testdata/all.toml")
	if err != nil {
		t.Fatal(err)
	}
	const site = "/etc/nginx/sites-enabled/docs"
	nginx, err := os.ReadFile(box.root + site)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		box.write(t, crawlConfig, string(config))
		box.write(t, site, string(nginx))
		_, _ = box.try("systemctl", "kill", "-s", "CONT", "nginx.service")
		box.run(t, "systemctl", "restart", "nginx.service")
	})
	box.write(t, crawlConfig, string(all)+"timeout = \"1s\"\n")
	for _, fault := range []struct {
		name string
		make func()
	}{
		{"slow", func() { box.run(t, "systemctl", "kill", "-s", "STOP", "nginx.service") }},
		{"down", func() {
			box.run(t, "systemctl", "kill", "-s", "CONT", "nginx.service")
			box.run(t, "systemctl", "stop", "nginx.service")
		}},
		{"500 for everything", func() {
			box.write(t, site, strings.Replace(string(nginx), "access_log", "return 500; access_log", 1))
			box.run(t, "systemctl", "start", "nginx.service")
		}},
	} {
		fault.make()
		if out, err := box.try("systemctl", "start", "panther-crawl@postgresql.service"); err == nil {
			t.Errorf("%s: the crawl succeeded: %s", fault.name, out)
		}
		_, _ = box.try("systemctl", "stop", "panther-crawl@postgresql.service") // it would try again
		_, _ = box.try("systemctl", "reset-failed", "panther-crawl@postgresql.service")
		runs, err := box.knowledge(t).Runs(t.Context(), "postgresql", 1)
		if err != nil || len(runs) != 1 || runs[0].Status == "finished" || runs[0].Counts["gone"] != 0 {
			t.Errorf("%s: the last run is %+v, %v", fault.name, runs, err)
		}
		compare(t, box.state(t))
	}
}
