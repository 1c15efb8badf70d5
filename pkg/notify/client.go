package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"syscall"
	"time"

	"panther/pkg/sd"
)

// Socket is where panther-notify listens.
const Socket = "/run/panther-notify/panther-notify.sock"

const (
	// tellTime is how long an event may take to be on disk: the service may have
	// to start first.
	tellTime = 10 * time.Second
	// maxTelling bounds the events that wait for a service that does not answer.
	maxTelling = 16
)

// Client hands events to panther-notify. The zero value and nil tell nobody.
type Client struct {
	http *http.Client
	base string
	log  *slog.Logger
	busy chan struct{}
	wg   sync.WaitGroup
}

// NewClient returns a client of the service at addr, "unix:/path"; with "" it
// tells nobody.
func NewClient(addr string, log *slog.Logger) *Client {
	if addr == "" {
		return nil
	}
	c := &Client{log: log, busy: make(chan struct{}, maxTelling)}
	c.http, c.base = sd.HTTPClient(addr)
	c.http.Timeout = tellTime
	return c
}

// Tell hands an event over in the background. It neither waits nor fails: what
// reached nobody is a line of the log, and is told when the state is found again.
func (c *Client) Tell(e Event) {
	if c == nil || c.http == nil {
		return
	}
	select {
	case c.busy <- struct{}{}:
	default:
		c.log.Warn("event was not told", "event", e.ID, "error", "too many are under way")
		return
	}
	c.wg.Go(func() {
		defer func() { <-c.busy }()
		err := c.Send(context.Background(), e)
		switch {
		case err == nil:
		case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED):
			c.log.Debug("event was not told", "event", e.ID, "error", err) // the suite does without the service
		default:
			c.log.Warn("event was not told", "event", e.ID, "error", err)
		}
	})
}

// Close waits for the events under way, at most as long as one may take.
func (c *Client) Close() {
	if c == nil || c.http == nil {
		return
	}
	c.wg.Wait()
	c.http.CloseIdleConnections()
}

// Send hands an event over and returns when it is on disk.
func (c *Client) Send(ctx context.Context, e Event) error {
	return c.post(ctx, "/v1/events", e, nil)
}

// Outcome is what became of an event at one target.
type Outcome struct {
	Target string `json:"target"`
	State  string `json:"state" doc:"waiting, delivered, rejected, refused or expired"`
	Detail string `json:"detail,omitempty" doc:"What went wrong last"`
}

// Test sends a test to a target, to all with "", and returns what came of it
// within half a minute.
func (c *Client) Test(ctx context.Context, target string) ([]Outcome, error) {
	long := *c.http
	long.Timeout = time.Minute
	t := &Client{http: &long, base: c.base}
	var out struct {
		Outcomes []Outcome `json:"outcomes"`
	}
	err := t.post(ctx, "/v1/test", map[string]string{"target": target}, &out)
	return out.Outcomes, err
}

func (c *Client) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return sd.Hint(fmt.Errorf("reach panther-notify: %w", sd.Unreached(err)), "see: systemctl status panther-notify.socket panther-notify")
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("read answer of panther-notify: %w", err)
	}
	if res.StatusCode >= 300 {
		var p struct {
			Detail string `json:"detail"`
		}
		_ = json.Unmarshal(answer, &p)
		return fmt.Errorf("panther-notify answered %s: %s", res.Status, p.Detail)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("decode answer of panther-notify: %w", err)
	}
	return nil
}
