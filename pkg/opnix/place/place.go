// Package place puts links and copies of secrets where consumers insist on a
// path of their own: /etc/ssl/…, ~/.ssh/id_ed25519.
//
// Each place changes in one atomic step, but there is no one step for all of
// them, so Check finds beforehand what would fail. Folders that are missing are
// made; whatever leads through a symbolic link is refused. What lies in a folder
// of another user is written by a child process that runs as that user, who
// thereby can lose nothing that was not his own. The configuration is
// authoritative: what was placed and is no longer wanted is removed, unless
// somebody changed it since.
package place

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"panther/pkg/opnix/confined"
)

// Op is one step at one place.
type Op struct {
	At     string `json:"at"`
	Kind   Kind   `json:"kind"`
	Target string `json:"target,omitempty"` // Link
	// Content, Mode, UID and GID are for Copy; -1 is whoever writes it.
	Content []byte `json:"content,omitempty"`
	Mode    uint32 `json:"mode,omitempty"`
	UID     int    `json:"uid,omitempty"`
	GID     int    `json:"gid,omitempty"`
}

// Kind is what an Op does.
type Kind string

// The kinds.
const (
	Link   Kind = "link"
	Copy   Kind = "copy"
	Remove Kind = "remove" // the link to Target, or the file
)

// parentMode is the mode of folders that are made on the way to a place: open,
// since the secrets in them have modes of their own, but for those that a user
// makes, in his home as a rule (0700 in the XDG base directory specification).
func parentMode() uint32 {
	if os.Geteuid() == 0 {
		return 0o755
	}
	return 0o700
}

// Placer does ops. Child is the command that runs RunChild as another user,
// this program's own hidden command where it is empty.
type Placer struct {
	Child []string
}

// ErrNotWritable means that the process may not write to a folder, however its
// mode and owner are: the file system is read-only to it.
var ErrNotWritable = errors.New("the folder cannot be written to")

