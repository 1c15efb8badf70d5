package machine

import (
	"strings"
	"testing"
)

// upgraded installs over a running suite: what it is stays, and what runs is
// the new program.
func upgraded(t *testing.T) {
	before := box.state(t)
	pid := box.show(t, "agentdb.service", "MainPID")
	if out, err := box.verb("install"); err != nil {
		t.Fatalf("install again: %v\n%s", err, out)
	}
	if box.show(t, "agentdb.service", "MainPID") == pid {
		t.Error("agentdb still runs the program of before")
	}
	if after := box.state(t); len(after) != len(before) {
		t.Errorf("%d documents after the upgrade, %d before", len(after), len(before))
	}
	if failed := box.run(t, "systemctl", "list-units", "--failed", "--plain", "--no-legend"); failed != "" {
		t.Errorf("failed units:\n%s", failed)
	}
}

// uninstalled removes the suite: no program, no unit and no process is left;
// configuration and data are.
func uninstalled(t *testing.T) {
	box.run(t, "/root/panther/scripts/install", "--prefix", "/usr", "--uninstall")
	left := box.run(t, "sh", "-c", "find /usr /etc/systemd -newer /etc/hostname -path '*panther*' -o -newer /etc/hostname -name 'agentdb*' -o -newer /etc/hostname -name 'opencode*' -o -newer /etc/hostname -name '*opnix*'")
	if left != "" {
		t.Errorf("left behind:\n%s", left)
	}
	if out, err := box.try("pgrep", "-al", "agentdb|opencoded|panther|opnix"); err == nil {
		t.Errorf("still running:\n%s", out)
	}
	for _, kept := range []string{"/etc/panther/panther-crawl.toml", "/var/lib/agentdb", "/etc/opnix/secrets.json"} {
		box.run(t, "test", "-e", kept)
	}
	if n := strings.TrimSpace(box.run(t, "runuser", "-u", "postgres", "--", "psql", "-tAc", "select count(*) from pg_database where datname = 'agentdb'")); n != "1" {
		t.Errorf("%s databases agentdb, want 1", n)
	}
}
