package generation

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// dir is an open folder. Names below it are resolved without leaving it and
// without following any symbolic or magic link.
type dir struct {
	fd   int
	path string // for messages
}

// resolveFlags confine a lookup to what lies below the folder.
const resolveFlags = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS

func pathError(op, p string, err error) error {
	if errors.Is(err, unix.ELOOP) {
		err = errors.New("a symbolic link is in the way")
	}
	if errors.Is(err, unix.ENOSYS) {
		err = errors.New("this kernel has no openat2 (Linux 5.6 or newer is needed)")
	}
	return fmt.Errorf("%s %s: %w", op, p, err)
}

func openat2(at int, name string, flags, mode, resolve uint64) (int, error) {
	how := unix.OpenHow{Flags: flags | unix.O_CLOEXEC, Mode: mode, Resolve: resolve}
	for range 32 { // EAGAIN: a rename elsewhere raced with the lookup
		fd, err := unix.Openat2(at, name, &how)
		if err == unix.EINTR || err == unix.EAGAIN {
			continue
		}
		return fd, err
	}
	return -1, unix.EAGAIN
}

// openDir opens an absolute path of which no component may be a link.
func openDir(p string) (*dir, error) {
	if !path.IsAbs(p) || path.Clean(p) != p {
		return nil, fmt.Errorf("open folder %s: the path is not absolute and clean", p)
	}
	fd, err := openat2(unix.AT_FDCWD, p, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0,
		unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_MAGICLINKS)
	if err != nil {
		return nil, pathError("open folder", p, err)
	}
	return &dir{fd: fd, path: p}, nil
}

func (d *dir) close() { _ = unix.Close(d.fd) }

func (d *dir) at(rel string) string { return path.Join(d.path, rel) }

