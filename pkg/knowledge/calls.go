package knowledge

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Upsert stores documents, each whole or not at all, and returns one result for
// each in their order. A document whose content is unchanged costs nothing. At
// most 64 documents and 32 MiB.
func (c *Client) Upsert(ctx context.Context, docs ...Document) ([]Upserted, error) {
	var out struct {
		Results []Upserted `json:"results"`
	}
	in := struct {
		Documents []Document `json:"documents"`
	}{docs}
	err := c.do(ctx, http.MethodPost, "/v1/documents", in, &out)
	return out.Results, err
}

// Document returns a document, tombstones included, by its URI.
func (c *Client) Document(ctx context.Context, uri string) (*Document, error) {
	d := &Document{}
	return d, c.do(ctx, http.MethodGet, "/v1/documents/"+DocumentID(uri), nil, d)
}

// DocumentAt returns a document as it was at a time.
func (c *Client) DocumentAt(ctx context.Context, uri string, at time.Time) (*Document, error) {
	d := &Document{}
	return d, c.do(ctx, http.MethodGet, "/v1/documents/"+DocumentID(uri)+"?at="+url.QueryEscape(at.UTC().Format(time.RFC3339Nano)), nil, d)
}

// Diff compares a document with what it was at a time; the zero time is before
// its last change.
func (c *Client) Diff(ctx context.Context, uri string, since time.Time) (*DocumentDiff, error) {
	q := url.Values{}
	setTime(q, "since", since)
	d := &DocumentDiff{}
	return d, c.do(ctx, http.MethodGet, "/v1/documents/"+DocumentID(uri)+"/diff?"+q.Encode(), nil, d)
}

// Changes lists what changed in documents since a time.
func (c *Client) Changes(ctx context.Context, sel ListChanges) (*ChangeList, error) {
	q := url.Values{}
	set(q, "source", sel.Source)
	set(q, "kind", string(sel.Kind))
	set(q, "after", sel.After)
	setTime(q, "since", sel.Since)
	if sel.All {
		q.Set("all", "true")
	}
	l := &ChangeList{}
	return l, c.do(ctx, http.MethodGet, "/v1/changes?"+q.Encode(), nil, l)
}

func setTime(q url.Values, key string, t time.Time) {
	if !t.IsZero() {
		q.Set(key, t.UTC().Format(time.RFC3339Nano))
	}
}

// Documents lists documents without their Markdown, in order of their URIs.
func (c *Client) Documents(ctx context.Context, sel ListDocuments) (*DocumentList, error) {
	q := url.Values{}
	set(q, "source", sel.Source)
	set(q, "prefix", sel.Prefix)
	set(q, "after", sel.After)
	if sel.Deleted {
		q.Set("deleted", "true")
	}
	setInt(q, "limit", sel.Limit)
	l := &DocumentList{}
	return l, c.do(ctx, http.MethodGet, "/v1/documents?"+q.Encode(), nil, l)
}

