package sd

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"
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

// Who reads that a server was not reached reads where, and no call of ours.
func TestUnreached(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	refusing := filepath.Join(dir, "refusing")
	ln, err := net.Listen("unix", refusing)
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = ln.Close()
	breaking := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(breaking.Close)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(silent.Close)
	for addr, want := range map[string]string{
		"unix:" + filepath.Join(dir, "none"): "there is no socket " + filepath.Join(dir, "none"),
		"unix:" + refusing:                   "nothing listens at " + refusing,
		"http://127.0.0.1:1":                 "nothing listens at 127.0.0.1:1",
		"http://nobody.invalid":              "the host nobody.invalid does not resolve",
		breaking.URL:                         "the connection broke off",
		silent.URL:                           "it did not answer in time",
	} {
		client, base := HTTPClient(addr)
		client.Transport.(*http.Transport).Proxy = nil
		if addr == silent.URL {
			client.Timeout = 50 * time.Millisecond
		}
		resp, err := client.Get(base + "/")
		if err == nil {
			_ = resp.Body.Close()
			t.Fatalf("%s answered", addr)
		}
		got := Unreached(err)
		if got.Error() != want || !errors.Is(got, err) {
			t.Errorf("%s: %q, want %q", addr, got, want)
		}
	}
	if Unreached(nil) != nil {
		t.Error("no error became one")
	}
}
