package opencode

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/sd"
)

// Over TCP a page of another origin, a rebound name and a wrong password get
// nothing; the unix socket is guarded by its mode.
func TestAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.stop()
	if err := os.WriteFile(filepath.Join(w.env.CredentialsDir, "opencode-password"), []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.start()
	url := w.tcp()
	for name, tc := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"password":     {func(q *http.Request) { q.SetBasicAuth("opencode", "s3cret") }, 200},
		"bearer":       {func(q *http.Request) { q.Header.Set("Authorization", "Bearer s3cret") }, 200},
		"none":         {func(*http.Request) {}, 401},
		"wrong":        {func(q *http.Request) { q.SetBasicAuth("opencode", "s3cret ") }, 401},
		"wrong user":   {func(q *http.Request) { q.SetBasicAuth("root", "s3cret") }, 401},
		"rebound name": {func(q *http.Request) { q.SetBasicAuth("opencode", "s3cret"); q.Host = "evil.io" }, 403},
		"other origin": {func(q *http.Request) {
			q.SetBasicAuth("opencode", "s3cret")
			q.Header.Set("Origin", "https://evil.io")
		}, 403},
		"cross site": {func(q *http.Request) {
			q.SetBasicAuth("opencode", "s3cret")
			q.Header.Set("Sec-Fetch-Site", "cross-site")
		}, 403},
		"own origin": {func(q *http.Request) { q.SetBasicAuth("opencode", "s3cret"); q.Header.Set("Origin", url) }, 200},
	} {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/session", nil)
		if err != nil {
			t.Fatal(err)
		}
		tc.change(q)
		resp, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != tc.want || strings.Contains(string(b), "s3cret") {
			t.Errorf("%s: %d, want %d: %s", name, resp.StatusCode, tc.want, b)
		}
	}
}

func TestOpenAddressIsRefused(t *testing.T) {
	t.Parallel()
	env, err := sd.Local("x", t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAccess(env, Default().Access)
	if err != nil {
		t.Fatal(err)
	}
	open := &net.TCPAddr{IP: net.IPv4zero, Port: 8080}
	if err := a.check(open); sd.ExitCode(err) != sd.ExitConfig || sd.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
	if err := a.check(&net.TCPAddr{IP: net.IPv6loopback}); err != nil {
		t.Errorf("loopback: %v", err)
	}
	a.cfg.Tailscale = []string{"me@test.io"}
	if err := a.check(open); err != nil {
		t.Errorf("with logins: %v", err)
	}
}

// Whatever is sent, the answer is no 500: wrong JSON is 400, what there is not
// is 404.
func TestNonsense(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	s := w.session()
	base := w.tcp()
	send := func(method, path, body string) int {
		q, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
		if err != nil {
			return 0
		}
		resp, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	for _, tc := range []struct {
		method, path, body string
		want               int
	}{
		{"GET", "/session/ses_none", "", 404}, {"GET", "/session/%00", "", 404}, {"DELETE", "/session/ses_none", "", 404},
		{"POST", "/session", "{bad", 400}, {"POST", "/session/" + s.ID + "/message", "[]", 400}, {"POST", "/session/" + s.ID + "/message", `{"parts":[]}`, 400},
		{"POST", "/session/" + s.ID + "/message", `{"parts":[{"type":"text","text":"x"}],"agent":"none"}`, 400},
		{"POST", "/session/" + s.ID + "/message", `{"parts":[{"type":"file","url":"file:///etc/passwd"}]}`, 400},
		{"POST", "/session/ses_none/message", `{"parts":[{"type":"text","text":"x"}]}`, 404}, {"GET", "/nothing", "", 404},
		{"POST", "/v1/chat/completions", `{"messages":[]}`, 400}, {"PUT", "/session", "", 404},
	} {
		if got := send(tc.method, tc.path, tc.body); got != tc.want {
			t.Errorf("%s %s %s: %d, want %d", tc.method, tc.path, tc.body, got, tc.want)
		}
	}
}

// tcp returns the URL of the runtime's TCP address.
func (w *world) tcp() string {
	w.t.Helper()
	s, err := w.client.Status(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Addresses[0]
}
