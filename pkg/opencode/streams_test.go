package opencode

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"panther/pkg/opencode/httpapi"

	"panther/pkg/opencode/api"
)

// Whoever opens streams and reads none of them gets a few, and is served otherwise;
// when they are gone there is room again.
func TestSilentSubscribers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	open, refused := 0, 0
	var silent []net.Conn
	for range 3 * httpapi.MaxCallerStreams {
		c, err := net.Dial("tcp", strings.TrimPrefix(w.tcp(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		silent = append(silent, c)
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		fmt.Fprint(c, "GET /event HTTP/1.1\r\nHost: localhost\r\n\r\n")
		line, err := bufio.NewReader(c).ReadString('\n')
		switch {
		case strings.Contains(line, " 200 "):
			open++
		case strings.Contains(line, " 429 "):
			refused++
		default:
			t.Fatalf("%q, %v", line, err)
		}
	}
	if open != httpapi.MaxCallerStreams || refused != 2*httpapi.MaxCallerStreams {
		t.Errorf("%d streams are open and %d refused", open, refused)
	}
	s := w.session()
	if _, err := w.get("/session/" + s.ID); err != nil {
		t.Errorf("the silent one asks something else: %v", err)
	}
	for _, c := range silent {
		_ = c.Close()
	}
	w.until(api.Subscribe{}, func(e api.Event, _ api.Properties) bool { return e.Type == api.EventServerConnected })
}

// A reader that was dropped in the middle comes back after the last event that it
// saw, and gets the rest.
func TestAStreamIsTakenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var seqs []int64
	read := func(after int64, n int) {
		q, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, w.tcp()+"/event", nil)
		if after > 0 {
			q.Header.Set("Last-Event-ID", strconv.FormatInt(after, 10))
		}
		resp, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		for sc := bufio.NewScanner(resp.Body); n > 0 && sc.Scan(); {
			if id, ok := strings.CutPrefix(sc.Text(), "id: "); ok {
				if seq, _ := strconv.ParseInt(id, 10, 64); seq > after { // server.connected repeats it
					seqs = append(seqs, seq)
					n--
				}
			}
		}
	}
	for range 3 {
		w.session()
	}
	read(1, 1)
	for range 5 {
		w.session()
	}
	for len(seqs) > 0 && len(seqs) < 6 {
		read(seqs[len(seqs)-1], 2)
	}
	for i := 1; i < len(seqs); i++ {
		if seqs[i] != seqs[i-1]+1 {
			t.Errorf("events %v", seqs)
		}
	}
	if len(seqs) < 6 {
		t.Errorf("events %v", seqs)
	}
}
