package onepassword

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"panther/pkg/opnix/vault"
)

// ChildCommand is the hidden command that Serve is.
const ChildCommand = "ask-1password"

// Backend resolves through a child process.
type Backend struct {
	Token   vault.Value
	Command []string // the child; this program with ChildCommand if empty
}

// question is what the child reads. The token is in it, and so it is never
// printed.
type question struct {
	Token    string `json:"token"`
	Requests []asked
}

type asked struct {
	Reference string `json:"reference"`
	File      bool   `json:"file,omitempty"`
}

// reply is what the child writes: an answer, or why there is none.
type reply struct {
	Values   map[string][]byte `json:"values,omitempty"`
	Failures []vault.Failure   `json:"failures,omitempty"`
	Requests int               `json:"requests"`
	Error    *refusal          `json:"error,omitempty"`
}

type refusal struct {
	Kind    vault.Kind `json:"kind"`
	Message string     `json:"message"`
}

// passedOn are the variables that a child needs to reach the network where the
// machine is set up so. It gets no others.
var passedOn = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"}

// maxReply bounds what a child may write: a value of the largest size in
// base64, and its neighbours.
const maxReply = 2 * vault.MaxValue

// Resolve asks the child everything at once. The child is killed when ctx ends.
func (b Backend) Resolve(ctx context.Context, reqs []vault.Request) (vault.Answer, error) {
	q := question{Token: string(b.Token.Bytes())}
	for _, r := range reqs {
		q.Requests = append(q.Requests, asked{Reference: r.Ref.String(), File: r.File})
	}
	in, err := json.Marshal(q)
	if err != nil {
		return vault.Answer{}, fmt.Errorf("encode question: %w", err)
	}
	out, err := b.ask(ctx, in)
	if err != nil {
		return vault.Answer{}, err
	}
	var r reply
	if err := json.Unmarshal(out, &r); err != nil {
		return vault.Answer{}, vault.Errorf(vault.Unavailable, "1Password: the helper process gave no answer")
	}
	ans := vault.Answer{Failures: r.Failures, Requests: r.Requests}
	if r.Error != nil {
		return ans, &vault.Error{Kind: r.Error.Kind, Err: errors.New("1Password: " + vault.FirstLine(r.Error.Message))}
	}
	for _, q := range reqs {
		if v, ok := r.Values[q.Key()]; ok {
			ans.Put(q, vault.NewValue(v))
		}
	}
	return ans, nil
}

func (b Backend) ask(ctx context.Context, in []byte) ([]byte, error) {
	command := b.Command
	if len(command) == 0 {
		command = []string{"/proc/self/exe", ChildCommand}
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
	cmd.Stdin = bytes.NewReader(in)
	stdout, stderr := &bounded{max: maxReply}, &bounded{max: 1 << 16}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err := cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, ctx.Err()
	case ctx.Err() != nil:
		return nil, vault.Errorf(vault.Unavailable, "1Password: no answer in time")
	case err != nil:
		return nil, vault.Errorf(vault.Unavailable, "1Password: the helper process ended (%w): %s", err, vault.FirstLine(string(stderr.buf)))
	}
	return stdout.buf, nil
}

// bounded keeps up to max bytes and refuses more.
type bounded struct {
	buf []byte
	max int
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.buf)+len(p) > b.max {
		return 0, errors.New("too long")
	}
	b.buf = append(b.buf, p...)
	return len(p), nil
}

// Serve is the child's side: it reads a question from in, resolves it with what
// dial makes of the token, and writes the reply to out.
func Serve(ctx context.Context, in io.Reader, out io.Writer, dial func(ctx context.Context, token string) (API, error)) error {
	var q question
	if err := json.NewDecoder(in).Decode(&q); err != nil {
		return errors.New("read question: it is started by opnix, not by hand") // the decoder's message may quote the token
	}
	var reqs []vault.Request
	for _, a := range q.Requests {
		ref, err := vault.ParseReference(a.Reference)
		if err != nil {
			return fmt.Errorf("read question: reference %w", err)
		}
		reqs = append(reqs, vault.Request{Ref: ref, File: a.File})
	}
	return json.NewEncoder(out).Encode(answer(ctx, q.Token, reqs, dial))
}

func answer(ctx context.Context, token string, reqs []vault.Request, dial func(context.Context, string) (API, error)) reply {
	api, err := dial(ctx, token)
	if err != nil {
		return refuse(1, err)
	}
	r := &resolver{api: api}
	err = r.run(ctx, reqs)
	calls := r.calls + 1 // and the sign-in
	if err != nil {
		return refuse(calls, err)
	}
	out := reply{Values: map[string][]byte{}, Failures: r.answer.Failures, Requests: calls}
	for k, v := range r.answer.Values {
		out.Values[k] = v.Bytes()
	}
	return out
}

func refuse(calls int, err error) reply {
	return reply{Requests: calls, Error: &refusal{Kind: vault.KindOf(err), Message: vault.FirstLine(err.Error())}}
}
