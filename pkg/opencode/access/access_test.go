package access

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"panther/pkg/sd"
)

// Loopback TCP belongs to every account: only root, the own one and members get
// in, whatever the others say.
func TestAccounts(t *testing.T) {
	t.Parallel()
	needRoot(t)
	d := newDoor(t, func(c *Config) { c.Tailscale = []string{"me@test.io"} }).open()
	for uid, want := range map[int]string{0: "uid:0", member: "uid:1"} {
		if r := d.do(d.as(uid), "GET", "/session", nil); r.status != 200 || r.body != want {
			t.Errorf("account %d: %d %s, want %s", uid, r.status, r.body, want)
		}
	}
	if r := d.do(d.overUnix(), "GET", "/session", nil); r.status != 200 || r.body != "uid:0" {
		t.Errorf("unix socket: %d %s", r.status, r.body)
	}
	attempts := []func(*http.Request){
		nil, header("Tailscale-User-Login", "me@test.io"), header("Tailscale-User-Login", "me@test.io", "X-Forwarded-For", "100.64.0.1", "X-Forwarded-Proto", "https"),
		header("X-Forwarded-For", "127.0.0.1"), header("X-Real-IP", "127.0.0.1"), header("Forwarded", "for=127.0.0.1"), header("Panther-Identity", "uid:0"),
		header("Authorization", "Basic b3BlbmNvZGU6"), header("Authorization", "Bearer "), header("Authorization", "Negotiate x"), header("Cookie", "session=uid:0"),
		header("Remote-User", "root", "X-Remote-User", "root", "X-Forwarded-User", "root"), header("X-WEBAUTH-USER", "root"), header("Host", "localhost"),
		header("X-HTTP-Method-Override", "GET", "X-Original-URL", "/global/health"), header("Connection", "X-Forwarded-For, Tailscale-User-Login", "Tailscale-User-Login", "me@test.io"),
	}
	n := 0
	for _, uid := range []int{outsider, 65534, 1000, 4294967294} {
		for i, change := range attempts {
			for _, q := range []string{"GET /session", "POST /session", "DELETE /panther/logins/x", "OPTIONS /session", "GET //session", "GET /global/health"} {
				method, path, _ := strings.Cut(q, " ")
				n++
				if r := d.do(d.as(uid), method, path, change); r.status != 401 {
					t.Errorf("account %d, attempt %d, %s: %d %s", uid, i, q, r.status, r.body)
				}
			}
		}
	}
	got := d.journal.records(t, sd.MessageAccessRefused)
	if len(got) != n {
		t.Errorf("%d of %d refusals were logged", len(got), n)
	}
	if r := got[0]; r["peer"] != "uid:2" || r["door"] != d.addr || r["path"] != "/session" || r["count"] != 1.0 {
		t.Errorf("the first is logged as %v", r)
	}
}

