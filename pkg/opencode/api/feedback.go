package api

import (
	"context"
	"net/http"
	"net/url"
)

// Feedback is what a person thinks of an answer.
type Feedback struct {
	Good bool `json:"good"`
}

// FeedbackGiven tells what became of it.
type FeedbackGiven struct {
	Canary   string `json:"canary,omitempty"` // whose page searches must go on finding; "" after bad
	Question string `json:"question"`
	Page     string `json:"page,omitempty"`
}

// GiveFeedback says whether an answer was good.
func (c *Client) GiveFeedback(ctx context.Context, session, message string, good bool) (*FeedbackGiven, error) {
	r := &FeedbackGiven{}
	return r, c.do(ctx, http.MethodPost, sessionPath(session, "message")+"/"+url.PathEscape(message)+"/feedback", Feedback{good}, r)
}
