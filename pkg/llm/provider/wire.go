package provider

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"panther/pkg/llm"
)

const (
	// stallTime is how long a server may be silent: longer than models of today
	// think without a sign, and a third of a turn.
	stallTime = 5 * time.Minute
	// tailTime is how long the counts of tokens are waited for behind the end.
	tailTime = 10 * time.Second
	// maxAnswer bounds the bytes of one answer, and of one event in it.
	maxAnswer = 32 << 20
)

var (
	errStalled = errors.New("the server stopped sending in the middle of the answer")
	errCut     = errors.New("the answer ended before it was whole")
	errTooLong = errors.New("the answer is larger than 32 MB")
)

// reader takes what a server sends.
type reader interface {
	// event takes one event of a stream and reports whether it was the last.
	event(name string, data []byte) (end bool, err error)
	// whole takes an answer that was not streamed, though a stream was asked for.
	whole(data []byte) error
	// finished reports whether the answer is whole, whatever comes behind it.
	finished() bool
}

// exchange asks by post and has r read the answer. A server that falls silent is
// given up.
func (ep Endpoint) exchange(ctx context.Context, post func(context.Context) (*http.Response, error), r reader) error {
	limit := ep.Stall
	if limit <= 0 {
		limit = stallTime
	}
	actx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(limit, func() { cancel(errStalled) })
	defer timer.Stop()
	err := func() error {
		res, err := post(actx)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		timer.Reset(limit)
		return read(res.Body, r, func() {
			if r.finished() {
				limit = min(limit, tailTime)
			}
			timer.Reset(limit)
		})
	}()
	switch {
	case r.finished() && ctx.Err() == nil && (err == nil || errors.Is(context.Cause(actx), errStalled) || isRead(err)):
		return nil
	case ctx.Err() != nil:
		return &llm.Error{Kind: llm.KindCancelled, Err: context.Cause(ctx)}
	case errors.Is(context.Cause(actx), errStalled):
		return &llm.Error{Kind: llm.KindNetwork, Err: errStalled}
	case err == nil:
		return &llm.Error{Kind: llm.KindNetwork, Err: errCut}
	}
	var e *llm.Error
	if errors.As(err, &e) {
		e.Credential = ep.Credential
		return e
	}
	var re *readError
	if errors.As(err, &re) {
		return &llm.Error{Kind: llm.KindNetwork, Err: re.err}
	}
	var own *emitError
	if errors.As(err, &own) {
		return own.err
	}
	return &llm.Error{Kind: llm.KindNetwork, Err: err}
}

// readError means that the connection broke, emitError that the caller wants no
// more.
type (
	readError struct{ err error }
	emitError struct{ err error }
)

func (e *readError) Error() string { return e.err.Error() }
func (e *emitError) Error() string { return e.err.Error() }

// emitBy passes on thoughts and text, each by itself.
func emitBy(emit func(llm.Delta) error, d llm.Delta) error {
	for _, d := range []llm.Delta{{Unsay: d.Unsay, Reasoning: d.Reasoning}, {Text: d.Text}} {
		if emit == nil || d == (llm.Delta{}) {
			continue
		}
		if err := emit(d); err != nil {
			return &emitError{err}
		}
	}
	return nil
}

func isRead(err error) bool {
	var re *readError
	return errors.As(err, &re)
}

// read cuts a body into events (HTML Living Standard, server-sent events), or
// takes it whole if it is none. Servers that leave out the empty line between
// two events, or behind the last, are read too.
func read(body io.Reader, r reader, alive func()) error {
	br := bufio.NewReaderSize(io.LimitReader(body, maxAnswer+1), 64<<10)
	if whole, err := notStreamed(br); err != nil || whole {
		if err != nil {
			return err
		}
		b, err := io.ReadAll(br)
		switch {
		case err != nil:
			return &readError{err}
		case len(b) > maxAnswer:
			return errTooLong
		}
		return r.whole(b)
	}
	scan := bufio.NewScanner(br)
	scan.Buffer(nil, maxAnswer)
	name, data := "", []byte(nil)
	dispatch := func() (bool, error) {
		d := bytes.TrimSpace(data)
		n := name
		name, data = "", nil
		if len(d) == 0 {
			return false, nil
		}
		alive()
		return r.event(n, d)
	}
	for scan.Scan() {
		field, value, _ := strings.Cut(strings.TrimSuffix(scan.Text(), "\r"), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case field == "data":
			if len(data) > 0 && json.Valid(data) {
				if end, err := dispatch(); end || err != nil {
					return err
				}
			}
			data = append(append(data, value...), '\n')
			continue
		case field == "event":
			if len(data) == 0 {
				name = value
				continue
			}
		case field != "" || value != "":
			continue // a comment, or a field that is no matter here
		}
		end, err := dispatch()
		if end || err != nil {
			return err
		}
		if field == "event" {
			name = value
		}
	}
	if end, err := dispatch(); end || err != nil {
		return err
	}
	if err := scan.Err(); err != nil {
		return &readError{err}
	}
	return nil
}

// notStreamed reports whether a body is JSON or HTML instead of a stream.
func notStreamed(br *bufio.Reader) (bool, error) {
	for {
		c, err := br.ReadByte()
		switch {
		case err == io.EOF:
			return false, nil
		case err != nil:
			return false, &readError{err}
		case c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0xEF || c == 0xBB || c == 0xBF:
			continue
		}
		return c == '{' || c == '[' || c == '<', br.UnreadByte()
	}
}

// refused is a middleware of the SDKs: it makes an *llm.Error of an answer with an
// error's status, in whatever shape, before the SDK reads it.
func (ep Endpoint) refused(q *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	res, err := next(q)
	if err != nil || res.StatusCode < 400 {
		return res, err
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return nil, ep.failure(res.StatusCode, res.Header, b)
}

// failure makes an *llm.Error of what a server said in place of an answer.
func (ep Endpoint) failure(status int, h http.Header, body []byte) *llm.Error {
	said := readSaid(body)
	if ep.Key != "" {
		said.text = strings.ReplaceAll(said.text, ep.Key, "…")
	}
	e := classify(status, h, said)
	e.Credential = ep.Credential
	return e
}
