package machine

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"panther/pkg/opnix/vault/vaulttest"
)

const connectBackend = `{
  "backend": {"type": "connect", "url": "http://127.0.0.1:8090"},
  "deadline": "5s",
  "secrets": [
    {"path": "agentdb/token", "reference": "op://Homelab/agentdb/token", "services": ["agentdb.service"]}
  ]
}
`

// connectServer is as much of 1Password Connect as one secret needs, as files.
const connectServer = `server {
    listen 127.0.0.1:8090;
    root /srv/connect;
    default_type application/json;
    if ($http_authorization != "Bearer machine-token") { return 401; }
    location / { try_files $uri.json =404; }
}
`

// serveSecret lets the machine's Connect server answer with a value.
func serveSecret(t *testing.T, value string) {
	t.Helper()
	item, err := json.Marshal(map[string]any{"id": "i", "title": "agentdb", "fields": []map[string]string{{"id": "f", "label": "token", "value": value}}})
	if err != nil {
		t.Fatal(err)
	}
	const at = "/srv/connect/v1/vaults"
	box.write(t, at+".json", `[{"id": "v", "name": "Homelab"}]`)
	box.write(t, at+"/v/items.json", `[{"id": "i", "title": "agentdb"}]`)
	box.write(t, at+"/v/items/i.json", string(item))
}

// status is what `opnix status --json` says, as far as it is looked at.
type status struct {
	Outcome string
	Stale   []string
	Owed    []string
	Serving int
	Secrets int
}

