// Package fetch asks a password manager from another process, so that what
// holds root's rights and the secrets of a whole machine speaks to no network
// and runs no JIT compiler: 1Password's SDK compiles a large WebAssembly module,
// which takes about two seconds and 160 MB.
//
//	Backend ─ question ─▶ opnix-fetch@.service, a process for each connection
//	   ▲                  or a child of this program ─ SDK or Connect ─ 1Password
//	   └────── reply ─────┘
//
// Token and values travel on that connection or pipe only; a question is answered
// once, and the process ends. The password manager is authoritative; nothing is
// cached. A peer that dies, talks nonsense or too much is Unavailable.
package fetch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"panther/pkg/opnix/vault"
)

// Command is the hidden command of this program that answers one question.
const Command = "fetch"

// Backend asks through another process: that behind Socket, else a child.
type Backend struct {
	Type   string // of the backend that the other process is to use
	URL    string // connect: its address
	CA     []byte // connect: certificate authorities, PEM; nil means the system's
	Token  vault.Value
	Socket string   // path of opnix-fetch.socket
	Child  []string // what to run without Socket; this program's Command if empty
}

// Resolve asks everything at once. The other process ends with ctx.
func (b Backend) Resolve(ctx context.Context, reqs []vault.Request) (vault.Answer, error) {
	if err := ctx.Err(); err != nil {
		return vault.Answer{}, err
	}
	q, err := b.question(reqs)
	if err != nil {
		return vault.Answer{}, err
	}
	ask := b.askChild
	if b.Socket != "" {
		ask = b.askSocket
	}
	ans, err := ask(ctx, q)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return vault.Answer{}, ctx.Err()
	case ctx.Err() != nil:
		return vault.Answer{}, vault.Errorf(vault.Unavailable, "no answer in time")
	case err != nil:
		return vault.Answer{Requests: ans.Requests}, err
	}
	wanted := make(map[string]bool, len(reqs))
	for _, r := range reqs {
		wanted[r.Key()] = true
	}
	for k := range ans.Values {
		if !wanted[k] {
			delete(ans.Values, k)
		}
	}
	return ans, nil
}

// askSocket connects to the socket unit, which starts a process for it.
func (b Backend) askSocket(ctx context.Context, q []byte) (vault.Answer, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", b.Socket)
	if err != nil {
		return vault.Answer{}, vault.Errorf(vault.Unavailable, "connect to opnix-fetch.socket: %w", err)
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := c.Write(q); err != nil {
		return vault.Answer{}, vault.Errorf(vault.Unavailable, "ask opnix-fetch: %w", err)
	}
	return readReply(bufio.NewReader(c))
}

// passedOn are the variables that a child needs to reach the network where the
// machine is set up so. It gets no others.
var passedOn = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"}

// askChild starts a child, which is killed when ctx ends.
func (b Backend) askChild(ctx context.Context, q []byte) (vault.Answer, error) {
	command := b.Child
	if len(command) == 0 {
		command = []string{"/proc/self/exe", Command}
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env, cmd.Dir = []string{"PATH=/usr/bin:/bin"}, "/"
	for _, k := range passedOn {
		if v, ok := os.LookupEnv(k); ok {
			cmd.Env = append(cmd.Env, k+"="+v)
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = time.Second
	cmd.Stdin = bytes.NewReader(q)
	stderr := &firstBytes{}
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return vault.Answer{}, fmt.Errorf("make a pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return vault.Answer{}, vault.Errorf(vault.Unavailable, "start the process that asks 1Password: %w", err)
	}
	ans, err := readReply(bufio.NewReader(out))
	if err != nil {
		_ = out.Close() // a child that talks on gets a signal
	}
	if werr := cmd.Wait(); werr != nil && errors.Is(err, errNoReply) {
		err = vault.Errorf(vault.Unavailable, "the process that asks 1Password ended (%w): %s", werr, vault.FirstLine(stderr.String()))
	}
	return ans, err
}

// firstBytes keeps the beginning of what is written to it.
type firstBytes struct{ strings.Builder }

func (f *firstBytes) Write(p []byte) (int, error) {
	if room := 1<<10 - f.Len(); room > 0 {
		f.Builder.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
