// Package remote embeds through a server that speaks the OpenAI embeddings API:
// OpenAI, Voyage, Ollama, TEI, llama.cpp, or another panther-embed. Calls are
// cut into batches, kept below a rate, and repeated with growing, jittered
// pauses while the server is busy or away; Retry-After is obeyed. An answer of
// the wrong count or length is an error, never padded.
package remote

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"panther/pkg/sd"

	"golang.org/x/time/rate"
)

// Options name the server and its manners.
type Options struct {
	URL           string // up to and with /v1, or unix:/path
	Model         string
	Key           string // bearer token; "" sends none
	Dimensions    int    // asked for; 0 leaves it to the model
	Batch         int    // inputs of one call
	PerMinute     int    // calls; 0 is no limit
	Retries       int
	Timeout       time.Duration // of one call
	SendInputType bool
}

// Client asks one server. It may be used by several goroutines.
type Client struct {
	opt   Options
	base  string
	http  *http.Client
	limit *rate.Limiter
}

// maxAnswer bounds an answer: 2048 vectors of 4096 float32 as decimal text.
const maxAnswer = 256 << 20

// maxPause bounds what a Retry-After may ask for: beyond it the caller's work
// stays pending and is tried again later anyway.
const maxPause = time.Minute

// New returns a client. It opens no connection.
func New(opt Options) *Client {
	c := &Client{opt: opt, limit: rate.NewLimiter(rate.Inf, 1)}
	c.http, c.base = HTTPClient(opt.URL)
	c.http.Timeout = opt.Timeout
	if opt.PerMinute > 0 {
		c.limit = rate.NewLimiter(rate.Every(time.Minute/time.Duration(opt.PerMinute)), max(1, opt.PerMinute/10))
	}
	return c
}

// HTTPClient is sd.HTTPClient for an embedding server: behind a socket its paths
// begin with /v1, as they do in the URLs of others.
func HTTPClient(addr string) (client *http.Client, base string) {
	client, base = sd.HTTPClient(addr)
	if strings.HasPrefix(addr, "unix:") {
		base += "/v1"
	}
	return client, base
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// StatusError is an answer that is not 200.
type StatusError struct {
	Status     int
	Message    string
	RetryAfter time.Duration
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("the embedding server answered %d %s: %s", e.Status, http.StatusText(e.Status), e.Message)
}

// HintText says what an operator can do.
func (e *StatusError) HintText() string {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "check the API key: the credential that openai.credential names"
	case http.StatusNotFound:
		return "check openai.url (it ends in /v1) and openai.model"
	}
	return ""
}

// Embed returns a vector of length 1 for each text, and the tokens that the
// server counted in all. kind is "query", "passage" or "".
func (c *Client) Embed(ctx context.Context, texts []string, kind string) (vectors [][]float32, tokens int, err error) {
	for start := 0; start < len(texts); start += c.opt.Batch {
		part := texts[start:min(len(texts), start+c.opt.Batch)]
		vs, n, err := c.call(ctx, part, kind)
		if err != nil {
			return nil, 0, err
		}
		vectors = append(vectors, vs...)
		tokens += n
	}
	return vectors, tokens, nil
}

