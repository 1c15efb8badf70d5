package local

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"panther/pkg/sd"
)

// ControlSocket is the name of the socket by which `panther` speaks to the
// process that runs a folder.
const ControlSocket = "panther"

// Status is what a running instance says about itself.
type Status struct {
	PID      int       `json:"pid"`
	Version  string    `json:"version"`
	Started  time.Time `json:"started"`
	Folder   string    `json:"folder"`
	Config   string    `json:"config"`  // folder of the configuration files
	Address  string    `json:"address"` // URL of the API
	Memory   uint64    `json:"memory"`  // resident bytes of the process
	Crawling bool      `json:"crawling"`
	Services []Service `json:"services"`
}

// Ready reports whether every service can be used.
func (s Status) Ready() bool {
	for _, v := range s.Services {
		if v.State != StateReady {
			return false
		}
	}
	return true
}

// Service is one service of the process.
type Service struct {
	Name     string     `json:"name"`
	State    string     `json:"state"` // starting, ready, failed or stopped
	Status   string     `json:"status,omitempty"`
	Error    string     `json:"error,omitempty"`
	Hint     string     `json:"hint,omitempty"`
	Restarts int        `json:"restarts,omitempty"`
	Since    *time.Time `json:"since,omitempty"` // of the state
}

// States of a Service.
const (
	StateStarting = "starting"
	StateReady    = "ready"
	StateFailed   = "failed" // it is started again after a while
	StateStopped  = "stopped"
)

// CrawlRequest asks for a crawl.
type CrawlRequest struct {
	Sources []string `json:"sources,omitempty"` // none means all
	Due     bool     `json:"due,omitempty"`     // only those whose time has come
}

// CrawlEvent is one line of the answer to a CrawlRequest.
type CrawlEvent struct {
	Progress *Progress `json:"progress,omitempty"`
	Note     string    `json:"note,omitempty"`
	Error    string    `json:"error,omitempty"` // the crawl failed: the last line
	Hint     string    `json:"hint,omitempty"`
	Status   int       `json:"status,omitempty"` // with Error: the exit status that it asks for
	Done     bool      `json:"done,omitempty"`   // the crawl ended well: the last line
}

// Client speaks to a running instance.
type Client struct{ http *http.Client }

// Dial returns a client for the instance of a folder, or an error if none runs
// there.
func Dial(dir string) (*Client, error) {
	path := sd.LocalSocket(dir, ControlSocket)
	c, err := net.Dial("unix", path)
	if err != nil {
		return nil, sd.Hint(fmt.Errorf("no Panther runs in %s: %w", dir, sd.Unreached(err)), "start it with: panther local")
	}
	_ = c.Close()
	client, _ := sd.HTTPClient("unix:" + path)
	return &Client{client}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Status returns how the instance is.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	s := &Status{}
	return s, c.call(ctx, http.MethodGet, "/v1/status", nil, func(r io.Reader) error { return json.NewDecoder(r).Decode(s) })
}

// Stop asks the instance to end and returns when it has.
func (c *Client) Stop(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/v1/stop", nil, func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r) // the connection ends with the process
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		return err
	})
}

// Crawl runs a crawl in the instance and reports what happens. When ctx ends
// the crawl is interrupted and goes on where it was with the next one.
func (c *Client) Crawl(ctx context.Context, req CrawlRequest, event func(CrawlEvent)) error {
	return c.call(ctx, http.MethodPost, "/v1/crawl", req, func(r io.Reader) error {
		sc := bufio.NewScanner(r)
		sc.Buffer(nil, 1<<20)
		for sc.Scan() {
			var e CrawlEvent
			if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
				return fmt.Errorf("decode progress: %w", err)
			}
			switch {
			case e.Error != "":
				return &sd.Error{Err: errors.New(e.Error), Hint: e.Hint, Code: e.Status}
			case e.Done:
				return nil
			}
			event(e)
		}
		if err := sc.Err(); err != nil {
			return fmt.Errorf("follow crawl: %w", err)
		}
		return sd.Hint(errors.New("the local Panther ended during the crawl"), "start it again: the next crawl goes on where this one was")
	})
}

func (c *Client) call(ctx context.Context, method, path string, in any, read func(io.Reader) error) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://panther"+path, body)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("reach the local Panther: %w", sd.Unreached(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		b, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
		return fmt.Errorf("the local Panther refused: %s: %s", resp.Status, bytes.TrimSpace(b))
	}
	return read(resp.Body)
}
