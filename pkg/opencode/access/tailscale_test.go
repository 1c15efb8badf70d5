package access

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
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
			"127.0.0.1":  `{"Node":{},"UserProfile":{"LoginName":"me@test.io"}}`,
			ownAddress(): `{"Node":{},"UserProfile":{"LoginName":"me@test.io"}}`, // tailscaled vouches for the machine's owner
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
		net.JoinHostPort(ownAddress(), "1000"): 401, "127.0.0.1:1000": 401,
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

// ownAddress returns an address of this machine that others reach.
func ownAddress() string {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return "127.0.0.2"
	}
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return "127.0.0.2"
}

// What tailscaled passes on as bare TCP was written by a stranger, and other
// proxies of root pass on a stranger's headers too.
func TestServe(t *testing.T) {
	t.Parallel()
	needRoot(t)
	d := newDoor(t, func(c *Config) { c.Tailscale = []string{"me@test.io"} }).open()
	me := header("Tailscale-User-Login", "me@test.io", "X-Forwarded-For", "100.64.0.1")
	cgroup, err := strconv.ParseUint(d.do(d.as(0), "GET", "/cgroup", nil).body, 10, 64)
	if err != nil || cgroup == 0 {
		t.Skip("the kernel does not tell control groups")
	}
	const nobodyKnows, none = "404", "null"
	for name, tc := range map[string]struct {
		service      uint64
		whois, serve string
		change       func(*http.Request)
		want         int
	}{
		"serve":                         {cgroup, nobodyKnows, `{"TCP":{"443":{"HTTPS":true}}}`, me, 200},
		"serve, nothing configured":     {cgroup, nobodyKnows, none, me, 200},
		"bare TCP elsewhere":            {cgroup, nobodyKnows, `{"TCP":{"5432":{"TCPForward":"127.0.0.1:5432"}}}`, me, 200},
		"bare TCP to here":              {cgroup, nobodyKnows, `{"TCP":{"80":{"TCPForward":"PORT"}}}`, me, 401},
		"bare TCP of a service":         {cgroup, nobodyKnows, `{"Services":{"svc:x":{"TCP":{"80":{"TCPForward":"PORT"}}}}}`, me, 401},
		"bare TCP in the foreground":    {cgroup, nobodyKnows, `{"Foreground":{"s":{"TCP":{"80":{"TCPForward":"PORT"}}}}}`, me, 401},
		"bare TCP without headers":      {cgroup, nobodyKnows, none, nil, 401},
		"userspace, another's":          {cgroup, `{"Node":{},"UserProfile":{"LoginName":"other@test.io"}}`, none, me, 401},
		"userspace, mine":               {cgroup, `{"Node":{},"UserProfile":{"LoginName":"me@test.io"}}`, none, nil, 200},
		"userspace, a tagged node":      {cgroup, `{"Node":{"Tags":["tag:x"]},"UserProfile":{"LoginName":"tagged-devices"}}`, none, me, 401},
		"an answer that breaks off":     {cgroup, `{"Node":`, none, me, 401},
		"a refusal":                     {cgroup, "403", none, me, 401},
		"no configuration to be had":    {cgroup, nobodyKnows, "500", me, 401},
		"another proxy of root":         {cgroup + 1, nobodyKnows, none, me, 401},
		"root itself beside tailscaled": {cgroup + 1, nobodyKnows, none, nil, 200},
	} {
		socket := filepath.Join(t.TempDir(), "s")
		ln, err := net.Listen("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		api := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			s := map[string]string{"/localapi/v0/whois": tc.whois, "/localapi/v0/serve-config": strings.ReplaceAll(tc.serve, "PORT", d.addr)}[q.URL.Path]
			if status, err := strconv.Atoi(s); err == nil {
				w.WriteHeader(status)
				return
			}
			_, _ = io.WriteString(w, s)
		})}
		go func() { _ = api.Serve(ln) }()
		d.gate.whois, d.gate.service = newWhois(socket), func() uint64 { return tc.service }
		if r := d.do(d.as(0), "GET", "/session", tc.change); r.status != tc.want || r.status == 200 && r.body != "login:me@test.io" && tc.change != nil {
			t.Errorf("%s: %d %s, want %d", name, r.status, r.body, tc.want)
		}
		_ = api.Close()
	}
	d.gate.whois, d.gate.service = newWhois("/nonexistent"), func() uint64 { return cgroup }
	if r := d.do(d.as(0), "GET", "/session", me); r.status != 401 {
		t.Errorf("a tailscaled that cannot be asked: %d", r.status)
	}
}