func opnixStatus(t *testing.T) (s status) {
	t.Helper()
	if err := json.Unmarshal([]byte(box.run(t, "opnix", "status", "--json")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// connected asks a server: the one that writes files has no network, and the
// one that asks is nobody.
func connected(t *testing.T) {
	serveSecret(t, canary+"-4")
	box.write(t, "/etc/nginx/sites-enabled/connect", connectServer)
	box.run(t, "systemctl", "reload", "nginx.service")
	box.write(t, "/etc/opnix/secrets.json", connectBackend)
	box.run(t, "systemctl", "restart", "opnix-secrets.service")
	if got := box.show(t, "opnix-secrets.service", "ExecMainStatus"); got != "66" {
		t.Errorf("without a token opnix-secrets.service ends with %s", got)
	}
	box.run(t, "sh", "-c", "echo machine-token | opnix token set") // and opnix-refresh.path does the rest
	eventually(t, 30*time.Second, "the token is used", func() bool { return opnixStatus(t).Outcome == "fresh" })
	eventually(t, 30*time.Second, "agentdb.service has the secret of the server", func() bool {
		b, _ := os.ReadFile(box.root + "/run/credentials/agentdb.service/agentdb-token")
		return string(b) == canary+"-4" && box.show(t, "agentdb.service", "ActiveState") == "active"
	})
	box.run(t, "systemctl", "restart", "opencode.service")
	if out := box.run(t, "journalctl", "-q", "--no-pager", "-u", "opnix-fetch@*"); !strings.Contains(out, "Started opnix-fetch@") {
		t.Errorf("nobody was started to ask the server: %q", out)
	}
	for unit, want := range map[string]string{"opnix-secrets.service": "yes", "opnix-refresh.service": "yes", "opnix-fetch@x.service": "no"} {
		if got := box.show(t, unit, "PrivateNetwork"); got != want {
			t.Errorf("%s: PrivateNetwork=%s, want %s", unit, got, want)
		}
	}
	if out, err := box.try("runuser", "-u", "nobody", "--", "curl", "-s", "--unix-socket", "/run/opnix-fetch/opnix-fetch.sock", "http://x/"); err == nil {
		t.Errorf("nobody may ask: %s", out)
	}
}

// reboot boots the machine again.
func reboot(t *testing.T) {
	t.Helper()
	if out, err := box.verb("reboot"); err != nil {
		t.Fatalf("reboot: %v\n%s", err, out)
	}
	out, err := box.verb("leader")
	if err != nil {
		t.Fatalf("leader: %v\n%s", err, out)
	}
	box.root = "/proc/" + strings.TrimSpace(out) + "/root"
}

// bootWithACopy boots while the server is away: the last good copy serves at
// once, without waiting for a network, and the services start with it. When the
// server is back, it is asked again.
func bootWithACopy(t *testing.T) {
	const credential = "/run/credentials/agentdb.service/agentdb-token"
	want := box.run(t, "cat", credential)
	box.run(t, "systemctl", "disable", "nginx.service")
	reboot(t)
	if s := opnixStatus(t); s.Secrets != 1 || len(s.Stale) != 1 {
		t.Errorf("the secrets are %+v, want one, stale", s)
	}
	took := box.usec(t, "opnix-secrets.service", "ActiveEnterTimestampMonotonic") - box.usec(t, "opnix-secrets.service", "InactiveExitTimestampMonotonic")
	t.Logf("the copy was served %d ms after the unit started", took/1000)
	if after := box.show(t, "opnix-secrets.service", "After"); strings.Contains(after, "network-online.target") {
		t.Errorf("secrets that are there wait for a network: After=%s", after)
	}
	for _, unit := range []string{"opencode.service", "agentdb.service"} {
		if got := box.show(t, unit, "ActiveState"); got != "active" {
			t.Errorf("%s is %s", unit, got)
		}
	}
	if got := box.run(t, "cat", credential); got != want {
		t.Errorf("the credential of agentdb is %q", got)
	}
	eventually(t, 10*time.Second, "the server was asked in vain", func() bool {
		return box.show(t, "opnix-refresh.service", "Result") == "exit-code"
	})
	box.run(t, "systemctl", "start", "nginx.service")
	box.run(t, "systemctl", "start", "opnix-refresh.service")
	if s := opnixStatus(t); s.Outcome != "fresh" || len(s.Stale) > 0 {
		t.Errorf("with the server back the secrets are %+v", s)
	}
}

// bootWithout boots without a server and without a copy: what needs the secrets
// does not start, and says why; when the server is back, it starts by itself.
func bootWithout(t *testing.T) {
	for _, name := range []string{"last-good", "last-good.json"} {
		if err := os.Remove(filepath.Join(box.root, "var/lib/opnix/state", name)); err != nil {
			t.Fatal(err)
		}
	}
	reboot(t)
	if got := box.show(t, "opnix-secrets.service", "ActiveState"); got == "active" {
		t.Errorf("opnix-secrets.service is %s without any secret", got)
	}
	if got := box.show(t, "opencode.service", "ActiveState"); got != "inactive" {
		t.Errorf("opencode.service is %s without its secrets", got)
	}
	if out, _ := box.try("ls", "-A", "/var/lib/opnix/secrets/"); strings.Contains(out, "agentdb") {
		t.Errorf("served: %s", out)
	}
	out, _ := box.try("systemctl", "status", "--no-pager", "opnix-secrets.service")
	if !strings.Contains(out, "op://Homelab/agentdb/token") || !strings.Contains(out, "cannot be reached") {
		t.Errorf("systemctl status opnix-secrets does not say what is missing and why:\n%s", out)
	}
	box.run(t, "systemctl", "enable", "--now", "nginx.service")
	eventually(t, 30*time.Second, "the secrets are there by themselves", func() bool {
		return box.show(t, "opnix-secrets.service", "ActiveState") == "active"
	})
	box.run(t, "systemctl", "start", "panther.target", "opencode.service", "agentdb.service")
	if s := opnixStatus(t); s.Outcome != "fresh" {
		t.Errorf("the secrets are %+v", s)
	}
}

// questions1Password looks at a process that waits for its question as the kernel sees
// it: nobody, without rights, and no secret or configuration in sight.
func questions1Password(t *testing.T) {
	c, err := net.Dial("unix", box.root+"/run/opnix-fetch/opnix-fetch.sock")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var unit string
	eventually(t, 10*time.Second, "a connection starts a process", func() bool {
		for _, f := range strings.Fields(box.run(t, "systemctl", "list-units", "--plain", "--no-legend", "--state=running", "opnix-fetch@*")) {
			if strings.HasPrefix(f, "opnix-fetch@") {
				unit = f
			}
		}
		return unit != ""
	})
	pid := box.show(t, unit, "MainPID")
	b, err := os.ReadFile(filepath.Join(box.root, "proc", pid, "status"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`CapEff:\s+0+\n`, `CapBnd:\s+0+\n`, `NoNewPrivs:\s+1\n`, `Seccomp:\s+2\n`, `(?m)^Uid:\s+[1-9]`} {
		if !regexp.MustCompile(want).Match(b) {
			t.Errorf("/proc/%s/status does not match %s:\n%s", pid, want, b)
		}
	}
	for _, dir := range []string{"/etc/opnix", "/run/opnix", "/var/lib/opnix", "/root", "/home"} {
		if got := box.run(t, "nsenter", "-t", pid, "-m", "--", "sh", "-c", "ls -A "+dir+" 2>/dev/null || true"); strings.TrimSpace(got) != "" {
			t.Errorf("what asks sees %s: %q", dir, got)
		}
	}
	_ = c.Close()
	eventually(t, 10*time.Second, "it ends with its connection", func() bool { return box.show(t, unit, "ActiveState") == "inactive" })
}

// secretsNowhere looks for the values that were served where they must not be,
// in every usual encoding.
func secretsNowhere(t *testing.T) {
	left := box.run(t, "journalctl", "-q", "-o", "export", "--no-pager") +
		box.run(t, "sh", "-c", "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; find /var/lib/opnix/state /var/log /var/lib/systemd -type f ! -path '*/journal/*' -exec cat {} +; ls /var/lib/systemd/coredump")
	if !strings.Contains(left, "UNIT=opnix-secrets.service") || !strings.Contains(left, `"outcome"`) || !strings.Contains(left, "/usr/libexec/panther/opencoded") {
		t.Fatal("neither the journal nor the state nor the processes were looked at")
	}
	for _, secret := range []string{canary, "machine-token"} {
		for _, form := range vaulttest.Forms(secret) {
			if at := strings.Index(left, form); at >= 0 {
				t.Errorf("%q is in %q", form, left[max(0, at-100):min(len(left), at+100)])
			}
		}
	}
}
