package confined

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"time"

	"golang.org/x/sys/unix"
)

// ErrLocked means that another run held the lock until the caller's time was up.
var ErrLocked = errors.New("another run holds the lock")

// Lock takes the lock at the file p, waiting until ctx ends, and returns the
// function that gives it back. The kernel gives it back too when the holder
// dies, so nothing ever has to be cleaned up.
func Lock(ctx context.Context, p string) (unlock func(), err error) {
	d, err := OpenOwn(path.Dir(p), 0o751)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	fd, err := openat2(d.fd, path.Base(p), unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW, 0o600, resolveFlags)
	if err != nil {
		return nil, pathError("open", p, err)
	}
	f := os.NewFile(uintptr(fd), p)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if err != unix.EWOULDBLOCK && err != unix.EINTR {
			_ = f.Close()
			return nil, fmt.Errorf("lock %s: %w", p, err)
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, fmt.Errorf("lock %s: %w", p, ErrLocked)
		case <-tick.C:
		}
	}
}