// A request that is passed on is never its forwarder's.
func TestForwarded(t *testing.T) {
	t.Parallel()
	needRoot(t)
	d := newDoor(t, func(c *Config) { // without a tailscaled: its account alone counts
		c.Tailscale = []string{"Me@test.io"}
		c.Hosts = []string{"panther.tail.ts.net"}
		c.Accounts = map[string]string{"me@test.io": "daemon"}
	}).open()
	serve := []string{"Host", "panther.tail.ts.net", "X-Forwarded-For", "100.64.0.1", "X-Forwarded-Host", "panther.tail.ts.net", "X-Forwarded-Proto", "https"}
	with := func(pairs ...string) func(*http.Request) {
		return header(append(append([]string{}, serve...), pairs...)...)
	}
	for name, tc := range map[string]struct {
		uid    int
		change func(*http.Request)
		want   int
		who    string
	}{
		"tailscale serve":          {0, with("Tailscale-User-Login", "me@test.io", "Tailscale-User-Name", "Me"), 200, "uid:1"},
		"not listed":               {0, with("Tailscale-User-Login", "other@test.io"), 401, ""},
		"a tagged node":            {0, with(), 401, ""},
		"no name":                  {0, with("Tailscale-User-Login", ""), 401, ""},
		"two names":                {0, with("Tailscale-User-Login", "other@test.io", "Tailscale-User-Login", "me@test.io"), 401, ""},
		"funnel":                   {0, with("Tailscale-Funnel-Request", "?1"), 403, ""},
		"funnel with a name":       {0, with("Tailscale-Funnel-Request", "?1", "Tailscale-User-Login", "me@test.io"), 403, ""},
		"a member's header":        {member, with("Tailscale-User-Login", "me@test.io"), 401, ""},
		"an outsider's header":     {outsider, with("Tailscale-User-Login", "me@test.io"), 401, ""},
		"a proxy of root":          {0, header("X-Forwarded-For", "192.0.2.1"), 401, ""},
		"a proxy of a member":      {member, header("Via", "1.1 squid"), 401, ""},
		"Cloudflare's tunnel":      {0, header("Cf-Connecting-Ip", "192.0.2.1"), 401, ""},
		"by a name not configured": {0, header("Host", "evil.ts.net", "Tailscale-User-Login", "me@test.io"), 403, ""},
	} {
		if r := d.do(d.as(tc.uid), "GET", "/session", tc.change); r.status != tc.want || tc.who != "" && r.body != tc.who {
			t.Errorf("%s: %d %s, want %d %s", name, r.status, r.body, tc.want, tc.who)
		}
	}
}

// tailscaled under an account of its own is nobody's browser; only its word
// counts, and root's no longer does.
func TestTailscaledAccount(t *testing.T) {
	t.Parallel()
	needRoot(t)
	d := newDoor(t, func(c *Config) { c.Tailscale, c.Tailscaled = []string{"me@test.io"}, "daemon" }).open()
	name := header("Tailscale-User-Login", "me@test.io")
	for what, tc := range map[string]struct {
		uid    int
		change func(*http.Request)
		want   int
	}{"its word": {member, name, 200}, "bare TCP": {member, nil, 401}, "root's word": {0, name, 401}, "root itself": {0, nil, 200}} {
		if r := d.do(d.as(tc.uid), "GET", "/", tc.change); r.status != tc.want {
			t.Errorf("%s: %d %s", what, r.status, r.body)
		}
	}
}

// A page of another origin, a rebound name and another port's page get nothing,
// though the browser is a member's.
func TestPages(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(c *Config) { c.Origins = []string{"https://app.test"} }).open()
	for name, tc := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"no page":                {nil, 200},
		"typed":                  {header("Sec-Fetch-Site", "none"), 200},
		"own origin":             {header("Origin", d.url), 200},
		"own page":               {header("Sec-Fetch-Site", "same-origin"), 200},
		"allowed origin":         {header("Origin", "https://app.test", "Sec-Fetch-Site", "cross-site"), 200},
		"rebound name":           {header("Host", "evil.io"), 403},
		"rebound with a port":    {header("Host", "evil.io:8080", "Origin", "http://evil.io:8080"), 403},
		"name that looks local":  {header("Host", "localhost.evil.io"), 403},
		"a dot at the end":       {header("Host", "localhost."), 403},
		"other origin":           {header("Origin", "https://evil.io"), 403},
		"opaque origin":          {header("Origin", "null"), 403},
		"another port's page":    {header("Origin", "http://127.0.0.1:1"), 403},
		"another port's request": {header("Sec-Fetch-Site", "same-site"), 403},
		"cross site":             {header("Sec-Fetch-Site", "cross-site"), 403},
		"an unknown word":        {header("Sec-Fetch-Site", "SAME-ORIGIN "), 403},
		"all of 0.0.0.0":         {header("Host", "0.0.0.0:8080", "Origin", "https://evil.io"), 403},
	} {
		if r := d.do(http.DefaultClient, "POST", "/session", tc.change); r.status != tc.want {
			t.Errorf("%s: %d %s, want %d", name, r.status, r.body, tc.want)
		}
	}
	if r := d.do(d.overUnix(), "POST", "/session", header("Origin", "https://evil.io")); r.status != 403 {
		t.Errorf("a page, through a forwarded unix socket: %d", r.status)
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		group string
		uid   uint32
		want  bool
	}{
		{"daemon", 1, true}, {"daemon", 2, false}, {"daemon", 0, true}, {"daemon", 4000000000, false}, {"daemon", 77, true},
		{"nogroup", 65534, false}, {"no-such-group", 1, false}, {"", 1, false}, {"root", 1, false},
	} {
		a := &accounts{group: tc.group, own: 77, known: map[uint32]membership{}}
		for range 2 { // the second time from memory
			if got := a.may(tc.uid); got != tc.want {
				t.Errorf("account %d, group %q: %v", tc.uid, tc.group, got)
			}
		}
	}
}

