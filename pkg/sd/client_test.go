package sd

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
)

// A server is asked by one base URL, whether it is behind a socket or a port.
func TestHTTPClient(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { _, _ = io.WriteString(w, q.URL.Path) })
	socket := &httptest.Server{Listener: ln, Config: &http.Server{Handler: h}}
	socket.Start()
	port := httptest.NewServer(h)
	t.Cleanup(socket.Close)
	t.Cleanup(port.Close)
	for _, addr := range []string{"unix:" + path, port.URL, port.URL + "/"} {
		client, base := HTTPClient(addr)
		resp, err := client.Get(base + "/v1/x")
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		client.CloseIdleConnections()
		if string(b) != "/v1/x" {
			t.Errorf("%s was asked for %s", addr, b)
		}
	}
}
