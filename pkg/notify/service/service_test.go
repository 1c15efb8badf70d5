package service

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"panther/pkg/config"
	"panther/pkg/notify"
	"panther/pkg/sd"
)

// The test binary is the service too, so that it can be killed.
const childDir = "PANTHER_NOTIFY_TEST_DIR"

func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	sd.Main(func(ctx context.Context) error {
		cfg := Default()
		if err := config.Load(filepath.Join(dir, "panther-notify.toml"), &cfg); err != nil {
			return err
		}
		env, err := sd.Local(Name, dir, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		return Run(ctx, env, cfg)
	})
}

// patience is reached only by what hangs.
const patience = time.Minute

// eventually waits until what it asks holds.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ask() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s never came", what)
		case <-tick.C:
		}
	}
}

// call speaks to the service of a folder.
func call(t *testing.T, dir, method, path string, in, out any) int {
	t.Helper()
	c, base := sd.HTTPClient("unix:" + sd.LocalSocket(dir, Name))
	defer c.CloseIdleConnections()
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, base+path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	if b, err = io.ReadAll(res.Body); err == nil && out != nil && res.StatusCode < 300 {
		err = json.Unmarshal(b, out)
	}
	if err != nil {
		return 0
	}
	return res.StatusCode
}

// child is a service in a process of its own.
type child struct{ cmd *exec.Cmd }

func startChild(t *testing.T, dir string) *child {
	t.Helper()
	c := &child{exec.Command(os.Args[0])} //nolint:gosec // this test
	c.cmd.Env = append(os.Environ(), childDir+"="+dir)
	c.cmd.Stderr = os.Stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	return c
}

// kill ends the process as it is, and returns when it is gone.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_, _ = c.cmd.Process.Wait()
}

// A service that is killed again and again, before, while and after it sends,
// tells all that it accepted, and no more often than it was killed.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var mu sync.Mutex
	got := map[string]int{}
	var at func(phase string) // nil, or what the receiver does
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		f := at
		mu.Unlock()
		if f != nil {
			f("arrived")
		}
		mu.Lock()
		got[r.Header.Get("webhook-id")]++
		mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
		_ = http.NewResponseController(w).Flush()
		if f != nil {
			f("answered")
		}
	}))
	t.Cleanup(receiver.Close)
	text := fmt.Sprintf("version = 1\n[[target]]\nname = \"hook\"\nchannel = \"webhook\"\nurl = %q\nlimit = 10000\n", receiver.URL)
	if err := os.WriteFile(filepath.Join(dir, "panther-notify.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	accepted, kills := []string{}, 0
	for round := range 18 {
		c := startChild(t, dir)
		phase, done := []string{"accepted", "arrived", "answered"}[round%3], make(chan struct{})
		var once sync.Once
		mu.Lock()
		at = func(p string) {
			if p == phase {
				once.Do(func() { c.kill(); close(done) })
			}
		}
		mu.Unlock()
		for i := range 3 {
			e := notify.Event{ID: fmt.Sprintf("round-%d-%d", round, i), Kind: notify.Disk, Title: "the disk is full"}
			status := 0
			eventually(t, "an answer", func() bool {
				status = call(t, dir, http.MethodPost, "/v1/events", e, nil)
				select {
				case <-done:
					return true
				default:
					return status != 0
				}
			})
			if status == http.StatusAccepted {
				accepted = append(accepted, e.ID)
			} else if status != 0 {
				t.Fatalf("the service answered %d", status)
			}
		}
		if phase == "accepted" {
			c.kill()
		} else {
			<-done
		}
		kills++
	}
	mu.Lock()
	at = nil
	mu.Unlock()
	startChild(t, dir)
	eventually(t, "the end of the outbox", func() bool {
		var out Outbox
		if call(t, dir, http.MethodGet, "/v1/outbox", nil, &out) != http.StatusOK {
			return false
		}
		for _, d := range out.Deliveries {
			if d.State != "delivered" {
				return false
			}
		}
		return len(out.Deliveries) >= len(accepted)
	})
	mu.Lock()
	defer mu.Unlock()
	more := 0
	for _, id := range accepted {
		if got[id] == 0 {
			t.Errorf("%s was accepted and never told", id)
		}
	}
	for _, n := range got {
		more += n - 1
	}
	t.Logf("%d events accepted over %d kills, %d told again", len(accepted), kills, more)
	if len(accepted) < kills || more > kills {
		t.Errorf("%d events accepted, %d told again over %d kills", len(accepted), more, kills)
	}
}

// serve runs a service in this process until the test ends.
func serve(t *testing.T, cfg Config, roots *x509.CertPool) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	env, err := sd.Local(Name, dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, env, cfg, roots) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-env.ReadyC():
	case err := <-ended:
		t.Fatal(err)
	}
	return dir
}

