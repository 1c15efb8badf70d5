package machine

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync/atomic"
)

// crashCommand is an argument with which the test binary runs in the machine:
// it does crash.
const crashCommand = "crash-around-delivery"

// crash runs `opnix refresh`, which reaches the service manager only through it,
// and kills that when it asks for a restart: "before" passing that on, or
// "after". The manager speaks only to processes that it can see, and so this
// must run in the machine.
func crash(when string) error {
	const at = "/run/service-manager"
	l, err := net.Listen("unix", at)
	if err != nil {
		return err
	}
	defer os.Remove(at)
	defer l.Close()
	cmd := exec.Command("unshare", "-m", "sh", "-c", "mount --bind "+at+" /run/systemd/private && exec opnix refresh")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return err
	}
	var asked atomic.Bool
	pass := func(dst, src net.Conn) {
		defer dst.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := src.Read(buf)
			if asked.Load() {
				return // no answer: it is being killed
			}
			if bytes.Contains(buf[:n], []byte("TryRestartUnit")) {
				asked.Store(true)
				if when == "after" {
					_, _ = dst.Write(buf[:n])
				}
				_ = cmd.Process.Kill()
				return
			}
			if _, werr := dst.Write(buf[:n]); err != nil || werr != nil {
				return
			}
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			m, err := net.Dial("unix", "/run/systemd/private")
			if err != nil {
				_ = c.Close()
				continue
			}
			go pass(m, c)
			go pass(c, m)
		}
	}()
	err = cmd.Wait()
	if err == nil || !asked.Load() {
		return fmt.Errorf("the refresh was not killed: %w\n%s", errors.Join(err), said.String())
	}
	return nil
}
