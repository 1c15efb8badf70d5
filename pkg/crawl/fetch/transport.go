package fetch

import (
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// ErrAddress means that a host resolved to an address which the source does not
// allow.
var ErrAddress = errors.New("address is not allowed")

// blocked are ranges that netip's own tests do not cover: they lead to the
// machine itself, to its network, or to nothing.
var blocked = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carrier NAT and Tailscale
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("fec0::/10"),
}

// linkLocalMetadata is where clouds keep the machine's own credentials; no
// setting opens it.
var linkLocalMetadata = []netip.Addr{
	netip.MustParseAddr("169.254.169.254"),
	netip.MustParseAddr("fd00:ec2::254"),
}

// CheckAddr returns an error that wraps ErrAddress unless a connection to ip may
// be made. With private, addresses of the machine and its networks may be used,
// but never link-local ones, where clouds keep credentials.
func CheckAddr(ip netip.Addr, private bool) error {
	ip = embedded(ip.Unmap().WithZone(""))
	bad := ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified()
	for _, m := range linkLocalMetadata {
		bad = bad || ip == m
	}
	if !private {
		bad = bad || ip.IsLoopback() || ip.IsPrivate() || ip.IsInterfaceLocalMulticast()
		for _, p := range blocked {
			bad = bad || p.Contains(ip)
		}
	}
	if !bad && ip.IsValid() {
		return nil
	}
	return fmt.Errorf("connect to %s: %w", ip, ErrAddress)
}

// embedded returns the IPv4 address that an IPv6 one of NAT64 or 6to4 leads to.
func embedded(ip netip.Addr) netip.Addr {
	b := ip.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(ip):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case netip.MustParsePrefix("2002::/16").Contains(ip):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return ip
}

// NewTransport returns a transport that connects only where CheckAddr allows,
// speaks HTTP/2, uses no proxy, and decodes gzip, brotli, zstd and deflate.
func NewTransport(private bool, conns int) http.RoundTripper {
	d := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second,
		ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
			ap, err := netip.ParseAddrPort(address)
			if err != nil || !strings.HasPrefix(network, "tcp") {
				return fmt.Errorf("connect to %s %s: %w", network, address, ErrAddress)
			}
			return CheckAddr(ap.Addr(), private)
		}}
	return &decoder{base: &http.Transport{
		DialContext:            d.DialContext,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // decoder does it, for more formats
		MaxIdleConnsPerHost:    max(conns, 2),
		MaxConnsPerHost:        max(conns, 2),
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  30 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		ReadBufferSize:         16 << 10,
	}}
}

// decoder is a transport that asks for compressed bodies and decodes them.
type decoder struct{ base *http.Transport }

// CloseIdleConnections closes idle connections.
func (d *decoder) CloseIdleConnections() { d.base.CloseIdleConnections() }

func (d *decoder) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Header.Get("Accept-Encoding") == "" {
		req = req.Clone(req.Context())
		req.Header.Set("Accept-Encoding", "gzip, br, zstd")
	}
	resp, err := d.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := decodeBody(resp.Header.Get("Content-Encoding"), resp.Body)
	if err != nil {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("decode body: %w", err)
	}
	if body != resp.Body {
		resp.Header.Del("Content-Length")
		resp.ContentLength = -1
	}
	resp.Header.Del("Content-Encoding")
	resp.Body, resp.Uncompressed = body, true // colly shall not decode again
	return resp, nil
}

// decodeBody undoes the content codings, of which there are two at most.
func decodeBody(encoding string, body io.ReadCloser) (io.ReadCloser, error) {
	codings := strings.Split(strings.ToLower(encoding), ",")
	if len(codings) > 2 {
		return nil, fmt.Errorf("%d content codings", len(codings))
	}
	for i := len(codings) - 1; i >= 0; i-- {
		switch c := strings.TrimSpace(codings[i]); c {
		case "", "identity":
		case "gzip", "x-gzip":
			body = &lazy{src: body, open: func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }}
		case "br":
			body = &lazy{src: body, open: func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }}
		case "deflate":
			body = &lazy{src: body, open: func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }}
		case "zstd":
			body = &lazy{src: body, open: func(r io.Reader) (io.Reader, error) {
				z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20))
				if err != nil {
					return nil, err
				}
				return z.IOReadCloser(), nil
			}}
		default:
			return nil, fmt.Errorf("content coding %q is not known", c)
		}
	}
	return body, nil
}

// lazy opens a decoder at the first read, so that an answer without a body
// needs none.
type lazy struct {
	src  io.ReadCloser
	open func(io.Reader) (io.Reader, error)
	r    io.Reader
	err  error
}

func (l *lazy) Read(p []byte) (int, error) {
	if l.r == nil && l.err == nil {
		if l.r, l.err = l.open(l.src); errors.Is(l.err, io.EOF) {
			l.err = io.EOF // no body at all
		}
	}
	if l.err != nil {
		return 0, l.err
	}
	return l.r.Read(p)
}

func (l *lazy) Close() error {
	if c, ok := l.r.(io.Closer); ok {
		_ = c.Close()
	}
	return l.src.Close()
}
