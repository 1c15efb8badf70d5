package render

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"panther/pkg/sd"
)

// DefaultSocket is where panther-render.socket listens.
const DefaultSocket = "/run/panther-render/panther-render.sock"

// message is a line of the protocol, in either direction.
type message struct {
	// crawler to renderer
	URL       string   `json:"url,omitempty"` // of the page, and in the result after redirects
	File      []byte   `json:"file,omitempty"`
	As        string   `json:"as,omitempty"`        // the format of the file
	Languages []string `json:"languages,omitempty"` // of a scan

	// renderer to crawler
	ID    int    `json:"id,omitempty"`
	Fetch string `json:"fetch,omitempty"`
	HTML  string `json:"html,omitempty"`
	Text  string `json:"text,omitempty"`

	// crawler's answer to a fetch
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   []byte      `json:"body,omitempty"`

	Error string `json:"error,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

// Response is what a Fetcher got. A redirect is one with its Location header.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Fetcher fetches what a page asks for, or refuses to by an error. It is called
// by several goroutines.
type Fetcher func(ctx context.Context, url string) (*Response, error)

// Client gives tasks to a renderer. Its methods may be called by several
// goroutines.
type Client struct {
	dial func(ctx context.Context) (net.Conn, error)
}

// NewClient returns a client of the renderer at socket. Where there is none, a
// process that is no service of systemd does the work itself; a service never
// does, since its sandbox is not made for it.
func NewClient(socket string) *Client {
	c := &Client{dial: func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", socket)
		if err != nil {
			return nil, sd.Hint(fmt.Errorf("reach the renderer: %w", sd.Unreached(err)), "systemctl enable --now panther-render.socket")
		}
		return conn, nil
	}}
	if _, err := os.Stat(socket); err != nil && os.Getenv("INVOCATION_ID") == "" {
		c.dial = inProcess
	}
	return c
}

// inProcess serves one connection in this process.
func inProcess(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		s := NewServer()
		defer s.Close()
		s.Serve(context.Background(), theirs)
	}()
	return ours, nil
}

// taskTime bounds a task but a scan, and the wait for one of the renderer's places.
const taskTime = 90 * time.Second

// Page renders a page and returns its DOM as HTML once the page is quiet, and
// the address that it has then.
func (c *Client) Page(ctx context.Context, url string, fetch Fetcher) (html, final string, err error) {
	ctx, cancel := context.WithTimeout(ctx, taskTime)
	defer cancel()
	m, err := c.task(ctx, message{URL: url}, fetch)
	if err != nil {
		return "", "", fmt.Errorf("render page: %w", err)
	}
	return m.HTML, m.URL, nil
}

// scanned is the format of a PDF whose pages are images.
const scanned = "scan"

// Read returns what the reader of a format makes of a file: of "pdf" the text,
// its pages divided by form feeds, of any other HTML.
func (c *Client) Read(ctx context.Context, as string, file []byte) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, taskTime)
	defer cancel()
	m, err := c.task(ctx, message{File: file, As: as}, nil)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", as, err)
	}
	return m.Text, nil
}

// Scan returns the text of a PDF whose pages are images, divided by form feeds.
// Languages are of ISO 639-2, as Tesseract names its data; none is English.
func (c *Client) Scan(ctx context.Context, pdf []byte, languages []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, scanTime)
	defer cancel()
	m, err := c.task(ctx, message{File: pdf, As: scanned, Languages: languages}, nil)
	if err != nil {
		return "", fmt.Errorf("read scan: %w", err)
	}
	return m.Text, nil
}

func (c *Client) task(ctx context.Context, m message, fetch Fetcher) (*message, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	var fetches sync.WaitGroup
	defer fetches.Wait()
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	w := &lines{enc: json.NewEncoder(conn)}
	if err := w.send(m); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(conn)
	for {
		var in message
		if err := dec.Decode(&in); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, fmt.Errorf("renderer ended: %w", err)
		}
		switch {
		case in.Error != "":
			return nil, sd.Hint(errors.New(in.Error), in.Hint)
		case in.Fetch == "":
			return &in, nil
		case fetch == nil:
			return nil, errors.New("renderer asked for an address out of place")
		}
		fetches.Go(func() { _ = w.send(answer(ctx, in, fetch)) }) // a lost connection ends the loop
	}
}

func answer(ctx context.Context, in message, fetch Fetcher) message {
	r, err := fetch(ctx, in.Fetch)
	if err != nil {
		return message{ID: in.ID, Error: err.Error()}
	}
	return message{ID: in.ID, Status: r.Status, Header: r.Header, Body: r.Body}
}

// lines writes messages by several goroutines.
type lines struct {
	mu  sync.Mutex
	enc *json.Encoder
}

func (l *lines) send(m message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.enc.Encode(m)
}