func TestAPI(t *testing.T) {
	t.Parallel()
	got := make(chan string, 100)
	status := make(chan int, 1)
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		got <- r.URL.Path
		select {
		case s := <-status:
			w.WriteHeader(s)
		default:
		}
	}))
	t.Cleanup(receiver.Close)
	roots := x509.NewCertPool()
	roots.AddCert(receiver.Certificate())
	cfg := Default()
	cfg.Targets = []Target{
		{Name: "hook", Channel: "webhook", URL: receiver.URL + "/hook", Severity: notify.Warning},
		{Name: "phone", Channel: "ntfy", URL: receiver.URL + "/topic", Kinds: []string{notify.Digest}},
		{Name: "page", Channel: "webpush", Contact: "mailto:me@example.org", Kinds: []string{notify.Digest}},
	}
	dir := serve(t, cfg, roots)
	event := notify.Event{ID: "disk:1", Kind: notify.Disk, Severity: notify.Critical, Title: "full"}
	for _, isNew := range []bool{true, false} {
		var a Accepted
		if code := call(t, dir, http.MethodPost, "/v1/events", event, &a); code != http.StatusAccepted || a.New != isNew {
			t.Errorf("answered %d, new %v", code, a.New)
		}
	}
	if p := <-got; p != "/hook" {
		t.Errorf("the event went to %s", p)
	}
	for _, e := range []notify.Event{{}, {ID: "a b", Kind: notify.Disk, Title: "x"}, {ID: "a", Kind: "gossip", Title: "x"}, {ID: "a", Kind: notify.Disk},
		{ID: "a", Kind: notify.Disk, Title: "x", Link: "javascript:alert(1)"}, {ID: "a", Kind: notify.Disk, Title: "\u202e\x00"}} {
		if code := call(t, dir, http.MethodPost, "/v1/events", e, nil); code != http.StatusUnprocessableEntity {
			t.Errorf("%+v: answered %d", e, code)
		}
	}

	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var sub Subscription
	sub.Endpoint = receiver.URL + "/push/1"
	sub.Keys.P256dh = base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes())
	sub.Keys.Auth = base64.RawURLEncoding.EncodeToString(make([]byte, 16))
	if code := call(t, dir, http.MethodPost, "/v1/push/subscriptions", sub, nil); code/100 != 2 {
		t.Errorf("subscription: answered %d", code)
	}
	for _, change := range []func(*Subscription){func(s *Subscription) { s.Endpoint = "http://example.org/" },
		func(s *Subscription) { s.Keys.P256dh = sub.Keys.Auth }, func(s *Subscription) { s.Keys.Auth = "AAAA" }} {
		wrong := sub
		change(&wrong)
		if code := call(t, dir, http.MethodPost, "/v1/push/subscriptions", wrong, nil); code != http.StatusUnprocessableEntity {
			t.Errorf("%+v: answered %d", wrong, code)
		}
	}
	var key PushKey
	if code := call(t, dir, http.MethodGet, "/v1/push", nil, &key); code != http.StatusOK || len(key.Key) != 87 {
		t.Errorf("push key: %d %q", code, key.Key)
	}
	c := notify.NewClient("unix:"+sd.LocalSocket(dir, Name), slog.New(slog.DiscardHandler))
	defer c.Close()
	outcomes, err := c.Test(t.Context(), "")
	if err != nil || len(outcomes) != 3 {
		t.Fatalf("test: %v %v", outcomes, err)
	}
	for _, o := range outcomes {
		if o.State != "delivered" {
			t.Errorf("test: %+v", o)
		}
	}
	status <- http.StatusUnauthorized
	if outcomes, err = c.Test(t.Context(), "hook"); err != nil || len(outcomes) != 1 || outcomes[0].State != "refused" || outcomes[0].Detail == "" {
		t.Errorf("refused test: %+v %v", outcomes, err)
	}
	var out Outbox
	if code := call(t, dir, http.MethodGet, "/v1/outbox", nil, &out); code != http.StatusOK || len(out.Deliveries) != 5 {
		t.Errorf("outbox: %d %+v", code, out)
	}
	eventually(t, "the problem", func() bool {
		call(t, dir, http.MethodGet, "/v1/outbox", nil, &out)
		return len(out.Problems) == 1 && out.Problems[0].Target == "hook"
	})
	if _, err := c.Test(t.Context(), "nobody"); err == nil || !strings.Contains(err.Error(), "hook, phone, page") {
		t.Errorf("test of nobody: %v", err)
	}
}

func TestPeers(t *testing.T) {
	t.Parallel()
	people := uint32(500)
	p := &peers{own: 900, senders: []uint32{901, 902}, people: &people}
	for _, tt := range []struct {
		peer sd.Peer
		want role
	}{
		{sd.Peer{UID: 0}, root}, {sd.Peer{UID: 900}, root}, {sd.Peer{UID: 901}, sender}, {sd.Peer{UID: 902, Groups: []uint32{500}}, sender},
		{sd.Peer{UID: 1000, GID: 500}, person}, {sd.Peer{UID: 1000, GID: 100, Groups: []uint32{4, 500}}, person}, {sd.Peer{UID: 1000, GID: 100}, nobody},
	} {
		if got := p.role(tt.peer); got != tt.want {
			t.Errorf("%+v has role %d, want %d", tt.peer, got, tt.want)
		}
	}
	if p := (&peers{own: 900}); p.role(sd.Peer{UID: 1000, GID: 500}) != nobody {
		t.Error("without a group of persons everybody is one")
	}
	s := &service{log: slog.New(slog.DiscardHandler), peers: p}
	for _, path := range []string{"/v1/outbox", "/v1/push"} {
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if w.Code != http.StatusForbidden {
			t.Errorf("%s without a peer: %d", path, w.Code)
		}
	}
}

// A service of the suite goes on whatever becomes of what it tells.
func TestClientNeverWaits(t *testing.T) {
	t.Parallel()
	var none *notify.Client
	none.Tell(notify.Event{ID: "x"})
	none.Close()
	var log bytes.Buffer
	c := notify.NewClient("unix:"+filepath.Join(t.TempDir(), "none.sock"), slog.New(slog.NewTextHandler(&log, nil)))
	for range 100 {
		c.Tell(notify.Event{ID: "x", Kind: notify.Disk, Title: "x"})
	}
	c.Close()
	if err := c.Send(t.Context(), notify.Event{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("send to nobody: %v", err)
	}
	if strings.Contains(log.String(), "panther-notify answered") {
		t.Errorf("a machine without the service hears of it:\n%s", log.String())
	}
}
