package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/google/renameio/v2"

	"panther/pkg/identity"
	"panther/pkg/sd"
)

const (
	// linkLife is how long a one-time link may be used: a person opens it at once.
	linkLife = 5 * time.Minute
	// loginLife is how long a browser stays let in.
	loginLife = 30 * 24 * time.Hour
	// maxLogins bounds the links and the logins of one identity; the oldest give way.
	maxLogins = 32
)

// login is a browser that a link let in, or a link that nobody used yet.
type login struct {
	ID      string            `json:"id"`
	Hash    string            `json:"hash"` // of the secret that the browser has: hexadecimal SHA-256
	Owner   identity.Identity `json:"owner"`
	Remote  bool              `json:"remote"` // for another machine's browser; else only for the owner's account on this one
	Agent   string            `json:"agent"`  // what the browser calls itself
	Created time.Time         `json:"created"`
	Expires time.Time         `json:"expires"`

	revoked chan struct{} // closed when it ends early
}

// during returns a context that ends when the login does.
func (l *login) during(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithDeadline(ctx, l.Expires)
	go func() {
		select {
		case <-l.revoked:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// logins keeps links and logins in one file, which is replaced as a whole: what
// was used or revoked stays so over a kill.
type logins struct {
	path string // "" keeps them in memory

	mu   sync.Mutex
	file loginFile
}

type loginFile struct {
	Cookie string   `json:"cookie"` // name of the cookie: other servers on this host have others
	Links  []*login `json:"links"`
	Logins []*login `json:"logins"`
}

// openLogins reads the file of a state folder. One that cannot be read is
// refused: to go on without it would forget that links were used.
func openLogins(dir string) (*logins, error) {
	s := &logins{file: loginFile{Cookie: "panther_" + newID()}}
	if dir == "" {
		return s, nil
	}
	s.path = filepath.Join(dir, "logins.json")
	b, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s.file)
	}
	if err == nil && (s.file.Cookie == "" || slices.Contains(append(slices.Clone(s.file.Links), s.file.Logins...), nil)) {
		err = errors.New("it is incomplete")
	}
	if err != nil {
		return nil, sd.ConfigError(fmt.Errorf("read %s: %w", s.path, err), "remove the file: browsers then have to be let in again, by panther open")
	}
	for _, l := range s.file.Logins {
		l.revoked = make(chan struct{})
	}
	return s, nil
}

func newID() string { return rand.Text()[:8] }

func hash(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}

// change replaces the links and logins by what f makes of them, on disk first.
func (s *logins) change(f func(*loginFile)) error {
	next := loginFile{Cookie: s.file.Cookie, Links: live(s.file.Links), Logins: live(s.file.Logins)}
	f(&next)
	if s.path != "" {
		b, err := json.MarshalIndent(next, "", "  ")
		if err != nil {
			return fmt.Errorf("encode logins: %w", err)
		}
		if err := renameio.WriteFile(s.path, append(b, '\n'), 0o600); err != nil {
			return fmt.Errorf("write logins: %w", err)
		}
	}
	for _, l := range s.file.Logins {
		if !slices.Contains(next.Logins, l) {
			close(l.revoked)
		}
	}
	s.file = next
	return nil
}

// live returns those that have not expired, in a slice of their own.
func live(list []*login) []*login {
	now := time.Now()
	return slices.DeleteFunc(slices.Clone(list), func(l *login) bool { return now.After(l.Expires) })
}

// add appends l and drops the oldest of its owner's that are too many.
func add(list []*login, l *login) []*login {
	n := 0
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Owner != l.Owner {
			continue
		}
		if n++; n >= maxLogins {
			list = slices.Delete(list, i, i+1)
		}
	}
	return append(list, l)
}

// link makes a one-time link for owner and returns its secret.
func (s *logins) link(owner identity.Identity, remote bool) (secret string, expires time.Time, err error) {
	now := time.Now()
	secret = rand.Text()
	l := &login{ID: newID(), Hash: hash(secret), Owner: owner, Remote: remote, Created: now, Expires: now.Add(linkLife)}
	s.mu.Lock()
	defer s.mu.Unlock()
	return secret, l.Expires, s.change(func(f *loginFile) { f.Links = add(f.Links, l) })
}

var errLink = errors.New("the link was used, has expired or is not for this account")

// use turns a link into a login, if fits says that the browser may, and returns
// the login's secret.
func (s *logins) use(link, agent string, fits func(*login) bool) (secret string, l *login, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.file.Links, func(l *login) bool { return l.Hash == hash(link) })
	if i < 0 || time.Now().After(s.file.Links[i].Expires) || !fits(s.file.Links[i]) {
		return "", nil, errLink
	}
	used := s.file.Links[i]
	now := time.Now()
	secret = rand.Text()
	l = &login{ID: newID(), Hash: hash(secret), Owner: used.Owner, Remote: used.Remote, Agent: agent,
		Created: now, Expires: now.Add(loginLife), revoked: make(chan struct{})}
	return secret, l, s.change(func(f *loginFile) {
		f.Links = slices.DeleteFunc(f.Links, func(l *login) bool { return l == used })
		f.Logins = add(f.Logins, l)
	})
}

// find returns the login of a cookie, or nil.
func (s *logins) find(secret string) *login {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.file.Logins, func(l *login) bool { return l.Hash == hash(secret) })
	if i < 0 || time.Now().After(s.file.Logins[i].Expires) {
		return nil
	}
	return s.file.Logins[i]
}

// list returns the logins that mine is true of, oldest first.
func (s *logins) list(mine func(*login) bool) []*login {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(live(s.file.Logins), func(l *login) bool { return !mine(l) })
}

// revoke ends a login that mine is true of, and reports whether there was one.
func (s *logins) revoke(id string, mine func(*login) bool) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.file.Logins, func(l *login) bool { return l.ID == id && mine(l) })
	if i < 0 {
		return false, nil
	}
	gone := s.file.Logins[i]
	return true, s.change(func(f *loginFile) {
		f.Logins = slices.DeleteFunc(f.Logins, func(l *login) bool { return l == gone })
	})
}
