package channel

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"panther/pkg/crawl/fetch"
)

const (
	// sendTime is how long a receiver may take to answer.
	sendTime = 30 * time.Second
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 64 << 10
	// maxAfter bounds what a receiver may ask to wait.
	maxAfter = 24 * time.Hour
)

// HTTPClient returns the client of the channels that speak HTTP. It follows no
// redirect, since a message and its secret are for the address that was named.
// roots are the authorities to trust, nil for the system's. With public it speaks
// only to addresses of the internet: for endpoints that no owner wrote.
func HTTPClient(roots *x509.CertPool, public bool) *http.Client {
	d := &net.Dialer{Timeout: sendTime}
	if public {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			a, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			return fetch.CheckAddr(a.Addr(), false)
		}
	}
	return &http.Client{
		Timeout:       sendTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: d.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: sendTime, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: maxAnswer, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
	}
}

// postJSON sends body as JSON and judges the answer.
func postJSON(ctx context.Context, c *http.Client, address string, body any, header http.Header) error {
	b, err := json.Marshal(body)
	if err != nil {
		return failed(Rejected, "", "encode message: %w", err)
	}
	return post(ctx, c, address, b, header)
}

func post(ctx context.Context, c *http.Client, address string, body []byte, header http.Header) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return failed(Refused, "see the target's address", "make request: %w", bare(err))
	}
	req.Header = header
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "panther-notify")
	res, err := c.Do(req)
	return judge(res, err)
}

// judge reads the answer of a receiver.
func judge(res *http.Response, err error) error {
	if err != nil {
		return unreached(err)
	}
	defer res.Body.Close()
	code := res.StatusCode
	if code < 300 {
		return nil // it was taken, whatever becomes of the rest of the answer
	}
	answer, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	e := failed(Again, "", "the receiver answered %s: %s", res.Status, answerLine(answer))
	e.answer = answer
	switch {
	case code < 400:
		e.Verdict, e.Hint = Refused, "it moved: write the address that it has now"
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		e.Verdict, e.Hint = Refused, "its credential is wrong or may not do this: renew it in 1Password, then try: panther notify test"
	case code == http.StatusNotFound || code == http.StatusGone || code == http.StatusMethodNotAllowed:
		e.Verdict, e.Hint = Refused, "there is nobody at its address: mend it in panther-notify.toml, then try: panther notify test"
	case code == http.StatusRequestTimeout || code == http.StatusTooEarly || code == http.StatusTooManyRequests || code >= 500:
		e.After = retryAfter(res.Header.Get("Retry-After"), time.Now())
	default:
		e.Verdict = Rejected
	}
	return e
}

// unreached judges a request that got no answer.
func unreached(err error) *Error {
	if errors.Is(err, fetch.ErrAddress) {
		return failed(Gone, "", "reach the receiver: %w", bare(err))
	}
	e := failed(Again, "", "reach the receiver: %w", bare(err))
	if untrusted(err) {
		e.Hint = untrustedHint
	}
	return e
}

const untrustedHint = "its certificate is not to be trusted: renew it there, or add its authority to this machine's"

func untrusted(err error) bool {
	var c *tls.CertificateVerificationError
	return errors.As(err, &c)
}

// bare takes the address off an error of net/http and net/url: it may hold a secret.
func bare(err error) error {
	for {
		var u *url.Error
		if !errors.As(err, &u) {
			return err
		}
		err = u.Err
	}
}

// retryAfter reads the header of RFC 9110, 10.2.3: seconds or a date.
func retryAfter(s string, now time.Time) time.Duration {
	var d time.Duration
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		d = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(s); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), maxAfter)
}

// CheckURL returns an error unless s is an https address, or an http one with
// plain or at this machine itself.
func CheckURL(s string, plain bool) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%q is no https address", s)
	case u.User != nil:
		return errors.New("the address holds a password; it belongs into a credential")
	case u.Scheme == "http" && !plain && !loopback(u.Hostname()):
		return fmt.Errorf("%q is not encrypted", s)
	}
	return nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
