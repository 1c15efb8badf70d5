// Package connect asks a 1Password Connect server for secrets: a small client of
// its REST API, with contexts, bounded answers and no dependency beyond the
// standard library.
//
// A reference names vault, item, section and field by ID or by name. Names are
// looked up with the server's filters, or in one listing where more than a few
// are needed; an item is fetched once, however many of its fields are wanted.
// The server is authoritative; nothing is cached between calls. Its error texts
// are not passed on: what answers may be a captive portal.
package connect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"panther/pkg/opnix/vault"
)

// parallel is how many requests are under way at once: enough to hide the
// latency of a server across a network, few enough not to be a burst to it.
const parallel = 16

// maxAnswer bounds a listing or an item; a vault of ten thousand items is 5 MB.
const maxAnswer = 64 << 20

// client makes the requests of one Resolve.
type client struct {
	base     string
	token    vault.Value
	http     *http.Client
	requests atomic.Int64
}

// newTransport returns a transport that trusts the authorities in ca, PEM; the
// system's where it is empty.
func newTransport(ca []byte) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   parallel,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if len(ca) > 0 {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(ca) {
			return nil, errors.New("the CA file holds no PEM certificate")
		}
		t.TLSClientConfig.RootCAs = pool
	}
	return t, nil
}

// errNotFound is a 404: no such thing, or none that this token may see.
var errNotFound = errors.New("not found")

// errForbidden is a 403: the token may not read this vault.
var errForbidden = errors.New("the token may not read it")

// get asks for path and returns the body, bounded by limit. wantJSON refuses
// what another server than Connect would answer.
func (c *client) get(ctx context.Context, path string, query url.Values, limit int64, wantJSON bool) ([]byte, error) {
	u := c.base + path
	if len(query) > 0 {
		u += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return nil, vault.Errorf(vault.Invalid, "the address of the Connect server cannot be used")
	}
	req.Header.Set("Authorization", "Bearer "+string(c.token.Bytes()))
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "opnix")
	if err := ctx.Err(); err != nil {
		return nil, unavailable(ctx, err)
	}
	c.requests.Add(1)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, unavailable(ctx, err)
	}
	defer resp.Body.Close()
	if err := statusError(resp); err != nil {
		return nil, err
	}
	if mt, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); wantJSON && mt != "application/json" {
		return nil, vault.Errorf(vault.Unavailable, "what answers at %s is no Connect server, maybe a captive portal", c.base)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, unavailable(ctx, err)
	}
	if int64(len(b)) > limit {
		return nil, vault.Errorf(vault.Unavailable, "the answer of the Connect server is larger than %d MiB", limit>>20)
	}
	return b, nil
}

func statusError(r *http.Response) error {
	switch s := r.StatusCode; {
	case s == http.StatusOK:
		return nil
	case s == http.StatusNotFound:
		return errNotFound
	case s == http.StatusForbidden:
		return errForbidden
	case s == http.StatusUnauthorized:
		return vault.Errorf(vault.Denied, "the Connect server does not accept the token")
	case s == http.StatusTooManyRequests:
		return &vault.Error{Kind: vault.RateLimited, RetryAfter: retryAfter(r.Header.Get("Retry-After"), time.Now()),
			Err: errors.New("the Connect server asks to wait (429)")}
	case s == http.StatusBadRequest:
		return vault.Errorf(vault.Invalid, "the Connect server does not understand the question (400)")
	case s >= 300 && s < 400:
		return vault.Errorf(vault.Unavailable, "the server redirects, which a Connect server does not; maybe a captive portal")
	default:
		return vault.Errorf(vault.Unavailable, "the Connect server answers %d", s)
	}
}

// retryAfter reads the header of RFC 9110, 10.2.3: seconds or a date.
func retryAfter(h string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(h)); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(h); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

// unavailable describes an error of the network without what a server said.
func unavailable(ctx context.Context, err error) error {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	var op *net.OpError
	why := "no answer"
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		why = "no answer in time"
	case errors.As(err, &dns):
		why = "its name cannot be resolved"
	case errors.As(err, &cert):
		why = "its certificate is not trusted"
	case errors.As(err, &alert), errors.As(err, &record), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		why = "no TLS connection"
	case errors.As(err, &op) && op.Op == "dial":
		why = "cannot be reached: " + vault.FirstLine(op.Err.Error())
	}
	return vault.Errorf(vault.Unavailable, "Connect server: %s", why)
}

// decode reads JSON; the decoder's message may quote a value and is dropped.
func decode[T any](b []byte) (T, error) {
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		return v, vault.Errorf(vault.Unavailable, "the answer is not what a Connect server gives")
	}
	return v, nil
}

// The documents of the API, as far as they are used.
type (
	wireVault   struct{ ID, Name string }
	wireSummary struct{ ID, Title string }
	wireSection struct{ ID, Label string }
	wireItem    struct {
		ID, Title string
		Sections  []wireSection
		Fields    []struct {
			ID, Label, Type, Value, TOTP string
			Section                      *wireSection
		}
		Files []struct {
			ID, Name string
			Size     int64
			Section  *wireSection
		}
	}
)

func (c *client) vaults(ctx context.Context, filter string) ([]wireVault, error) {
	return list[wireVault](ctx, c, "/v1/vaults", filter)
}

func (c *client) items(ctx context.Context, vaultID, filter string) ([]wireSummary, error) {
	return list[wireSummary](ctx, c, "/v1/vaults/"+url.PathEscape(vaultID)+"/items", filter)
}

func list[T any](ctx context.Context, c *client, path, filter string) ([]T, error) {
	q := url.Values{}
	if filter != "" {
		q.Set("filter", filter)
	}
	b, err := c.get(ctx, path, q, maxAnswer, true)
	if err != nil {
		return nil, err
	}
	return decode[[]T](b)
}

func (c *client) item(ctx context.Context, vaultID, id string) (vault.Item, error) {
	b, err := c.get(ctx, fmt.Sprintf("/v1/vaults/%s/items/%s", url.PathEscape(vaultID), url.PathEscape(id)), nil, maxAnswer, true)
	if err != nil {
		return vault.Item{}, err
	}
	w, err := decode[wireItem](b)
	return w.item(), err
}

func (c *client) file(ctx context.Context, vaultID, itemID, id string) ([]byte, error) {
	path := fmt.Sprintf("/v1/vaults/%s/items/%s/files/%s/content", url.PathEscape(vaultID), url.PathEscape(itemID), url.PathEscape(id))
	return c.get(ctx, path, nil, vault.MaxValue, false)
}

func (w wireItem) item() vault.Item {
	it := vault.Item{ID: w.ID, Title: w.Title}
	for _, s := range w.Sections {
		it.Sections = append(it.Sections, vault.Section{ID: s.ID, Label: s.Label})
	}
	for _, f := range w.Fields {
		out := vault.Field{ID: f.ID, Label: f.Label, Type: f.Type, Value: vault.NewValue([]byte(f.Value))}
		if f.TOTP != "" {
			out.OTP = vault.NewValue([]byte(f.TOTP))
		}
		if f.Section != nil {
			out.SectionID = f.Section.ID
		}
		it.Fields = append(it.Fields, out)
	}
	for _, f := range w.Files {
		out := vault.File{ID: f.ID, Name: f.Name, Size: f.Size}
		if f.Section != nil {
			out.SectionID = f.Section.ID
		}
		it.Files = append(it.Files, out)
	}
	return it
}
