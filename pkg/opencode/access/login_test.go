package access

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"encoding/json"

	"panther/pkg/opencode/api"
	"panther/pkg/sd"
)

// link asks for a link as an account.
func (d *door) link(uid int) string {
	d.t.Helper()
	r := d.do(d.as(uid), "POST", "/panther/logins", nil)
	var l api.Link
	if err := json.Unmarshal([]byte(r.body), &l); err != nil || r.status != 200 {
		d.t.Fatalf("%d %s %v", r.status, r.body, err)
	}
	return l.Path
}

// proxied is what the member's own proxy adds: its account alone opens nothing
// then.
var proxied = header("X-Forwarded-For", "127.0.0.1")

func TestLink(t *testing.T) {
	t.Parallel()
	needRoot(t)
	d := newDoor(t, nil).open()
	path := d.link(member)
	for name, r := range map[string]reply{
		"an outsider":       d.do(d.as(outsider), "GET", path, nil),
		"root":              d.do(d.as(0), "GET", path, nil),
		"a page elsewhere":  d.do(d.as(member), "GET", path, header("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate")),
		"a page here":       d.do(d.as(member), "GET", path, header("Sec-Fetch-Site", "same-site")),
		"no token":          d.do(d.as(member), "GET", "/login", nil),
		"an empty token":    d.do(d.as(member), "GET", "/login?token=", nil),
		"a wrong token":     d.do(d.as(member), "GET", "/login?token=AAAAAAAAAAAAAAAAAAAAAAAAAA", nil),
		"a rebound name":    d.do(d.as(member), "GET", path, header("Host", "evil.io")),
		"through a funnel":  d.do(d.as(member), "GET", path, header("Tailscale-Funnel-Request", "?1")),
		"the hash as token": d.do(d.as(member), "GET", "/login?token="+hash(strings.TrimPrefix(path, "/login?token=")), nil),
	} {
		if r.status != 403 || r.cookie != nil {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	for name, r := range map[string]reply{
		"a preview":     d.do(d.as(member), "GET", path, header("Sec-Purpose", "prefetch;prerender")),
		"a link's head": d.do(d.as(member), "HEAD", path, nil),
	} {
		if r.status != 403 || r.cookie != nil {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	r := d.do(d.as(member), "GET", path+"&next=//evil.io&redirect=https://evil.io", proxied)
	if r.status != 303 || r.header.Get("Location") != "/" || r.cookie == nil || !r.cookie.HttpOnly || r.cookie.SameSite != http.SameSiteStrictMode ||
		r.cookie.Secure || r.cookie.Path != "/" || r.cookie.Domain != "" || r.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", r.status, r.header)
	}
	if again := d.do(d.as(member), "GET", path, proxied); again.status != 403 || again.cookie != nil {
		t.Errorf("the same link once more: %d", again.status)
	}
	if r := d.do(d.as(member), "GET", d.link(member), header("X-Forwarded-Proto", "https")); r.cookie == nil || !r.cookie.Secure {
		t.Errorf("over https: %v", r.header)
	}
	if b, err := os.ReadFile(filepath.Join(d.dir, "state/logins.json")); err != nil || strings.Contains(string(b), r.cookie.Value) {
		t.Errorf("the file holds the cookie: %v", err)
	}
	if strings.Contains(d.journal.b.String(), strings.TrimPrefix(path, "/login?token=")) {
		t.Error("the log holds the link")
	}
}

func TestCookie(t *testing.T) {
	t.Parallel()
	needRoot(t)
	d := newDoor(t, nil).open()
	cookie := d.do(d.as(member), "GET", d.link(member), proxied).cookie
	with := func(pairs ...string) func(*http.Request) {
		return func(q *http.Request) { proxied(q); q.AddCookie(cookie); header(pairs...)(q) }
	}
	for name, tc := range map[string]struct {
		uid    int
		method string
		change func(*http.Request)
		want   int
	}{
		"reading":                 {member, "GET", with(), 200},
		"beside another's cookie": {member, "GET", with("Cookie", cookie.Name+"=planted"), 200},
		"changing, own page":      {member, "POST", with("Origin", d.url), 200},
		"changing, page says so":  {member, "POST", with("Sec-Fetch-Site", "same-origin"), 200},
		"changing, no page":       {member, "POST", with(), 403},
		"changing, typed":         {member, "DELETE", with("Sec-Fetch-Site", "none"), 403},
		"changing, other page":    {member, "POST", with("Origin", "http://evil.io"), 403},
		"another account":         {outsider, "GET", with(), 401},
		"another, as if from far": {outsider, "GET", with("X-Real-Ip", "192.0.2.1"), 401},
		"root":                    {0, "GET", with(), 401},
	} {
		if r := d.do(d.as(tc.uid), tc.method, "/session", tc.change); r.status != tc.want || tc.want == 200 && r.body != "uid:1" {
			t.Errorf("%s: %d %s, want %d", name, r.status, r.body, tc.want)
		}
	}
	if r := d.do(d.as(member), "POST", "/panther/logins", with("Origin", d.url)); r.status != 403 {
		t.Errorf("a login lets another browser in: %d", r.status)
	}
	if r := d.do(d.as(member), "GET", "/session", func(q *http.Request) {
		proxied(q)
		q.AddCookie(&http.Cookie{Name: cookie.Name, Value: hash(cookie.Value)})
	}); r.status != 401 {
		t.Errorf("the hash as cookie: %d", r.status)
	}
	// A cookie that another server of this host planted makes nobody someone else.
	if r := d.do(d.as(0), "GET", "/session", func(q *http.Request) { q.AddCookie(cookie) }); r.body != "uid:0" {
		t.Errorf("root with a member's cookie is %s", r.body)
	}
}

// What was let in, used and revoked stays so when the process is gone; a login
// that ends takes its open requests along.
func TestLogins(t *testing.T) {
	t.Parallel()
	needRoot(t)
	d := newDoor(t, nil).open()
	path := d.link(member)
	unused := d.link(member)
	cookie := d.do(d.as(member), "GET", path, proxied).cookie
	with := func(q *http.Request) { proxied(q); q.AddCookie(cookie) }
	restart := func() {
		d.stop()
		d.open()
	}
	restart()
	if r := d.do(d.as(member), "GET", "/session", with); r.status != 200 {
		t.Errorf("the cookie after a restart: %d", r.status)
	}
	if r := d.do(d.as(member), "GET", path, nil); r.status != 403 {
		t.Errorf("a used link after a restart: %d", r.status)
	}
	if r := d.do(d.as(member), "GET", unused, nil); r.status != 303 {
		t.Errorf("an unused link after a restart: %d", r.status)
	}
	list := func(uid int) (out []api.Login) {
		if err := json.Unmarshal([]byte(d.do(d.as(uid), "GET", "/panther/logins", nil).body), &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	d.link(0)
	mine := list(member)
	if len(mine) != 2 || len(list(0)) != 2 || mine[0].Owner != "uid:1" {
		t.Fatalf("logins %+v", mine)
	}
	rootCookie := d.do(d.as(0), "GET", d.link(0), nil).cookie
	all := list(0)
	if len(all) != 3 || len(list(member)) != 2 || rootCookie == nil {
		t.Fatalf("logins %+v", all)
	}
	if r := d.do(d.as(member), "DELETE", "/panther/logins/"+all[2].ID, nil); r.status != 404 {
		t.Errorf("another's login is revoked: %d", r.status)
	}
	ended := make(chan struct{})
	q, err := http.NewRequestWithContext(t.Context(), "GET", d.url+"/hold", nil)
	if err != nil {
		t.Fatal(err)
	}
	with(q)
	resp, err := d.as(member).Do(q)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = resp.Body.Read(make([]byte, 1))
		close(ended)
	}()
	if r := d.do(d.as(member), "DELETE", "/panther/logins/"+mine[0].ID, nil); r.status != 200 {
		t.Fatalf("revoke: %d %s", r.status, r.body)
	}
	<-ended
	_ = resp.Body.Close()
	for range 2 {
		if r := d.do(d.as(member), "GET", "/session", with); r.status != 401 {
			t.Errorf("a revoked cookie: %d", r.status)
		}
		restart()
	}
}

// Links and logins end by themselves, and with the rights of who asked for them.
func TestLoginsEnd(t *testing.T) {
	t.Parallel()
	needRoot(t)
	d := newDoor(t, nil).open()
	path := d.link(member)
	cookie := d.do(d.as(member), "GET", d.link(member), nil).cookie
	with := func(q *http.Request) { proxied(q); q.AddCookie(cookie) }
	d.gate.logins.mu.Lock()
	d.gate.logins.file.Links[0].Expires = time.Now().Add(-time.Second)
	d.gate.logins.mu.Unlock()
	if r := d.do(d.as(member), "GET", path, nil); r.status != 403 {
		t.Errorf("an expired link: %d", r.status)
	}
	if r := d.do(d.as(member), "GET", "/session", with); r.status != 200 {
		t.Fatalf("the cookie: %d", r.status)
	}
	d.gate.accounts.mu.Lock()
	d.gate.accounts.group = "" // the account has left the group
	d.gate.accounts.mu.Unlock()
	if r := d.do(d.as(member), "GET", "/session", with); r.status != 401 {
		t.Errorf("the cookie of who may not ask any more: %d", r.status)
	}
	d.gate.accounts.mu.Lock()
	d.gate.accounts.group = "daemon"
	d.gate.accounts.mu.Unlock()
	d.gate.logins.mu.Lock()
	d.gate.logins.file.Logins[0].Expires = time.Now().Add(-time.Second)
	d.gate.logins.mu.Unlock()
	if r := d.do(d.as(member), "GET", "/session", with); r.status != 401 {
		t.Errorf("an expired cookie: %d", r.status)
	}
	for range 3 * maxLogins {
		d.link(member)
	}
	if n := len(d.gate.logins.file.Links); n > maxLogins {
		t.Errorf("%d links of one account are kept", n)
	}
}

// A link for another machine's browser is good there and for no account here.
func TestRemoteLink(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil).open()
	far := peer{}
	near := peer{here: true, known: true, uid: outsider}
	if secret, _, err := d.gate.logins.link("uid:0", true); err != nil {
		t.Fatal(err)
	} else if _, _, err := d.gate.logins.use(secret, "", func(l *login) bool { return d.gate.fits(l, near) }); err == nil {
		t.Error("an account of this machine used it")
	} else if _, l, err := d.gate.logins.use(secret, "", func(l *login) bool { return d.gate.fits(l, far) }); err != nil || !d.gate.fits(l, far) || d.gate.fits(l, near) {
		t.Errorf("another machine: %v", err)
	}
}

func TestBrokenFile(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "{", "[]", `{"cookie":"c","logins":[null]}`, `{"cookie":""}`} {
		d := newDoor(t, nil)
		d.env()
		if err := os.WriteFile(filepath.Join(d.dir, "state/logins.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(d.env(), d.cfg); sd.ExitCode(err) != sd.ExitConfig || sd.HintOf(err) == "" {
			t.Errorf("%q: %v", content, err)
		}
	}
}
