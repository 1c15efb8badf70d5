package secrets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"panther/pkg/opnix/connect/connecttest"
	"panther/pkg/opnix/vault/vaulttest"
)

// reboot loses what is in memory.
func (b *box) reboot() {
	b.t.Helper()
	if err := os.RemoveAll(b.dir + "/run"); err != nil {
		b.t.Fatal(err)
	}
}

// However 1Password is away at boot, the last good copy is served within the
// deadline and marked stale; without one, nothing is.
func TestAwayAtBoot(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }
	portal := func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = w.Write([]byte("<html>welcome</html>"))
		return true
	}
	for name, away := range map[string]func(b *box){
		"refused":        func(b *box) { b.server.Close() },
		"DNS":            func(b *box) { b.server.URL = "http://no-such-host.invalid" },
		"hang":           func(b *box) { b.server.Override(hang) },
		"TLS":            func(b *box) { b.server.URL = strings.Replace(b.server.URL, "http:", "https:", 1) },
		"captive portal": func(b *box) { b.server.Override(portal) },
		"500": func(b *box) {
			b.server.Override(func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(500); return true })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBox(t)
			config := strings.Replace(configuration, `"deadline": "5s"`, `"deadline": "500ms"`, 1)
			b.configure(configuration) // while the server answers it has its time
			b.mustRun("materialize")
			b.reboot()
			away(b)
			b.configure(config)
			code, out := b.run("materialize")
			if code != 0 || b.served() != "1" || !strings.Contains(out, "outcome=stale") {
				t.Errorf("with a copy: exit status %d, served %q\n%s", code, b.served(), out)
			}
			if _, out := b.run("status", "-json"); !strings.Contains(out, `"stale": [`) || !strings.Contains(out, `"outcome": "stale"`) {
				t.Errorf("not marked stale:\n%s", out)
			}
			if code, _ := b.run("refresh"); code != 1 {
				t.Errorf("a refresh exits %d", code)
			}
			b.reboot()
			if err := os.Remove(b.dir + "/lib/state/last-good"); err != nil {
				t.Fatal(err)
			}
			code, out = b.run("materialize")
			if code != 1 || b.served() != "" || !strings.Contains(out, "hint: ") {
				t.Errorf("without a copy: exit status %d, served %q\n%s", code, b.served(), out)
			}
		})
	}
}

// A limit costs one request, and none until it is over, whatever happens.
func TestALimitCostsOneRequest(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	b.server.Override(func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Retry-After", "3600")
		connecttest.Answer(w, 429, map[string]string{})
		return true
	})
	for _, verb := range []string{"materialize", "materialize", "refresh", "plan"} {
		if code, out := b.run(verb); code != 1 || !strings.Contains(out, "429") {
			t.Errorf("%s: exit status %d\n%s", verb, code, out)
		}
		b.reboot()
	}
	if n := len(b.server.Log()); n != 1 {
		t.Errorf("%d requests: %v", n, b.server.Log())
	}
}

// What is missing or ambiguous is listed at once, what was served stays, and the
// server is asked again until the entries are there.
func TestBadReferencesAreListedAtOnceAndHeal(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	b.mustRun("materialize")
	b.server.Put(vaulttest.Entry{Vault: "V", Item: "two", Field: "x", Copy: 1, Content: []byte("other")})
	b.configure(strings.Replace(strings.Replace(configuration, "op://V/one/x", "op://V/one/y", 1), "op://V/three/x", "op://None/three/x", 1))
	b.set("2")
	code, out := b.run("materialize")
	if code != 69 || b.served() != "1" || !strings.Contains(out, "3 of 3 references") {
		t.Errorf("exit status %d, served %q\n%s", code, b.served(), out)
	}
	for _, want := range []string{"op://V/one/y: ", "op://V/two/x: ", "op://None/three/x: ", "(missing)", "(ambiguous)", "\nhint: "} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	asked := len(b.server.Log())
	if code, out := b.run("refresh"); code != 69 || b.served() != "1" || len(b.server.Log()) == asked {
		t.Errorf("exit status %d, served %q\n%s", code, b.served(), out)
	}
	b.server.Put(vaulttest.Entry{Vault: "V", Item: "one", Field: "y", Content: []byte("2")})
	b.server.Put(vaulttest.Entry{Vault: "None", Item: "three", Field: "x", Content: []byte("2")})
	b.configure(strings.Replace(strings.Replace(strings.Replace(configuration, "op://V/one/x", "op://V/one/y", 1), "op://V/three/x", "op://None/three/x", 1), "op://V/two/x", "op://V/one/y", 1))
	if code, out := b.run("refresh"); code != 0 || b.served() != "2" {
		t.Errorf("added: exit status %d, served %q\n%s", code, b.served(), out)
	}
}

