package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"panther/pkg/sd"
)

// tailscaleSocket is tailscaled's local API.
const tailscaleSocket = "/run/tailscale/tailscaled.sock"

var (
	errNoPerson = errors.New("the caller is no person")
	errNoMatch  = errors.New("tailscaled knows of no such connection")
)

// tailscaledCgroup returns the inode of the control group of tailscaled.service;
// 0 means that it does not run.
func tailscaledCgroup() uint64 {
	info, err := os.Stat("/sys/fs/cgroup/system.slice/tailscaled.service")
	if err != nil {
		return 0
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return st.Ino
}

// isTailscaled reports whether a peer is known to be tailscaled, which speaks for
// others even where it says nothing of them.
func (g *Gate) isTailscaled(p peer) bool {
	return p.known && p.uid == g.tailscaled && (p.uid != 0 || p.cgroup != 0 && p.cgroup == g.service())
}

// person returns the login of the person that a forwarded request comes from, ""
// if nobody may say.
//
// Only tailscaled may: its account and, where it is a service, its control group,
// since other proxies of root pass on what strangers wrote into the header. It
// also passes on bare TCP, in which a stranger wrote the header: who that is it
// knows for userspace networking, and where `tailscale serve --tcp` points here
// nothing that comes from it is believed.
func (g *Gate) person(q *http.Request, p peer) string {
	if !p.known || p.uid != g.tailscaled || len(g.cfg.Tailscale) == 0 {
		return ""
	}
	service := g.service()
	if service != 0 && p.cgroup != service {
		return ""
	}
	name, err := g.whois.ask(q.Context(), p.addr)
	switch {
	case err == nil:
		return name
	case service == 0 && (errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)): // no tailscaled is running; its account may say it is one
	case !errors.Is(err, errNoMatch):
		return ""
	default:
		if bare, err := g.whois.forwardsBare(q.Context(), portOf(q)); err != nil || bare {
			return ""
		}
	}
	if names := q.Header["Tailscale-User-Login"]; len(names) == 1 {
		return names[0]
	}
	return ""
}

// whois asks tailscaled's local API who is behind an address, and keeps an
// answer for a minute.
type whois struct {
	http *http.Client

	mu    sync.Mutex
	known map[netip.Addr]vouched
}

// vouched is an answer of tailscaled.
type vouched struct {
	login string
	at    time.Time
}

func newWhois(socket string) *whois {
	s := &whois{known: map[netip.Addr]vouched{}}
	s.http, _ = sd.HTTPClient("unix:" + socket)
	s.http.Transport.(*http.Transport).DisableKeepAlives = true
	return s
}

// login returns the person behind an address.
func (s *whois) login(ctx context.Context, addr netip.AddrPort) (string, error) {
	s.mu.Lock()
	v, ok := s.known[addr.Addr()]
	s.mu.Unlock()
	if ok && time.Since(v.at) < time.Minute {
		return v.login, nil
	}
	login, err := s.ask(ctx, addr)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) > 1000 {
		clear(s.known)
	}
	s.known[addr.Addr()] = vouched{login, time.Now()}
	return login, nil
}

// ask returns the person behind an address of the tailnet, or behind a
// connection that tailscaled passes on within this machine.
func (s *whois) ask(ctx context.Context, addr netip.AddrPort) (string, error) {
	var v struct {
		Node        struct{ Tags []string }
		UserProfile struct{ LoginName string }
	}
	if err := s.get(ctx, "whois?proto=tcp&addr="+url.QueryEscape(addr.String()), &v); err != nil {
		return "", err
	}
	if len(v.Node.Tags) > 0 || v.UserProfile.LoginName == "" {
		return "", errNoPerson
	}
	return v.UserProfile.LoginName, nil
}

// forwardsBare reports whether `tailscale serve` passes bare TCP on to a port.
func (s *whois) forwardsBare(ctx context.Context, port string) (bool, error) {
	var v any
	if err := s.get(ctx, "serve-config", &v); err != nil {
		return false, err
	}
	return hasForward(v, port), nil
}

// hasForward looks for TCPForward in a configuration of serve, which has it per
// port, per service and per session in the foreground.
func hasForward(v any, port string) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			if to, ok := e.(string); ok && key == "TCPForward" && strings.HasSuffix(to, ":"+port) || hasForward(e, port) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return hasForward(e, port) })
	}
	return false
}

// portOf returns the port that a request came to.
func portOf(q *http.Request) string {
	if a, ok := q.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		return strconv.Itoa(a.Port)
	}
	return ""
}

// get reads an answer of the local API.
func (s *whois) get(ctx context.Context, what string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://local-tailscaled.sock/localapi/v0/"+what, nil)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask tailscaled: %w", err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return errNoMatch
	default:
		return fmt.Errorf("ask tailscaled: %s", resp.Status)
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 1<<20)).Decode(into); err != nil {
		return fmt.Errorf("decode tailscaled's answer: %w", err)
	}
	return nil
}
