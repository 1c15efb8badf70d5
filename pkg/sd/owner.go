package sd

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Owner is who holds the other end of a TCP connection within this machine.
type Owner struct {
	UID    uint32
	Cgroup uint64 // inode of the control group that the socket was made in; 0 where the kernel does not say
}

// ErrNoOwner means that the other end of a connection is no socket of this
// network namespace: another machine, a container, or a process that is gone.
var ErrNoOwner = errors.New("no socket of this machine is at the other end")

// OwnerOf returns who holds the other end of the TCP connection that a request
// of ServeHTTP came over. The kernel is asked once a connection, by sock_diag(7),
// which needs AF_NETLINK. Every error means that nobody is known to be there;
// only ErrNoOwner means that the kernel knows of nobody.
func OwnerOf(ctx context.Context) (Owner, error) {
	c, ok := ctx.Value(peerKey{}).(*tcpPeer)
	if !ok {
		return Owner{}, errors.New("find owner: the request came over no TCP connection")
	}
	c.once.Do(func() { c.owner, c.err = findOwner(c.conn) })
	return c.owner, c.err
}

// tcpPeer is the connection of a request, and who was found at its other end.
type tcpPeer struct {
	conn  *net.TCPConn
	once  sync.Once
	owner Owner
	err   error
}

// ProbeOwner reports why owners cannot be found here: a kernel without
// tcp_diag, a sandbox without AF_NETLINK.
func ProbeOwner() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer ln.Close()
	out, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer out.Close()
	in, err := ln.Accept()
	if err != nil {
		return fmt.Errorf("accept: %w", err)
	}
	defer in.Close()
	o, err := findOwner(in.(*net.TCPConn))
	if err == nil && o.UID != uint32(os.Geteuid()) {
		err = fmt.Errorf("the kernel says that uid %d holds a socket of uid %d", o.UID, os.Geteuid())
	}
	return err
}

// findOwner asks for the socket whose addresses are the reverse of c's.
//
// The kernel shows uid 0 for a socket that no process holds any more, so only an
// established one with an inode counts. That c is established after the answer
// proves that the socket found is the one it is connected with: had that been
// closed, and its address taken by another process, c would have been told.
func findOwner(c *net.TCPConn) (Owner, error) {
	local, remote := addrPort(c.LocalAddr()), addrPort(c.RemoteAddr())
	msg, err := askSocket(remote, local)
	if err != nil {
		return Owner{}, err
	}
	if msg.src != remote || msg.dst != local || msg.state != unix.BPF_TCP_ESTABLISHED || msg.inode == 0 {
		return Owner{}, errors.New("find owner: no process holds the other end any more")
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return Owner{}, fmt.Errorf("find owner: %w", err)
	}
	var info *unix.TCPInfo
	if cerr := raw.Control(func(fd uintptr) { info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) }); cerr != nil || err != nil {
		return Owner{}, fmt.Errorf("find owner: read own state: %w", errors.Join(cerr, err))
	}
	if info.State != unix.BPF_TCP_ESTABLISHED {
		return Owner{}, errors.New("find owner: the other end has closed the connection")
	}
	return msg.owner, nil
}

func addrPort(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	p := t.AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap().WithZone(""), p.Port())
}

// Sizes and numbers of linux/inet_diag.h.
const (
	diagRequestSize = 56 // struct inet_diag_req_v2
	diagMessageSize = 72 // struct inet_diag_msg
	diagCgroup      = 21 // INET_DIAG_CGROUP_ID
)

// diagMessage is the answer about one socket.
type diagMessage struct {
	state    byte
	src, dst netip.AddrPort
	inode    uint32
	owner    Owner
}