// The process of panther local is one user's: no group counts.
func TestLocal(t *testing.T) {
	t.Parallel()
	env, err := sd.Local("opencode", t.TempDir(), newDoor(t, nil).env().Log)
	if err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.Group = "daemon"
	g, err := New(env, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if g.accounts.may(member) || !g.accounts.may(0) || !g.accounts.may(g.accounts.own) {
		t.Error("others than the own account and root may ask")
	}
	who := "root"
	if own := accountName(g.accounts.own); own != who {
		who += " and " + own
	}
	if s := g.Doors(); !strings.HasPrefix(s, "by account at : "+who+"; by password: none; ") {
		t.Errorf("it says %q", s)
	}
}

// What names something that does not exist, and what would be open to nobody or
// to all, is an error of the configuration.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"password not delivered": func(c *Config) { c.Credential = "agent-password" },
		"default one not either": func(c *Config) { c.Credential = DefaultCredential },
		"no such group":          func(c *Config) { c.Group = "no-such-group" },
		"a group like an option": func(c *Config) { c.Group = "--help" },
		"no such account":        func(c *Config) { c.Accounts = map[string]string{"password": "no-such-account"} },
		"no such tailscaled":     func(c *Config) { c.Tailscale, c.Tailscaled = []string{"me@test.io"}, "no-such-account" },
	} {
		d := newDoor(t, change)
		if _, err := New(d.env(), d.cfg); sd.ExitCode(err) != sd.ExitConfig || sd.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := newDoor(t, nil)
	d.cfg = Default()
	if _, err := New(d.env(), d.cfg); err != nil {
		t.Errorf("the default configuration: %v", err)
	}
}

