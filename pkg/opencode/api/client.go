package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"panther/pkg/sd"
)

// DefaultSocket is opencoded's address on an installed system.
const DefaultSocket = "unix:/run/opencode/opencode.sock"

// Username is the name that Basic authentication expects unless the server was
// configured with another one.
const Username = "opencode"

// maxAnswer bounds what is read of an answer: above any session.
const maxAnswer = 256 << 20

// Client speaks to opencoded. It may be used by several goroutines.
type Client struct {
	// Everyone asks for what belongs to anybody, which the server grants to root.
	Everyone bool

	base     string
	password string
	http     *http.Client
}

// NewClient returns a client for opencoded at addr, "unix:/path" or an http or
// https URL, with the password of its Basic authentication ("" sends none).
func NewClient(addr, password string) *Client {
	c := &Client{password: password}
	c.http, c.base = sd.HTTPClient(addr)
	return c
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Error is an answer that refuses.
type Error struct {
	NamedError
	Status int    // HTTP status
	Hint   string // what to do, where the server knows

	// Kind and ID name what there is not, and Session where; clients do not read them.
	Kind, ID, Session string
}

func (e *Error) Error() string { return fmt.Sprintf("opencode: %s (%d)", e.Message(), e.Status) }

// ErrNotFound means that there is no such session, message or request;
// errors.Is finds it in what the client returns.
var ErrNotFound = errors.New("not found")

// Is makes errors.Is(err, ErrNotFound) true for status 404.
func (e *Error) Is(target error) bool {
	return target == ErrNotFound && e.Status == http.StatusNotFound
}

// HintText returns what to do.
func (e *Error) HintText() string {
	switch {
	case e.Hint != "":
		return e.Hint
	case e.Status == http.StatusUnauthorized:
		return "join the group that may ask, or give the server's password"
	case e.Status == http.StatusServiceUnavailable:
		return "see: systemctl status opencode agentdb"
	}
	return ""
}

func (c *Client) request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if c.Everyone {
		q := req.URL.Query()
		q.Set("everyone", "true")
		req.URL.RawQuery = q.Encode()
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.password != "" {
		req.SetBasicAuth(Username, c.password)
	}
	return req, nil
}

func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	req, err := c.request(ctx, method, path, in)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("reach opencode: %w", sd.Unreached(err))
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read opencode's answer: %w", err)
	}
	if resp.StatusCode >= 300 {
		return refusal(resp.StatusCode, b)
	}
	switch v := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*v = b
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("decode opencode's answer: %w", err)
	}
	return nil
}

func refusal(status int, body []byte) error {
	e := &Error{Status: status}
	if json.Unmarshal(body, &e.NamedError) != nil || e.Name == "" {
		e.NamedError = *NewError(NameUnknown, "%s", http.StatusText(status))
	}
	e.Hint, _ = e.Data["hint"].(string)
	return e
}

// Health is the answer of GET /global/health.
type Health struct {
	Healthy bool   `json:"healthy"`
	Version string `json:"version"`
}

// Health returns the server's version.
func (c *Client) Health(ctx context.Context) (*Health, error) {
	h := &Health{}
	return h, c.do(ctx, http.MethodGet, "/global/health", nil, h)
}

// Status is what opencoded says about itself, GET /panther/status.
type Status struct {
	Version   string     `json:"version"`
	Started   time.Time  `json:"started"`
	Line      string     `json:"line"`      // as in systemctl status
	Knowledge string     `json:"knowledge"` // "ok", or why agentdb cannot be used
	Model     ModelRef   `json:"model"`     // the default one
	Models    []ModelRef `json:"models"`
	Agents    []string   `json:"agents"`
	Addresses []string   `json:"addresses"` // where it listens, the first for people
	Running   int        `json:"running"`   // turns
	Turns     int64      `json:"turns"`     // since start
	Cost      float64    `json:"cost"`      // since start, US dollars
	Tokens    Tokens     `json:"tokens"`    // since start
	Access    string     `json:"access"`    // who may ask, by which door, in one line
}

// Status returns what opencoded says about itself.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	s := &Status{}
	return s, c.do(ctx, http.MethodGet, "/panther/status", nil, s)
}

// Probe is what a model answered to a short question.
type Probe struct {
	Model  ModelRef `json:"model"`
	Text   string   `json:"text,omitempty"`  // what it said
	Error  string   `json:"error,omitempty"` // why it did not
	Hint   string   `json:"hint,omitempty"`  // what to do then
	Millis int64    `json:"millis"`
}

// Probe asks each configured model a short question.
func (c *Client) Probe(ctx context.Context) ([]Probe, error) {
	var l []Probe
	return l, c.do(ctx, http.MethodPost, "/panther/probe", nil, &l)
}

// CreateSession makes a session.
func (c *Client) CreateSession(ctx context.Context, in CreateSession) (*Session, error) {
	s := &Session{}
	return s, c.do(ctx, http.MethodPost, "/session", in, s)
}

// ListSessions selects sessions, newest first.
type ListSessions struct {
	Search string // only titles that contain it
	Roots  bool   // only those that have no parent
	Limit  int    // 0 means 100
}

