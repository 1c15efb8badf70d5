package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gocolly/colly/v2"
)

// Options configure a Client.
type Options struct {
	UserAgent string
	Private   bool          // addresses of this machine and its networks may be asked
	Timeout   time.Duration // of one request with its body
	MaxBytes  int64         // of one body after decompression
	Conns     int           // to one host
	// Auth is the Authorization header, sent only to Origins.
	Auth    string
	Origins []string // "https://docs.example.com"
	// Accept tells by the Content-Type whether a body is worth reading; nil
	// means every body is.
	Accept func(contentType string) bool
	// Archive is told of every whole answer; nil means nobody is.
	Archive func(url string, status int, header http.Header, body []byte, at time.Time)
}

// Client fetches pages. Its methods may be called by several goroutines.
type Client struct {
	opt       Options
	colly     *colly.Collector
	transport http.RoundTripper
}

// Request is one page to fetch, with the validators of the copy that is known.
type Request struct {
	URL          string
	ETag         string
	LastModified string
	Any          bool // read the body whatever its type is
}

// Response is what came back.
type Response struct {
	URL         string
	Status      int
	Header      http.Header
	ContentType string // as sent
	Body        []byte // decompressed, in the charset it came in
	Skipped     bool   // the type was not acceptable, so the body was not read
	Location    string // absolute target of a redirect, or ""
	Elapsed     time.Duration
}

var (
	// ErrTooLarge means that a body exceeds the limit.
	ErrTooLarge = errors.New("body exceeds the size limit")
	// ErrRedirects means that an address leads to others without end.
	ErrRedirects = errors.New("too many redirects")
	// ErrScheme means that an address is neither http nor https.
	ErrScheme = errors.New("only http and https are fetched")
)

// New returns a client whose requests end when ctx does.
func New(ctx context.Context, opt Options) *Client {
	c := &Client{opt: opt, transport: NewTransport(opt.Private, opt.Conns)}
	// Revisits, filters and robots.txt are the frontier's and the caller's
	// business: colly checks and then marks an address in two steps, which
	// lets two workers fetch one page.
	c.colly = colly.NewCollector(colly.UserAgent(opt.UserAgent), colly.AllowURLRevisit(), colly.IgnoreRobotsTxt(),
		colly.ParseHTTPErrorResponse(), colly.MaxBodySize(int(opt.MaxBytes)+1), colly.StdlibContext(ctx))
	c.colly.DisableCookies()
	c.colly.WithTransport(c.transport)
	c.colly.SetRequestTimeout(opt.Timeout)
	c.colly.SetRedirectHandler(func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse })
	c.colly.OnResponseHeaders(c.onHeaders)
	c.colly.OnResponse(onResponse)
	return c
}

// Close closes idle connections.
func (c *Client) Close() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// keys of colly's context.
const (
	keyResponse = "response"
	keyAny      = "any"
)

// onHeaders keeps the headers and stops a transfer that is of no use. The type
// is taken out of colly's sight, which would convert the charset by it; the
// reader of the page does that better.
func (c *Client) onHeaders(r *colly.Response) {
	out, _ := r.Ctx.GetAny(keyResponse).(*Response)
	if out == nil {
		return
	}
	out.Status, out.Header = r.StatusCode, r.Headers.Clone()
	out.ContentType = r.Headers.Get("Content-Type")
	r.Headers.Del("Content-Type")
	if r.StatusCode == http.StatusOK && r.Ctx.GetAny(keyAny) == nil && c.opt.Accept != nil && !c.opt.Accept(out.ContentType) {
		out.Skipped = true
		r.Request.Abort()
	}
}

func onResponse(r *colly.Response) {
	if out, _ := r.Ctx.GetAny(keyResponse).(*Response); out != nil {
		out.Body = r.Body
	}
}

// Get fetches one page. A status is no error, whatever it is.
func (c *Client) Get(ctx context.Context, req Request) (*Response, error) {
	u, err := url.Parse(req.URL)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("fetch %s: %w", req.URL, ErrScheme)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := &Response{URL: req.URL}
	cctx := colly.NewContext()
	cctx.Put(keyResponse, out)
	if req.Any {
		cctx.Put(keyAny, true)
	}
	start := time.Now()
	err = c.colly.Request(http.MethodGet, req.URL, nil, cctx, c.header(u, req))
	out.Elapsed = time.Since(start)
	switch {
	case out.Skipped:
	case err != nil:
		return nil, fmt.Errorf("fetch %s: %w", req.URL, cause(err))
	case int64(len(out.Body)) > c.opt.MaxBytes:
		return nil, fmt.Errorf("fetch %s: %w of %d bytes", req.URL, ErrTooLarge, c.opt.MaxBytes)
	}
	if c.opt.Archive != nil && out.Header != nil && !out.Skipped {
		h := out.Header.Clone()
		h.Set("Content-Type", out.ContentType)
		c.opt.Archive(out.URL, out.Status, h, out.Body, start)
	}
	if out.Status >= 300 && out.Status < 400 && out.Status != http.StatusNotModified {
		out.Location = location(u, out.Header.Get("Location"))
	}
	return out, nil
}

func (c *Client) header(u *url.URL, req Request) http.Header {
	h := http.Header{}
	h.Set("User-Agent", c.opt.UserAgent)
	h.Set("Accept", "text/html,application/xhtml+xml;q=0.9,text/markdown;q=0.9,*/*;q=0.5")
	if req.ETag != "" {
		h.Set("If-None-Match", req.ETag)
	}
	if req.LastModified != "" {
		h.Set("If-Modified-Since", req.LastModified)
	}
	if c.opt.Auth != "" {
		origin := Origin(u)
		for _, o := range c.opt.Origins {
			if o == origin {
				h.Set("Authorization", c.opt.Auth)
			}
		}
	}
	return h
}

// Origin returns scheme, host and port of an address, the default port left
// out, as browsers compare them.
func Origin(u *url.URL) string {
	host, scheme := strings.ToLower(u.Host), strings.ToLower(u.Scheme)
	if scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	}
	if scheme == "http" {
		host = strings.TrimSuffix(host, ":80")
	}
	return scheme + "://" + host
}

func location(base *url.URL, ref string) string {
	u, err := url.Parse(strings.TrimSpace(ref))
	if ref == "" || err != nil {
		return ""
	}
	return base.ResolveReference(u).String()
}

// cause takes net/http's repetition of method and address off an error.
func cause(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}
