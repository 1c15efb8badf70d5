package machine

import (
	"strings"
	"testing"
	"time"
)

// visitOwed changes a secret while the service manager cannot be reached, as if
// the run had been killed before it told anybody: the next run does, once.
func visitOwed(t *testing.T) {
	started := func() int64 { return box.usec(t, "agentdb.service", "ActiveEnterTimestampMonotonic") }
	before := started()
	box.write(t, "/srv/vault/Homelab/agentdb/token", canary+"-3")
	box.run(t, "unshare", "-m", "sh", "-c", "mount --bind /dev/null /run/systemd/private && opnix refresh")
	if out := box.run(t, "opnix", "status", "--json"); !strings.Contains(out, `"owed": [`) || !strings.Contains(out, "agentdb.service") {
		t.Errorf("the visit is not owed:\n%s", out)
	}
	if started() != before {
		t.Error("agentdb.service was restarted by nobody")
	}
	box.run(t, "systemctl", "start", "opnix-refresh.service")
	eventually(t, 30*time.Second, "agentdb.service is restarted", func() bool {
		return box.show(t, "agentdb.service", "ActiveState") == "active" && started() != before
	})
	after := started()
	box.run(t, "systemctl", "start", "opnix-refresh.service")
	if out := box.run(t, "opnix", "status", "--json"); strings.Contains(out, `"owed"`) {
		t.Errorf("the visit is still owed:\n%s", out)
	}
	if started() != after {
		t.Error("agentdb.service was restarted twice")
	}
}
