package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"panther/pkg/sd"
)

// DefaultSocket is the crawler's address on an installed system.
const DefaultSocket = "unix:/run/panther-crawl/panther-crawl.sock"

// maxAnswer bounds what is read of an answer: thousands of sources.
const maxAnswer = 16 << 20

// Error is an answer that says no.
type Error struct {
	Status int    `json:"status"`
	Text   string `json:"text"`
	Hint   string `json:"hint,omitempty"`
}

func (e *Error) Error() string { return e.Text }

// HintText says what to do.
func (e *Error) HintText() string { return e.Hint }

// AwayError means that the crawler does not answer.
type AwayError struct{ Err error }

func (e *AwayError) Error() string { return e.Err.Error() }
func (e *AwayError) Unwrap() error { return e.Err }

// Client asks the crawler. It may be used by several goroutines.
type Client struct {
	http *http.Client
	base string
}

// NewClient returns a client for the crawler at addr, "unix:/path".
func NewClient(addr string) *Client {
	c := &Client{}
	c.http, c.base = sd.HTTPClient(addr)
	return c
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Sources returns the configured sources.
func (c *Client) Sources(ctx context.Context) ([]Source, error) {
	var out []Source
	return out, c.do(ctx, http.MethodGet, "/v1/sources", nil, &out)
}

// Look says what a place is, and changes nothing.
func (c *Client) Look(ctx context.Context, p Place) (*Seen, error) {
	s := &Seen{}
	return s, c.do(ctx, http.MethodPost, "/v1/look", p, s)
}

// Add adds a source, or returns the one that is there already.
func (c *Client) Add(ctx context.Context, p Place) (*Seen, error) {
	s := &Seen{}
	return s, c.do(ctx, http.MethodPost, "/v1/sources", p, s)
}

// Edit changes settings of a source.
func (c *Client) Edit(ctx context.Context, name string, change Change) (*Source, error) {
	s := &Source{}
	return s, c.do(ctx, http.MethodPatch, "/v1/sources/"+url.PathEscape(name), change, s)
}

// Remove takes a source out of the configuration, and its documents out of
// agentdb.
func (c *Client) Remove(ctx context.Context, name string) error {
	return c.do(ctx, http.MethodDelete, "/v1/sources/"+url.PathEscape(name), nil, nil)
}

// Upload keeps a file for a source of that name.
func (c *Client) Upload(ctx context.Context, source, file string, r io.Reader) (*Source, error) {
	s := &Source{}
	return s, c.send(ctx, http.MethodPut, "/v1/uploads/"+url.PathEscape(source)+"/"+url.PathEscape(file), r, s)
}

// Visit begins visits of sources, or joins those that run.
func (c *Client) Visit(ctx context.Context, sources ...string) error {
	return c.do(ctx, http.MethodPost, "/v1/visits", Visit{sources}, nil)
}

// Interrupt ends the visit of a source; the next one goes on where it was.
func (c *Client) Interrupt(ctx context.Context, name string) error {
	return c.do(ctx, http.MethodDelete, "/v1/visits/"+url.PathEscape(name), nil, nil)
}

// Visits returns how far the visits are that run, and what those came to that
// ended last.
func (c *Client) Visits(ctx context.Context) ([]Progress, error) {
	var out []Progress
	return out, c.do(ctx, http.MethodGet, "/v1/visits", nil, &out)
}

func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	return c.send(ctx, method, path, body, out)
}

func (c *Client) send(ctx context.Context, method, path string, body io.Reader, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return &AwayError{fmt.Errorf("reach the crawler: %w", err)}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return &AwayError{fmt.Errorf("read the crawler's answer: %w", err)}
	}
	if resp.StatusCode >= 300 {
		e := &Error{Status: resp.StatusCode}
		if json.Unmarshal(b, e) != nil || e.Text == "" {
			e = &Error{Status: resp.StatusCode, Text: http.StatusText(resp.StatusCode)}
		}
		return e
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return &AwayError{errors.Join(errors.New("the crawler's answer cannot be read"), err)}
	}
	return nil
}
