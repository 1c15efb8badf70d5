package place

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"

	"panther/pkg/opnix/vault"
)

// ChildCommand is the hidden command that RunChild is.
const ChildCommand = "place-as-user"

// asUser does ops in a child process that is another user from its first
// instruction on. The ops, which hold values, go through a pipe.
func (p Placer) asUser(ctx context.Context, uid int, ops []Op) error {
	cred, err := credential(uid)
	if err != nil {
		return err
	}
	in, err := json.Marshal(ops)
	if err != nil {
		return fmt.Errorf("encode places: %w", err)
	}
	command := p.Child
	if len(command) == 0 {
		command = []string{"/proc/self/exe", ChildCommand}
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env, cmd.Dir = []string{"PATH=/usr/bin:/bin"}, "/"
	cmd.Stdin = bytes.NewReader(in)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred, Pdeathsig: syscall.SIGKILL}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("place files as user %d: %w: %s", uid, err, vault.FirstLine(stderr.String()))
	}
	var messages []string
	if err := json.Unmarshal(stdout.Bytes(), &messages); err != nil {
		return fmt.Errorf("place files as user %d: the child gave no answer", uid)
	}
	var all []error
	for _, m := range messages {
		all = append(all, errors.New(m))
	}
	return errors.Join(all...)
}

func credential(uid int) (*syscall.Credential, error) {
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return nil, fmt.Errorf("place files as user %d: there is no such user", uid)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, fmt.Errorf("place files as user %d: group %q is no number", uid, u.Gid)
	}
	c := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	groups, err := u.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("groups of user %d: %w", uid, err)
	}
	for _, g := range groups {
		if n, err := strconv.ParseUint(g, 10, 32); err == nil {
			c.Groups = append(c.Groups, uint32(n))
		}
	}
	return c, nil
}

// RunChild is the child's side: it reads ops from in, does them and writes the
// list of errors to out.
func RunChild(in io.Reader, out io.Writer) error {
	if os.Geteuid() == 0 {
		return errors.New("it is started by opnix as another user, not by hand")
	}
	var ops []Op
	if err := json.NewDecoder(in).Decode(&ops); err != nil {
		return errors.New("read places: they are damaged") // the decoder's message may quote a value
	}
	messages := []string{}
	for _, op := range ops {
		if err := apply(op); err != nil {
			messages = append(messages, err.Error())
		}
	}
	return json.NewEncoder(out).Encode(messages)
}
