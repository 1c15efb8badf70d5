package api

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// CreateLink is the body of POST /panther/logins.
type CreateLink struct {
	Remote bool `json:"remote"` // for a browser on another machine, instead of the caller's own
}

// Link lets one browser in, once.
type Link struct {
	Path    string    `json:"path"` // below the server's address; whoever has it may use it
	Expires time.Time `json:"expires"`
}

// Login is a browser that a link let in.
type Login struct {
	ID      string    `json:"id"`
	Owner   string    `json:"owner"`   // identity that asked for the link, "uid:1000"
	Remote  bool      `json:"remote"`  // on another machine
	Browser string    `json:"browser"` // what it calls itself
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
}

// CreateLink makes a one-time link for a browser.
func (c *Client) CreateLink(ctx context.Context, in CreateLink) (*Link, error) {
	l := &Link{}
	return l, c.do(ctx, http.MethodPost, "/panther/logins", in, l)
}

// Logins lists the caller's browsers that were let in; root's list has all.
func (c *Client) Logins(ctx context.Context) ([]Login, error) {
	var list []Login
	return list, c.do(ctx, http.MethodGet, "/panther/logins", nil, &list)
}

// RevokeLogin ends a login and what it is doing.
func (c *Client) RevokeLogin(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodDelete, "/panther/logins/"+url.PathEscape(id), nil, nil)
}

// LoginList is the answer of GET /panther/v1/logins.
type LoginList struct {
	Logins []Login `json:"logins"`
}