// As the units do it: another process asks, one for each connection, and all
// that it hears comes back.
func TestAskingThroughASocket(t *testing.T) {
	t.Parallel()
	needTool(t, "systemd-socket-activate")
	b := newBox(t)
	socket := b.dir + "/fetch.sock"
	listen := exec.Command("systemd-socket-activate", "--accept", "--listen="+socket, opnix, "fetch")
	if err := listen.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = listen.Process.Kill()
		_ = listen.Wait()
	})
	eventually(t, "the socket", func() bool { _, err := os.Stat(socket); return err == nil })
	through := func(verb ...string) (int, string) { return b.run(append(verb, "-fetch-socket="+socket)...) }
	for _, v := range []string{"1", strings.Repeat("é", 1<<20)} {
		b.set(v)
		if code, out := through("materialize"); code != 0 || b.served() != v {
			t.Fatalf("exit status %d, served %.20q\n%s", code, b.served(), out)
		}
	}
	b.server.Override(func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Retry-After", "7200")
		connecttest.Answer(w, 429, map[string]string{})
		return true
	})
	asked := len(b.server.Log())
	for range 2 {
		if code, out := through("refresh"); code != 1 || !strings.Contains(out, "429") {
			t.Errorf("exit status %d\n%s", code, out)
		}
	}
	if n := len(b.server.Log()) - asked; n != 1 {
		t.Errorf("%d requests at a limit", n)
	}
	var status struct {
		Breaker struct{ Since, Until time.Time }
	}
	_, out := b.run("status", "-json")
	if err := json.Unmarshal([]byte(out), &status); err != nil || status.Breaker.Until.Sub(status.Breaker.Since) != 2*time.Hour {
		t.Errorf("%v: the limit is respected from %v until %v", err, status.Breaker.Since, status.Breaker.Until)
	}
	_ = listen.Process.Kill()
	if code, out := through("refresh", "-retry"); code != 1 || !strings.Contains(out, "opnix-fetch") {
		t.Errorf("nobody listens: exit status %d\n%s", code, out)
	}
}

func TestValuesArriveByteForByte(t *testing.T) {
	t.Parallel()
	big := bytes.Repeat([]byte("0123456789abcdef"), 50<<20/16)
	values := map[string][]byte{"empty": {}, "nul": {0}, "binary": {0xff, 0xfe, 0, '\r', '\n'}, "newlines": []byte("\n\na\n"), "big": big}
	b := newBox(t)
	var secrets []string
	for name, v := range values {
		b.server.Put(vaulttest.Entry{Vault: "Files", Item: name, Field: "f", File: true, Content: v})
		secrets = append(secrets, fmt.Sprintf(`{"path": "%s", "reference": "op://Files/%s/f", "kind": "file"}`, name, name))
	}
	b.configure(`{"backend": {"type": "connect", "url": "URL"}, "tokenFile": "DIR/token", "outputDir": "DIR/lib/secrets", "lastGood": {"sealer": "age", "identity": "DIR/id"},
	  "secrets": [` + strings.Join(secrets, ",") + `]}`)
	b.mustRun("materialize")
	check := func() {
		t.Helper()
		for name, v := range values {
			if got, err := os.ReadFile(b.dir + "/lib/secrets/" + name); err != nil || !bytes.Equal(got, v) {
				t.Errorf("%s: %d bytes, %v, want %d", name, len(got), err, len(v))
			}
		}
	}
	check()
	b.server.Close()
	b.reboot()
	b.mustRun("materialize") // the same from the copy
	check()
}

// A token that is not in order is one clear error with exit status 78, and the
// server is not asked.
func TestTokensThatAreNotInOrder(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for name, tc := range map[string]struct {
		spoil func() error
		code  int
		want  string
	}{
		"missing":        {func() error { return os.Remove(b.dir + "/token") }, 66, "is missing"}, // it may come
		"empty":          {func() error { return os.WriteFile(b.dir+"/token", nil, 0o600) }, 78, "is empty"},
		"CRLF":           {func() error { return os.WriteFile(b.dir+"/token", []byte("x\r\n"), 0o600) }, 78, "CRLF"},
		"world-readable": {func() error { return os.WriteFile(b.dir+"/token", []byte("x"), 0o644) }, 78, "lets others read"},
		"link":           {func() error { return os.Symlink(b.dir+"/id", b.dir+"/token") }, 78, "symbolic link"},
	} {
		if err := os.RemoveAll(b.dir + "/token"); err != nil {
			t.Fatal(err)
		}
		if name == "missing" {
			b.write("token", "x")
		}
		if err := tc.spoil(); err != nil {
			t.Fatal(err)
		}
		code, out := b.run("materialize")
		if code != tc.code || !strings.Contains(out, tc.want) || strings.Count(out, "token file") != 1 || !strings.Contains(out, "\nhint: ") {
			t.Errorf("%s: exit status %d\n%s", name, code, out)
		}
	}
	if n := len(b.server.Log()); n != 0 {
		t.Errorf("%d requests", n)
	}
	_ = os.RemoveAll(b.dir + "/token")
	b.write("token", "another")
	for range 2 {
		if code, out := b.run("materialize"); code != 78 || !strings.Contains(out, "does not accept the token") {
			t.Errorf("refused: exit status %d\n%s", code, out)
		}
	}
	if n := len(b.server.Log()); n != 1 {
		t.Errorf("a refused token was tried %d times", n)
	}
}

// Readers that open what they need below one opening of the stable folder see
// whole generations through every rotation. (A thousand of them are in the tests
// of package generation, without a process for each.)
func TestReadersAndRotations(t *testing.T) {
	t.Parallel()
	const n = 100
	b := newBox(t)
	b.configure(strings.Replace(strings.Replace(configuration, `"copies": ["DIR/opt/two"]`, `"mode": "0600"`, 1), `"sealer": "age", "identity": "DIR/id"`, `"enable": false`, 1))
	b.mustRun("materialize")
	stop := make(chan struct{})
	done := make(chan int)
	go func() {
		reads := 0
		for {
			select {
			case <-stop:
				done <- reads
				return
			default:
			}
			if got := b.served(); strings.HasPrefix(got, "mixed") && !strings.Contains(got, "no such file") || got == "" {
				t.Errorf("served %q", got)
			}
			reads++
		}
	}()
	for i := range n {
		b.set(fmt.Sprint(i))
		b.mustRun("materialize")
	}
	close(stop)
	t.Logf("%d reads during %d rotations", <-done, n)
}
