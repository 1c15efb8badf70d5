// Package place puts links and copies of secrets where consumers insist on a
// path of their own: /etc/ssl/…, ~/.ssh/id_ed25519.
//
// Each place changes in one atomic step, but there is no one step for all of
// them, so Check finds beforehand what would fail. Folders that are missing are
// made; whatever leads through a symbolic link is refused. What lies in a folder
// of another user is written by a child process that runs as that user, who
// thereby can lose nothing that was not his own. The configuration is
// authoritative: what was placed and is no longer wanted is removed, unless
// somebody changed it since. What somebody else put at a place is his: it stays,
// and the op fails with ErrForeign, or it is moved to NAME.before-opnix first.
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
	"panther/pkg/opnix/generation"
)

// Op is one step at one place.
type Op struct {
	At     string `json:"at"`
	Kind   Kind   `json:"kind"`
	Target string `json:"target,omitempty"` // Link
	Was    string `json:"was,omitempty"`    // target of the link that was placed before
	// Content is also that of a link's target. Mode, UID and GID are for Copy; -1
	// is whoever writes it.
	Content []byte `json:"content,omitempty"`
	Mode    uint32 `json:"mode,omitempty"`
	UID     int    `json:"uid,omitempty"`
	GID     int    `json:"gid,omitempty"`
	// Sums are the fingerprints, by Key, of the contents that may have been placed
	// before: a file with another one is somebody's own, unless Unknown.
	Key     string   `json:"key,omitempty"`
	Sums    []string `json:"sums,omitempty"`
	Unknown bool     `json:"unknown,omitempty"` // placed before there were fingerprints
	Backup  bool     `json:"backup,omitempty"`  // move what is somebody's own out of the way
}

// Sum is the fingerprint of a content at the op's place.
func (op Op) Sum(content []byte) string { return generation.Key(op.Key).MAC(op.At, content) }

// ErrForeign means that a file at a place was not put there by opnix.
var ErrForeign = errors.New("a file that opnix did not write is there, and is kept")

// beforeOpnix is the ending of the name that somebody's own file gets.
const beforeOpnix = ".before-opnix"

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
		if op.Kind == Link && uid != os.Geteuid() {
			op.Content = nil // a link need not be to a secret of that user's
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
	if op.Kind != Remove && !missing && !ours(d, name, op, st) {
		if !op.Backup {
			return fmt.Errorf("place %s: %w", op.At, ErrForeign)
		}
		if err := d.Rename(name, name+beforeOpnix, unix.RENAME_NOREPLACE); err != nil {
			return fmt.Errorf("place %s: %w, since it cannot be moved: %w", op.At, ErrForeign, err)
		}
		missing = true
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

// ours reports whether nothing of somebody else's is lost with what is there: a
// link to the target, or a file whose content was placed before or is the same.
func ours(d *confined.Dir, name string, op Op, st unix.Stat_t) bool {
	if st.Mode&unix.S_IFMT == unix.S_IFLNK {
		cur, err := d.Readlink(name)
		return err == nil && cur != "" && (cur == op.Target || cur == op.Was)
	}
	if op.Unknown {
		return true
	}
	b, err := d.ReadFile(name)
	return err == nil && (op.Kind != Remove && slices.Equal(b, op.Content) || slices.Contains(op.Sums, op.Sum(b)))
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
	case !ours(d, name, op, st):
		return nil
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
