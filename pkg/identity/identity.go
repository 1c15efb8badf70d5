// Package identity names who a request comes from: an account of this machine or
// a login that Tailscale vouches for. Whoever authenticates a caller puts the
// name into the context; what is stored, listed or refused by owner reads it
// there. The package authenticates nobody itself.
package identity

import (
	"context"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Identity is one caller: "uid:1000", "login:alice@example.org", or "" for one
// that nobody has named, who owns nothing.
type Identity string

// Everyone sees what belongs to anybody. The runtime's own bookkeeping asks as
// Everyone, agentdb's upkeep does, and root where it says so; no caller is named
// so by the way it came in.
const Everyone Identity = "*"

// Nobody sees only what belongs to nobody: a turn that was asked before there
// were owners is answered as Nobody.
const Nobody Identity = "nobody"

// Password is whoever has the runtime's password and is no account by it, and
// Token whoever calls agentdb over TCP and names nobody.
const (
	Password Identity = "password"
	Token    Identity = "token"
)

// Sees reports whether what belongs to owner is shown to id. What was made
// before there were owners has the owner "", and is every caller's as it was;
// one that nobody has named sees nothing.
func (id Identity) Sees(owner Identity) bool {
	return id == Everyone || id != "" && (owner == "" || owner == id)
}

// Person reports whether id is a caller to whom something may belong.
func (id Identity) Person() bool { return id != "" && id != Everyone && id != Nobody }

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

// Valid reports whether id is one that can be carried and stored, written as this
// package writes it: in one line, and not longer than an address of e-mail may
// be.
func (id Identity) Valid() bool {
	if id == Everyone || id == Nobody || id == Password || id == Token {
		return true
	}
	if uid, ok := id.Account(); ok {
		return id == UID(uid)
	}
	name, ok := strings.CutPrefix(string(id), "login:")
	return ok && name != "" && id == Login(name) && len(name) <= 320 && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
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
