package knowledge

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"panther/pkg/identity"
)

// Canary is a question with the page that answers it. Whatever could change
// ranking asks it before and after.
type Canary struct {
	ID       string            `json:"id,omitempty"`
	Question string            `json:"question" minLength:"1" maxLength:"4096"`
	URI      string            `json:"uri" minLength:"1" maxLength:"4096" doc:"Of the document that answers it"`
	Source   string            `json:"source,omitempty" doc:"The document's"`
	Kind     CanaryKind        `json:"kind,omitempty" enum:"heading,added,feedback," doc:"Default added"`
	Owner    identity.Identity `json:"owner,omitempty" doc:"Who sees it; made of headings, everyone does"`
	Created  time.Time         `json:"created,omitzero"`
	Measured time.Time         `json:"measured,omitzero" doc:"When it was ranked last"`
	State    string            `json:"state,omitempty" doc:"What ranked it: space, cut and release"`
	Rank     int               `json:"rank" doc:"Place of the document in a hybrid search, from 1; 0 is not among the first ten"`
	Dense    int               `json:"dense" doc:"The same, of the dense leg alone"`
	Before   Ranks             `json:"before" doc:"What the last accepted measurement found"`
}

// Ranks are the places of a document, as in Canary.
type Ranks struct {
	Rank  int `json:"rank"`
	Dense int `json:"dense"`
}

// Lost reports whether a search no longer finds the page that it found before.
func (c Canary) Lost() bool { return !c.Measured.IsZero() && c.Before.Rank > 0 && c.Rank == 0 }

// CanaryKind says where a canary is from.
type CanaryKind string

// The kinds.
const (
	CanaryHeading  CanaryKind = "heading"  // made of a document's title and heading
	CanaryAdded    CanaryKind = "added"    // by a person
	CanaryFeedback CanaryKind = "feedback" // a question whose answer a person found good
)

// CanaryReport is the outcome of asking the canaries that the caller sees.
type CanaryReport struct {
	Space    string   `json:"space,omitempty" doc:"Embedding space that searches use"`
	Held     string   `json:"held,omitempty" doc:"Space that is whole and not used, because too many canaries are lost in it"`
	HeldWhy  string   `json:"held_why,omitempty"`
	Canaries []Canary `json:"canaries"`
}

// Canaries returns the canaries as last measured.
func (c *Client) Canaries(ctx context.Context) (*CanaryReport, error) {
	r := &CanaryReport{}
	return r, c.do(ctx, http.MethodGet, "/v1/canaries", nil, r)
}

// MeasureCanaries makes the canaries that are missing and asks all of them now.
func (c *Client) MeasureCanaries(ctx context.Context) (*CanaryReport, error) {
	r := &CanaryReport{}
	return r, c.do(ctx, http.MethodPost, "/v1/canaries/measure", nil, r)
}

// AcceptCanaries takes the ranks as they are for what is expected from now on,
// and lets a space be used that was held back.
func (c *Client) AcceptCanaries(ctx context.Context) (*CanaryReport, error) {
	r := &CanaryReport{}
	return r, c.do(ctx, http.MethodPost, "/v1/canaries/accept", nil, r)
}

// AddCanary stores a question with its page, and returns it with its rank. The
// same question and page of the same person are one canary.
func (c *Client) AddCanary(ctx context.Context, in Canary) (*Canary, error) {
	r := &Canary{}
	return r, c.do(ctx, http.MethodPost, "/v1/canaries", in, r)
}

// RemoveCanary removes a canary.
func (c *Client) RemoveCanary(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodDelete, "/v1/canaries/"+url.PathEscape(id), nil, nil)
}
