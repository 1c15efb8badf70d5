// Package access decides who may ask the runtime, and says who it is: it puts an
// identity into the context of every request that it lets through.
//
// A caller is let in by one of these doors, looked at in this order:
//
//   - an account: whoever the mode of the unix socket let connect, and over TCP
//     root, the service's own account and the members of the group that may ask,
//     by the kernel's word about who holds the other end of the connection;
//   - a person of the tailnet whose login is listed: by tailscaled's whois for
//     who connects over the network, by its headers for what `tailscale serve`
//     forwards;
//   - the password;
//   - a browser's cookie, which a one-time link gave it.
//
// A request that was forwarded is never its forwarder's. Whatever cannot be
// found out lets nobody in. The package does not decide what a caller may do.
package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"

	"panther/pkg/identity"
	"panther/pkg/opencode/api"
	"panther/pkg/sd"
)

// DefaultCredential is the password's credential where none is named: used if it
// was delivered.
const DefaultCredential = "opencode-password"

// Password is whom requests with the password come from, unless
// Config.Accounts says which account that is.
const Password = identity.Password

// Config is the section access of opencode.toml.
type Config struct {
	Group      string            `toml:"group"`      // whose members may ask over loopback TCP, "" means nobody
	Username   string            `toml:"username"`   // that goes with the password
	Credential string            `toml:"credential"` // of the password; a named one must be delivered
	Tailscale  []string          `toml:"tailscale"`  // logins that may ask
	Tailscaled string            `toml:"tailscaled"` // account of tailscaled, whose word about logins counts
	Accounts   map[string]string `toml:"accounts"`   // which accounts logins, and "password", are
	Hosts      []string          `toml:"hosts"`      // names besides localhost by which browsers may call
	Origins    []string          `toml:"origins"`    // pages that may call, besides the own one
}

// Default returns the settings of an installed system.
func Default() Config {
	return Config{Group: "panther", Username: api.Username, Tailscaled: "root"}
}

// Gate decides who may ask. Its methods may be called by several goroutines.
type Gate struct {
	cfg        Config
	log        *slog.Logger
	accounts   *accounts
	tailscaled uint32
	mapped     map[identity.Identity]identity.Identity // of Config.Accounts
	secret     *secret
	whois      *whois
	logins     *logins
	sources    *sources
	blind      error         // why owners of connections cannot be found; nil if they can
	service    func() uint64 // control group of tailscaled.service, 0 if there is none
	addresses  []string      // where it serves
}

// New returns the gate of a service. Settings that name what does not exist, and
// a password that is named and was not delivered, are errors of the
// configuration: nothing is served without them.
func New(env *sd.Env, cfg Config) (*Gate, error) {
	g := &Gate{cfg: cfg, log: env.Log, whois: newWhois(tailscaleSocket), service: tailscaledCgroup, sources: newSources(),
		mapped: map[identity.Identity]identity.Identity{}, blind: sd.ProbeOwner()}
	if env.IsLocal() { // one user's process
		g.cfg.Group = ""
	}
	g.accounts = &accounts{group: g.cfg.Group, own: uint32(os.Geteuid()), known: map[uint32]membership{}}
	if g.cfg.Group != "" && g.cfg.Group != Default().Group && !groupExists(g.cfg.Group) {
		return nil, sd.ConfigError(fmt.Errorf("access.group: there is no group %q", g.cfg.Group), "create it, or name the group whose members may ask")
	}
	var err error
	if g.tailscaled, err = accountUID(cfg.Tailscaled); err != nil && len(cfg.Tailscale) > 0 {
		return nil, sd.ConfigError(fmt.Errorf("access.tailscaled: %w", err), "name the account that tailscaled runs as, root unless it was changed")
	}
	for who, account := range cfg.Accounts {
		uid, err := accountUID(account)
		if err != nil {
			return nil, sd.ConfigError(fmt.Errorf("access.accounts: %q: %w", who, err), "name an account of this machine")
		}
		id := identity.Login(who)
		if who == string(Password) {
			id = Password
		}
		g.mapped[id] = identity.UID(uid)
	}
	if g.secret, err = newSecret(env, cfg); err != nil {
		return nil, err
	}
	if g.logins, err = openLogins(env.StateDir); err != nil {
		return nil, err
	}
	if g.blind != nil {
		g.log.Warn("accounts behind TCP connections cannot be found: they need the password", "error", g.blind)
	}
	return g, nil
}

// Check refuses to serve an address at which nobody could be told from others.
// It is called for each address before any is served.
func (g *Gate) Check(addr net.Addr) error {
	g.addresses = append(g.addresses, addr.String())
	t, ok := addr.(*net.TCPAddr)
	if !ok || t.IP.IsLoopback() || g.secret != nil || len(g.cfg.Tailscale) > 0 {
		return nil
	}
	return sd.ConfigError(fmt.Errorf("listen at %s: nobody on the network may use it", addr),
		"give a password by the credential "+DefaultCredential+", name logins in access.tailscale, or listen at 127.0.0.1")
}

// refusal is why a request is not let through.
type refusal struct {
	status int
	reason string // for the log
	text   string // for the caller
	wait   bool   // it may try again later
}

func (r *refusal) Error() string { return r.reason }

func forbidden(text string) *refusal {
	return &refusal{status: http.StatusForbidden, reason: text, text: text}
}

