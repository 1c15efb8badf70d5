package sd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/coreos/go-systemd/v22/activation"
)

// passedSockets turns the file descriptors of sd_listen_fds(3) into listeners
// and clears the environment variables, so that children do not take them. A
// descriptor that is no listening socket keeps its position with a nil
// listener: an Accept=yes connection is read by Connection.
func passedSockets() ([]passed, error) {
	files := activation.Files(true)
	out := make([]passed, len(files))
	for i, f := range files {
		out[i].name = f.Name()
		accepting, err := isListening(f)
		if err != nil {
			return nil, fmt.Errorf("inspect socket %s: %w", f.Name(), err)
		}
		if !accepting {
			continue
		}
		ln, err := net.FileListener(f)
		if err != nil {
			return nil, fmt.Errorf("use socket %s: %w", f.Name(), err)
		}
		_ = f.Close()
		if ul, ok := ln.(*net.UnixListener); ok {
			ul.SetUnlinkOnClose(false) // the path belongs to the socket unit
		}
		out[i].ln = ln
	}
	return out, nil
}

func isListening(f *os.File) (bool, error) {
	v, err := syscall.GetsockoptInt(int(f.Fd()), syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN)
	if errors.Is(err, syscall.ENOTSOCK) {
		return false, nil
	}
	return v == 1, err
}

// Connection returns the one accepted connection of an Accept=yes instance,
// which systemd passes as descriptor 3.
func Connection() (net.Conn, error) {
	files := activation.Files(true)
	if len(files) != 1 {
		return nil, Hint(fmt.Errorf("got %d passed sockets, want one connection", len(files)),
			"it is started by its socket unit with Accept=yes, not by hand")
	}
	defer files[0].Close()
	c, err := net.FileConn(files[0])
	if err != nil {
		return nil, fmt.Errorf("use connection %s: %w", files[0].Name(), err)
	}
	return c, nil
}

// Listen listens at "unix:/path" (mode 0660; a stale socket is replaced, a live
// one is not) or at a TCP "host:port".
func Listen(addr string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		return listenUnix(path, 0o660)
	}
	ln, err := net.Listen("tcp", strings.TrimPrefix(addr, "tcp:"))
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return ln, nil
}

func listenUnix(path string, mode os.FileMode) (net.Listener, error) {
	if c, err := net.Dial("unix", path); err == nil {
		_ = c.Close()
		return nil, Hint(fmt.Errorf("listen at %s: %w", path, syscall.EADDRINUSE), "another instance is running")
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove stale socket: %w", err)
	}
	// Bound under a private name first and renamed when its mode is set, so
	// that nobody can connect in between.
	tmp := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%d-%s", os.Getpid(), filepath.Base(path)))
	if len(tmp) > 107 {
		return nil, Hint(fmt.Errorf("listen at %s: path is longer than a socket address allows", path), "choose a shorter folder")
	}
	ln, err := net.Listen("unix", tmp)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	ul := ln.(*net.UnixListener)
	ul.SetUnlinkOnClose(false)
	err = os.Chmod(tmp, mode)
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = ln.Close()
		_ = os.Remove(tmp)
		return nil, fmt.Errorf("publish socket: %w", err)
	}
	return &ownListener{UnixListener: ul, path: path}, nil
}

// ownListener removes its path when it is closed.
type ownListener struct {
	*net.UnixListener
	path string
}

func (l *ownListener) Close() error {
	_ = os.Remove(l.path)
	return l.UnixListener.Close()
}
