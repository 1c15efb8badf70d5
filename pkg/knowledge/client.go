package knowledge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"panther/pkg/identity"
	"panther/pkg/sd"

	jsonv2 "github.com/go-json-experiment/json"
)

// DefaultSocket is agentdb's address on an installed system.
const DefaultSocket = "unix:/run/agentdb/agentdb.sock"

// CrawlSocket is where the crawler reaches agentdb on an installed system: it is
// not in the group of those who ask.
const CrawlSocket = "unix:/run/agentdb/crawl.sock"

// maxAnswer bounds what is read of an answer: above any page of results.
const maxAnswer = 256 << 20

// Client speaks to agentdb. What it asks is for the identity of the context, or
// without one for whoever asks; only the runtime and root may ask for others. It
// may be used by several goroutines.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// Problem is an error that agentdb answered with (RFC 9457).
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Errors []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
	} `json:"errors"`
}

func (p *Problem) Error() string {
	s := p.Detail
	if s == "" {
		s = p.Title
	}
	for _, e := range p.Errors {
		s += "; " + strings.TrimSpace(e.Location+" "+e.Message)
	}
	return fmt.Sprintf("agentdb: %s (%d)", s, p.Status)
}

// HintText names the hint for the statuses that have one.
func (p *Problem) HintText() string {
	switch p.Status {
	case http.StatusServiceUnavailable:
		return "see: systemctl status agentdb"
	case http.StatusInsufficientStorage:
		return "free some space; panther doctor says how much there is"
	}
	return ""
}

// AwayError means that agentdb gave no answer that could be read: it is away, or
// the connection broke.
type AwayError struct{ Err error }

func (e *AwayError) Error() string { return e.Err.Error() }
func (e *AwayError) Unwrap() error { return e.Err }

// HintText names the hint for it.
func (e *AwayError) HintText() string { return "see: systemctl status agentdb" }

// ErrNotFound means that agentdb has no such thing; errors.Is finds it in what
// the client returns.
var ErrNotFound = errors.New("not found")

// Is makes errors.Is(err, ErrNotFound) true for status 404.
func (p *Problem) Is(target error) bool {
	return target == ErrNotFound && p.Status == http.StatusNotFound
}

// NewClient returns a client for agentdb at addr: "unix:/path", or an http or
// https URL, then with the bearer token.
func NewClient(addr, token string) *Client {
	c := &Client{token: token}
	c.http, c.base = sd.HTTPClient(addr)
	tr := c.http.Transport.(*http.Transport)
	tr.Proxy, tr.ReadBufferSize = nil, 32<<10 // ten passages at once
	return c
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// retryFor is how long a request is repeated while the connection is refused or
// breaks: longer than agentdb takes to restart and reach a database that
// restarts too.
const retryFor = 30 * time.Second

type patienceKey struct{}

// WithPatience returns a context of requests that are repeated no longer than d
// while agentdb is away: somebody waits for the answer.
func WithPatience(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, patienceKey{}, d)
}

func patienceOf(ctx context.Context) time.Duration {
	if d, ok := ctx.Value(patienceKey{}).(time.Duration); ok {
		return min(d, retryFor)
	}
	return retryFor
}

// do sends in as JSON and decodes the answer into out, where they are not nil.
// A broken connection and status 503 are tried again until retryFor has passed.
func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
	}
	deadline := time.Now().Add(patienceOf(ctx))
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := c.once(ctx, method, path, body, out)
		if err == nil || !transient(err) || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

func (c *Client) once(ctx context.Context, method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	if id := identity.Of(ctx); id != "" {
		req.Header.Set(identity.Header, string(id))
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return &AwayError{fmt.Errorf("reach agentdb: %w", sd.Unreached(err))}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return &AwayError{fmt.Errorf("read agentdb's answer: %w", err)}
	}
	if resp.StatusCode >= 300 {
		p := &Problem{}
		if json.Unmarshal(b, p) != nil || p.Status == 0 {
			p = &Problem{Title: http.StatusText(resp.StatusCode), Status: resp.StatusCode}
		}
		return p
	}
	if out == nil || len(b) == 0 {
		return nil
	}
	if err := jsonv2.Unmarshal(b, out); err != nil { // four times as fast as encoding/json's, which counts in a search
		return &AwayError{fmt.Errorf("decode agentdb's answer: %w", err)}
	}
	return nil
}

// transient reports whether the same request may succeed a moment later.
func transient(err error) bool {
	var p *Problem
	if errors.As(err, &p) {
		return p.Status == http.StatusServiceUnavailable
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed) ||
		strings.Contains(err.Error(), "server closed idle connection")
}
