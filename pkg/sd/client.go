package sd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// HTTPClient returns a client of the server at addr, "unix:/path" or an http or
// https URL, and what its URLs begin with. It opens no connection; who uses it
// closes the idle ones. Callers may change its transport before its first use.
func HTTPClient(addr string) (client *http.Client, base string) {
	tr := http.DefaultTransport.(*http.Transport).Clone()
	tr.MaxIdleConnsPerHost = 32 // services of one machine ask each other much at once
	base = strings.TrimSuffix(addr, "/")
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		base = "http://localhost"
		tr.Proxy = nil
		tr.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		}
	}
	return &http.Client{Transport: tr}, base
}

// unreached says in words why a server gave no answer.
type unreached struct {
	text string
	err  error
}

func (e *unreached) Error() string { return e.text }
func (e *unreached) Unwrap() error { return e.err }

// Unreached returns the error of a request that got no answer in the words of
// who reads it: what was asked for where, instead of the request and the calls
// that it made. errors.Is and errors.As find what it was made of. It returns nil
// for nil.
func Unreached(err error) error {
	if err == nil {
		return nil
	}
	at := ""
	var op *net.OpError
	if errors.As(err, &op) && op.Addr != nil {
		at = op.Addr.String()
	}
	var dns *net.DNSError
	var timeout net.Error
	inner := err
	if u := (*url.Error)(nil); errors.As(err, &u) {
		inner = u.Err
	}
	text := inner.Error()
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		text = fmt.Sprintf("the host %s does not resolve", dns.Name)
	case at != "" && errors.Is(err, fs.ErrNotExist):
		text = "there is no socket " + at
	case at != "" && errors.Is(err, syscall.ECONNREFUSED):
		text = "nothing listens at " + at
	case at != "" && errors.Is(err, fs.ErrPermission):
		text = "this user may not use " + at
	case errors.Is(err, context.Canceled): // the caller knows
	case errors.As(err, &timeout) && timeout.Timeout():
		text = "it did not answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		text = "the connection broke off"
	}
	return &unreached{text, err}
}
