package machine

import (
	"os"
	"strings"
	"testing"
	"time"
)

// canary is a secret's value; it may be nowhere but in its file.
const canary = "canary-7f3e91c2-not-a-real-secret"

const onePassword = `{
  "secrets": [
    {"path": "opencode/openaiApiKey", "reference": "op://Homelab/OpenAI/credential"}
  ]
}
`

const folderBackend = `{
  "backend": {"type": "folder", "path": "/srv/vault"},
  "secrets": [
    {"path": "agentdb/token", "reference": "op://Homelab/agentdb/token", "services": ["agentdb.service"]},
    {"path": "datadog/datadogApiKey", "reference": "op://Homelab/datadog/apiKey", "mode": "0440", "group": "panther"}
  ]
}
`

// noToken asks for secrets without a token: nothing fails, what has a condition
// waits, and everybody who is asked says why.
func noToken(t *testing.T) {
	box.write(t, "/etc/opnix/secrets.json", onePassword)
	box.write(t, "/run/systemd/system/waiting.service", `[Unit]
After=opnix-secrets.service
Requires=opnix-secrets.service
ConditionPathExists=/var/lib/opnix/secrets/opencode/openaiApiKey
[Service]
ExecStart=/bin/sleep infinity
`)
	box.run(t, "systemctl", "daemon-reload")
	box.run(t, "systemctl", "stop", "opencode.service", "opnix-secrets.service")
	box.run(t, "systemctl", "start", "opencode.service", "waiting.service")
	for unit, want := range map[string]string{"opnix-secrets.service": "active", "opencode.service": "active", "waiting.service": "inactive"} {
		if got := box.show(t, unit, "ActiveState"); got != want {
			t.Errorf("%s is %s, want %s", unit, got, want)
		}
	}
	status, _ := box.try("systemctl", "status", "--no-pager", "opnix-secrets.service")
	doctor, _ := box.try("panther", "doctor")
	for name, text := range map[string]string{"systemctl status opnix-secrets": status, "panther doctor": doctor} {
		if !strings.Contains(text, "/etc/opnix-token") || !strings.Contains(text, "opnix token set") {
			t.Errorf("%s does not say what is missing and what to do:\n%s", name, text)
		}
	}
}

// secretsServed gives secrets from a folder and looks for them where they
// belong.
func secretsServed(t *testing.T) {
	for _, name := range []string{"agentdb/token", "datadog/apiKey"} {
		box.write(t, "/srv/vault/Homelab/"+name, canary)
	}
	box.write(t, "/etc/opnix/secrets.json", folderBackend)
	box.run(t, "systemctl", "restart", "opnix-secrets.service")
	box.run(t, "systemctl", "restart", "agentdb.service")
	box.run(t, "systemctl", "start", "opencode.service")
	if got := box.run(t, "stat", "-Lc", "%a %U %G", "/var/lib/opnix/secrets/datadog/datadogApiKey"); got != "440 root panther\n" {
		t.Errorf("datadogApiKey is %q", got)
	}
	if got := box.run(t, "stat", "-fLc", "%T", "/var/lib/opnix/secrets/datadog/datadogApiKey"); got != "ramfs\n" {
		t.Errorf("datadogApiKey is on %q, not in memory that is never swapped", got)
	}
	if got := box.run(t, "cat", "/run/credentials/agentdb.service/agentdb-token"); got != canary {
		t.Errorf("the credential of agentdb is %q", got)
	}
	if out, err := box.try("runuser", "-u", "nobody", "--", "cat", "/var/lib/opnix/secrets/datadog/datadogApiKey"); err == nil {
		t.Errorf("nobody may read a secret: %s", out)
	}
}

// refreshed changes a secret: the refresh restarts the service that uses it,
// and no other.
func refreshed(t *testing.T) {
	agentdb, opencode := box.usec(t, "agentdb.service", "ActiveEnterTimestampMonotonic"), box.usec(t, "opencode.service", "ActiveEnterTimestampMonotonic")
	box.write(t, "/srv/vault/Homelab/agentdb/token", canary+"-2")
	box.run(t, "systemctl", "start", "opnix-refresh.service")
	eventually(t, 30*time.Second, "agentdb.service is restarted with the new secret", func() bool {
		b, _ := os.ReadFile(box.root + "/run/credentials/agentdb.service/agentdb-token")
		return string(b) == canary+"-2" && box.show(t, "agentdb.service", "ActiveState") == "active"
	})
	if box.usec(t, "agentdb.service", "ActiveEnterTimestampMonotonic") == agentdb {
		t.Error("agentdb.service was not restarted")
	}
	if box.usec(t, "opencode.service", "ActiveEnterTimestampMonotonic") != opencode {
		t.Error("opencode.service was restarted for a secret that it does not use")
	}
}
