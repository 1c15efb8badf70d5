package opencode

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"panther/pkg/opencode/api"
	"panther/pkg/sd"
)

// access decides who may call. A unix socket is guarded by its mode. Over TCP a
// page in the user's browser must not be able to call (Host and Origin), and
// whoever calls must know the password where there is one. An address that is
// not loopback is refused without a password or Tailscale logins.
type access struct {
	cfg      Access
	password [32]byte // SHA-256; compared in constant time
	locked   bool     // there is a password
	whois    func(ctx context.Context, addr string) (login string, err error)

	mu    sync.Mutex
	known map[string]vouched
}

// vouched is an answer of tailscaled, kept for a minute.
type vouched struct {
	login string
	at    time.Time
}

func newAccess(env *sd.Env, cfg Access) (*access, error) {
	a := &access{cfg: cfg, whois: whoisAt(tailscaleSocket), known: map[string]vouched{}}
	if cfg.Credential == "" {
		return a, nil
	}
	pw, err := env.Credential(cfg.Credential)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if a.locked = err == nil && pw != ""; a.locked {
		a.password = sha256.Sum256([]byte(pw))
	}
	return a, nil
}

// check refuses to serve an address that would be open to others.
func (a *access) check(addr net.Addr) error {
	t, ok := addr.(*net.TCPAddr)
	if !ok || t.IP.IsLoopback() || a.locked || len(a.cfg.Tailscale) > 0 {
		return nil
	}
	return sd.ConfigError(fmt.Errorf("listen at %s: everybody on the network could use it", addr),
		"give a password by the credential "+a.cfg.Credential+", name logins in access.tailscale, or listen at 127.0.0.1")
}

func (a *access) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Vary", "Origin")
		if _, unix := sd.PeerOf(q.Context()); unix {
			next.ServeHTTP(w, q)
			return
		}
		if !a.hostOK(q) || !a.originOK(q) {
			fail(w, refuse(http.StatusForbidden, api.NameForbidden, "calls by this name or from this page are not allowed"))
			return
		}
		if !a.authorized(q) {
			h.Set("WWW-Authenticate", `Basic realm="opencode", charset="UTF-8"`)
			fail(w, refuse(http.StatusUnauthorized, api.NameUnauthorized, "the password is missing or wrong"))
			return
		}
		next.ServeHTTP(w, q)
	})
}

// hostOK guards against DNS rebinding: a page whose name was pointed here calls
// by that name.
func (a *access) hostOK(q *http.Request) bool {
	host := q.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || slices.Contains(a.cfg.Hosts, host) {
		return true
	}
	_, err := netip.ParseAddr(host) // an address cannot be rebound
	return err == nil
}

func (a *access) originOK(q *http.Request) bool {
	o := q.Header.Get("Origin")
	if o == "" {
		return q.Header.Get("Sec-Fetch-Site") != "cross-site"
	}
	if slices.Contains(a.cfg.Origins, o) {
		return true
	}
	u, err := url.Parse(o)
	return err == nil && u.Host == q.Host
}

func (a *access) authorized(q *http.Request) bool {
	addr := remote(q)
	if len(a.cfg.Tailscale) > 0 && addr.IsValid() && !addr.IsLoopback() && a.vouched(q.Context(), q.RemoteAddr) {
		return true
	}
	if a.locked {
		user, pw, _ := q.BasicAuth()
		if t, ok := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer "); ok { // OpenAI's clients
			user, pw = a.cfg.Username, t
		}
		got := sha256.Sum256([]byte(pw))
		return subtle.ConstantTimeCompare(got[:], a.password[:])&subtle.ConstantTimeCompare([]byte(user), []byte(a.cfg.Username)) == 1
	}
	return addr.IsValid() && addr.IsLoopback()
}

func remote(q *http.Request) netip.Addr {
	p, err := netip.ParseAddrPort(q.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr().Unmap()
}

// vouched asks tailscaled who is behind an address.
func (a *access) vouched(ctx context.Context, addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	a.mu.Lock()
	v, ok := a.known[host]
	a.mu.Unlock()
	if !ok || time.Since(v.at) > time.Minute {
		login, err := a.whois(ctx, addr)
		if err != nil {
			return false
		}
		v = vouched{login, time.Now()}
		a.mu.Lock()
		if len(a.known) > 1000 {
			clear(a.known)
		}
		a.known[host] = v
		a.mu.Unlock()
	}
	return slices.Contains(a.cfg.Tailscale, v.login)
}

// tailscaleSocket is tailscaled's local API.
const tailscaleSocket = "/run/tailscale/tailscaled.sock"

// whoisAt returns a function that asks the local API at a socket who is behind
// an address.
func whoisAt(socket string) func(ctx context.Context, addr string) (string, error) {
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}}
	return func(ctx context.Context, addr string) (string, error) { return whois(ctx, c, addr) }
}

func whois(ctx context.Context, c *http.Client, addr string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://local-tailscaled.sock/localapi/v0/whois?addr="+url.QueryEscape(addr), nil)
	if err != nil {
		return "", fmt.Errorf("make request: %w", err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return "", fmt.Errorf("ask tailscaled: %w", err)
	}
	defer resp.Body.Close()
	var v struct {
		Node        struct{ Tags []string }
		UserProfile struct{ LoginName string }
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("ask tailscaled: %s", resp.Status)
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 1<<20)).Decode(&v); err != nil {
		return "", fmt.Errorf("decode tailscaled's answer: %w", err)
	}
	if len(v.Node.Tags) > 0 || v.UserProfile.LoginName == "" {
		return "", errors.New("the caller is no person")
	}
	return v.UserProfile.LoginName, nil
}