// DocumentPassages returns the passages of a document in reading order.
func (c *Client) DocumentPassages(ctx context.Context, uri string) ([]DocumentPassage, error) {
	var out struct {
		Passages []DocumentPassage `json:"passages"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/documents/"+DocumentID(uri)+"/passages", nil, &out)
	return out.Passages, err
}

// Editions returns the versions of a page, the page among them, newest first and
// without their Markdown.
func (c *Client) Editions(ctx context.Context, uri string) ([]Document, error) {
	var out struct {
		Documents []Document `json:"documents"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/documents/"+DocumentID(uri)+"/editions", nil, &out)
	return out.Documents, err
}

// Delete makes a tombstone of a document; an upsert restores it.
func (c *Client) Delete(ctx context.Context, uri string) error {
	return c.do(ctx, http.MethodDelete, "/v1/documents/"+DocumentID(uri), nil, nil)
}

// Search returns the passages that answer a query.
func (c *Client) Search(ctx context.Context, req SearchRequest) (*SearchResponse, error) {
	r := &SearchResponse{}
	return r, c.do(ctx, http.MethodPost, "/v1/search", req, r)
}

// Context returns passages packed into a token budget.
func (c *Client) Context(ctx context.Context, req ContextRequest) (*ContextResponse, error) {
	r := &ContextResponse{}
	return r, c.do(ctx, http.MethodPost, "/v1/context", req, r)
}

// Remember stores a memory and returns it as stored. A memory without an ID is
// given one here, so that a repetition stores it once.
func (c *Client) Remember(ctx context.Context, m Memory) (*Memory, error) {
	if m.ID == "" {
		m.ID = NewID("mem")
	}
	r := &Memory{}
	return r, c.do(ctx, http.MethodPost, "/v1/memories", m, r)
}

// Recall searches memories.
func (c *Client) Recall(ctx context.Context, req RecallRequest) (*RecallResponse, error) {
	r := &RecallResponse{}
	return r, c.do(ctx, http.MethodPost, "/v1/memories/recall", req, r)
}

// Memories lists memories, newest first.
func (c *Client) Memories(ctx context.Context, sel ListMemories) ([]Memory, error) {
	q := url.Values{}
	set(q, "kind", sel.Kind)
	if sel.Superseded {
		q.Set("superseded", "true")
	}
	if sel.Waiting {
		q.Set("waiting", "true")
	}
	set(q, "session", sel.Session)
	setInt(q, "limit", sel.Limit)
	var out struct {
		Memories []Memory `json:"memories"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/memories?"+q.Encode(), nil, &out)
	return out.Memories, err
}

// Memory returns one memory, also one that is not recalled.
func (c *Client) Memory(ctx context.Context, id string) (*Memory, error) {
	r := &Memory{}
	return r, c.do(ctx, http.MethodGet, "/v1/memories/"+url.PathEscape(id), nil, r)
}

// ConfirmMemory says that a waiting memory shall be kept, and returns the entry
// that takes its place.
func (c *Client) ConfirmMemory(ctx context.Context, id string) (*Memory, error) {
	r := &Memory{}
	return r, c.do(ctx, http.MethodPost, "/v1/memories/"+url.PathEscape(id)+"/confirm", nil, r)
}

// UndoMemories forgets what a session stored, with its sub-agents, and restores
// what that had corrected.
func (c *Client) UndoMemories(ctx context.Context, session string) (*Undone, error) {
	r := &Undone{}
	return r, c.do(ctx, http.MethodPost, "/v1/memories/undo", map[string]string{"session": session}, r)
}

// RestoreMemory takes back that a memory was superseded, merged or laid aside,
// and pins it, so that the upkeep does not do it again.
func (c *Client) RestoreMemory(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodPost, "/v1/memories/"+url.PathEscape(id)+"/restore", nil, nil)
}

// Forget removes a memory for good.
func (c *Client) Forget(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodDelete, "/v1/memories/"+url.PathEscape(id), nil, nil)
}

// Feedback says that a memory helped (positive) or misled (negative).
func (c *Client) Feedback(ctx context.Context, id string, value int) error {
	return c.FeedbackOnce(ctx, id, NewID("fb"), value)
}

// FeedbackOnce is Feedback that counts once for each key.
func (c *Client) FeedbackOnce(ctx context.Context, id, key string, value int) error {
	in := struct {
		Key   string `json:"key"`
		Value int    `json:"value"`
	}{key, value}
	return c.do(ctx, http.MethodPost, "/v1/memories/"+url.PathEscape(id)+"/feedback", in, nil)
}

// Commit stores changes to sessions; a commit without a key is given one.
func (c *Client) Commit(ctx context.Context, in Commit) (*Committed, error) {
	if in.Key == "" {
		in.Key = NewID("cmt")
	}
	r := &Committed{}
	return r, c.do(ctx, http.MethodPost, "/v1/sessions", in, r)
}

// Session returns one session.
func (c *Client) Session(ctx context.Context, id string) (*Session, error) {
	s := &Session{}
	return s, c.do(ctx, http.MethodGet, "/v1/sessions/"+url.PathEscape(id), nil, s)
}

// Sessions lists sessions, newest first.
func (c *Client) Sessions(ctx context.Context, sel ListSessions) ([]Session, error) {
	q := url.Values{}
	set(q, "parent", sel.Parent)
	set(q, "search", sel.Search)
	setBefore(q, sel.Before, sel.BeforeID)
	if sel.Pinned != nil {
		q.Set("pinned", strconv.FormatBool(*sel.Pinned))
	}
	if sel.Deleted {
		q.Set("deleted", "true")
	}
	setInt(q, "limit", sel.Limit)
	var out struct {
		Sessions []Session `json:"sessions"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/sessions?"+q.Encode(), nil, &out)
	return out.Sessions, err
}

// SearchSessions finds sessions by their titles and by what was said in them.
func (c *Client) SearchSessions(ctx context.Context, query string, sel SearchSessions) ([]FoundSession, error) {
	q := url.Values{"q": {query}}
	setBefore(q, sel.Before, sel.BeforeID)
	setInt(q, "limit", sel.Limit)
	var out struct {
		Sessions []FoundSession `json:"sessions"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/sessions/search?"+q.Encode(), nil, &out)
	return out.Sessions, err
}

func setBefore(q url.Values, before time.Time, id string) {
	if !before.IsZero() {
		q.Set("before", before.UTC().Format(time.RFC3339Nano))
	}
	set(q, "before_id", id)
}

// Messages returns the messages of a session with their parts, oldest first.
// A status selects only messages in it; an empty session means all sessions
// (to find turns that were running when the runtime was killed).
func (c *Client) Messages(ctx context.Context, session, status string) ([]Message, error) {
	q := url.Values{}
	set(q, "session", session)
	set(q, "status", status)
	var out struct {
		Messages []Message `json:"messages"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/messages?"+q.Encode(), nil, &out)
	return out.Messages, err
}

// MessagesSince returns the messages of all sessions that were created since a
// time, oldest first and without their parts, at most limit.
func (c *Client) MessagesSince(ctx context.Context, since time.Time, limit int) ([]Message, error) {
	q := url.Values{"since": {since.UTC().Format(time.RFC3339Nano)}, "bare": {"true"}}
	setInt(q, "limit", limit)
	var out struct {
		Messages []Message `json:"messages"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/messages?"+q.Encode(), nil, &out)
	return out.Messages, err
}

// Message returns a message with its parts, by its identifier.
func (c *Client) Message(ctx context.Context, id string) (*Message, error) {
	var out struct {
		Messages []Message `json:"messages"`
	}
	if err := c.do(ctx, http.MethodGet, "/v1/messages?"+url.Values{"id": {id}}.Encode(), nil, &out); err != nil {
		return nil, err
	}
	if len(out.Messages) == 0 {
		return nil, fmt.Errorf("read message %q: %w", id, ErrNotFound)
	}
	return &out.Messages[0], nil
}

// Events returns stored events after a sequence number, in order.
func (c *Client) Events(ctx context.Context, sel ListEvents) ([]Event, error) {
	q := url.Values{}
	set(q, "session", sel.Session)
	q.Set("after", strconv.FormatInt(sel.After, 10))
	setInt(q, "limit", sel.Limit)
	var out struct {
		Events []Event `json:"events"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/events?"+q.Encode(), nil, &out)
	return out.Events, err
}

// PutSource registers or changes a source.
func (c *Client) PutSource(ctx context.Context, s Source) error {
	return c.do(ctx, http.MethodPut, "/v1/sources/"+url.PathEscape(s.Name), s, nil)
}

// Sources lists sources with their counters and last runs.
func (c *Client) Sources(ctx context.Context) ([]Source, error) {
	var out struct {
		Sources []Source `json:"sources"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/sources", nil, &out)
	return out.Sources, err
}

// DeleteSource removes a source, its documents and its runs.
func (c *Client) DeleteSource(ctx context.Context, name string) error {
	return c.do(ctx, http.MethodDelete, "/v1/sources/"+url.PathEscape(name), nil, nil)
}

// PutRun records the state of a crawl run.
func (c *Client) PutRun(ctx context.Context, r Run) error {
	return c.do(ctx, http.MethodPut, "/v1/runs/"+url.PathEscape(r.ID), r, nil)
}

// Runs lists the runs of a source ("" means all), newest first.
func (c *Client) Runs(ctx context.Context, source string, limit int) ([]Run, error) {
	q := url.Values{}
	set(q, "source", source)
	setInt(q, "limit", limit)
	var out struct {
		Runs []Run `json:"runs"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/runs?"+q.Encode(), nil, &out)
	return out.Runs, err
}

// PutPages records what became of pages in a run, keyed by their URIs. At most
// 1000.
func (c *Client) PutPages(ctx context.Context, run string, pages []PageOutcome) error {
	in := struct {
		Pages []PageOutcome `json:"pages"`
	}{pages}
	return c.do(ctx, http.MethodPost, "/v1/runs/"+url.PathEscape(run)+"/pages", in, nil)
}

// Pages returns what became of the pages of a run; an outcome selects.
func (c *Client) Pages(ctx context.Context, run, outcome string) ([]PageOutcome, error) {
	q := url.Values{}
	set(q, "outcome", outcome)
	var out struct {
		Pages []PageOutcome `json:"pages"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/runs/"+url.PathEscape(run)+"/pages?"+q.Encode(), nil, &out)
	return out.Pages, err
}

// Stats describes the database.
func (c *Client) Stats(ctx context.Context) (*Stats, error) {
	s := &Stats{}
	return s, c.do(ctx, http.MethodGet, "/v1/stats", nil, s)
}

// Description returns agentdb's description of its API, as OpenAPI.
func (c *Client) Description(ctx context.Context) (json.RawMessage, error) {
	var out json.RawMessage
	return out, c.do(ctx, http.MethodGet, "/openapi.json", nil, &out)
}

// Ready returns nil when agentdb can serve, and why it cannot otherwise. It does
// not wait.
func (c *Client) Ready(ctx context.Context) error {
	return c.once(ctx, http.MethodGet, "/readyz", nil, nil)
}

func set(q url.Values, key, value string) {
	if value != "" {
		q.Set(key, value)
	}
}

func setInt(q url.Values, key string, value int) {
	if value != 0 {
		q.Set(key, strconv.Itoa(value))
	}
}

// Maintain purges what is past its time, optimizes the database and asks the
// canaries. It may take minutes.
func (c *Client) Maintain(ctx context.Context) (*Maintained, error) {
	m := &Maintained{}
	return m, c.do(ctx, http.MethodPost, "/v1/maintain", nil, m)
}

// Check verifies the invariants of the database; with repair, which only root
// and the service's user may ask for, it corrects what it finds.
func (c *Client) Check(ctx context.Context, repair bool) ([]Finding, error) {
	var out struct {
		Findings []Finding `json:"findings"`
	}
	err := c.do(ctx, http.MethodPost, "/v1/check?repair="+strconv.FormatBool(repair), nil, &out)
	return out.Findings, err
}
