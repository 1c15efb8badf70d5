package sd

import (
	"context"
	"net"

	"golang.org/x/sys/unix"
)

type peerKey struct{}

// Peer identifies the process at the other end of a unix socket, as the kernel
// recorded it at connect (SO_PEERCRED).
type Peer struct {
	PID      int32
	UID, GID uint32
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
	if cerr := raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); cerr != nil || err != nil {
		return Peer{}, false
	}
	return Peer{PID: cred.Pid, UID: cred.Uid, GID: cred.Gid}, true
}
