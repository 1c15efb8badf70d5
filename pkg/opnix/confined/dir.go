package confined

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// Dir is an open folder. Names below it are resolved without leaving it and
// without following any symbolic or magic link. Close it after use.
type Dir struct {
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

// Open opens an absolute path of which no component may be a link.
func Open(p string) (*Dir, error) {
	if !path.IsAbs(p) || path.Clean(p) != p {
		return nil, fmt.Errorf("open folder %s: the path is not absolute and clean", p)
	}
	fd, err := openat2(unix.AT_FDCWD, p, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0,
		unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_MAGICLINKS)
	if err != nil {
		return nil, pathError("open folder", p, err)
	}
	return &Dir{fd: fd, path: p}, nil
}

// Close releases the folder.
func (d *Dir) Close() { _ = unix.Close(d.fd) }

// Path returns the absolute path the folder was opened at, for messages.
func (d *Dir) Path() string { return d.path }

// At returns the path of rel below d, for messages and link targets.
func (d *Dir) At(rel string) string { return path.Join(d.path, rel) }

// Sub opens the folder rel below d.
func (d *Dir) Sub(rel string) (*Dir, error) {
	if rel == "" || rel == "." {
		fd, err := unix.FcntlInt(uintptr(d.fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return nil, pathError("open folder", d.path, err)
		}
		return &Dir{fd: fd, path: d.path}, nil
	}
	fd, err := openat2(d.fd, rel, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0, resolveFlags)
	if err != nil {
		return nil, pathError("open folder", d.At(rel), err)
	}
	return &Dir{fd: fd, path: d.At(rel)}, nil
}

// MkdirAll makes the folders of rel with that mode and returns the last one.
func (d *Dir) MkdirAll(rel string, mode uint32) (*Dir, error) {
	cur, err := d.Sub("")
	if err != nil {
		return nil, err
	}
	for _, name := range strings.Split(rel, "/") {
		if name == "" || name == "." {
			continue
		}
		next, err := cur.Mkdir(name, mode)
		cur.Close()
		if err != nil {
			return nil, err
		}
		cur = next
	}
	return cur, nil
}

// Mkdir opens the folder name, which it makes if it was not there. Missing
// permission bits are added whatever the umask, also to a folder whose maker
// was killed before it could do that.
func (d *Dir) Mkdir(name string, mode uint32) (*Dir, error) {
	if err := unix.Mkdirat(d.fd, name, 0o700); err != nil && err != unix.EEXIST {
		return nil, pathError("create folder", d.At(name), err)
	}
	sub, err := d.Sub(name)
	if err != nil {
		return nil, err
	}
	if err := sub.Allow(mode); err != nil {
		sub.Close()
		return nil, err
	}
	return sub, nil
}

// Allow adds the permission bits of mode to a folder of our own.
func (d *Dir) Allow(mode uint32) error {
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

// WriteFile creates the file name with the content, owner and mode. It has no
// permission bits until its owner is right. uid and gid of -1 stay. The content
// is durable only after SyncAll.
func (d *Dir) WriteFile(name string, content []byte, uid, gid int, mode uint32) error {
	return d.writeFile(name, content, uid, gid, mode, false)
}

func (d *Dir) writeFile(name string, content []byte, uid, gid int, mode uint32, durable bool) error {
	fd, err := openat2(d.fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, 0, resolveFlags)
	if err != nil {
		return pathError("create", d.At(name), err)
	}
	f := os.NewFile(uintptr(fd), d.At(name))
	if _, err = f.Write(content); err == nil && (uid >= 0 || gid >= 0) {
		err = f.Chown(uid, gid)
	}
	if err == nil {
		err = unix.Fchmod(fd, mode)
	}
	if err == nil && durable {
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
		return pathError("write", d.At(name), err)
	}
	return nil
}

// ReadFile reads a regular file below d; fs.ErrNotExist if there is none.
func (d *Dir) ReadFile(rel string) ([]byte, error) {
	fd, err := openat2(d.fd, rel, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0, resolveFlags)
	if err != nil {
		return nil, pathError("open", d.At(rel), err)
	}
	f := os.NewFile(uintptr(fd), d.At(rel))
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, pathError("open", d.At(rel), errors.New("is not a regular file"))
	}
	buf, err := readAll(f)
	if err != nil {
		return nil, pathError("read", d.At(rel), err)
	}
	return buf, nil
}

// Stat describes rel below d without following a link at its end.
func (d *Dir) Stat(rel string) (unix.Stat_t, error) {
	var st unix.Stat_t
	fd, err := openat2(d.fd, rel, unix.O_PATH|unix.O_NOFOLLOW, 0, unix.RESOLVE_BENEATH|unix.RESOLVE_NO_MAGICLINKS)
	if err != nil {
		return st, pathError("inspect", d.At(rel), err)
	}
	defer unix.Close(fd)
	if err := unix.Fstat(fd, &st); err != nil {
		return st, pathError("inspect", d.At(rel), err)
	}
	return st, nil
}

// Readlink returns the target of the link name.
func (d *Dir) Readlink(name string) (string, error) {
	buf := make([]byte, 4096)
	n, err := unix.Readlinkat(d.fd, name, buf)
	if err != nil {
		return "", pathError("read link", d.At(name), err)
	}
	return string(buf[:n]), nil
}

// Rename moves a name within d; flags are those of renameat2(2).
func (d *Dir) Rename(from, to string, flags uint) error {
	if err := unix.Renameat2(d.fd, from, d.fd, to, flags); err != nil {
		return pathError("rename to", d.At(to), err)
	}
	return nil
}

// Sync makes the names in d durable.
func (d *Dir) Sync() error {
	if err := unix.Fsync(d.fd); err != nil {
		return pathError("sync", d.path, err)
	}
	return nil
}

// Names lists d.
func (d *Dir) Names() ([]string, error) {
	fd, err := openat2(d.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0, resolveFlags)
	if err != nil {
		return nil, pathError("list", d.path, err)
	}
	f := os.NewFile(uintptr(fd), d.path)
	defer f.Close()
	return f.Readdirnames(-1)
}

// RemoveAll removes name and what is below it, following nothing.
func (d *Dir) RemoveAll(name string) error {
	err := unix.Unlinkat(d.fd, name, 0)
	if err == nil || errors.Is(err, unix.ENOENT) {
		return nil
	}
	if !errors.Is(err, unix.EISDIR) && !errors.Is(err, unix.EPERM) {
		return pathError("remove", d.At(name), err)
	}
	sub, err := d.Sub(name)
	if err != nil {
		return err
	}
	defer sub.Close()
	names, err := sub.Names()
	if err != nil {
		return err
	}
	for _, n := range names {
		if err := sub.RemoveAll(n); err != nil {
			return err
		}
	}
	if err := unix.Unlinkat(d.fd, name, unix.AT_REMOVEDIR); err != nil && err != unix.ENOENT {
		return pathError("remove", d.At(name), err)
	}
	return nil
}

// Remove unlinks the file rel, and the folders above it that became empty, also
// where a killed call removed some of them.
func (d *Dir) Remove(rel string) error {
	if err := d.unlinkBelow(rel, 0); err != nil {
		return err
	}
	for up := path.Dir(rel); up != "."; up = path.Dir(up) {
		if err := d.unlinkBelow(up, unix.AT_REMOVEDIR); err != nil {
			return nil // not empty
		}
	}
	return nil
}

// unlinkBelow removes one name; it is no error if it or a folder above it is not
// there.
func (d *Dir) unlinkBelow(rel string, flags int) error {
	parent, err := d.Sub(path.Dir(rel))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer parent.Close()
	if err := unix.Unlinkat(parent.fd, path.Base(rel), flags); err != nil && err != unix.ENOENT {
		return pathError("remove", d.At(rel), err)
	}
	return nil
}

func readAll(f *os.File) ([]byte, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	buf := make([]byte, 0, st.Size()+1)
	for {
		n, err := f.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return nil, err
		}
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
	}
}
