// Package unit runs a binary of the suite as its socket unit would, for tests
// and benchmarks that need the real process without systemd: its listeners
// belong to the caller and outlive it, so that clients wait while it restarts.
// It builds nothing and knows nothing of what it runs.
package unit

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Unit is a binary with its sockets. Start and Kill may be called in turn; not
// by several goroutines.
type Unit struct {
	Name   string // of the sockets' descriptors
	Binary string
	Config string // file
	State  string // folder
	Ready  string // notification socket; made by Listen
	Log    *os.File

	files  []*os.File
	notify *net.UnixConn
	cmd    *exec.Cmd
	exited chan struct{}
	mu     sync.Mutex
	ready  chan struct{}
}

// Listen opens the unit's sockets: unix paths and TCP addresses. It returns
// the addresses that were taken.
func (u *Unit) Listen(dir string, addrs ...string) ([]string, error) {
	var out []string
	for _, a := range addrs {
		network := "tcp"
		if strings.HasPrefix(a, "/") {
			network = "unix"
		}
		ln, err := net.Listen(network, a)
		if err != nil {
			return nil, fmt.Errorf("listen for %s: %w", u.Name, err)
		}
		if l, ok := ln.(*net.UnixListener); ok {
			l.SetUnlinkOnClose(false)
		}
		f, err := ln.(interface{ File() (*os.File, error) }).File()
		out = append(out, ln.Addr().String())
		_ = ln.Close() // the file keeps it open
		if err != nil {
			return nil, fmt.Errorf("listen for %s: %w", u.Name, err)
		}
		u.files = append(u.files, f)
	}
	u.Ready = filepath.Join(dir, u.Name+".notify")
	var err error
	if u.notify, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: u.Ready, Net: "unixgram"}); err != nil {
		return nil, fmt.Errorf("listen for notifications of %s: %w", u.Name, err)
	}
	go u.notified()
	return out, nil
}

// notified closes ready at READY=1.
func (u *Unit) notified() {
	b := make([]byte, 4096)
	for {
		n, err := u.notify.Read(b)
		if err != nil {
			return
		}
		if strings.Contains(string(b[:n]), "READY=1") {
			u.mu.Lock()
			if u.ready != nil {
				close(u.ready)
				u.ready = nil
			}
			u.mu.Unlock()
		}
	}
}

// Start runs the binary and returns a channel that is closed when it is ready.
func (u *Unit) Start() (<-chan struct{}, error) {
	ready := make(chan struct{})
	u.mu.Lock()
	u.ready = ready
	u.mu.Unlock()
	// systemd sets LISTEN_PID after the fork; a shell that execs does the same.
	u.cmd = exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" -config "$1"`, u.Binary, u.Config)
	u.cmd.ExtraFiles = u.files
	names := strings.TrimSuffix(strings.Repeat(u.Name+":", len(u.files)), ":")
	u.cmd.Env = append(os.Environ(), fmt.Sprintf("LISTEN_FDS=%d", len(u.files)), "LISTEN_FDNAMES="+names,
		"STATE_DIRECTORY="+u.State, "NOTIFY_SOCKET="+u.Ready, "PANTHER_LOG=warn")
	u.cmd.Stderr = u.Log
	if err := u.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", u.Name, err)
	}
	u.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) { _ = cmd.Wait(); close(exited) }(u.cmd, u.exited)
	return ready, nil
}

// PID returns the process.
func (u *Unit) PID() int { return u.cmd.Process.Pid }

// Kill ends the process as a crash would.
func (u *Unit) Kill() {
	_ = u.cmd.Process.Kill()
	<-u.exited
}

// Stop asks it to end, and kills it when it does not.
func (u *Unit) Stop() {
	if u.cmd == nil {
		return
	}
	_ = u.cmd.Process.Signal(os.Interrupt)
	select {
	case <-u.exited:
	case <-time.After(2 * time.Minute):
		u.Kill()
	}
}

// Close releases the sockets; call it last.
func (u *Unit) Close() {
	for _, f := range u.files {
		_ = f.Close()
	}
	if u.notify != nil {
		_ = u.notify.Close()
	}
}
