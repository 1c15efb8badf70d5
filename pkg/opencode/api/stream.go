package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"panther/pkg/sd"
)

// Subscribe selects events.
type Subscribe struct {
	Session string // only those of this session and its children; "" means all
	After   int64  // those after this Seq, which the server stored, then new ones; 0 means only new ones
}

const (
	// retryFor is how long a broken stream is taken up again: longer than
	// opencoded and agentdb take to restart.
	retryFor = 30 * time.Second
	// silentFor is how long a stream may be silent before it counts as broken;
	// the server sends something every ten seconds.
	silentFor = 45 * time.Second
	// maxEvent bounds one event: the largest part is a tool's output.
	maxEvent = 32 << 20
)

// Events yields events until ctx ends or the caller stops. The first one is
// always server.connected, after which nothing is missed: a stream that breaks
// is taken up again after the last event that was seen. An error ends it.
func (c *Client) Events(ctx context.Context, sel Subscribe) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		after, connected := sel.After, false
		broken := time.Time{}
		for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
			seen := false
			stop, err := c.stream(ctx, sel.Session, after, func(e Event) bool {
				seen = true
				if e.Seq > 0 {
					after = e.Seq
				}
				if e.Type == EventServerConnected {
					if connected {
						return true
					}
					connected = true
				}
				return yield(e, nil)
			})
			var refused *Error
			switch {
			case stop:
				return
			case ctx.Err() != nil:
				yield(Event{}, ctx.Err())
				return
			case errors.As(err, &refused) && refused.Status < 500 && refused.Status != http.StatusTooManyRequests:
				yield(Event{}, err)
				return
			}
			if seen || broken.IsZero() {
				broken, wait = time.Now(), 50*time.Millisecond
			} else if time.Since(broken) > retryFor {
				yield(Event{}, err)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
		}
	}
}

// stream reads one connection; stop reports that f wanted no more.
func (c *Client) stream(ctx context.Context, session string, after int64, f func(Event) bool) (stop bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	path := "/event"
	if session != "" {
		path += "?session=" + url.QueryEscape(session)
	}
	req, err := c.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "text/event-stream")
	if after > 0 {
		req.Header.Set("Last-Event-ID", strconv.FormatInt(after, 10))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return false, fmt.Errorf("reach opencode: %w", sd.Unreached(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		return false, refusal(resp.StatusCode, b)
	}
	silent := time.AfterFunc(silentFor, cancel)
	defer silent.Stop()
	return readEvents(resp.Body, func() { silent.Reset(silentFor) }, f)
}

// readEvents decodes text/event-stream. Lines that it does not know are left
// out, as the format asks for.
func readEvents(r io.Reader, alive func(), f func(Event) bool) (stop bool, err error) {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxEvent)
	var data []byte
	var seq int64
	for sc.Scan() {
		alive()
		line := sc.Bytes()
		if len(line) == 0 {
			if len(data) == 0 {
				continue
			}
			e := Event{}
			if err := json.Unmarshal(data, &e); err != nil {
				return false, fmt.Errorf("decode event: %w", err)
			}
			e.Seq = seq
			data, seq = nil, 0
			if !f(e) {
				return true, nil
			}
			continue
		}
		key, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(key) {
		case "data":
			if data != nil {
				data = append(data, '\n')
			}
			data = append(data, value...)
		case "id":
			seq, _ = strconv.ParseInt(string(value), 10, 64)
		}
	}
	if err := sc.Err(); err != nil {
		return false, fmt.Errorf("read events: %w", err)
	}
	return false, fmt.Errorf("read events: %w", io.ErrUnexpectedEOF)
}

// Follow asks and yields what happens in the session and its children until the
// turn has ended: the last event is the session.idle after it. When ctx ends
// the turn goes on; Abort ends it.
func (c *Client) Follow(ctx context.Context, id string, p Prompt) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if p.MessageID == "" {
			p.MessageID = NewID("msg")
		}
		ended := false
		for e, err := range c.Events(ctx, Subscribe{Session: id}) {
			if err != nil {
				yield(e, err)
				return
			}
			if e.Type == EventServerConnected {
				if err := c.PromptAsync(ctx, id, p); err != nil {
					yield(Event{}, err)
					return
				}
				continue
			}
			if !yield(e, nil) {
				return
			}
			pr, err := e.Decode()
			if err != nil {
				continue // an event of a newer server
			}
			switch {
			case e.Type == EventMessageUpdated && pr.Message.ParentID == p.MessageID && pr.Message.Time.Completed > 0:
				ended = true
			case e.Type == EventSessionIdle && pr.SessionID == id && ended:
				return
			}
		}
	}
}
