// Package identity names who a request comes from: an account of this machine or
// a login that Tailscale vouches for. Whoever authenticates a caller puts the
// name into the context; what is stored, listed or refused by owner reads it
// there. The package authenticates nobody itself.
package identity

import (
	"context"
	"strconv"
	"strings"
)

// Identity is one caller: "uid:1000", "login:alice@example.org", or "" for one
// that nobody has named, who owns nothing.
type Identity string

// Header carries an identity from the runtime to agentdb. agentdb believes it
// only of peers that may act for others.
const Header = "Panther-Identity"

// UID returns the identity of an account of this machine.
func UID(uid uint32) Identity {
	return Identity("uid:" + strconv.FormatUint(uint64(uid), 10))
}

// Login returns the identity of a Tailscale login; "" gives nobody. Logins differ
// in no letter's case.
func Login(name string) Identity {
	if name == "" {
		return ""
	}
	return Identity("login:" + strings.ToLower(name))
}

// Account returns the uid of an account's identity; ok is false for any other.
func (id Identity) Account() (uid uint32, ok bool) {
	s, ok := strings.CutPrefix(string(id), "uid:")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil
}

type key struct{}

// With returns a context of requests that id makes.
func With(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, key{}, id)
}

// Of returns who the requests of a context come from, "" if nobody named them.
func Of(ctx context.Context) Identity {
	id, _ := ctx.Value(key{}).(Identity)
	return id
}
