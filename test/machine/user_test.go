package machine

import (
	"strings"
	"testing"
	"time"
)

const userSecrets = `{
  "backend": {"type": "folder", "path": "/home/carol/vault"},
  "secrets": [
    {"path": "~/.ssh/id_ed25519", "reference": "op://Private/ssh/key"},
    {"path": "gh", "reference": "op://Private/gh/token", "copies": ["~/.config/gh/token"], "services": ["reader"]}
  ]
}
`

// userUnit lets a user who is not logged in have his own secrets, by his own
// service manager.
func userUnit(t *testing.T) {
	box.run(t, "useradd", "-m", "carol")
	uid := strings.TrimSpace(box.run(t, "id", "-u", "carol"))
	box.write(t, "/home/carol/.config/opnix/secrets.json", userSecrets)
	box.write(t, "/home/carol/vault/Private/ssh/key", canary+"-ssh\n")
	box.write(t, "/home/carol/vault/Private/gh/token", canary+"-gh")
	box.write(t, "/home/carol/.config/systemd/user/reader.service", "[Service]\nExecStart=/bin/sleep infinity\n")
	box.run(t, "chown", "-R", "carol:carol", "/home/carol")
	box.run(t, "loginctl", "enable-linger", "carol")
	as := func(args ...string) string {
		return box.run(t, append([]string{"runuser", "-u", "carol", "--", "env", "HOME=/home/carol", "XDG_RUNTIME_DIR=/run/user/" + uid}, args...)...)
	}
	eventually(t, 20*time.Second, "carol has a service manager", func() bool {
		_, err := box.try("test", "-S", "/run/user/"+uid+"/systemd/private")
		return err == nil
	})
	as("systemctl", "--user", "start", "reader.service")
	as("systemctl", "--user", "enable", "--now", "opnix-secrets.service")
	if got := strings.TrimSpace(as("systemctl", "--user", "show", "-P", "ActiveState", "opnix-secrets.service")); got != "active" {
		t.Errorf("her opnix-secrets.service is %s", got)
	}
	for p, want := range map[string]string{
		"/home/carol/.ssh":                          "700 carol carol directory",
		"/home/carol/.ssh/id_ed25519":               "600 carol carol regular file",
		"/home/carol/.config/gh":                    "700 carol carol directory",
		"/home/carol/.config/gh/token":              "600 carol carol regular file",
		"/home/carol/.local/state/opnix/secrets/gh": "600 carol carol regular file",
	} {
		if got := strings.TrimSpace(box.run(t, "stat", "-Lc", "%a %U %G %F", p)); got != want {
			t.Errorf("%s is %q, want %q", p, got, want)
		}
	}
	if got := box.run(t, "cat", "/home/carol/.ssh/id_ed25519"); got != canary+"-ssh\n" {
		t.Errorf("her key is %q", got)
	}
	started := func() string {
		return as("systemctl", "--user", "show", "-P", "ActiveEnterTimestampMonotonic", "reader.service")
	}
	before := started()
	box.write(t, "/home/carol/vault/Private/gh/token", canary+"-gh-2")
	as("systemctl", "--user", "restart", "opnix-secrets.service")
	eventually(t, 10*time.Second, "her service that uses the secret is restarted", func() bool { return started() != before })
	if got := box.run(t, "cat", "/home/carol/.config/gh/token"); got != canary+"-gh-2" {
		t.Errorf("her token is %q", got)
	}
	tokens(t, as)
	// What the system gives her, it writes as her, once the units follow the configuration.
	box.write(t, "/etc/opnix/secrets.json", strings.Replace(connectBackend, `"services"`, `"copies": ["/home/carol/.config/app/token", "/etc/app/token"], "owner": "carol", "services"`, 1))
	if out, err := box.try("systemctl", "restart", "opnix-secrets.service"); err == nil {
		t.Errorf("the unit writes to homes without being asked\n%s", out)
	}
	if out, _ := box.try("systemctl", "status", "--no-pager", "opnix-secrets.service"); !strings.Contains(out, "daemon-reload") {
		t.Errorf("nothing says what to do:\n%s", out)
	}
	box.run(t, "systemctl", "daemon-reload")
	box.run(t, "systemctl", "restart", "opnix-secrets.service")
	for p, want := range map[string]string{"/home/carol/.config/app": "700 carol", "/home/carol/.config/app/token": "600 carol", "/etc/app/token": "600 carol"} {
		if got := strings.TrimSpace(box.run(t, "stat", "-c", "%a %U", p)); got != want {
			t.Errorf("%s is %q, want %q", p, got, want)
		}
	}
	box.write(t, "/etc/opnix/secrets.json", connectBackend)
	box.run(t, "systemctl", "restart", "opnix-secrets.service")
	for _, p := range []string{"/home/carol/.config/app/token", "/etc/app/token"} {
		if out, err := box.try("test", "!", "-e", p); err != nil {
			t.Errorf("%s is left%s", p, out)
		}
	}
	box.run(t, "systemctl", "daemon-reload")
	box.run(t, "systemctl", "start", "opencode.service", "agentdb.service")
}

// tokens shows where a user's opnix has its token from: the system's, for who is in
// the group that may read it, and his own. Somebody else is told what to do.
func tokens(t *testing.T, carol func(...string) string) {
	t.Helper()
	box.run(t, "groupadd", "--system", "onepassword-secrets")
	box.run(t, "sh", "-c", "echo machine-token | opnix token set")
	if got := strings.TrimSpace(box.run(t, "stat", "-c", "%a %U %G", "/etc/opnix-token")); got != "640 root onepassword-secrets" {
		t.Errorf("the system's token is %q", got)
	}
	box.run(t, "useradd", "-m", "-G", "onepassword-secrets", "dave")
	const config = `{"backend": {"type": "connect", "url": "http://127.0.0.1:8090"}, "secrets": [{"path": "~/.ssh/key", "reference": "op://Homelab/agentdb/token"}]}`
	for _, user := range []string{"carol", "dave"} {
		box.write(t, "/home/"+user+"/.config/opnix/server.json", config)
		box.run(t, "chown", "-R", user+":"+user, "/home/"+user+"/.config")
	}
	command := func(user string, args ...string) (string, error) {
		return box.try(append([]string{"runuser", "-u", user, "--", "env", "HOME=/home/" + user, "opnix"}, args...)...)
	}
	materialize := []string{"materialize", "-config", "/home/USER/.config/opnix/server.json", "-run-dir", "/home/USER/run", "-state-dir", "/home/USER/lib/state", "-output", "/home/USER/lib/out"}
	for _, user := range []string{"dave", "carol"} {
		args := strings.Split(strings.ReplaceAll(strings.Join(materialize, " "), "USER", user), " ")
		out, err := command(user, args...)
		if user == "carol" {
			if err == nil || !strings.Contains(out, "not readable for this user") {
				t.Errorf("carol, who is not in the group: %v\n%s", err, out)
			}
			box.write(t, "/home/carol/pasted", "machine-token\n") // the journal has every command line of runuser
			carol("sh", "-c", "opnix token set -path /home/carol/.config/opnix/token </home/carol/pasted")
			box.run(t, "rm", "/home/carol/pasted")
			out, err = command(user, args...)
		}
		if err != nil {
			t.Errorf("%s: %v\n%s", user, err, out)
		}
		if got := strings.TrimSpace(box.run(t, "stat", "-Lc", "%a %U", "/home/"+user+"/.ssh/key")); got != "600 "+user {
			t.Errorf("the key of %s is %q", user, got)
		}
	}
}
