package access

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"panther/pkg/identity"
	"panther/pkg/sd"
)

// peer is who holds the other end of a connection.
type peer struct {
	unix   bool   // of the unix socket, whose mode let it in
	known  bool   // uid is
	uid    uint32 // account
	cgroup uint64 // control group of a TCP peer, 0 if not known
	here   bool   // on this machine
	addr   netip.AddrPort
}

func peerOf(q *http.Request) peer {
	if c, ok := sd.PeerOf(q.Context()); ok {
		return peer{unix: true, known: true, uid: c.UID, here: true}
	}
	addr, err := netip.ParseAddrPort(q.RemoteAddr)
	if err != nil { // a unix socket whose peer the kernel did not tell
		return peer{here: true}
	}
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	o, err := sd.OwnerOf(q.Context())
	if err != nil {
		return peer{addr: addr, here: isOurs(addr.Addr())}
	}
	return peer{addr: addr, here: true, known: true, uid: o.UID, cgroup: o.Cgroup}
}

// isOurs reports whether an address is one of this machine, or cannot be told
// from one. tailscaled vouches for the machine's own addresses too, behind which
// any account may be.
func isOurs(a netip.Addr) bool {
	list, err := net.InterfaceAddrs()
	return a.IsLoopback() || err != nil || slices.ContainsFunc(list, func(i net.Addr) bool {
		p, err := netip.ParsePrefix(i.String())
		return err == nil && p.Addr() == a.WithZone("")
	})
}

// id returns the identity of the account at the other end, "" if it is unknown.
func (p peer) id() identity.Identity {
	if !p.known {
		return ""
	}
	return identity.UID(p.uid)
}

// source is what attempts are counted by: an account, or the network that one
// subscriber has.
func (p peer) source() string {
	switch {
	case p.known:
		return "uid:" + strconv.FormatUint(uint64(p.uid), 10)
	case p.addr.Addr().Is6():
		if prefix, err := p.addr.Addr().WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	case p.addr.IsValid():
		return p.addr.Addr().String()
	}
	return "unknown"
}

// isForwarded reports whether a proxy says that it passes on another's request.
func isForwarded(h http.Header) bool {
	for name := range h {
		switch name {
		case "Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "X-Original-Forwarded-For", "X-Envoy-External-Address", "X-Cluster-Client-Ip":
			return true
		}
		if strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, "Tailscale-") || strings.HasPrefix(name, "Cf-") {
			return true
		}
	}
	return false
}

// fromAllowedPage refuses what a page in the user's browser must not send: by a
// name that was pointed here, or from another page. No browser reaches a unix
// socket but through a forwarder, which names hosts as it likes.
func (g *Gate) fromAllowedPage(p peer, q *http.Request) error {
	if !p.unix && !g.hostOK(q) {
		return forbidden("calls by this name are not allowed; access.hosts lists the names")
	}
	if !g.originOK(q) {
		return forbidden("calls from this page are not allowed; access.origins lists the pages")
	}
	return nil
}

func (g *Gate) hostOK(q *http.Request) bool {
	host := q.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || slices.Contains(g.cfg.Hosts, host) {
		return true
	}
	_, err := netip.ParseAddr(host) // an address cannot be rebound
	return err == nil
}

// originOK reports whether a request comes from no page, the own one or an
// allowed one. A page at another port of this host is another page, though
// browsers send it the same cookies.
func (g *Gate) originOK(q *http.Request) bool {
	if o := q.Header.Get("Origin"); o != "" {
		return g.ownOrigin(q, o)
	}
	switch q.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	}
	return false
}

func (g *Gate) ownOrigin(q *http.Request, origin string) bool {
	if slices.Contains(g.cfg.Origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Host == q.Host
}
