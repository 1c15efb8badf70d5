package access

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"panther/pkg/identity"
	"panther/pkg/sd"
)

// Accounts of the tests: "daemon" is in its own group, which may ask; "bin" and
// "nobody" are others.
const (
	member   = 1
	outsider = 2
)

// door is a gate before a handler that tells who asks, at real sockets.
type door struct {
	t       *testing.T
	dir     string
	cfg     Config
	gate    *Gate
	url     string
	addr    string
	socket  string
	stop    func()
	journal *journal
}

func newDoor(t *testing.T, change func(*Config)) *door {
	t.Helper()
	dir, err := os.MkdirTemp("", "door") // short: socket paths have a limit
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	d := &door{t: t, dir: dir, cfg: Default(), journal: &journal{}}
	d.cfg.Group = "daemon"
	if change != nil {
		change(&d.cfg)
	}
	return d
}

// env is that of a service which has folders but whose process is nobody's own.
func (d *door) env() *sd.Env {
	for _, p := range []string{"state", "credentials"} {
		if err := os.MkdirAll(filepath.Join(d.dir, p), 0o700); err != nil {
			d.t.Fatal(err)
		}
	}
	return &sd.Env{Name: "opencode", Log: slog.New(slog.NewJSONHandler(d.journal, nil)),
		StateDir: filepath.Join(d.dir, "state"), CredentialsDir: filepath.Join(d.dir, "credentials")}
}

func (d *door) password(pw string) *door {
	d.env()
	if err := os.WriteFile(filepath.Join(d.dir, "credentials", DefaultCredential), []byte(pw+"\n"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return d
}

// open serves, also again after stop.
func (d *door) open() *door {
	d.t.Helper()
	g, err := New(d.env(), d.cfg)
	if err != nil {
		d.t.Fatal(err)
	}
	g.sources.wait = func(time.Duration) {}
	d.gate = g
	tcp, err := sd.Listen("127.0.0.1:0")
	if err != nil {
		d.t.Fatal(err)
	}
	d.socket = filepath.Join(d.dir, "s.sock")
	local, err := sd.Listen("unix:" + d.socket)
	if err != nil {
		d.t.Fatal(err)
	}
	d.addr = tcp.Addr().String()
	d.url = "http://" + d.addr
	mux := http.NewServeMux()
	g.Routes(mux)
	mux.HandleFunc("/cgroup", func(w http.ResponseWriter, q *http.Request) { _, _ = fmt.Fprint(w, peerOf(q).cgroup) })
	mux.HandleFunc("/hold", func(w http.ResponseWriter, q *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-q.Context().Done()
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.WriteString(w, string(identity.Of(q.Context())))
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sd.ServeHTTP(ctx, g.Handler(mux), tcp, local) }()
	d.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			d.t.Errorf("serve: %v", err)
		}
	})
	d.t.Cleanup(d.stop)
	return d
}

// as returns a client that connects as an account. Nothing is kept alive, so
// that each request is a connection.
func (d *door) as(uid int) *http.Client {
	return &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
			return dialAs(d.addr, uid)
		}}}
}

// dialAs connects by a socket that belongs to an account.
func dialAs(addr string, uid int) (net.Conn, error) {
	a, err := net.ResolveTCPAddr("tcp4", addr)
	if err != nil {
		return nil, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Setfsuid(uid); err != nil {
		return nil, err
	}
	defer func() { _ = unix.Setfsuid(os.Geteuid()) }()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "as another")
	defer f.Close()
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: a.Port, Addr: [4]byte(a.IP.To4())}); err != nil {
		return nil, err
	}
	return net.FileConn(f)
}

func (d *door) overUnix() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var n net.Dialer
		return n.DialContext(ctx, "unix", d.socket)
	}}}
}

// reply is an answer that was read.
type reply struct {
	status int
	body   string
	header http.Header
	cookie *http.Cookie
}

func (d *door) do(c *http.Client, method, path string, change func(*http.Request)) reply {
	d.t.Helper()
	q, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	if method == http.MethodPost {
		q.Body = io.NopCloser(strings.NewReader("{}"))
	}
	if change != nil {
		change(q)
	}
	resp, err := c.Do(q)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	r := reply{status: resp.StatusCode, body: string(b), header: resp.Header}
	if list := resp.Cookies(); len(list) == 1 {
		r.cookie = list[0]
	}
	return r
}

// header returns a change that sets headers: name, value, name, value.
func header(pairs ...string) func(*http.Request) {
	return func(q *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == "Host" {
				q.Host = pairs[i+1]
				continue
			}
			q.Header.Add(pairs[i], pairs[i+1])
		}
	}
}

// journal collects log records.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(b)
}

// records returns those that carry a message identifier.
func (j *journal) records(t *testing.T, id string) []map[string]any {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []map[string]any
	for line := range strings.Lines(j.b.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		if m[sd.MessageIDKey] == id {
			out = append(out, m)
		}
	}
	return out
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it connects as other accounts")
	}
}
