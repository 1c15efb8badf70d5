package machine

import (
	"os"
	"strings"
	"testing"
	"time"
)

// crashes kills a refresh around its delivery: before the service manager hears
// of it, and after. Either way the unit whose secret changed is restarted once,
// and no other.
func crashes(t *testing.T) {
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(box.root+"/root/machine.test", self, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, when := range []string{"before", "after"} {
		t.Run(when, func(t *testing.T) {
			agentdb, opencode := starts(t, "agentdb.service"), starts(t, "opencode.service")
			value := canary + []string{"-5", "-6"}[i]
			serveSecret(t, value)
			box.run(t, "/root/machine.test", crashCommand, when)
			if owed := opnixStatus(t).Owed; len(owed) != 1 || owed[0] != "agentdb.service" {
				t.Errorf("owed are %q", owed)
			}
			for range 2 { // the first pays what is owed, the second owes nothing
				box.run(t, "systemctl", "start", "opnix-refresh.service")
				eventually(t, 30*time.Second, "agentdb.service runs with the new secret", func() bool {
					b, _ := os.ReadFile(box.root + "/run/credentials/agentdb.service/agentdb-token")
					return string(b) == value && box.show(t, "agentdb.service", "ActiveState") == "active"
				})
			}
			if owed := opnixStatus(t).Owed; len(owed) > 0 {
				t.Errorf("still owed: %q", owed)
			}
			if n := starts(t, "agentdb.service") - agentdb; n != 1 {
				t.Errorf("by the journal agentdb.service was started %d times, want once", n)
			}
			if n := starts(t, "opencode.service") - opencode; n != 0 {
				t.Errorf("opencode.service was started %d times for a secret that it does not use", n)
			}
		})
	}
}

// starts counts in the journal how often a unit was started.
func starts(t *testing.T, unit string) int {
	t.Helper()
	const started = "MESSAGE_ID=39f53479d3a045ac8e11786248231fbf" // SD_MESSAGE_UNIT_STARTED
	return strings.Count(box.run(t, "journalctl", "-q", "--no-pager", "-o", "cat", "UNIT="+unit, started), "\n")
}
