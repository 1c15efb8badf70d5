package confined

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// OpenOwn opens the folder p, made with that mode if it is not there, and
// refuses one that another user owns or could write to.
func OpenOwn(p string, mode uint32) (*Dir, error) {
	d, err := Open(p)
	if errors.Is(err, fs.ErrNotExist) {
		up, uerr := openAbove(p, mode)
		if uerr != nil {
			return nil, uerr
		}
		d, err = up.make(path.Base(p), mode)
		up.Close()
	}
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(d.fd, &st); err != nil {
		d.Close()
		return nil, pathError("inspect", p, err)
	}
	if int(st.Uid) != os.Geteuid() || st.Mode&0o022 != 0 {
		d.Close()
		return nil, fmt.Errorf("open folder %s: owner %d and mode %04o let others change it", p, st.Uid, st.Mode&0o7777)
	}
	return d, nil
}

func openAbove(p string, mode uint32) (*Dir, error) {
	up, err := Open(path.Dir(p))
	if errors.Is(err, fs.ErrNotExist) && path.Dir(p) != "/" {
		return OpenOwn(path.Dir(p), mode)
	}
	return up, err
}

// OwnerOf returns the user who owns the folder.
func (d *Dir) OwnerOf() (uid, gid int, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(d.fd, &st); err != nil {
		return 0, 0, pathError("inspect", d.path, err)
	}
	return int(st.Uid), int(st.Gid), nil
}

// Writable reports whether the caller may make names in d, which it may not
// where the file system is read-only to it.
func (d *Dir) Writable() bool {
	return unix.Faccessat(d.fd, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS) == nil
}

// SyncAll makes everything in the file system of d durable.
func (d *Dir) SyncAll() error {
	if err := unix.Syncfs(d.fd); err != nil {
		return pathError("sync", d.path, err)
	}
	return nil
}

// Chmod sets the mode of the folder itself.
func (d *Dir) Chmod(mode uint32) error {
	if err := unix.Fchmod(d.fd, mode); err != nil {
		return pathError("set mode of", d.path, err)
	}
	return nil
}

// Replace puts a durable file with the content, owner and mode in the place of
// name in one atomic step. On any error the old file is as it was.
func (d *Dir) Replace(name string, content []byte, uid, gid int, mode uint32) error {
	tmp := temporary(name)
	if err := d.RemoveAll(tmp); err != nil { // of a killed writer
		return err
	}
	if err := d.writeFile(tmp, content, uid, gid, mode, true); err != nil {
		return err
	}
	if err := d.Rename(tmp, name, 0); err != nil {
		_ = unix.Unlinkat(d.fd, tmp, 0)
		return err
	}
	return d.Sync()
}

// Symlink puts a link to target in the place of name in one atomic step.
func (d *Dir) Symlink(target, name string) error {
	tmp := temporary(name)
	if err := d.RemoveAll(tmp); err != nil {
		return err
	}
	if err := unix.Symlinkat(target, d.fd, tmp); err != nil {
		return pathError("create link", d.At(name), err)
	}
	if err := d.Rename(tmp, name, 0); err != nil {
		_ = unix.Unlinkat(d.fd, tmp, 0)
		return err
	}
	return d.Sync()
}

// Unlink removes the file or link name; it is no error if there is none.
func (d *Dir) Unlink(name string) error {
	if err := unix.Unlinkat(d.fd, name, 0); err != nil && err != unix.ENOENT {
		return pathError("remove", d.At(name), err)
	}
	return nil
}

// temporary returns the name under which name is prepared: always the same, so
// that a killed writer's remains are found, and short enough whatever name is.
func temporary(name string) string {
	h := sha256.Sum256([]byte(name))
	return ".opnix-" + hex.EncodeToString(h[:8])
}

// IsTemporary reports whether a name is one under which Replace and Symlink
// prepare a file.
func IsTemporary(name string) bool {
	return len(name) == len(".opnix-")+16 && name[:len(".opnix-")] == ".opnix-"
}

// OpenMaking opens the folder p and makes those above it that are missing, with
// that mode. Folders that are there stay as they are.
func OpenMaking(p string, mode uint32) (*Dir, error) {
	d, err := Open(p)
	if !errors.Is(err, fs.ErrNotExist) || p == "/" {
		return d, err
	}
	up, err := OpenMaking(path.Dir(p), mode)
	if err != nil {
		return nil, err
	}
	defer up.Close()
	return up.make(path.Base(p), mode)
}

// make creates the folder name, which is never seen with another mode, and
// opens it. One that somebody else made meanwhile will do.
func (d *Dir) make(name string, mode uint32) (*Dir, error) {
	tmp := temporary(name)
	if err := unix.Mkdirat(d.fd, tmp, 0o700); err != nil && err != unix.EEXIST {
		return nil, pathError("create folder", d.At(name), err)
	}
	sub, err := d.Sub(tmp)
	if err != nil {
		return nil, err
	}
	if err = sub.Chmod(mode); err == nil {
		err = d.Rename(tmp, name, unix.RENAME_NOREPLACE)
	}
	sub.Close()
	if err != nil {
		_ = unix.Unlinkat(d.fd, tmp, unix.AT_REMOVEDIR)
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return d.Sub(name)
}
