package service

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"

	"panther/pkg/sd"
)

// peers knows who may do what by numbers: nothing is looked up for a request.
type peers struct {
	own     uint32
	senders []uint32
	people  *uint32
}

// role is what a peer may do.
type role int

const (
	nobody role = iota
	person      // send a test
	sender      // send events, keep the page's subscriptions
	root        // all
)

// findPeers looks the accounts up. One that does not exist has no role; the error,
// which is no reason not to serve, names it.
func findPeers(cfg Config) (*peers, error) {
	p := &peers{own: uint32(os.Getuid())}
	var missing []error
	number := func(id string, err error) (uint32, bool) {
		n, parse := strconv.ParseUint(id, 10, 32)
		if err = errors.Join(err, parse); err != nil {
			missing = append(missing, err)
			return 0, false
		}
		return uint32(n), true
	}
	for _, name := range cfg.Senders {
		u, err := user.Lookup(name)
		if err != nil {
			missing = append(missing, fmt.Errorf("look up sender: %w", err))
			continue
		}
		if n, ok := number(u.Uid, nil); ok {
			p.senders = append(p.senders, n)
		}
	}
	if cfg.People != "" {
		g, err := user.LookupGroup(cfg.People)
		if err != nil {
			missing = append(missing, fmt.Errorf("look up people: %w", err))
		} else if n, ok := number(g.Gid, nil); ok {
			p.people = &n
		}
	}
	return p, errors.Join(missing...)
}

// role returns what a peer is. An account of a service is that and no person,
// whatever its groups are.
func (p *peers) role(peer sd.Peer) role {
	switch {
	case peer.UID == 0 || peer.UID == p.own:
		return root
	case slices.Contains(p.senders, peer.UID):
		return sender
	case p.people != nil && (peer.GID == *p.people || slices.Contains(peer.Groups, *p.people)):
		return person
	}
	return nobody
}
