package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

func client(t *testing.T, change func(*Options)) *Client {
	t.Helper()
	opt := Options{UserAgent: "panther-crawl", Private: true, Timeout: 5 * time.Second, MaxBytes: 1 << 20, Conns: 4}
	if change != nil {
		change(&opt)
	}
	c := New(t.Context(), opt)
	t.Cleanup(c.Close)
	return c
}

func TestOnlyPublicAddressesAreReached(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]struct{ public, private bool }{
		"93.184.216.34":          {true, true},
		"2606:2800:220:1::1":     {true, true},
		"127.0.0.1":              {false, true},
		"::1":                    {false, true},
		"::ffff:127.0.0.1":       {false, true},
		"10.1.2.3":               {false, true},
		"192.168.0.1":            {false, true},
		"172.16.9.9":             {false, true},
		"100.100.1.1":            {false, true},
		"fd12::1":                {false, true},
		"64:ff9b::7f00:1":        {false, true},
		"2002:7f00:1::":          {false, true},
		"169.254.169.254":        {false, false},
		"::ffff:169.254.169.254": {false, false},
		"64:ff9b::a9fe:a9fe":     {false, false},
		"fe80::1":                {false, false},
		"fd00:ec2::254":          {false, false},
		"0.0.0.0":                {false, false},
		"224.0.0.1":              {false, false},
		"0.1.2.3":                {false, true},
	} {
		ip := netip.MustParseAddr(addr)
		if got := CheckAddr(ip, false) == nil; got != want.public {
			t.Errorf("%s may be reached: %v", addr, got)
		}
		if got := CheckAddr(ip, true) == nil; got != want.private {
			t.Errorf("%s may be reached with allow_private: %v", addr, got)
		}
	}
}

// TestNoSpellingOfThisMachineIsAWayIn: the check sees the address of the
// connection, however it is written. Names that change are tested in package
// crawl, with a server of names.
func TestNoSpellingOfThisMachineIsAWayIn(t *testing.T) {
	t.Parallel()
	asked := false
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer s.Close()
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	c := client(t, func(o *Options) { o.Private = false })
	for _, host := range []string{"localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001"} {
		_, err := c.Get(t.Context(), Request{URL: "http://" + net.JoinHostPort(strings.Trim(host, "[]"), port) + "/"})
		if err == nil {
			t.Errorf("%s was reached", host)
		}
	}
	if _, err := c.Get(t.Context(), Request{URL: s.URL}); !errors.Is(err, ErrAddress) {
		t.Errorf("error is %v", err)
	}
	if asked {
		t.Error("a request was sent")
	}
}

func TestOnlyHTTPIsFetched(t *testing.T) {
	t.Parallel()
	c := client(t, nil)
	for _, u := range []string{"file:///etc/passwd", "gopher://127.0.0.1:70/", "ftp://127.0.0.1/", "unix:/run/agentdb/agentdb.sock",
		"http+unix://run/agentdb/agentdb.sock", "javascript:alert(1)", "http:///x"} {
		if _, err := c.Get(t.Context(), Request{URL: u}); !errors.Is(err, ErrScheme) {
			t.Errorf("%s: %v", u, err)
		}
	}
}

func TestRedirectsAreReturnedAndNotFollowed(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
	}))
	defer s.Close()
	c := client(t, nil)
	for _, to := range []string{"http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "gopher://x/"} {
		r, err := c.Get(t.Context(), Request{URL: s.URL + "/?to=" + url.QueryEscape(to)})
		if err != nil || r.Status != http.StatusFound || r.Location != to {
			t.Errorf("redirect to %s: %+v, %v", to, r, err)
		}
		if _, err := c.Follow(t.Context(), s.URL+"/?to="+url.QueryEscape(to), 5); err == nil {
			t.Errorf("%s was followed", to)
		}
	}
	if _, err := c.Follow(t.Context(), s.URL+"/?to="+url.QueryEscape("/?to=/"), 5); err == nil {
		t.Error("a loop of redirects was followed without end")
	}
}

func TestCredentialsStayAtTheirOrigin(t *testing.T) {
	t.Parallel()
	got := make(chan string, 4)
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get("Authorization") })
	own, other := httptest.NewServer(h), httptest.NewServer(h)
	defer own.Close()
	defer other.Close()
	c := client(t, func(o *Options) { o.Auth, o.Origins = "Bearer secret", []string{own.URL} })
	for u, want := range map[string]string{own.URL: "Bearer secret", other.URL: "", strings.Replace(own.URL, "127.0.0.1", "localhost", 1): ""} {
		if _, err := c.Get(t.Context(), Request{URL: u + "/"}); err != nil {
			t.Fatal(err)
		}
		if auth := <-got; auth != want {
			t.Errorf("%s was sent %q", u, auth)
		}
	}
}

