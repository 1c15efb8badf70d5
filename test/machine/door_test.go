package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"panther/pkg/sd"
)

// agentAt is where every account of the machine can knock.
const agentAt = "http://127.0.0.1:8080"

// attempts are requests of who may not ask, as arguments of curl.
var attempts = []string{
	"/session", "/session -X POST -d {}", "/session/ses_x -X DELETE", "/session/ses_x/message", "/event", "/global/event", "/config", "/panther/status",
	"/", "/web/app.js", "/healthz", "/nothing", "/v1/models", "/v1/chat/completions -d {}", "/permission", "/mcp", "/panther/logins -X POST -d {}", "/panther/logins",
	"/session -H Tailscale-User-Login:me@test.io", "/session -H Tailscale-User-Login:me@test.io -H X-Forwarded-For:100.64.0.1 -H X-Forwarded-Proto:https",
	"/session -H Tailscale-Funnel-Request:?1 -H Tailscale-User-Login:me@test.io", "/session -H X-Forwarded-For:127.0.0.1", "/session -H Forwarded:for=127.0.0.1",
	"/session -H X-Real-Ip:127.0.0.1", "/session -H Panther-Identity:uid:0", "/session -H X-Remote-User:root", "/session -u opencode:", "/session -H Authorization:Bearer",
	"/session -H Host:localhost", "/session -H Host:evil.test", "/session -H Origin:https://evil.test", "/session --interface 127.0.0.2", "/session --http1.0",
	"/session -H Cookie:COOKIE", "/session -H Cookie:COOKIE -H X-Forwarded-For:127.0.0.1", "/session -X POST -d {} -H Cookie:COOKIE -H Origin:" + agentAt, "LINK",
}

// knock has an account ask and returns the status of each answer, "000" where
// there was none.
func knock(t *testing.T, account string, args ...string) []string {
	t.Helper()
	var b strings.Builder
	for _, a := range args {
		fmt.Fprintf(&b, "curl -s -m 20 -o /dev/null -w '%%{http_code}\\n' %s\n", a)
	}
	b.WriteString("true\n")
	box.write(t, "/tmp/knock", b.String())
	return strings.Fields(box.run(t, "runuser", "-u", account, "--", "sh", "/tmp/knock"))
}

// refused returns how many refusals of an account the journal has.
func refused(t *testing.T, account, id string) int {
	t.Helper()
	uid := strings.TrimSpace(box.run(t, "id", "-u", account))
	return strings.Count(box.run(t, "journalctl", "--no-pager", "-q", "-o", "cat", "-u", "opencode.service", "MESSAGE_ID="+id, "PEER=uid:"+uid), "\n")
}

func accounts(t *testing.T) {
	for _, args := range [][]string{{"alice", "-G", "panther"}, {"mallory"}} {
		if _, err := box.try("id", args[0]); err != nil {
			box.run(t, append([]string{"useradd", "--create-home"}, append(args[1:], args[0])...)...)
		}
	}
}

