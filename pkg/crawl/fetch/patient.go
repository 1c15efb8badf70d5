package fetch

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// patientTries is how often an address is asked that is busy.
	patientTries = 4
	// maxPause bounds what a Retry-After may ask for in the middle of a run.
	maxPause = 2 * time.Minute
)

// Patient follows an address as Follow does, and asks again where the server is
// busy or broken for the moment (429 and 5xx), after the wait that it asks for.
// It is for APIs and feeds; pages have a frontier that does this.
func (c *Client) Patient(ctx context.Context, address string, hops int) (*Response, error) {
	for try := 1; ; try++ {
		resp, err := c.Follow(ctx, address, hops)
		if err != nil || try == patientTries || resp.Status != http.StatusTooManyRequests && resp.Status < 500 {
			return resp, err
		}
		wait, ok := RetryAfter(resp.Header.Get("Retry-After"), time.Now())
		if !ok {
			wait = time.Duration(try*try) * 250 * time.Millisecond
		}
		if wait > maxPause {
			return resp, nil
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil, ctx.Err()
		case <-t.C:
		}
	}
}

// RetryAfter reads seconds or a date: RFC 9110, 10.2.3.
func RetryAfter(h string, now time.Time) (time.Duration, bool) {
	if n, err := strconv.Atoi(strings.TrimSpace(h)); err == nil && n >= 0 && n < 1<<20 {
		return time.Duration(n) * time.Second, true
	}
	if t, err := http.ParseTime(h); err == nil {
		return max(0, t.Sub(now)), true
	}
	return 0, false
}
