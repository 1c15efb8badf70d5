package access

import (
	"context"
	"fmt"
	"os/exec"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// memberFor is how long it is remembered whether an account is in the group:
// short for who was just added or removed, long enough to ask once for a page.
const memberFor = 3 * time.Second

// nobody is also what the kernel says of an account that this namespace has no
// number for.
const nobody = 65534

// accounts decides which accounts of this machine may ask.
type accounts struct {
	group string // "" means nobody but root and own
	own   uint32 // the service's own account

	asking singleflight.Group // by uid: a name service may be slow
	mu     sync.Mutex
	known  map[uint32]membership
}

type membership struct {
	member bool
	at     time.Time
}

// may reports whether an account may ask.
func (a *accounts) may(uid uint32) bool {
	if uid == 0 || uid == a.own {
		return true
	}
	if a.group == "" || uid == nobody {
		return false
	}
	a.mu.Lock()
	m, ok := a.known[uid]
	a.mu.Unlock()
	if ok && time.Since(m.at) < memberFor {
		return m.member
	}
	key := strconv.FormatUint(uint64(uid), 10)
	member, _, _ := a.asking.Do(key, func() (any, error) { return isMember(key, a.group), nil })
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.known) > 1000 {
		clear(a.known)
	}
	a.known[uid] = membership{member.(bool), time.Now()}
	return member.(bool)
}

// isMember reports whether an account has a group, as its own one or as a
// supplementary one. The files are asked first, then getent(1), which knows the
// accounts of the name service switch too: a directory's, systemd's dynamic
// ones. An account that neither knows is no member.
func isMember(uid, group string) bool {
	if u, err := user.LookupId(uid); err == nil {
		g, gerr := user.LookupGroup(group)
		ids, err := u.GroupIds()
		if gerr == nil && err == nil && slices.Contains(ids, g.Gid) {
			return true
		}
	}
	account, err := getent("passwd", uid)
	if err != nil || len(account) < 4 || account[2] != uid {
		return false
	}
	g, err := getent("group", group)
	if err != nil || len(g) < 3 {
		return false
	}
	// "NAME GID GID", in which NAME has no space (passwd(5)).
	supplementary, err := getent("initgroups", account[0])
	return account[3] == g[2] || err == nil && slices.Contains(strings.Fields(supplementary[0])[1:], g[2])
}

func groupExists(name string) bool {
	if _, err := user.LookupGroup(name); err == nil {
		return true
	}
	_, err := getent("group", name)
	return err == nil
}

// accountUID returns the uid of an account.
func accountUID(name string) (uint32, error) {
	s := ""
	if u, err := user.Lookup(name); err == nil {
		s = u.Uid
	} else if entry, err := getent("passwd", name); err == nil && len(entry) > 2 && entry[0] == name {
		s = entry[2]
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("there is no account %q", name)
	}
	return uint32(n), nil
}

// accountName returns the name of an account, or "uid N" where it has none.
func accountName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "uid " + id
}

// getent returns the fields of an entry of the name service switch.
func getent(database, key string) ([]string, error) {
	if key == "" || strings.HasPrefix(key, "-") {
		return nil, fmt.Errorf("%q is no name", key)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "getent", database, key).Output()
	if err != nil {
		return nil, fmt.Errorf("ask getent for %s %s: %w", database, key, err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	if strings.TrimSpace(line) == "" {
		return nil, fmt.Errorf("ask getent for %s %s: it says nothing", database, key)
	}
	return strings.Split(line, ":"), nil
}