// doors lets nobody in who may not ask, by any door, and who may without a word.
func doors(t *testing.T) {
	accounts(t)
	box.write(t, "/etc/panther/opencode.toml", "version = 1\ntitles = false\n[access]\ntailscale = [\"me@test.io\"]\n")
	t.Cleanup(func() {
		_ = os.Remove(box.root + "/etc/panther/opencode.toml")
		box.run(t, "systemctl", "restart", "opencode.service")
	})
	box.run(t, "systemctl", "restart", "opencode.service")
	as := func(account string, args ...string) string {
		return strings.TrimSpace(box.run(t, append([]string{"runuser", "-u", account, "--"}, args...)...))
	}

	if got := knock(t, "alice", agentAt+"/session", agentAt+"/session -X POST -d {}", agentAt+"/session -u opencode:some-key"); !slices.Equal(got, []string{"200", "200", "200"}) {
		t.Errorf("a member gets %q", got)
	}
	if got := knock(t, "root", agentAt+"/session", agentAt+"/session -H Tailscale-User-Login:me@test.io", agentAt+"/session -H Tailscale-User-Login:other@test.io",
		agentAt+"/session -H X-Forwarded-For:192.0.2.1"); !slices.Equal(got, []string{"200", "200", "401", "401"}) {
		t.Errorf("root, as itself and as tailscaled, gets %q", got)
	}
	if got := as("alice", "panther", "sessions", "--json"); !strings.Contains(got, "ses_") {
		t.Errorf("panther sessions: %.200s", got)
	}
	if got, _ := box.try("runuser", "-u", "alice", "--", "panther", "doctor"); !strings.Contains(got, "by account at /run/opencode/opencode.sock, 127.0.0.1:8080: root and opencode and group panther; by password: none; by Tailscale: me@test.io") {
		t.Errorf("panther doctor:\n%s", got)
	}

	used, unused := as("alice", "panther", "open"), as("alice", "panther", "open")
	answer := as("alice", "curl", "-si", "-H", "X-Forwarded-For: 127.0.0.1", used)
	_, cookie, _ := strings.Cut(answer, "Set-Cookie: ")
	cookie, _, _ = strings.Cut(cookie, ";")
	if cookie == "" || !strings.Contains(answer, "303 See Other") {
		t.Fatalf("%s gives\n%s", used, answer)
	}
	withCookie := agentAt + "/session -H X-Forwarded-For:127.0.0.1 -H Cookie:" + cookie
	if got := knock(t, "alice", withCookie, used); !slices.Equal(got, []string{"200", "403"}) {
		t.Errorf("her browser, and her link once more: %q", got)
	}

	var requests []string
	for _, a := range attempts {
		if a == "LINK" {
			requests = append(requests, used, unused)
			continue
		}
		requests = append(requests, agentAt+strings.ReplaceAll(a, "COOKIE", cookie))
	}
	for _, account := range []string{"nobody", "mallory"} {
		before := refused(t, account, sd.MessageAccessRefused)
		got := knock(t, account, requests...)
		for i, r := range requests {
			if i >= len(got) || got[i] != "401" && got[i] != "403" {
				t.Errorf("%s: %s: %v", account, r, got[min(i, len(got)-1)])
			}
		}
		eventually(t, 30*time.Second, "each is logged", func() bool {
			return refused(t, account, sd.MessageAccessRefused)-before == len(requests)
		})
		knockSockets(t, account)
	}
	// Root of a namespace of her own is nobody here.
	if got := as("mallory", "unshare", "--map-root-user", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", agentAt+"/session"); got != "401" {
		t.Errorf("root of a user namespace gets %q", got)
	}
	if got := knock(t, "alice", unused); got[0] != "303" {
		t.Errorf("her unused link, after others tried it: %q", got)
	}

	if got := as("alice", "panther", "logins"); strings.Count(got, "\n") != 2 || !strings.Contains(got, "curl/") {
		t.Errorf("panther logins:\n%s", got)
	}
	as("alice", "panther", "logins", "--revoke", "all")
	if got := knock(t, "alice", withCookie); got[0] != "401" {
		t.Errorf("her browser, revoked: %q", got)
	}
	box.run(t, "systemctl", "kill", "--signal=KILL", "opencode.service")
	if got := knock(t, "alice", withCookie, used, unused, agentAt+"/session"); !slices.Equal(got, []string{"401", "403", "403", "200"}) {
		t.Errorf("after a kill: %q", got)
	}
	ofServices(t)
	attached(t)
}

var ours = regexp.MustCompile(`^/run/(opencode|agentdb|panther|opnix)`)

// knockSockets tries every socket of the suite, 30 times in all.
func knockSockets(t *testing.T, account string) {
	t.Helper()
	sockets, err := filepath.Glob(box.root + "/run/*/*.sock")
	sockets = slices.DeleteFunc(sockets, func(s string) bool { return !ours.MatchString(strings.TrimPrefix(s, box.root)) })
	if len(sockets) < 4 {
		t.Fatalf("sockets: %q, %v", sockets, err)
	}
	var requests []string
	for _, s := range sockets {
		for _, path := range []string{"/session", "/v1/sessions", "/mcp -d {}", "/v1/documents", "/v1/memories", "/v1/embeddings -d {}"} {
			requests = append(requests, "--unix-socket "+strings.TrimPrefix(s, box.root)+" http://x"+path)
		}
	}
	for i, got := range knock(t, account, requests...) {
		if got != "000" {
			t.Errorf("%s: %s: %s", account, requests[i], got)
		}
	}
}

