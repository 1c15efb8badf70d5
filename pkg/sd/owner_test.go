package sd

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// pair returns the server's and the client's end of a connection through the
// loopback interface.
func pair(t *testing.T, listen string, dial func(addr *net.TCPAddr) (net.Conn, error)) (server, client *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		t.Skip(err) // no IPv6
	}
	defer ln.Close()
	c, err := dial(ln.Addr().(*net.TCPAddr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	s, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s.(*net.TCPConn), c.(*net.TCPConn)
}

func dialTCP(network, host string) func(*net.TCPAddr) (net.Conn, error) {
	return func(a *net.TCPAddr) (net.Conn, error) {
		return net.DialTCP(network, nil, &net.TCPAddr{IP: net.ParseIP(host), Port: a.Port})
	}
}

// dialMapped connects an IPv6 socket to an IPv4 address, as Java does.
func dialMapped(a *net.TCPAddr) (net.Conn, error) {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "mapped")
	defer f.Close()
	if err := unix.Connect(fd, &unix.SockaddrInet6{Port: a.Port, Addr: netip.MustParseAddr("::ffff:127.0.0.1").As16()}); err != nil {
		return nil, err
	}
	return net.FileConn(f)
}

// dialAs connects by a socket that belongs to another account.
func dialAs(uid int) func(*net.TCPAddr) (net.Conn, error) {
	return func(a *net.TCPAddr) (net.Conn, error) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := unix.Setfsuid(uid); err != nil {
			return nil, err
		}
		defer func() { _ = unix.Setfsuid(os.Geteuid()) }()
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		f := os.NewFile(uintptr(fd), "as another")
		defer f.Close()
		if err := unix.Connect(fd, &unix.SockaddrInet4{Port: a.Port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			return nil, err
		}
		return net.FileConn(f)
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it connects as other accounts")
	}
}

func TestOwner(t *testing.T) {
	t.Parallel()
	if err := ProbeOwner(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		listen string
		dial   func(*net.TCPAddr) (net.Conn, error)
	}{
		"IPv4":                {"127.0.0.1:0", dialTCP("tcp4", "127.0.0.1")},
		"IPv6":                {"[::1]:0", dialTCP("tcp6", "::1")},
		"IPv4 to both":        {"[::]:0", dialTCP("tcp4", "127.0.0.1")},
		"IPv4-mapped to IPv4": {"127.0.0.1:0", dialMapped},
		"IPv4-mapped to both": {"[::]:0", dialMapped},
		"another loopback number": {"127.0.0.1:0", func(a *net.TCPAddr) (net.Conn, error) {
			return net.DialTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 9, 9, 9)}, a)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := pair(t, tc.listen, tc.dial)
			o, err := findOwner(s)
			if err != nil || o.UID != uint32(os.Geteuid()) {
				t.Errorf("%+v, %v; want this process", o, err)
			}
		})
	}
}

func TestOwnerIsAnother(t *testing.T) {
	t.Parallel()
	needRoot(t)
	for _, uid := range []int{1, 65534, 4_000_000_000} {
		s, _ := pair(t, "127.0.0.1:0", dialAs(uid))
		if o, err := findOwner(s); err != nil || o.UID != uint32(uid) {
			t.Errorf("%d is taken for %+v, %v", uid, o, err)
		}
	}
}

// The kernel shows uid 0 for a socket that nobody holds: whoever closes must not
// become root.
func TestOwnerIsGone(t *testing.T) {
	t.Parallel()
	needRoot(t)
	for name, leave := range map[string]func(*net.TCPConn) error{
		"closed":      (*net.TCPConn).Close,
		"half closed": (*net.TCPConn).CloseWrite,
		"reset": func(c *net.TCPConn) error {
			_ = c.SetLinger(0)
			return c.Close()
		},
	} {
		s, c := pair(t, "127.0.0.1:0", dialAs(65534))
		if err := leave(c); err != nil {
			t.Fatal(err)
		}
		_, _ = s.Read(make([]byte, 1)) // returns when the kernel has delivered the end
		if o, err := findOwner(s); err == nil {
			t.Errorf("%s: it is taken for %+v", name, o)
		}
	}
	// We closed first: the other end is there and was told.
	s, c := pair(t, "127.0.0.1:0", dialAs(65534))
	if err := s.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	_, _ = c.Read(make([]byte, 1))
	if o, err := findOwner(s); err == nil {
		t.Errorf("after our end: it is taken for %+v", o)
	}
}

// A listening socket matches any remote address in the kernel's search.
func TestOwnerIsNoListener(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	here := ln.Addr().(*net.TCPAddr).AddrPort()
	m, err := askSocket(here, netip.MustParseAddrPort("127.0.0.1:9"))
	if err != nil || m.state != unix.BPF_TCP_LISTEN || m.dst == netip.MustParseAddrPort("127.0.0.1:9") {
		t.Errorf("the kernel says %+v, %v", m, err)
	}
	if _, err := askSocket(netip.MustParseAddrPort("192.0.2.1:1"), here); !errors.Is(err, ErrNoOwner) {
		t.Errorf("another machine: %v", err)
	}
}

// The process of another account, not only its socket.
func TestOwnerIsAProcess(t *testing.T) {
	t.Parallel()
	needRoot(t)
	if _, err := os.Stat("/bin/bash"); err != nil {
		t.Skip(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := strings.Cut(ln.Addr().String(), ":")
	cmd := exec.Command("/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/"+port+"; read -u 3")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Dir = "/"
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	s, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if o, err := findOwner(s.(*net.TCPConn)); err != nil || o.UID != 65534 {
		t.Errorf("%+v, %v; want nobody", o, err)
	}
}

func FuzzDiag(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, unix.NLMSG_HDRLEN+diagMessageSize))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = readDiag(b) })
}