// Sessions lists sessions.
func (c *Client) Sessions(ctx context.Context, sel ListSessions) ([]Session, error) {
	q := url.Values{}
	if sel.Search != "" {
		q.Set("search", sel.Search)
	}
	if sel.Roots {
		q.Set("roots", "true")
	}
	if sel.Limit > 0 {
		q.Set("limit", strconv.Itoa(sel.Limit))
	}
	var l []Session
	return l, c.do(ctx, http.MethodGet, "/session?"+q.Encode(), nil, &l)
}

func sessionPath(id string, more ...string) string {
	p := "/session/" + url.PathEscape(id)
	for _, m := range more {
		p += "/" + url.PathEscape(m)
	}
	return p
}

// Session returns a session.
func (c *Client) Session(ctx context.Context, id string) (*Session, error) {
	s := &Session{}
	return s, c.do(ctx, http.MethodGet, sessionPath(id), nil, s)
}

// UpdateSession changes a session and returns it.
func (c *Client) UpdateSession(ctx context.Context, id string, in UpdateSession) (*Session, error) {
	s := &Session{}
	return s, c.do(ctx, http.MethodPatch, sessionPath(id), in, s)
}

// DeleteSession removes a session with its children and all that was said.
func (c *Client) DeleteSession(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodDelete, sessionPath(id), nil, nil)
}

// Children lists the sessions of a session's sub-agents.
func (c *Client) Children(ctx context.Context, id string) ([]Session, error) {
	var l []Session
	return l, c.do(ctx, http.MethodGet, sessionPath(id, "children"), nil, &l)
}

// Fork copies a session, up to and without a message if one is given.
func (c *Client) Fork(ctx context.Context, id string, in Fork) (*Session, error) {
	s := &Session{}
	return s, c.do(ctx, http.MethodPost, sessionPath(id, "fork"), in, s)
}

// Revert takes a session back to before a message.
func (c *Client) Revert(ctx context.Context, id string, in Revert) (*Session, error) {
	s := &Session{}
	return s, c.do(ctx, http.MethodPost, sessionPath(id, "revert"), in, s)
}

// Unrevert brings reverted messages back.
func (c *Client) Unrevert(ctx context.Context, id string) (*Session, error) {
	s := &Session{}
	return s, c.do(ctx, http.MethodPost, sessionPath(id, "unrevert"), nil, s)
}

// Summarize compacts a session now.
func (c *Client) Summarize(ctx context.Context, id string, model ModelRef) error {
	return c.do(ctx, http.MethodPost, sessionPath(id, "summarize"), model, nil)
}

// Messages returns what was said in a session, oldest first; a limit keeps the
// newest.
func (c *Client) Messages(ctx context.Context, id string, limit int) ([]MessageWithParts, error) {
	q := ""
	if limit > 0 {
		q = "?limit=" + strconv.Itoa(limit)
	}
	var l []MessageWithParts
	return l, c.do(ctx, http.MethodGet, sessionPath(id, "message")+q, nil, &l)
}

// Prompt asks and waits for the answer, whose Info.Error tells what went wrong
// in the turn. A second prompt to a session waits until the first is answered.
func (c *Client) Prompt(ctx context.Context, id string, p Prompt) (*MessageWithParts, error) {
	m := &MessageWithParts{}
	return m, c.do(ctx, http.MethodPost, sessionPath(id, "message"), p, m)
}

// PromptAsync asks and returns when the prompt is stored; the answer comes as
// events. See Follow for both at once.
func (c *Client) PromptAsync(ctx context.Context, id string, p Prompt) error {
	return c.do(ctx, http.MethodPost, sessionPath(id, "prompt_async"), p, nil)
}

// Abort ends the running turn of a session and keeps what it wrote. Without one
// it does nothing.
func (c *Client) Abort(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodPost, sessionPath(id, "abort"), nil, nil)
}

// Export returns a session with its children as "markdown" or "json".
func (c *Client) Export(ctx context.Context, id, format string) ([]byte, error) {
	var b []byte
	return b, c.do(ctx, http.MethodGet, sessionPath(id, "export")+"?format="+url.QueryEscape(format), nil, &b)
}

// Agents lists the agents.
func (c *Client) Agents(ctx context.Context) ([]Agent, error) {
	var l []Agent
	return l, c.do(ctx, http.MethodGet, "/agent", nil, &l)
}

// Permissions lists the permission requests that wait for an answer.
func (c *Client) Permissions(ctx context.Context) ([]PermissionRequest, error) {
	var l []PermissionRequest
	return l, c.do(ctx, http.MethodGet, "/permission", nil, &l)
}

// ReplyPermission answers a permission request.
func (c *Client) ReplyPermission(ctx context.Context, id string, r PermissionReply) error {
	return c.do(ctx, http.MethodPost, "/permission/"+url.PathEscape(id)+"/reply", r, nil)
}

// ReplyQuestion answers a question.
func (c *Client) ReplyQuestion(ctx context.Context, id string, r QuestionReply) error {
	return c.do(ctx, http.MethodPost, "/question/"+url.PathEscape(id)+"/reply", r, nil)
}
