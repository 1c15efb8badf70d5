package sd

import (
	"context"
	"net"
	"unsafe"

	"golang.org/x/sys/unix"
)

type peerKey struct{}

// Peer identifies the process at the other end of a unix socket, as the kernel
// recorded it at connect (SO_PEERCRED, SO_PEERGROUPS).
type Peer struct {
	PID      int32
	UID, GID uint32
	Groups   []uint32 // supplementary ones; not to be changed
}

// PeerOf returns the peer of the connection that a request of ServeHTTP came
// over; ok is false for TCP.
func PeerOf(ctx context.Context) (p Peer, ok bool) {
	p, ok = ctx.Value(peerKey{}).(Peer)
	return p, ok
}

func withPeer(ctx context.Context, c net.Conn) context.Context {
	if tc, ok := c.(*net.TCPConn); ok {
		return context.WithValue(ctx, peerKey{}, &tcpPeer{conn: tc})
	}
	if p, ok := peerCred(c); ok {
		return context.WithValue(ctx, peerKey{}, p)
	}
	return ctx
}

func peerCred(c net.Conn) (p Peer, ok bool) {
	uc, ok := c.(*net.UnixConn)
	if !ok {
		return Peer{}, false
	}
	raw, err := uc.SyscallConn()
	if err != nil {
		return Peer{}, false
	}
	var cred *unix.Ucred
	var groups []uint32
	if cerr := raw.Control(func(fd uintptr) {
		if cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			groups, err = peerGroups(fd)
		}
	}); cerr != nil || err != nil {
		return Peer{}, false
	}
	return Peer{PID: cred.Pid, UID: cred.Uid, GID: cred.Gid, Groups: groups}, true
}

// peerGroups asks for the supplementary groups of a peer, which nobody else
// wraps: https://man7.org/linux/man-pages/man7/unix.7.html. A list that is longer
// than the room for it is ERANGE with its length.
func peerGroups(fd uintptr) ([]uint32, error) {
	const some = 32
	for room := uint32(some); ; {
		list := make([]uint32, room)
		size := room * 4
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(unsafe.SliceData(list))), uintptr(unsafe.Pointer(&size)), 0)
		switch {
		case errno == 0:
			return list[:size/4], nil
		case errno != unix.ERANGE || size/4 <= room:
			return nil, errno
		}
		room = size / 4
	}
}