// ofServices has the accounts of services ask at the address that all can reach,
// outside of their sandboxes, and tailscaled pass on bare TCP.
func ofServices(t *testing.T) {
	t.Helper()
	for _, name := range []string{"panther-crawl", "opencode-subagent", "panther-embed", "panther-render"} {
		out := box.run(t, "systemd-run", "-q", "--wait", "--pipe", "-p", "DynamicUser=yes", "-p", "User="+name, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", agentAt+"/session")
		if out != "401" {
			t.Errorf("the account of %s gets %q", name, out)
		}
	}
	const dir = "/run/systemd/system/"
	box.write(t, dir+"tailscaled.socket", "[Socket]\nListenStream=127.0.0.1:8081\n")
	box.write(t, dir+"tailscaled.service", "[Service]\nExecStart=/usr/lib/systemd/systemd-socket-proxyd 127.0.0.1:8080\n")
	box.run(t, "systemctl", "daemon-reload")
	box.run(t, "systemctl", "start", "tailscaled.socket")
	t.Cleanup(func() {
		box.run(t, "systemctl", "stop", "tailscaled.socket", "tailscaled.service")
		_ = os.Remove(box.root + dir + "tailscaled.socket")
		_ = os.Remove(box.root + dir + "tailscaled.service")
		box.run(t, "systemctl", "daemon-reload")
	})
	const bare = "http://127.0.0.1:8081/session"
	if got := knock(t, "nobody", bare, bare+" -H Tailscale-User-Login:me@test.io"); !slices.Equal(got, []string{"401", "401"}) {
		t.Errorf("bare TCP through tailscaled, which root runs, gets %q", got)
	}
	if got := knock(t, "root", agentAt+"/session", agentAt+"/session -H Tailscale-User-Login:me@test.io"); !slices.Equal(got, []string{"200", "401"}) {
		t.Errorf("root beside a tailscaled gets %q", got)
	}
}

// attached asks by OpenCode's own program, where test/runtime-clients.sh has got
// it.
func attached(t *testing.T) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(cache, "panther/runtime-clients/node_modules/opencode-linux-*/bin/opencode"))
	if len(found) == 0 {
		t.Log("without OpenCode's own program, which test/runtime-clients.sh gets")
		return
	}
	if out, err := box.verb("copy", found[0], "/usr/local/bin"); err != nil {
		t.Fatalf("copy: %v\n%s", err, out)
	}
	t.Cleanup(func() { box.run(t, "rm", "/usr/local/bin/opencode") })
	ask := func(account, home string) (string, error) {
		return box.try("runuser", "-u", account, "--", "env", "-C", home, "HOME="+home, "timeout", "60", "/usr/local/bin/opencode", "run", "--attach", agentAt, "How do I create a partial index?")
	}
	if out, err := ask("alice", "/home/alice"); err != nil || len(out) < 50 {
		t.Errorf("opencode run --attach of a member: %v\n%s", err, out)
	}
	before := refused(t, "mallory", sd.MessageAccessRefused)
	out, _ := ask("mallory", "/home/mallory")
	if strings.Contains(out, "[1]") || refused(t, "mallory", sd.MessageAccessRefused) == before {
		t.Errorf("opencode run --attach of another account:\n%s", out)
	}
}

// passwords are late when wrong, and a named one that is not there is no open
// door.
func passwords(t *testing.T) {
	accounts(t)
	const dropin = "/run/systemd/system/opencode.service.d"
	box.write(t, "/etc/agent-password", "s3cret\n")
	box.write(t, dropin+"/test.conf", "[Service]\nLoadCredential=agent-password:/etc/agent-password\n")
	box.write(t, "/etc/panther/opencode.toml", "version = 1\n[access]\ncredential = \"agent-password\"\n")
	t.Cleanup(func() {
		_ = os.RemoveAll(box.root + dropin)
		_ = os.Remove(box.root + "/etc/agent-password")
		_ = os.Remove(box.root + "/etc/panther/opencode.toml")
		box.run(t, "systemctl", "daemon-reload")
		box.run(t, "systemctl", "reset-failed", "opencode.service", "opencode.socket")
		box.run(t, "systemctl", "restart", "opencode.socket")
		box.run(t, "systemctl", "restart", "opencode.service")
	})
	box.run(t, "systemctl", "daemon-reload")
	box.run(t, "systemctl", "restart", "opencode.service")
	before := refused(t, "mallory", sd.MessageWrongPassword)
	if got := knock(t, "mallory", agentAt+"/session -u opencode:wrong", agentAt+"/session -u opencode:s3cret ", agentAt+"/session -u root:s3cret", agentAt+"/session",
		agentAt+"/session -u opencode:s3cret"); !slices.Equal(got, []string{"401", "200", "401", "401", "200"}) {
		t.Errorf("an outsider gets %q", got)
	}
	eventually(t, 30*time.Second, "wrong passwords are events", func() bool { return refused(t, "mallory", sd.MessageWrongPassword)-before == 2 })

	box.write(t, dropin+"/test.conf", "[Service]\n")
	box.run(t, "systemctl", "daemon-reload")
	if out, err := box.try("systemctl", "restart", "opencode.service"); err == nil {
		t.Errorf("it starts without the password that is named\n%s", out)
	}
	if got := box.show(t, "opencode.service", "ExecMainStatus"); got != strconv.Itoa(sd.ExitConfig) {
		t.Errorf("its exit status is %s", got)
	}
	if out := box.run(t, "journalctl", "--no-pager", "-q", "-u", "opencode.service", "-n", "20", "-o", "cat"); !strings.Contains(out, "remove access.credential") {
		t.Errorf("nothing says what to do:\n%s", out)
	}
}
