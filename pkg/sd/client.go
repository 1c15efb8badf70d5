package sd

import (
	"context"
	"net"
	"net/http"
	"strings"
)

// HTTPClient returns a client of the server at addr, "unix:/path" or an http or
// https URL, and what its URLs begin with. It opens no connection; who uses it
// closes the idle ones. Callers may change its transport before its first use.
func HTTPClient(addr string) (client *http.Client, base string) {
	tr := http.DefaultTransport.(*http.Transport).Clone()
	tr.MaxIdleConnsPerHost = 32 // services of one machine ask each other much at once
	base = strings.TrimSuffix(addr, "/")
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		base = "http://localhost"
		tr.Proxy = nil
		tr.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		}
	}
	return &http.Client{Transport: tr}, base
}
