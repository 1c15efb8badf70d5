package fetch

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"

	"panther/pkg/opnix/vault"
)

// Open makes the backend that a question names, in the answering process.
type Open func(kind, url string, ca []byte, token vault.Value) (vault.Backend, error)

// Serve answers the one question of in on out.
func Serve(ctx context.Context, in io.Reader, out io.Writer, open Open) error {
	line, err := readLine(bufio.NewReader(in))
	if err != nil {
		return errNoQuestion
	}
	return answer(ctx, line, out, open)
}

// ServeConn answers the one question of a connection, and gives up when the
// peer does.
func ServeConn(ctx context.Context, c net.Conn, open Open) error {
	r := bufio.NewReader(c)
	line, err := readLine(r)
	if err != nil {
		return errNoQuestion
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, r) // ends with the connection
		cancel()
	}()
	return answer(ctx, line, c, open)
}

// errNoQuestion has none of the decoder's words, which may quote the token.
var errNoQuestion = errors.New("read question: it is started by opnix, not by hand")

func answer(ctx context.Context, line []byte, out io.Writer, open Open) error {
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return errNoQuestion
	}
	var reqs []vault.Request
	for _, a := range q.Requests {
		ref, err := vault.ParseReference(a.Reference)
		if err != nil {
			return fmt.Errorf("read question: reference %w", err)
		}
		reqs = append(reqs, vault.Request{Ref: ref, File: a.File})
	}
	b, err := open(q.Type, q.URL, q.CA, vault.NewValue(q.Token))
	if err != nil {
		return writeReply(out, nil, vault.Answer{}, err)
	}
	ans, err := b.Resolve(ctx, reqs)
	return writeReply(out, reqs, ans, err)
}