func TestBodiesAreDecodedAndLimited(t *testing.T) {
	t.Parallel()
	pack := map[string]func(io.Writer) io.WriteCloser{
		"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"br":   func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
		"zstd": func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z },
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		coding, size := strings.Trim(r.URL.Path, "/"), 1000
		if r.URL.RawQuery == "bomb" {
			size = 20 << 20
		}
		w.Header().Set("Content-Type", "text/html")
		if pack[coding] == nil {
			w.Header().Set("Content-Encoding", coding)
			_, _ = w.Write([]byte("x"))
			return
		}
		w.Header().Set("Content-Encoding", coding)
		z := pack[coding](w)
		block := bytes.Repeat([]byte("a"), 1000)
		for n := 0; n < size; n += len(block) {
			if _, err := z.Write(block); err != nil {
				return
			}
		}
		_ = z.Close()
	}))
	defer s.Close()
	c := client(t, nil)
	for coding := range pack {
		r, err := c.Get(t.Context(), Request{URL: s.URL + "/" + coding})
		if err != nil || len(r.Body) != 1000 {
			t.Errorf("%s: %v", coding, err)
		}
		if _, err := c.Get(t.Context(), Request{URL: s.URL + "/" + coding + "?bomb"}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("a bomb of %s: %v", coding, err)
		}
	}
	if _, err := c.Get(t.Context(), Request{URL: s.URL + "/rot13"}); err == nil {
		t.Error("a coding that nobody knows was taken")
	}
}

func TestHTTP2IsSpoken(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	c := client(t, nil)
	d, ok := c.transport.(*decoder)
	if !ok {
		t.Fatalf("transport is %T", c.transport)
	}
	roots, _ := s.Client().Transport.(*http.Transport)
	d.base.TLSClientConfig = roots.TLSClientConfig.Clone()
	if r, err := c.Get(t.Context(), Request{URL: s.URL}); err != nil || string(r.Body) != "HTTP/2.0" {
		t.Errorf("the server was asked by %+v, %v", r, err)
	}
}

func TestATruncatedBodyIsAnError(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("half"))
		panic(http.ErrAbortHandler)
	}))
	defer s.Close()
	if r, err := client(t, nil).Get(t.Context(), Request{URL: s.URL}); err == nil {
		t.Errorf("the half of a page was taken: %q", r.Body)
	}
}

func TestASlowBodyEnds(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer s.Close()
	c := client(t, func(o *Options) { o.Timeout = 100 * time.Millisecond })
	if _, err := c.Get(t.Context(), Request{URL: s.URL}); err == nil {
		t.Error("a body without end was waited for")
	}
}

func TestRobots(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		path   string
		want   bool
	}{
		"none":             {404, "", "/x", true},
		"forbidden":        {403, "", "/x", true},
		"server is broken": {500, "", "/x", false},
		"own group wins":   {200, "User-agent: *\nDisallow: /\nUser-agent: Panther-Crawl\nDisallow: /no\n", "/yes", true},
		"all others":       {200, "User-agent: *\nDisallow: /\n", "/yes", false},
		"longest match":    {200, "User-agent: *\nDisallow: /a\nAllow: /a/b\n", "/a/b/c", true},
		"wildcard and end": {200, "User-agent: *\nDisallow: /*.pdf$\n", "/x.pdf", false},
		"not the end":      {200, "User-agent: *\nDisallow: /*.pdf$\n", "/x.pdf?y", true},
		"empty rule":       {200, "User-agent: *\nDisallow:\n", "/x", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			}))
			defer s.Close()
			u, _ := url.Parse(s.URL + tc.path)
			r, first := NewRobotsCache(client(t, nil), "panther-crawl").For(context.Background(), u)
			if got := r.Allowed(u); got != tc.want || !first {
				t.Errorf("allowed is %v", got)
			}
		})
	}
}

func TestCrawlDelayAndSitemapsAreRead(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "Sitemap: https://e.example/map.xml\nUser-agent: *\nCrawl-delay: 3\n")
	}))
	defer s.Close()
	u, _ := url.Parse(s.URL)
	r, _ := NewRobotsCache(client(t, nil), "panther-crawl").For(t.Context(), u)
	if r.Delay != 3*time.Second || len(r.Sitemaps) != 1 {
		t.Errorf("robots are %+v", r)
	}
}
