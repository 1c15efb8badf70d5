package sd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// serve runs ServeHTTP until the test ends; dial connects to it.
func serve(t *testing.T, h http.HandlerFunc) (dial func() net.Conn) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ln := make(pipes)
	done := make(chan error, 1)
	go func() { done <- ServeHTTP(ctx, h, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return func() net.Conn {
		client, server := net.Pipe()
		t.Cleanup(func() { _ = client.Close() })
		ln <- server
		return client
	}
}

func readAnswer(t *testing.T, c net.Conn) (status int, body string) {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b)
}

// drip sends a body in pieces, one every interval, until the other end has
// enough of it.
func drip(ctx context.Context, c net.Conn, pieces, size int, every time.Duration) {
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", pieces*size)
	for range pieces {
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return
		}
		if _, err := c.Write(bytes.Repeat([]byte("x"), size)); err != nil {
			return
		}
	}
}

// A body may take hours as long as it comes, and half a minute where it does not.
func TestBodiesMakeProgress(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		pieces, size int
		every        time.Duration
		status       int
	}{
		"at once":              {1, 100, 0, 200},
		"an hour on the phone": {3600, 1000, time.Second, 200},
		"now and then a lot":   {50, 20000, 15 * time.Second, 200},
		"a byte at a time":     {1000, 1, 5 * time.Second, 408},
		"silent":               {1, 1, time.Hour, 408},
		"fast, then silent":    {2, 1 << 20, 10 * time.Minute, 408},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dial := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if _, err := io.Copy(io.Discard, r.Body); err != nil {
						if !errors.Is(err, ErrSlowBody) {
							t.Errorf("read: %v", err)
						}
						if r.Context().Err() == nil || name == "silent" {
							http.Error(w, err.Error(), 400)
						} // as those do that answer nobody whose request has ended
					}
				})
				c := dial()
				go drip(t.Context(), c, tc.pieces, tc.size, tc.every)
				if status, _ := readAnswer(t, c); status != tc.status {
					t.Errorf("status %d, want %d", status, tc.status)
				}
			})
		})
	}
}

// A body that nobody reads holds nothing open, and a limit of one request does
// not reach into the time of the answer or the next request.
func TestDeadlinesEndWithTheBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{}, 2)
		dial := serve(t, func(w http.ResponseWriter, r *http.Request) {
			defer func() { ended <- struct{}{} }()
			if r.URL.Path == "/unread" {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			for range 10 { // a long answer, with pauses
				select {
				case <-time.After(time.Minute):
				case <-r.Context().Done():
					t.Error("the request was ended while it was answered")
				}
				_, _ = io.WriteString(w, "word ")
				w.(http.Flusher).Flush()
			}
		})
		c := dial()
		for range 2 {
			fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
			if status, body := readAnswer(t, c); status != 200 || body != strings.Repeat("word ", 10) {
				t.Errorf("%d %q", status, body)
			}
			<-ended
			<-time.After(time.Minute)
		}
		c = dial()
		fmt.Fprint(c, "POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhi")
		_, _ = io.Copy(io.Discard, c) // until the server closes it
	})
}

// An answer that nobody takes ends; one that is taken slowly does not.
func TestAnswersAreTaken(t *testing.T) {
	t.Parallel()
	big := make([]byte, 4<<20)
	synctest.Test(t, func(t *testing.T) {
		result := make(chan error, 1)
		dial := serve(t, func(w http.ResponseWriter, r *http.Request) {
			_, err := w.Write(big)
			result <- err
		})
		silent := dial()
		fmt.Fprint(silent, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if err := <-result; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("nobody reads: %v", err)
		}
		slow := dial()
		fmt.Fprint(slow, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		buf := make([]byte, 32<<10)
		for err := error(nil); err == nil; {
			select {
			case err = <-result:
				if err != nil {
					t.Errorf("read slowly: %v", err)
				}
				return
			case <-time.After(10 * time.Second):
				_, err = slow.Read(buf)
			}
		}
	})
}

// peer is a connection from an address.
type peer struct {
	net.Conn
	from   string
	closed bool
	said   string
}

func (p *peer) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.ParseIP(p.from)} }
func (p *peer) Close() error                     { p.closed = true; return nil }
func (p *peer) SetWriteDeadline(time.Time) error { return nil }
func (p *peer) Write(b []byte) (int, error)      { p.said += string(b); return len(b), nil }

func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	l := newConns(4, 2)
	open := func(from string, busy bool) *peer {
		p := &peer{from: from}
		l.note(p, http.StateNew)
		if busy && !p.closed {
			l.note(p, http.StateActive)
		}
		return p
	}
	a, b := open("10.0.0.1", true), open("10.0.0.1", true)
	if c := open("10.0.0.1", true); !c.closed || !strings.HasPrefix(c.said, "HTTP/1.1 503 ") || a.closed || b.closed {
		t.Error("a peer has more than its share, or lost its work")
	}
	l.note(a, http.StateIdle)
	if c := open("10.0.0.1", false); c.closed || !a.closed {
		t.Error("an idle connection does not give way to a new one of its peer")
	} else {
		l.note(a, http.StateClosed)
		l.note(c, http.StateActive)
	}
	d, e := open("10.0.0.2", false), open("10.0.0.3", false)
	if f := open("10.0.0.4", false); f.closed || !d.closed || e.closed {
		t.Error("the oldest that waits does not give way")
	}
	for p := range l.all {
		l.note(p, http.StateClosed)
	}
	if len(l.all)+len(l.peers)+l.waiting.Len() != 0 {
		t.Errorf("%d connections of %d peers are left", len(l.all), len(l.peers))
	}
}

func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write("self", "1:name=systemd:/x\n0::/panther.slice/agentdb.service\n")
	if n := memoryLimit(dir+"/self", dir); n != 0 {
		t.Errorf("without limits: %d", n)
	}
	write("panther.slice/agentdb.service/memory.high", "max\n")
	write("panther.slice/agentdb.service/memory.max", "3000000\n")
	write("panther.slice/memory.max", "5000000\n")
	if n := memoryLimit(dir+"/self", dir); n != 3000000 {
		t.Errorf("of the unit: %d", n)
	}
	write("panther.slice/memory.high", "2000000\n")
	if n := memoryLimit(dir+"/self", dir); n != 2000000 {
		t.Errorf("of the slice: %d", n)
	}
	write("self", "1:name=systemd:/x\n")
	if n := memoryLimit(dir+"/self", dir); n != 0 {
		t.Errorf("without cgroup 2: %d", n)
	}
}
