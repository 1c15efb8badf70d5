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
	"sync"
	"time"
)

// tailscaleSocket is tailscaled's local API.
const tailscaleSocket = "/run/tailscale/tailscaled.sock"

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
	tr := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}
	return &whois{http: &http.Client{Transport: tr}, known: map[netip.Addr]vouched{}}
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

func (s *whois) ask(ctx context.Context, addr netip.AddrPort) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://local-tailscaled.sock/localapi/v0/whois?addr="+url.QueryEscape(addr.String()), nil)
	if err != nil {
		return "", fmt.Errorf("make request: %w", err)
	}
	resp, err := s.http.Do(req)
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
