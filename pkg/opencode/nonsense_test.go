package opencode

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"panther/pkg/opencode/api"
)

// nonsense makes requests of wrong JSON, wrong paths and wrong parameters.
type nonsense struct {
	r       *rand.Rand
	session string
}

func (n *nonsense) one(of ...string) string { return of[n.r.IntN(len(of))] }

func (n *nonsense) value() string {
	return n.one("null", "1e999", `"\ud800"`, `"x"`, "{}", "[[]]", `"`+strings.Repeat("a", 5000)+`"`, "-1", `"\u0000"`, "{", "true", `"`+n.session+`"`, `"msg_1"`, `"data:,x"`,
		strings.Repeat("[", 3000), `{"a":{"b":[1,2,{"c":null}]}}`, "\xff\xfe", `"text"`)
}

func (n *nonsense) body() string {
	return strings.ReplaceAll(n.one("", "%", "[%]", `{"title":%}`, `{"parentID":%}`, `{"parts":[{"type":%}]}`, `{"parts":[{"type":"text","text":%}],"noReply":true,"messageID":%}`,
		`{"parts":[{"type":"file","url":%}]}`, `{"parts":%,"agent":%,"model":%}`, `{"messageID":%}`, `{"messages":[{"role":%,"content":%}]}`, `{"model":%,"permission":[{"action":%}]}`,
		`{"permission":%}`, `{"reply":%,"message":%}`, `{"command":%,"arguments":%}`, `{"providerID":%,"modelID":%}`, `{"time":%}`,
		`{"prompt":{"text":%}}`, `{"model":{"id":%,"providerID":%}}`, `{"type":"tui.toast.show","properties":%}`, `{"type":"text","text":%}`, `{"model":%,"share":%}`), "%", n.value())
}

func (n *nonsense) path() string {
	id := n.one(n.session, n.session, "ses_none", "%00", "..%2f..", "%", strings.Repeat("x", 300), "ses_%F0%9F%90%86", "*")
	p := strings.ReplaceAll(n.one("/session", "/session/$", "/session/$/message", "/session/$/message/$", "/session/$/prompt_async", "/session/$/fork", "/session/$/revert", "/session/$/unrevert",
		"/session/$/abort", "/session/$/children", "/session/$/command", "/session/$/summarize", "/session/$/export", "/session/$/todo", "/session/$/share", "/session/$/permissions/$",
		"/session/status", "/permission", "/permission/$/reply", "/question/$/reply", "/v1/chat/completions", "/v1/models", "/agent", "/config", "/config/providers", "/provider", "/command",
		"/mcp", "/path", "/project", "/find", "/global/health", "/panther/status", "/event/$", "/web/$", "/$/$", "//", "/healthz",
		"/api/session", "/api/session/$", "/api/session/$/prompt", "/api/session/$/message", "/api/session/$/revert/stage", "/api/session/$/model", "/session/$/shell",
		"/session/$/message/$/part/$", "/tui/publish", "/tui/show-toast", "/tui/execute-command", "/global/config", "/mcp/$/disconnect", "/vcs/diff/raw", "/file/content"), "$", id)
	return p + n.one("", "", "", "?limit=-1", "?limit=9999999999999999999", "?before=%00", "?search=%25%5f", "?roots=true&start=x", "?format=pdf", "?%", "?last_event_id=x", "?session="+id)
}

// Ten thousand requests of nonsense: no answer is a 500, nothing is left
// running, and memory does not grow with their number.
func TestNonsenseInBulk(t *testing.T) {
	w := newWorld(t, nil)
	s := w.session()
	addr := strings.TrimPrefix(w.tcp(), "http://")
	var bad atomic.Int32
	batch := func(seed uint64, requests int) {
		var wg sync.WaitGroup
		for i := range 4 {
			n := &nonsense{r: rand.New(rand.NewPCG(seed, uint64(i))), session: s.ID}
			client := &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}
			wg.Go(func() {
				defer client.CloseIdleConnections()
				for range requests / 4 {
					method := n.one("GET", "GET", "POST", "POST", "POST", "PATCH", "PUT", "DELETE", "TRACE", "x")
					path, body := n.path(), n.body()
					if method == "DELETE" && strings.Contains(path, s.ID) {
						continue // the one that all use
					}
					q := &http.Request{Method: method, URL: rawURL(addr, path), Host: addr, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
					resp, err := client.Do(q)
					if err != nil {
						t.Errorf("%s %s: %v", method, path, err)
						continue
					}
					b, _ := io.ReadAll(resp.Body)
					_ = resp.Body.Close()
					if resp.StatusCode >= 500 && bad.Add(1) < 10 {
						t.Errorf("%s %s %.100s: %s %.300s", method, path, body, resp.Status, b)
					}
				}
			})
		}
		wg.Wait()
	}
	settled := func() (goroutines int, heap uint64) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		last := -1
		for ctx.Err() == nil { // what runs comes to its end
			runtime.GC()
			if goroutines = runtime.NumGoroutine(); goroutines == last {
				break
			}
			last = goroutines
			<-time.After(50 * time.Millisecond)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return goroutines, m.HeapAlloc
	}
	batch(1, 2000) // what grows to a limit has grown
	g0, h0 := settled()
	batch(2, 8000)
	g1, h1 := settled()
	t.Logf("goroutines %d and %d, heap %d and %d KB", g0, g1, h0>>10, h1>>10)
	if g1 > g0+40 { // connections to agentdb that idle
		t.Errorf("%d goroutines became %d", g0, g1)
	}
	if h1 > h0+16<<20 {
		t.Errorf("%d bytes of heap became %d", h0, h1)
	}
	if st, err := w.client.Status(t.Context()); err != nil || st.Running != 0 {
		t.Errorf("%+v, %v", st, err)
	}
	if _, err := w.client.Messages(t.Context(), s.ID, 0); err != nil {
		t.Errorf("the session cannot be read any more: %v", err)
	}
	if m := w.ask(w.session().ID, "partial index"); m.Info.Error != nil || !strings.Contains(m.Text(), "[1]") {
		t.Errorf("after all that: %s", short(m))
	}
	// A connection that is no HTTP at all.
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "\x16\x03\x01\x00\xff nonsense\r\n\r\n")
	b, _ := io.ReadAll(c)
	if !strings.HasPrefix(string(b), "HTTP/1.1 400") {
		t.Errorf("no HTTP: %.60q", b)
	}
	if l, err := w.client.Sessions(t.Context(), api.ListSessions{}); err != nil || len(l) == 0 {
		t.Errorf("%d sessions, %v", len(l), err)
	}
}

// rawURL sends a path as it is, also one that is not escaped as it should be.
func rawURL(host, path string) *url.URL {
	return &url.URL{Scheme: "http", Host: host, Opaque: "//" + host + path}
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
