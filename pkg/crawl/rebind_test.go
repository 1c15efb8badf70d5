package crawl_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"panther/pkg/crawl"
	"panther/pkg/crawl/source"

	"golang.org/x/net/dns/dnsmessage"
)

// public is an address that any source may ask. In a network of their own,
// without a way out, the tests below have it on the loopback interface.
var public = netip.MustParseAddr("93.184.216.34")

// private are addresses that no source may ask without allow_private.
var private = []string{"127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1", "fd00::1"}

// inOwnNetwork runs the test again in a process with a network of its own, and
// reports whether this is that process.
func inOwnNetwork(t *testing.T) bool {
	t.Helper()
	const marker = "PANTHER_OWN_NETWORK"
	if os.Getenv(marker) == t.Name() {
		for _, args := range [][]string{{"link", "set", "lo", "up"}, {"addr", "add", public.String() + "/32", "dev", "lo"},
			{"addr", "add", "169.254.169.254/32", "dev", "lo"}, {"addr", "add", "fe80::1/128", "dev", "lo"}, {"addr", "add", "fd00::1/128", "dev", "lo"}} {
			if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
				t.Fatalf("ip %v: %v: %s", args, err, out)
			}
		}
		return true
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("ip is not installed: no network can be made")
	}
	c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	c.Env = append(os.Environ(), marker+"="+t.Name())
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Getuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := c.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("no network of its own can be made here")
	}
	if err != nil {
		t.Errorf("in a network of its own: %v\n%s", err, out)
	}
	return false
}

// split serves one port at every address: the site at the public one, and at
// the others what an attacker wants, which is never asked.
type split struct {
	*httptest.Server
	port   string
	stolen atomic.Int64 // requests at private addresses
}

func newSplit(t *testing.T, site http.Handler) *split {
	t.Helper()
	s := &split{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // so that each request looks the name up
		local, _ := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
		if local == nil || local.AddrPort().Addr().Unmap() != public {
			s.stolen.Add(1)
			_, _ = w.Write([]byte(doc("The secret of this network", "/more")))
			return
		}
		site.ServeHTTP(w, r)
	}))
	_ = s.Listener.Close()
	ln, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	s.Listener = ln
	s.Start()
	t.Cleanup(s.Close)
	_, s.port, _ = net.SplitHostPort(ln.Addr().String())
	return s
}

// TestARebindingNameIsNoWayIn visits sites whose name first leads to a
// public address, where the site is, and then to one of this machine: the
// address of each connection is checked, not what the name said before.
func TestARebindingNameIsNoWayIn(t *testing.T) {
	t.Parallel()
	if !inOwnNetwork(t) {
		return
	}
	dns := newNameServer(t)
	pages := newSite(t)
	pages.page("/", doc("Start", "/a", "/b"))
	pages.handle("/feed", serve("text/xml", `<rss version="2.0"><channel><title>B</title><item><title>E</title><link>/entry</link><description>Only the beginning.</description></item></channel></rss>`))
	s := newSplit(t, pages.Config.Handler)
	base := "http://rebind.test:" + s.port
	for _, addr := range private {
		ip := netip.MustParseAddr(addr)
		asked := pages.count("/")
		dns.say([]netip.Addr{public}, []netip.Addr{public}, []netip.Addr{ip}) // robots.txt and the start page
		b := newBench(t, source.Source{Name: "docs", URL: base + "/"})
		b.must("1 new, 2 refused")
		if got := b.live(); !slices.Equal(got, []string{base + "/"}) || pages.count("/") != asked+1 {
			t.Errorf("%s: documents are %v", addr, got)
		}
		dns.say([]netip.Addr{public}, []netip.Addr{ip}) // the feed itself
		b = newBench(t, source.Source{Name: "docs", Kind: source.Feed, URL: base + "/feed"})
		b.must("1 new")
		if d, err := b.db.Document(t.Context(), base+"/entry"); err != nil || !strings.Contains(d.Markdown, "Only the beginning") {
			t.Errorf("%s: the entry is %+v, %v", addr, d, err)
		}
		// A name with both: where the first cannot be reached, the next is tried.
		dns.say([]netip.Addr{netip.MustParseAddr("93.184.216.99"), ip})
		if counts, err := newBench(t, source.Source{Name: "docs", URL: base + "/"}).run(crawl.Options{}); err == nil {
			t.Errorf("%s beside a public address: %v", addr, counts)
		}
	}
	if n := s.stolen.Load(); n != 0 {
		t.Errorf("%d requests reached this machine's own network", n)
	}
}

// TestGitConnectsToTheAddressThatWasChecked: git would look the name up itself,
// and again for each connection.
func TestGitConnectsToTheAddressThatWasChecked(t *testing.T) {
	t.Parallel()
	if !inOwnNetwork(t) {
		return
	}
	dns := newNameServer(t)
	r := newRepository(t)
	r.write("README.md", "# Read me\n")
	r.commit("first")
	s := newSplit(t, r.backend())
	b := newBench(t, source.Source{Name: "repo", Kind: source.Git, URL: "http://rebind.test:" + s.port + "/.git"})
	loopback := netip.MustParseAddr("127.0.0.1")
	dns.say([]netip.Addr{loopback, public}, []netip.Addr{loopback})
	b.must("1 new")
	if _, err := b.run(crawl.Options{}); err == nil || !strings.Contains(err.Error(), "address is not allowed") {
		t.Errorf("a name that leads to this machine: %v", err)
	}
	if n := s.stolen.Load(); n != 0 {
		t.Errorf("%d requests reached this machine's own network", n)
	}
}

// nameServer is a DNS server whose answers change: the first goes to whoever
// asks first, the last to everybody after it.
type nameServer struct {
	net.PacketConn

	mu      sync.Mutex
	answers [][]netip.Addr // of the name, in order
}

// newNameServer serves DNS and has this process ask it for every name that is
// not in /etc/hosts.
func newNameServer(t *testing.T) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{PacketConn: conn}
	go s.serve()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = conn.Close()
	})
	return s
}

// say sets the answers: first once, then the others for good.
func (s *nameServer) say(answers ...[]netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = answers
}

func (s *nameServer) serve() {
	b := make([]byte, 1500)
	for {
		n, from, err := s.ReadFrom(b)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(b[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		m.Response, m.Additionals = true, nil
		m.Answers = s.answer(m.Questions[0])
		if out, err := m.Pack(); err == nil {
			_, _ = s.WriteTo(out, from)
		}
	}
}

// answer gives the addresses of the type that is asked for. A lookup asks for
// both types; it moves on to the next answer when the type that this one has
// was asked for.
func (s *nameServer) answer(q dnsmessage.Question) (out []dnsmessage.Resource) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.answers) == 0 {
		return nil
	}
	for _, ip := range s.answers[0] {
		h := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class} // a TTL of 0
		switch {
		case ip.Is4() && q.Type == dnsmessage.TypeA:
			out = append(out, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: ip.As4()}})
		case !ip.Is4() && q.Type == dnsmessage.TypeAAAA:
			out = append(out, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
		}
	}
	if len(out) > 0 && len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	return out
}