// Handler lets requests through to next.
func (g *Gate) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Vary", "Origin, Cookie")
		p := peerOf(q)
		if err := g.fromAllowedPage(p, q); err != nil {
			g.refuse(w, q, p, err)
			return
		}
		if q.URL.Path == loginPath && (q.Method == http.MethodGet || q.Method == http.MethodHead) {
			if err := g.serveLogin(w, q, p); err != nil {
				g.refuse(w, q, p, err)
			}
			return
		}
		id, l, err := g.caller(q, p)
		if err != nil {
			g.refuse(w, q, p, err)
			return
		}
		ctx := identity.With(q.Context(), id)
		if l != nil {
			var end context.CancelFunc
			ctx, end = l.during(ctx)
			defer end()
		}
		next.ServeHTTP(w, q.WithContext(ctx))
	})
}

// caller returns who a request comes from, and the login that says so where one
// does.
func (g *Gate) caller(q *http.Request, p peer) (identity.Identity, *login, error) {
	if id, err := g.present(q, p); id != "" || err != nil {
		return id, nil, err
	}
	if q.Method == http.MethodPost && q.URL.Path == loginsPath {
		// A cookie that was stolen must not outlive its revocation, nor a password its change.
		return "", nil, forbidden("only an account of the machine or a login of the tailnet lets browsers in")
	}
	if g.secret != nil && q.Header.Get("Authorization") != "" {
		if err := g.sources.try(p.source(), func() bool { return g.secret.opens(q) }); err != nil {
			return "", nil, err
		}
		return g.as(Password), nil, nil
	}
	l, err := g.cookie(q, p)
	if err != nil {
		return "", nil, err
	}
	return l.Owner, l, nil
}

// present returns who a request comes from by where it comes from, "" if that
// opens no door.
func (g *Gate) present(q *http.Request, p peer) (identity.Identity, error) {
	if _, funnel := q.Header["Tailscale-Funnel-Request"]; funnel {
		return "", forbidden("requests from the internet are not answered")
	}
	name := ""
	switch {
	case isForwarded(q.Header) || g.isTailscaled(p):
		name = g.person(q, p)
	case p.unix && p.known, p.known && g.accounts.may(p.uid):
		return p.id(), nil
	case !p.here && len(g.cfg.Tailscale) > 0:
		name, _ = g.whois.login(q.Context(), p.addr) // who is not known is nobody
	}
	if g.listed(name) {
		return g.as(identity.Login(name)), nil
	}
	return "", nil
}

// listed reports whether a login may ask.
func (g *Gate) listed(login string) bool {
	return login != "" && slices.ContainsFunc(g.cfg.Tailscale, func(s string) bool { return strings.EqualFold(s, login) })
}

// as returns the account that a login or the password is.
func (g *Gate) as(id identity.Identity) identity.Identity {
	if account, ok := g.mapped[id]; ok {
		return account
	}
	return id
}

// refuse answers and logs.
func (g *Gate) refuse(w http.ResponseWriter, q *http.Request, p peer, err error) {
	r := &refusal{status: http.StatusUnauthorized, reason: err.Error(), text: "who asks may not, and no right password came along"}
	errors.As(err, &r)
	e := api.NewError(api.NameForbidden, "%s", r.text)
	if r.status == http.StatusUnauthorized {
		e = api.NewError(api.NameUnauthorized, "%s", r.text)
		e.Data["hint"] = "join the group that may ask (panther doctor names it), or give the password; a browser is let in by: panther open"
		if g.secret != nil {
			w.Header().Set("WWW-Authenticate", `Basic realm="opencode", charset="UTF-8"`)
		} else {
			w.Header().Set("WWW-Authenticate", `Cookie realm="opencode"`) // no password would help
		}
	}
	if r.wait {
		w.Header().Set("Retry-After", "5")
	}
	if n, tell := g.sources.refused(p.source()); tell {
		event, msg := sd.MessageAccessRefused, "request refused"
		if errors.Is(err, errWrongPassword) {
			event, msg = sd.MessageWrongPassword, "wrong password"
		}
		g.log.Warn(msg, "peer", p.source(), "door", doorOf(q), "method", oneLine(q.Method, 20), "path", oneLine(q.URL.Path, 100),
			"reason", r.reason, "count", n, sd.MessageIDKey, event)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(r.status)
	_ = json.NewEncoder(w).Encode(e) // the caller went away
}

// doorOf returns the address that a request came to.
func doorOf(q *http.Request) string {
	if a, ok := q.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return a.String()
	}
	return ""
}

func oneLine(s string, most int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// Doors says in one line who may ask, by which door.
func (g *Gate) Doors() string {
	accounts := "root"
	if g.accounts.own != 0 {
		accounts += " and " + accountName(g.accounts.own)
	}
	if g.cfg.Group != "" {
		accounts += " and group " + g.cfg.Group
	}
	at := strings.Join(g.addresses, ", ")
	if g.blind != nil {
		at += " (but over TCP nobody: the kernel does not tell whose connections these are)"
	}
	password := "none"
	if g.secret != nil {
		password = "there is one"
	}
	doors := []string{"by account at " + at + ": " + accounts, "by password: " + password}
	if len(g.cfg.Tailscale) > 0 {
		doors = append(doors, "by Tailscale: "+strings.Join(g.cfg.Tailscale, ", "))
	}
	return strings.Join(append(doors, fmt.Sprintf("browsers let in by a link: %d", len(g.logins.list(func(*login) bool { return true })))), "; ")
}
