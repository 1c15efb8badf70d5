package knowledge

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"panther/pkg/sd"
)

// Backup writes everything that agentdb holds to w while it serves. Only root
// and the service's user may.
func (c *Client) Backup(ctx context.Context, w io.Writer) error {
	return c.stream(ctx, http.MethodGet, "/v1/backup", nil, w)
}

// Restore reads a backup into an empty database, whole or not at all. Only root
// and the service's user may.
func (c *Client) Restore(ctx context.Context, r io.Reader) error {
	return c.stream(ctx, http.MethodPost, "/v1/restore", r, io.Discard)
}

// stream sends and receives bodies that are not repeated.
func (c *Client) stream(ctx context.Context, method, path string, in io.Reader, out io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, in)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("reach agentdb: %w", sd.Unreached(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		p := &Problem{Title: http.StatusText(resp.StatusCode), Status: resp.StatusCode}
		b, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		_ = json.Unmarshal(b, p) // what is no problem keeps the status's text
		return p
	}
	if _, err := io.Copy(out, resp.Body); err != nil {
		return fmt.Errorf("read agentdb's answer: %w", err)
	}
	return nil
}
