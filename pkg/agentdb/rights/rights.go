package rights

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/user"
	"slices"
	"strconv"

	"panther/pkg/identity"
	"panther/pkg/sd"
)

// Accounts says who has which role, by names or by their numbers. An empty one
// gives the role to nobody.
type Accounts struct {
	People  string `toml:"people"`  // group of the persons
	Runtime string `toml:"runtime"` // account of opencode.service
	Crawl   string `toml:"crawl"`   // account of panther-crawl.service
}

// Peers knows the accounts by their numbers. Nothing is looked up for a request.
type Peers struct {
	own            uint32
	runtime, crawl *uint32
	people         *uint32
}

// NewPeers looks the accounts up. One that does not exist has no role; the error,
// which is no reason not to serve, names it.
func NewPeers(a Accounts) (*Peers, error) {
	p := &Peers{own: uint32(os.Getuid())}
	var missing []error
	find := func(name string, number func(string) (string, error)) *uint32 {
		if name == "" {
			return nil
		}
		n, err := strconv.ParseUint(name, 10, 32)
		if err != nil {
			if name, err = number(name); err == nil {
				n, err = strconv.ParseUint(name, 10, 32)
			}
		}
		if err != nil {
			missing = append(missing, err)
			return nil
		}
		id := uint32(n)
		return &id
	}
	account := func(name string) (string, error) {
		u, err := user.Lookup(name)
		if err != nil {
			return "", err
		}
		return u.Uid, nil
	}
	p.runtime, p.crawl = find(a.Runtime, account), find(a.Crawl, account)
	p.people = find(a.People, func(name string) (string, error) {
		g, err := user.LookupGroup(name)
		if err != nil {
			return "", err
		}
		return g.Gid, nil
	})
	return p, errors.Join(missing...)
}

// Role returns what a peer of the unix socket is, 0 for nobody. An account of a
// service is that and no person, whatever its groups are.
func (p *Peers) Role(peer sd.Peer) Role {
	is := func(id *uint32) bool { return id != nil && *id == peer.UID }
	switch {
	case peer.UID == 0 || peer.UID == p.own:
		return Root
	case is(p.crawl):
		return Crawl
	case is(p.runtime):
		return Runtime
	case p.people != nil && (peer.GID == *p.people || slices.Contains(peer.Groups, *p.people)):
		return Person
	}
	return 0
}

type roleKey struct{}

// Privileged reports whether the caller of a request is root or the service's own
// user.
func Privileged(ctx context.Context) bool { return ctx.Value(roleKey{}) == Root }

// ErrRefused is why a request was refused. Its text is for the caller.
type ErrRefused struct{ Detail string }

func (e *ErrRefused) Error() string { return e.Detail }

// Handler lets through what the table allows. pattern names the operation of a
// request, "" for one that there is not, which any peer with a role may hear. A
// request goes on with its role and its identity.
func (p *Peers) Handler(pattern func(*http.Request) string, next http.Handler, refuse func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		role, self := Token, identity.Token
		if peer, unix := sd.PeerOf(r.Context()); unix {
			role, self = p.Role(peer), identity.UID(peer.UID)
		}
		if op := pattern(r); role == 0 || op != "" && !role.May(op) {
			refuse(w, r, &ErrRefused{"this account may not do that; agentdb(1) says who may"})
			return
		}
		id, err := caller(r, role, self)
		if err != nil {
			refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(identity.With(context.WithValue(r.Context(), roleKey{}, role), id)))
	})
}

// caller returns for whom a request is: the peer itself, or whom one that may
// act for others names. The runtime by itself is nobody.
func caller(r *http.Request, role Role, self identity.Identity) (identity.Identity, error) {
	if role == Runtime {
		self = ""
	}
	names := r.Header.Values(identity.Header)
	switch {
	case len(names) == 0:
		return self, nil
	case role&Runtime == 0:
		return "", &ErrRefused{"only root and the runtime may act for others"}
	case len(names) > 1 || !identity.Identity(names[0]).Valid():
		return "", &ErrRefused{"the header " + identity.Header + " names nobody"}
	}
	return identity.Identity(names[0]), nil
}