// Check returns what is in the way of ops, joined. What lies in a user's folder
// is not looked at: he could put something in the way to stop everybody else's.
func (p Placer) Check(ops []Op) error {
	var all []error
	for _, op := range ops {
		uid, err := writer(op)
		if err != nil {
			all = append(all, err)
			continue
		}
		if uid != os.Geteuid() {
			continue
		}
		if err := check(op); err != nil {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

func check(op Op) error {
	at := path.Dir(op.At)
	d, err := confined.Open(at)
	for errors.Is(err, fs.ErrNotExist) && at != "/" {
		at = path.Dir(at)
		d, err = confined.Open(at)
	}
	if err != nil {
		return fmt.Errorf("place %s: %w", op.At, err)
	}
	defer d.Close()
	if !d.Writable() {
		return fmt.Errorf("place %s: %w: %s", op.At, ErrNotWritable, at)
	}
	if at != path.Dir(op.At) {
		return nil
	}
	st, err := d.Stat(path.Base(op.At))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return replaceable(op.At, st)
}

func replaceable(at string, st unix.Stat_t) error {
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFLNK, unix.S_IFREG:
		return nil
	case unix.S_IFDIR:
		return fmt.Errorf("place %s: a folder is in the way", at)
	default:
		return fmt.Errorf("place %s: what is there is neither a file nor a link", at)
	}
}

// Apply does the ops. It goes on after an error and returns all of them joined:
// apart from the others those of ops in users' folders, which are each user's
// own business.
func (p Placer) Apply(ctx context.Context, ops []Op) (users, own error) {
	byUser := map[int][]Op{}
	var all, theirs []error
	for _, op := range ops {
		uid, err := writer(op)
		if err != nil {
			all = append(all, err)
			continue
		}
		byUser[uid] = append(byUser[uid], op)
	}
	for _, uid := range slices.Sorted(maps.Keys(byUser)) {
		if uid == os.Geteuid() {
			all = append(all, applyAll(byUser[uid]))
			continue
		}
		theirs = append(theirs, p.asUser(ctx, uid, byUser[uid]))
	}
	return errors.Join(theirs...), errors.Join(all...)
}

// writer returns the user who is to write at a place: the first user other than
// root to whom a folder on the way belongs, since he could exchange everything
// below it. A copy is refused to a user who is not its owner: he would read it.
func writer(op Op) (int, error) {
	self := os.Geteuid()
	if self != 0 {
		return self, nil
	}
	at := "/"
	for _, name := range strings.Split(strings.TrimPrefix(path.Dir(op.At), "/"), "/") {
		at = path.Join(at, name)
		d, err := confined.Open(at)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return 0, fmt.Errorf("place %s: %w", op.At, err)
		}
		uid, _, err := d.OwnerOf()
		d.Close()
		if err != nil {
			return 0, err
		}
		if uid == self {
			continue
		}
		if op.Kind == Copy && uid != op.UID {
			return 0, fmt.Errorf("place %s: the folder %s belongs to user %d, who is not the owner of the secret", op.At, at, uid)
		}
		return uid, nil
	}
	return self, nil
}

func applyAll(ops []Op) error {
	var all []error
	for _, op := range ops {
		if err := apply(op); err != nil {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

func apply(op Op) error {
	open := func(p string) (*confined.Dir, error) { return confined.OpenMaking(p, parentMode()) }
	if op.Kind == Remove {
		open = confined.Open
	}
	d, err := open(path.Dir(op.At))
	if op.Kind == Remove && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("place %s: %w", op.At, err)
	}
	defer d.Close()
	name := path.Base(op.At)
	st, err := d.Stat(name)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	if !missing {
		if err := replaceable(op.At, st); err != nil {
			return err
		}
	}
	switch op.Kind {
	case Remove:
		return remove(d, name, op, st, missing)
	case Link:
		if cur, err := d.Readlink(name); err == nil && cur == op.Target {
			return nil
		}
		return d.Symlink(op.Target, name)
	case Copy:
		if !missing && same(d, name, op, st) {
			return nil
		}
		return d.Replace(name, op.Content, op.UID, op.GID, op.Mode)
	}
	return fmt.Errorf("place %s: %q is no kind", op.At, op.Kind)
}

// same reports whether the file is what op would make of it. A second name for
// it (a hard link) counts as a difference, since others may change it there.
func same(d *confined.Dir, name string, op Op, st unix.Stat_t) bool {
	if st.Mode != unix.S_IFREG|op.Mode || st.Nlink != 1 ||
		op.UID >= 0 && int(st.Uid) != op.UID || op.GID >= 0 && int(st.Gid) != op.GID || st.Size != int64(len(op.Content)) {
		return false
	}
	b, err := d.ReadFile(name)
	return err == nil && slices.Equal(b, op.Content)
}

func remove(d *confined.Dir, name string, op Op, st unix.Stat_t, missing bool) error {
	isLink := st.Mode&unix.S_IFMT == unix.S_IFLNK
	switch {
	case missing:
		return nil
	case op.Target != "" && !isLink, op.Target == "" && isLink:
		return nil // something else took the place: not ours to remove
	case op.Target != "":
		if cur, err := d.Readlink(name); err != nil || cur != op.Target {
			return err
		}
	}
	return d.Unlink(name)
}

// VerifyLink returns how the link at p differs from one to target; "" if it does not.
func VerifyLink(p, target string) string {
	d, err := confined.Open(path.Dir(p))
	if err != nil {
		return err.Error()
	}
	defer d.Close()
	switch cur, err := d.Readlink(path.Base(p)); {
	case errors.Is(err, fs.ErrNotExist):
		return "is missing"
	case err != nil:
		return "is not a link"
	case cur != target:
		return "leads elsewhere"
	}
	return ""
}

// VerifyCopy returns how the file at p differs from what it should be; "" if it
// does not. is judges its content.
func VerifyCopy(p string, is func([]byte) bool, mode uint32, uid, gid int) string {
	d, err := confined.Open(path.Dir(p))
	if err != nil {
		return err.Error()
	}
	defer d.Close()
	st, err := d.Stat(path.Base(p))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "is missing"
	case err != nil:
		return err.Error()
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return "is not a regular file"
	case st.Mode&0o7777 != mode:
		return "has another mode"
	case uid >= 0 && int(st.Uid) != uid || gid >= 0 && int(st.Gid) != gid:
		return "has another owner"
	}
	b, err := d.ReadFile(path.Base(p))
	switch {
	case err != nil:
		return err.Error()
	case !is(b):
		return "has another content"
	}
	return ""
}
