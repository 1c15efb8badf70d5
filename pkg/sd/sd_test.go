package sd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coreos/go-systemd/v22/journal"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	base := errors.New("base")
	for name, tc := range map[string]struct {
		err  error
		code int
		hint string
	}{
		"nil":     {nil, 0, ""},
		"plain":   {base, 1, ""},
		"usage":   {UsageError("bad"), 64, ""},
		"config":  {fmt.Errorf("load: %w", ConfigError(base, "mend it")), 78, "mend it"},
		"rehint":  {Hint(ConfigError(base, ""), "outer"), 78, "outer"},
		"nothing": {Hint(nil, "x"), 0, ""},
	} {
		if got := ExitCode(tc.err); got != tc.code {
			t.Errorf("%s: exit code %d, want %d", name, got, tc.code)
		}
		if got := HintOf(tc.err); got != tc.hint {
			t.Errorf("%s: hint %q, want %q", name, got, tc.hint)
		}
	}
}

func TestFieldNames(t *testing.T) {
	t.Parallel()
	valid := regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)
	for key, want := range map[string]string{
		"run_id": "RUN_ID", "http.status": "HTTP_STATUS", "_PID": "PID", "9lives": "LIVES", "ünï": "N", "---": "",
		strings.Repeat("a", 80): strings.Repeat("A", 64),
	} {
		got := FieldName(key)
		if key != "ünï" && got != want || got != "" && !valid.MatchString(got) {
			t.Errorf("FieldName(%q) = %q, want %q", key, got, want)
		}
	}
}

func TestJournalHandler(t *testing.T) {
	t.Parallel()
	h := NewJournalHandler("unit", slog.LevelInfo)
	var msg string
	var prio journal.Priority
	var vars map[string]string
	h.send = func(m string, p journal.Priority, v map[string]string) error { msg, prio, vars = m, p, v; return nil }
	log := slog.New(h).With("run_id", "r 1").WithGroup("page")
	log.Debug("dropped")
	if msg != "" {
		t.Error("a record below the level was sent")
	}
	log.Warn("page failed", "status", 404, "error", fs.ErrNotExist)
	if want := `page failed run_id="r 1" page_status=404 page_error="file does not exist"`; msg != want {
		t.Errorf("message %q, want %q", msg, want)
	}
	if prio != journal.PriWarning || vars["RUN_ID"] != "r 1" || vars["PAGE_STATUS"] != "404" ||
		!strings.HasSuffix(vars["CODE_FILE"], "sd_test.go") || vars["SYSLOG_IDENTIFIER"] != "unit" {
		t.Errorf("priority %d, fields %v", prio, vars)
	}
}

func TestIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := NewIdle(time.Minute)
		end := i.Begin()
		<-time.After(time.Hour)
		select {
		case <-i.Done():
			t.Fatal("idle while work goes on")
		default:
		}
		end()
		began := time.Now()
		<-i.Done()
		if got := time.Since(began); got != time.Minute {
			t.Errorf("idle after %s", got)
		}
	})
}

// pipes is a listener of connections within the process.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p pipes) Close() error {
	close(p)
	return nil
}

func (pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

// A connection that a browser opened in advance and that asks for nothing is waited for a second at a stop, not for the
// five of net/http.
func TestStopWithASilentConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ln, served := make(pipes), make(chan error, 1)
		go func() { served <- ServeHTTP(ctx, http.NotFoundHandler(), ln) }()
		near, far := net.Pipe()
		defer near.Close()
		ln <- far
		synctest.Wait()
		began := time.Now()
		cancel()
		if err := <-served; err != nil || time.Since(began) > 2*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}

func TestServeDrains(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.sock")
	ln, err := Listen("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o660 {
		t.Errorf("socket mode %v, %v", fi.Mode(), err)
	}
	if _, err := Listen("unix:" + path); err == nil || HintOf(err) == "" {
		t.Error("a live socket was replaced")
	}
	ctx, cancel := context.WithCancel(t.Context())
	inside, release := make(chan Peer, 1), make(chan struct{})
	served := make(chan error, 1)
	go func() {
		served <- ServeHTTP(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p, _ := PeerOf(r.Context())
			inside <- p
			<-release
			fmt.Fprint(w, "done")
		}), ln)
	}()
	client := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", path)
	}}}
	got := make(chan error, 1)
	go func() {
		resp, err := client.Get("http://x/")
		if err == nil {
			_ = resp.Body.Close()
		}
		got <- err
	}()
	if p := <-inside; int(p.PID) != os.Getpid() || int(p.UID) != os.Getuid() {
		t.Errorf("peer %+v", p)
	}
	cancel()
	close(release)
	if err := <-got; err != nil {
		t.Errorf("request in flight: %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
}

func TestLocalEnv(t *testing.T) {
	t.Parallel()
	e, err := Local("svc", t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Credential("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing credential: %v", err)
	}
	if _, err := e.Credential("../x"); err == nil {
		t.Error("a path was taken for a credential name")
	}
	if err := os.WriteFile(filepath.Join(e.CredentialsDir, "k"), []byte("v\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err := e.Credential("k"); err != nil || v != "v" {
		t.Errorf("credential %q, %v", v, err)
	}
	if err := os.WriteFile(filepath.Join(e.CredentialsDir, "default"), []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err := e.Credential("default"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty credential is %q, %v; want none", v, err)
	}
	e.Ready("%d documents\nand more", 3)
	<-e.ReadyC()
	if got := e.StatusLine(); got != "3 documents and more" {
		t.Errorf("status %q", got)
	}
}