// askSocket asks the kernel for the TCP socket at src that is connected to dst.
func askSocket(src, dst netip.AddrPort) (diagMessage, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return diagMessage{}, fmt.Errorf("find owner: open netlink socket: %w", err)
	}
	defer func() { _ = unix.Close(fd) }()
	// The kernel has answered when send returns; the limit is for kernels that would not.
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 5}); err != nil {
		return diagMessage{}, fmt.Errorf("find owner: %w", err)
	}
	if err := unix.Sendto(fd, diagRequest(src, dst), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return diagMessage{}, fmt.Errorf("find owner: ask sock_diag: %w", err)
	}
	b := make([]byte, 4096)
	n, from, err := unix.Recvfrom(fd, b, 0)
	if err != nil {
		return diagMessage{}, fmt.Errorf("find owner: read sock_diag: %w", err)
	}
	if k, ok := from.(*unix.SockaddrNetlink); !ok || k.Pid != 0 {
		return diagMessage{}, errors.New("find owner: the answer is not the kernel's")
	}
	return readDiag(b[:n])
}

func diagRequest(src, dst netip.AddrPort) []byte {
	b := binary.NativeEndian.AppendUint32(nil, unix.NLMSG_HDRLEN+diagRequestSize)
	b = binary.NativeEndian.AppendUint16(b, unix.SOCK_DIAG_BY_FAMILY)
	b = binary.NativeEndian.AppendUint16(b, unix.NLM_F_REQUEST)
	b = binary.NativeEndian.AppendUint64(b, 1) // sequence 1, port 0
	family := byte(unix.AF_INET)
	if src.Addr().Is6() {
		family = unix.AF_INET6
	}
	b = append(b, family, unix.IPPROTO_TCP, 0, 0)
	b = binary.NativeEndian.AppendUint32(b, ^uint32(0)) // any state
	b = binary.BigEndian.AppendUint16(b, src.Port())
	b = binary.BigEndian.AppendUint16(b, dst.Port())
	for _, a := range []netip.Addr{src.Addr(), dst.Addr()} {
		var field [16]byte
		copy(field[:], a.AsSlice())
		b = append(b, field[:]...)
	}
	b = binary.NativeEndian.AppendUint32(b, 0)             // any interface
	return binary.NativeEndian.AppendUint64(b, ^uint64(0)) // no cookie
}

// readDiag reads an answer of sock_diag.
func readDiag(b []byte) (diagMessage, error) {
	short := errors.New("find owner: sock_diag answered too little")
	if len(b) < unix.NLMSG_HDRLEN {
		return diagMessage{}, short
	}
	kind, body := binary.NativeEndian.Uint16(b[4:]), b[unix.NLMSG_HDRLEN:]
	if size := int(binary.NativeEndian.Uint32(b)); size >= unix.NLMSG_HDRLEN && size <= len(b) {
		body = b[unix.NLMSG_HDRLEN:size]
	}
	if kind == unix.NLMSG_ERROR && len(body) >= 4 {
		switch errno := unix.Errno(-int32(binary.NativeEndian.Uint32(body))); errno {
		case unix.ENOENT:
			return diagMessage{}, ErrNoOwner
		default:
			return diagMessage{}, fmt.Errorf("find owner: sock_diag: %w", errno)
		}
	}
	if kind != unix.SOCK_DIAG_BY_FAMILY || len(body) < diagMessageSize {
		return diagMessage{}, short
	}
	addr := func(at, port int) netip.AddrPort {
		a := netip.AddrFrom16([16]byte(body[at:])).Unmap()
		if body[0] == unix.AF_INET {
			a = netip.AddrFrom4([4]byte(body[at:]))
		}
		return netip.AddrPortFrom(a, binary.BigEndian.Uint16(body[port:]))
	}
	m := diagMessage{state: body[1], src: addr(8, 4), dst: addr(24, 6), inode: binary.NativeEndian.Uint32(body[68:])}
	m.owner.UID = binary.NativeEndian.Uint32(body[64:])
	for a := body[diagMessageSize:]; len(a) >= 4; {
		size := int(binary.NativeEndian.Uint16(a))
		if size < 4 || size > len(a) {
			break
		}
		if binary.NativeEndian.Uint16(a[2:]) == diagCgroup && size >= 12 {
			m.owner.Cgroup = binary.NativeEndian.Uint64(a[4:])
		}
		a = a[min((size+3)&^3, len(a)):]
	}
	return m, nil
}
