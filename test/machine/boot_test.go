package machine

import (
	"regexp"
	"strings"
	"testing"
)

// graph is the boot graph of the design: what is active before what starts.
var graph = []struct{ unit, after string }{
	{"agentdb-setup.service", "postgresql.service"},
	{"agentdb.service", "postgresql.service"},
	{"agentdb.service", "agentdb-setup.service"},
	{"agentdb.service", "agentdb.socket"},
	{"opnix-secrets.service", "network-online.target"},
	{"opencode.service", "opnix-secrets.service"},
	{"opencode.service", "postgresql.service"},
	{"opencode.service", "agentdb.service"},
	{"opencode.service", "opencode.socket"},
	{"opencode.service", "opencode-subagent.socket"},
}

// coldStart starts the agent, and by it everything that it needs.
func coldStart(t *testing.T) {
	box.run(t, "systemctl", "stop", "postgresql.service")
	for _, e := range graph {
		if e.unit != "postgresql.service" && box.show(t, e.unit, "ActiveState") != "inactive" {
			t.Fatalf("%s runs before anything started it", e.unit)
		}
	}
	box.run(t, "systemctl", "start", "opencode.service")
	for _, e := range graph {
		if s := box.show(t, e.unit, "ActiveState"); s != "active" {
			t.Errorf("%s is %s", e.unit, s)
			continue
		}
		began, done := box.usec(t, e.unit, "InactiveExitTimestampMonotonic"), box.usec(t, e.after, "ActiveEnterTimestampMonotonic")
		if began < done {
			t.Errorf("%s began %d µs before %s was active", e.unit, done-began, e.after)
		}
	}
	for _, socket := range []string{"/run/agentdb/agentdb.sock", "/run/panther-embed/panther-embed.sock", "/run/opencode/opencode.sock"} {
		if got := strings.TrimSpace(box.run(t, "stat", "-c", "%a %G", socket)); got != "660 panther" {
			t.Errorf("%s is %s, want 660 panther", socket, got)
		}
	}
	if got := strings.TrimSpace(box.run(t, "stat", "-c", "%a %U", "/run/opencode/subagent.sock")); got != "600 opencode" {
		t.Errorf("subagent.sock is %s, want 600 opencode", got)
	}
	if failed := box.run(t, "systemctl", "list-units", "--failed", "--plain", "--no-legend"); failed != "" {
		t.Errorf("failed units:\n%s", failed)
	}
}

// timers checks that the crawl comes at two in the machine's own time zone,
// which is not UTC.
func timers(t *testing.T) {
	box.run(t, "systemctl", "enable", "--now", "panther.target")
	list := box.run(t, "systemctl", "list-timers", "--no-pager", "--no-legend", "panther-crawl.timer")
	if !regexp.MustCompile(`^\w{3} \d{4}-\d\d-\d\d 02:00:00 CES?T `).MatchString(list) {
		t.Errorf("next crawl: %q, want 02:00:00 in the time zone of Berlin", list)
	}
	for _, timer := range []string{"panther-crawl.timer", "agentdb-maintain.timer"} {
		if got := box.show(t, timer, "Persistent"); got != "yes" {
			t.Errorf("%s: Persistent=%s", timer, got)
		}
	}
}

// verified lets the machine's systemd judge the units as they are installed.
func verified(t *testing.T) {
	names := strings.Fields(box.run(t, "sh", "-c", `cd /usr/lib/systemd/system && ls panther* agentdb* opnix* opencode* run-opnix.mount -d | grep -v '\.d$'`))
	if len(names) < 20 {
		t.Fatalf("only %d units are installed: %q", len(names), names)
	}
	out, err := box.try(append([]string{"systemd-analyze", "verify"}, names...)...)
	if err != nil || strings.TrimSpace(out) != "" {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}