// sub opens the folder rel below d.
func (d *dir) sub(rel string) (*dir, error) {
	if rel == "" || rel == "." {
		fd, err := unix.FcntlInt(uintptr(d.fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return nil, pathError("open folder", d.path, err)
		}
		return &dir{fd: fd, path: d.path}, nil
	}
	fd, err := openat2(d.fd, rel, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0, resolveFlags)
	if err != nil {
		return nil, pathError("open folder", d.at(rel), err)
	}
	return &dir{fd: fd, path: d.at(rel)}, nil
}

// mkdirAll makes the folders of rel with that mode and returns the last one.
func (d *dir) mkdirAll(rel string, mode uint32) (*dir, error) {
	cur, err := d.sub("")
	if err != nil {
		return nil, err
	}
	for _, name := range strings.Split(rel, "/") {
		if name == "" || name == "." {
			continue
		}
		next, err := cur.mkdir(name, mode)
		cur.close()
		if err != nil {
			return nil, err
		}
		cur = next
	}
	return cur, nil
}

// mkdir opens the folder name, which it makes if it was not there. Missing
// permission bits are added whatever the umask, also to a folder whose maker
// was killed before it could do that.
func (d *dir) mkdir(name string, mode uint32) (*dir, error) {
	if err := unix.Mkdirat(d.fd, name, 0o700); err != nil && err != unix.EEXIST {
		return nil, pathError("create folder", d.at(name), err)
	}
	sub, err := d.sub(name)
	if err != nil {
		return nil, err
	}
	if err := sub.allow(mode); err != nil {
		sub.close()
		return nil, err
	}
	return sub, nil
}

// allow adds the permission bits of mode to a folder of our own.
func (d *dir) allow(mode uint32) error {
	var st unix.Stat_t
	if err := unix.Fstat(d.fd, &st); err != nil {
		return pathError("inspect", d.path, err)
	}
	if st.Mode&mode == mode || int(st.Uid) != os.Geteuid() {
		return nil
	}
	if err := unix.Fchmod(d.fd, st.Mode&0o7777|mode); err != nil {
		return pathError("set mode of", d.path, err)
	}
	return nil
}

// writeFile creates the file name with the content, owner and mode. It has no
// permission bits until its owner is right. uid and gid of -1 stay.
func (d *dir) writeFile(name string, content []byte, uid, gid int, mode uint32) error {
	fd, err := openat2(d.fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, 0, resolveFlags)
	if err != nil {
		return pathError("create", d.at(name), err)
	}
	f := os.NewFile(uintptr(fd), d.at(name))
	if _, err = f.Write(content); err == nil && (uid >= 0 || gid >= 0) {
		err = f.Chown(uid, gid)
	}
	if err == nil {
		err = unix.Fchmod(fd, mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = unix.Unlinkat(d.fd, name, 0)
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return pathError("write", d.at(name), err)
	}
	return nil
}

// readFile reads a regular file below d; fs.ErrNotExist if there is none.
func (d *dir) readFile(rel string) ([]byte, error) {
	fd, err := openat2(d.fd, rel, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0, resolveFlags)
	if err != nil {
		return nil, pathError("open", d.at(rel), err)
	}
	f := os.NewFile(uintptr(fd), d.at(rel))
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, pathError("open", d.at(rel), errors.New("is not a regular file"))
	}
	buf, err := readAll(f)
	if err != nil {
		return nil, pathError("read", d.at(rel), err)
	}
	return buf, nil
}

// stat describes rel below d without following a link at its end.
func (d *dir) stat(rel string) (unix.Stat_t, error) {
	var st unix.Stat_t
	fd, err := openat2(d.fd, rel, unix.O_PATH|unix.O_NOFOLLOW, 0, unix.RESOLVE_BENEATH|unix.RESOLVE_NO_MAGICLINKS)
	if err != nil {
		return st, pathError("inspect", d.at(rel), err)
	}
	defer unix.Close(fd)
	if err := unix.Fstat(fd, &st); err != nil {
		return st, pathError("inspect", d.at(rel), err)
	}
	return st, nil
}

func (d *dir) readlink(name string) (string, error) {
	buf := make([]byte, 4096)
	n, err := unix.Readlinkat(d.fd, name, buf)
	if err != nil {
		return "", pathError("read link", d.at(name), err)
	}
	return string(buf[:n]), nil
}

func (d *dir) rename(from, to string, flags uint) error {
	if err := unix.Renameat2(d.fd, from, d.fd, to, flags); err != nil {
		return pathError("rename to", d.at(to), err)
	}
	return nil
}

func (d *dir) sync() error {
	if err := unix.Fsync(d.fd); err != nil {
		return pathError("sync", d.path, err)
	}
	return nil
}

// names lists d.
func (d *dir) names() ([]string, error) {
	fd, err := openat2(d.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0, resolveFlags)
	if err != nil {
		return nil, pathError("list", d.path, err)
	}
	f := os.NewFile(uintptr(fd), d.path)
	defer f.Close()
	return f.Readdirnames(-1)
}

// removeAll removes name and what is below it, following nothing.
func (d *dir) removeAll(name string) error {
	err := unix.Unlinkat(d.fd, name, 0)
	if err == nil || err == unix.ENOENT {
		return nil
	}
	if err != unix.EISDIR && err != unix.EPERM {
		return pathError("remove", d.at(name), err)
	}
	sub, err := d.sub(name)
	if err != nil {
		return err
	}
	defer sub.close()
	names, err := sub.names()
	if err != nil {
		return err
	}
	for _, n := range names {
		if err := sub.removeAll(n); err != nil {
			return err
		}
	}
	if err := unix.Unlinkat(d.fd, name, unix.AT_REMOVEDIR); err != nil && err != unix.ENOENT {
		return pathError("remove", d.at(name), err)
	}
	return nil
}

// remove unlinks the file rel, and the folders above it that became empty.
func (d *dir) remove(rel string) error {
	parent, err := d.sub(path.Dir(rel))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer parent.close()
	if err := unix.Unlinkat(parent.fd, path.Base(rel), 0); err != nil && err != unix.ENOENT {
		return pathError("remove", d.at(rel), err)
	}
	for up := path.Dir(rel); up != "."; up = path.Dir(up) {
		p, err := d.sub(path.Dir(up))
		if err != nil {
			return nil
		}
		err = unix.Unlinkat(p.fd, path.Base(up), unix.AT_REMOVEDIR)
		p.close()
		if err != nil {
			return nil
		}
	}
	return nil
}
