package access

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// Who comes over the tailnet is let in when tailscaled vouches for a login of
// the list, and needs the password otherwise; an answer is kept for a while.
func TestTailscale(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	socket := filepath.Join(dir, "tailscaled.sock")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	local := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		asked.Add(1)
		host, _, _ := net.SplitHostPort(q.URL.Query().Get("addr"))
		answer, ok := map[string]string{
			"100.64.0.1": `{"Node":{},"UserProfile":{"LoginName":"me@test.io"}}`,
			"100.64.0.2": `{"Node":{},"UserProfile":{"LoginName":"other@test.io"}}`,
			"100.64.0.3": `{"Node":{"Tags":["tag:server"]},"UserProfile":{"LoginName":"me@test.io"}}`,
			"100.64.0.4": `{"UserProfile":`,
			"fd7a::1":    `{"Node":{},"UserProfile":{"LoginName":"me@test.io"}}`,
		}[host]
		if q.URL.Path != "/localapi/v0/whois" || !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, answer)
	}))
	_ = local.Listener.Close()
	local.Listener = ln
	local.Start()
	t.Cleanup(local.Close)
	d := newDoor(t, func(c *Config) { c.Tailscale, c.Hosts = []string{"me@test.io"}, []string{"panther.tail.ts.net"} })
	g, err := New(d.env(), d.cfg)
	if err != nil {
		t.Fatal(err)
	}
	g.whois = newWhois(socket)
	h := g.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	ask := func(from string) int {
		q := httptest.NewRequest("GET", "http://panther.tail.ts.net/session", nil)
		q.RemoteAddr = from
		w := httptest.NewRecorder()
		h.ServeHTTP(w, q)
		return w.Code
	}
	for from, want := range map[string]int{
		"100.64.0.1:1000": 200, "[fd7a::1]:1000": 200, "100.64.0.2:1000": 401, "100.64.0.3:1000": 401, "100.64.0.4:1000": 401, "192.0.2.1:1": 401, "": 401,
	} {
		if got := ask(from); got != want {
			t.Errorf("from %q: %d, want %d", from, got, want)
		}
	}
	before := asked.Load()
	if ask("100.64.0.1:2000") != 200 || asked.Load() != before {
		t.Errorf("asked tailscaled again for an address that it vouched for")
	}
	local.Close()
	if got := ask("100.64.0.9:1"); got != 401 {
		t.Errorf("without tailscaled: %d", got)
	}
}
