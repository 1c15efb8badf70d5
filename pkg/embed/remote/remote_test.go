package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"panther/pkg/sd"
)

// serve starts a server and returns a client for it that does not dawdle.
func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c := New(Options{URL: srv.URL + "/v1/", Model: "m", Key: "k", Batch: 2, Retries: 3, Timeout: 10 * time.Second, SendInputType: true})
	t.Cleanup(c.Close)
	return c
}

func TestBatchesInOrder(t *testing.T) {
	t.Parallel()
	var sizes []int
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var in request
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.URL.Path != "/v1/embeddings" || r.Header.Get("Authorization") != "Bearer k" || in.Model != "m" || in.InputType != "query" {
			t.Errorf("request %s %+v %v", r.URL, in, err)
		}
		sizes = append(sizes, len(in.Input))
		var parts []string
		for i := range in.Input { // backwards, as a server may
			j := len(in.Input) - 1 - i
			parts = append(parts, fmt.Sprintf(`{"index":%d,"embedding":[%d,0]}`, j, len(in.Input[j])))
		}
		fmt.Fprintf(w, `{"data":[%s],"usage":{"prompt_tokens":%d}}`, strings.Join(parts, ","), 7*len(in.Input))
	})
	vs, tokens, err := c.Embed(t.Context(), []string{"a", "bb", "ccc"}, "query")
	if err != nil || tokens != 21 || !slices.Equal(sizes, []int{2, 1}) {
		t.Fatalf("%d tokens, batches %v, %v", tokens, sizes, err)
	}
	for i, v := range vs {
		if len(v) != 2 || v[0] != 1 {
			t.Errorf("vector %d is %v, want length 1", i, v)
		}
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		switch calls.Add(1) {
		case 1:
			w.Header().Set("Retry-After", "0")
			http.Error(w, `{"error":{"message":"slow down"}}`, http.StatusTooManyRequests)
		case 2:
			panic(http.ErrAbortHandler)
		default:
			_, _ = io.WriteString(w, `{"data":[{"index":0,"embedding":"AACAPwAAAAA="}]}`)
		}
	})
	vs, _, err := c.Embed(t.Context(), []string{"a"}, "")
	if err != nil || calls.Load() != 3 || vs[0][0] != 1 {
		t.Errorf("%d calls, %v, %v", calls.Load(), vs, err)
	}
}

// answering makes a client that a handler answers within the process, without a connection: in a bubble of synctest it
// waits for no clock.
type answering http.HandlerFunc

func (h answering) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h(w, r)
	return w.Result(), nil
}

func (h answering) client() *Client {
	c := New(Options{URL: "http://embed/v1/", Model: "m", Batch: 1, Retries: 3, Timeout: time.Hour})
	c.http.Transport = h
	return c
}

// TestObeysRetryAfter asks again when the server said, not when its own pause,
// of 750 ms at most, would be over.
func TestObeysRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var first time.Time
		c := answering(func(w http.ResponseWriter, _ *http.Request) {
			if first.IsZero() {
				first = time.Now()
				w.Header().Set("Retry-After", "30")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			_, _ = io.WriteString(w, `{"data":[{"index":0,"embedding":[1]}]}`)
		}).client()
		if _, _, err := c.Embed(t.Context(), []string{"a"}, ""); err != nil || time.Since(first) != 30*time.Second {
			t.Errorf("after %v: %v", time.Since(first), err)
		}
	})
}

func TestGivesUp(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status      int
		body        string
		calls       int32
		want, hints string
	}{
		"unauthorized": {401, `{"error":{"message":"no such key"}}`, 1, "401 Unauthorized: no such key", "API key"},
		"not found":    {404, `{"detail":"no route"}`, 1, "no route", "openai.url"},
		"bad request":  {400, `plain words`, 1, "plain words", ""},
		"count":        {200, `{"data":[]}`, 1, "0 vectors for 1 texts", ""},
		"index":        {200, `{"data":[{"index":3,"embedding":[1]}]}`, 1, "index 3", ""},
		"zero":         {200, `{"data":[{"index":0,"embedding":[0,0]}]}`, 1, "no length", ""},
		"bytes":        {200, `{"data":[{"index":0,"embedding":"AAA="}]}`, 1, "no float32", ""},
		"no json":      {200, `<html>`, 1, "invalid character", ""},
		"cut off":      {200, `{"data":[{"index":0,"embed`, 1, "unexpected end", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			})
			_, _, err := c.Embed(t.Context(), []string{"a"}, "")
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(sd.HintOf(err), tc.hints) || calls.Load() != tc.calls {
				t.Errorf("%d calls, error %v, hint %q", calls.Load(), err, sd.HintOf(err))
			}
		})
	}
}

func TestStopsWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := answering(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusServiceUnavailable)
			cancel()
		}).client()
		start := time.Now()
		if _, _, err := c.Embed(ctx, []string{"a"}, ""); err == nil || time.Since(start) > 0 {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-1": 0, "soon": 0,
		"Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {in}}, now); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":"AACAPwAAAAA="}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var a answer
		if json.Unmarshal(b, &a) != nil {
			return
		}
		vs, err := a.vectors(2)
		for _, v := range vs {
			if err == nil && (len(v) == 0 || math.IsNaN(float64(v[0]))) {
				t.Errorf("%s: vector %v", b, v)
			}
		}
	})
}