func TestOpenAddressIsRefused(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	g, err := New(d.env(), d.cfg)
	if err != nil {
		t.Fatal(err)
	}
	open := &net.TCPAddr{IP: net.IPv4zero, Port: 8080}
	if err := g.Check(open); sd.ExitCode(err) != sd.ExitConfig || sd.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
	if err := g.Check(&net.TCPAddr{IP: net.IPv6loopback}); err != nil {
		t.Errorf("loopback: %v", err)
	}
	g.cfg.Tailscale = []string{"me@test.io"}
	if err := g.Check(open); err != nil {
		t.Errorf("with logins: %v", err)
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	needRoot(t)
	d := newDoor(t, nil).password("s3cret").open()
	var delays []time.Duration
	d.gate.sources.wait = func(w time.Duration) { delays = append(delays, w) }
	basic := func(user, pw string) func(*http.Request) {
		return func(q *http.Request) { q.SetBasicAuth(user, pw) }
	}
	for name, tc := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"password":        {basic("opencode", "s3cret"), 200},
		"bearer":          {header("Authorization", "Bearer s3cret"), 200},
		"through a proxy": {header("Authorization", "Bearer s3cret", "X-Forwarded-For", "192.0.2.1"), 200},
		"none":            {nil, 401},
		"wrong":           {basic("opencode", "s3cret "), 401},
		"wrong user":      {basic("root", "s3cret"), 401},
		"empty":           {basic("opencode", ""), 401},
		"bearer twice":    {header("Authorization", "Bearer Bearer s3cret"), 401},
		"lower case":      {header("Authorization", "bearer s3cret"), 401},
		"rebound name":    {header("Authorization", "Bearer s3cret", "Host", "evil.io"), 403},
		"other origin":    {header("Authorization", "Bearer s3cret", "Origin", "https://evil.io"), 403},
		"cross site":      {header("Authorization", "Bearer s3cret", "Sec-Fetch-Site", "cross-site"), 403},
		"funnel":          {header("Authorization", "Bearer s3cret", "Tailscale-Funnel-Request", "?1"), 403},
	} {
		r := d.do(d.as(outsider), "GET", "/session", tc.change)
		if r.status != tc.want || strings.Contains(r.body, "s3cret") || tc.want == 200 && r.body != string(Password) {
			t.Errorf("%s: %d %s, want %d", name, r.status, r.body, tc.want)
		}
		if r.status == 401 && !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Basic ") {
			t.Errorf("%s: no challenge", name)
		}
	}
	if r := d.do(d.as(member), "GET", "/session", basic("opencode", "wrong")); r.status != 200 || r.body != "uid:1" {
		t.Errorf("a member whose client sends some key: %d %s", r.status, r.body)
	}
	got := d.journal.records(t, sd.MessageWrongPassword)
	if len(got) != 5 || got[0]["peer"] != "uid:2" {
		t.Errorf("%d wrong passwords were logged: %v", len(got), got)
	}
	if len(delays) != 5 || delays[0] < firstDelay {
		t.Errorf("answers were delayed by %v", delays)
	}
}

// Wrong passwords are delayed longer and longer, many at once gain nothing, and
// what is remembered has a bound.
func TestAttempts(t *testing.T) {
	t.Parallel()
	s := newSources()
	var delays []time.Duration
	s.wait = func(w time.Duration) { delays = append(delays, w) }
	wrong, right := func() bool { return false }, func() bool { return true }
	for range 10 {
		if err := s.try("a", wrong); err == nil {
			t.Fatal("it opened")
		}
	}
	for i := 1; i < len(delays); i++ {
		if delays[i] < delays[i-1] || delays[i] > lastDelay {
			t.Fatalf("delays %v", delays)
		}
	}
	if delays[9] != lastDelay {
		t.Errorf("delays %v", delays)
	}
	if err := s.try("a", right); err != nil {
		t.Errorf("the right one: %v", err)
	}
	delays = nil
	if _ = s.try("a", wrong); delays[0] != firstDelay {
		t.Errorf("after the right one it waits %v", delays)
	}

	hold, held := make(chan struct{}), make(chan struct{})
	s.wait = func(time.Duration) { held <- struct{}{}; <-hold }
	for range maxPending {
		go func() { _ = s.try("b", wrong) }()
		<-held
	}
	var err *refusal
	if !errors.As(s.try("b", right), &err) || err.status != http.StatusTooManyRequests {
		t.Errorf("one more at once: %v", err)
	}
	if err := s.try("c", right); err != nil {
		t.Errorf("another source: %v", err)
	}
	close(hold)

	for i := range 5 * maxSources {
		s.refused(fmt.Sprint("x", i))
	}
	if len(s.by) > maxSources+1 {
		t.Errorf("%d sources are remembered", len(s.by))
	}
	tells := 0
	for range 10_000 {
		if _, tell := s.refused("flood"); tell {
			tells++
		}
	}
	if tells > tellAll+100 || tells < tellAll {
		t.Errorf("of 10,000 refusals %d are logged", tells)
	}
}