func (c *Client) call(ctx context.Context, texts []string, kind string) ([][]float32, int, error) {
	pause := 500 * time.Millisecond
	for try := 0; ; try++ {
		if err := c.limit.Wait(ctx); err != nil {
			return nil, 0, fmt.Errorf("wait for the rate limit: %w", err)
		}
		vs, n, err := c.once(ctx, texts, kind)
		if err == nil || try >= c.opt.Retries || ctx.Err() != nil || !transient(err) {
			return vs, n, err
		}
		wait := pause/2 + rand.N(pause)
		var se *StatusError
		if errors.As(err, &se) && se.RetryAfter > 0 {
			wait = min(se.RetryAfter, maxPause)
		}
		pause = min(2*pause, maxPause/2)
		select {
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// transient reports whether the same call may succeed later.
func transient(err error) bool {
	var se *StatusError
	if errors.As(err, &se) {
		return se.Status == http.StatusTooManyRequests || se.Status == http.StatusRequestTimeout || se.Status >= 500 && se.Status != http.StatusNotImplemented
	}
	var bad *answerError
	return !errors.As(err, &bad)
}

type request struct {
	Model      string   `json:"model,omitempty"`
	Input      []string `json:"input"`
	Format     string   `json:"encoding_format,omitempty"`
	Dimensions int      `json:"dimensions,omitempty"`
	InputType  string   `json:"input_type,omitempty"`
}

type answer struct {
	Data []struct {
		Index     int    `json:"index"`
		Embedding vector `json:"embedding"`
	} `json:"data"`
	Usage struct {
		Prompt int `json:"prompt_tokens"`
		Total  int `json:"total_tokens"`
	} `json:"usage"`
}

// answerError is an answer that cannot be used.
type answerError struct{ err error }

func (e *answerError) Error() string { return "read the embedding server's answer: " + e.err.Error() }
func (e *answerError) Unwrap() error { return e.err }

func (c *Client) once(ctx context.Context, texts []string, kind string) ([][]float32, int, error) {
	in := request{Model: c.opt.Model, Input: texts, Format: "float", Dimensions: c.opt.Dimensions}
	if c.opt.SendInputType { // a panther-embed, which also has the shorter format
		in.InputType, in.Format = kind, "base64"
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, 0, fmt.Errorf("encode request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/embeddings", bytes.NewReader(body))
	if err != nil {
		return nil, 0, &answerError{err}
	}
	req.Header.Set("Content-Type", "application/json")
	if c.opt.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.opt.Key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, 0, fmt.Errorf("reach the embedding server: %w", sd.Unreached(err))
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, 0, fmt.Errorf("read the embedding server's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, 0, &StatusError{Status: resp.StatusCode, Message: message(b), RetryAfter: retryAfter(resp.Header, time.Now())}
	}
	var a answer
	if err := json.Unmarshal(b, &a); err != nil {
		return nil, 0, &answerError{err}
	}
	vs, err := a.vectors(len(texts))
	if err != nil {
		return nil, 0, &answerError{err}
	}
	return vs, max(a.Usage.Prompt, a.Usage.Total), nil
}

func (a *answer) vectors(n int) ([][]float32, error) {
	if len(a.Data) != n {
		return nil, fmt.Errorf("it has %d vectors for %d texts", len(a.Data), n)
	}
	out := make([][]float32, n)
	for _, d := range a.Data {
		switch {
		case d.Index < 0 || d.Index >= n || out[d.Index] != nil:
			return nil, fmt.Errorf("it has index %d twice or out of range", d.Index)
		case len(d.Embedding) == 0 || len(d.Embedding) != len(a.Data[0].Embedding):
			return nil, fmt.Errorf("vector %d has %d dimensions, the first %d", d.Index, len(d.Embedding), len(a.Data[0].Embedding))
		}
		if err := unit(d.Embedding); err != nil {
			return nil, fmt.Errorf("vector %d: %w", d.Index, err)
		}
		out[d.Index] = d.Embedding
	}
	return out, nil
}

// unit scales v to length 1; cosine and inner product are then the same for
// every provider.
func unit(v []float32) error {
	var s float64
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	if s == 0 || math.IsNaN(s) || math.IsInf(s, 0) {
		return errors.New("has no length")
	}
	inv := float32(1 / math.Sqrt(s))
	for i := range v {
		v[i] *= inv
	}
	return nil
}

// vector reads an embedding as numbers or as base64 of little-endian float32.
type vector []float32

func (v *vector) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '"' {
		return json.Unmarshal(b, (*[]float32)(v))
	}
	var raw []byte
	if err := json.Unmarshal(b, &raw); err != nil {
		return fmt.Errorf("embedding: %w", base64Error(err))
	}
	if len(raw)%4 != 0 {
		return fmt.Errorf("embedding has %d bytes, which are no float32", len(raw))
	}
	*v = make([]float32, len(raw)/4)
	for i := range *v {
		(*v)[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return nil
}

func base64Error(err error) error {
	var c base64.CorruptInputError
	if errors.As(err, &c) {
		return fmt.Errorf("no base64 at byte %d", int64(c))
	}
	return err
}

// message takes the text out of an error body of any of the usual shapes.
func message(b []byte) string {
	var m struct {
		Error  json.RawMessage `json:"error"`
		Detail json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(b, &m) == nil {
		for _, raw := range []json.RawMessage{m.Error, m.Detail} {
			var o struct {
				Message string `json:"message"`
			}
			var s string
			if json.Unmarshal(raw, &o) == nil && o.Message != "" {
				return o.Message
			}
			if json.Unmarshal(raw, &s) == nil && s != "" {
				return s
			}
		}
	}
	return strings.ToValidUTF8(string(b[:min(len(b), 200)]), "")
}

// retryAfter reads the header's seconds or date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if s, err := strconv.Atoi(v); err == nil && s >= 0 {
		return time.Duration(s) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}
