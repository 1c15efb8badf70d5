package channel

import (
	"bufio"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"testing"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"panther/pkg/notify"
)

var message = Message{ID: "crawl:pgvector:1", Event: notify.Event{ID: "crawl:pgvector:1", Kind: notify.CrawlFailedTwice, Severity: notify.Warning,
	Title: "pgvector <b>failed</b> *twice*", Text: "The first line\nThe second & <last>", Link: "https://example.org/a?b=1&c=2"}}

// request is what a scripted server got.
type request struct {
	path   string
	header http.Header
	body   []byte
}

// receiver is a server over TLS that answers as told.
func receiver(t *testing.T, answer http.HandlerFunc) (*httptest.Server, *http.Client, *request) {
	t.Helper()
	var got request
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = request{r.URL.Path, r.Header.Clone(), b}
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s, HTTPClient(roots, false), &got
}

func decode(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return m
}

func TestNtfy(t *testing.T) {
	t.Parallel()
	s, c, got := receiver(t, nil)
	for _, tt := range []struct{ token, want string }{
		{"tk_secret", "Bearer tk_secret"},
		{"phil:pass", "Basic " + base64.StdEncoding.EncodeToString([]byte("phil:pass"))},
		{"", ""},
	} {
		n := &Ntfy{Client: c, URL: s.URL + "/base/panther", Token: tt.token}
		if err := n.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
		m := decode(t, got.body)
		if got.path != "/base/" || m["topic"] != "panther" || m["title"] != message.Event.Title || m["message"] != message.Event.Text ||
			m["click"] != message.Event.Link || m["priority"] != 4.0 || m["sequence_id"] != shortID(message.ID) || m["markdown"] != nil {
			t.Errorf("sent %s to %s", got.body, got.path)
		}
		if a := got.header.Get("Authorization"); a != tt.want {
			t.Errorf("authorization %q, want %q", a, tt.want)
		}
	}
}

func TestGotify(t *testing.T) {
	t.Parallel()
	s, c, got := receiver(t, nil)
	g := &Gotify{Client: c, URL: s.URL + "/", Token: "A.secret"}
	if err := g.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	m := decode(t, got.body)
	if got.path != "/message" || got.header.Get("X-Gotify-Key") != "A.secret" || m["title"] != message.Event.Title ||
		m["message"] != message.Event.Body() || m["priority"] != 6.0 || !strings.Contains(string(got.body), `"contentType":"text/plain"`) {
		t.Errorf("sent %s to %s", got.body, got.path)
	}
}

func TestTelegram(t *testing.T) {
	t.Parallel()
	s, c, got := receiver(t, nil)
	g := &Telegram{Client: c, URL: s.URL, Token: "12:AA-secret", Chat: "-1001"}
	if err := g.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	m := decode(t, got.body)
	if got.path != "/bot12:AA-secret/sendMessage" || m["chat_id"] != "-1001" || m["text"] != message.Event.Title+"\n"+message.Event.Body() || m["parse_mode"] != nil {
		t.Errorf("sent %s to %s", got.body, got.path)
	}
}

// Telegram says how long to wait in its answer, and a refusal never shows the
// token that is a part of its address.
func TestTelegramRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status  int
		answer  string
		verdict Verdict
		after   time.Duration
	}{
		{429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}`, Again, 35 * time.Second},
		{429, `{"ok":false,"parameters":{"retry_after":9e18}}`, Again, 0},
		{401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`, Refused, 0},
		{400, `{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}`, Refused, 0},
		{400, `{"ok":false,"error_code":400,"description":"Bad Request: message is too long"}`, Rejected, 0},
		{502, `<html>`, Again, 0},
	} {
		s, c, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, tt.answer)
		})
		e := ErrorOf((&Telegram{Client: c, URL: s.URL, Token: "12:AA-secret", Chat: "1"}).Send(t.Context(), message))
		if e.Verdict != tt.verdict || e.After != tt.after && !(tt.after == 0 && e.After <= maxAfter) {
			t.Errorf("%d %s: verdict %d after %s", tt.status, tt.answer, e.Verdict, e.After)
		}
	}
	c := HTTPClient(nil, false)
	err := (&Telegram{Client: c, URL: "https://127.0.0.1:1", Token: "12:AA-secret", Chat: "1"}).Send(t.Context(), message)
	if e := ErrorOf(err); e.Verdict != Again || strings.Contains(e.Error(), "secret") {
		t.Errorf("unreached: %v", err)
	}
	err = (&Telegram{Client: c, URL: "https://bad host", Token: "12:AA-secret", Chat: "1"}).Send(t.Context(), message)
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("bad address: %v", err)
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	s, c, got := receiver(t, nil)
	key, err := standardwebhooks.NewWebhook("whsec_" + base64.StdEncoding.EncodeToString([]byte("a key of some length")))
	if err != nil {
		t.Fatal(err)
	}
	if err := (&Webhook{Client: c, URL: s.URL + "/hook", Sign: key.Sign}).Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	if err := key.Verify(got.body, got.header); err != nil {
		t.Errorf("the receiver's library: %v (%v)", err, got.header)
	}
	if err := key.Verify(append(got.body, ' '), got.header); err == nil {
		t.Error("another body has the same signature")
	}
	if got.header.Get("webhook-id") != message.ID {
		t.Errorf("id %q", got.header.Get("webhook-id"))
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status  int
		header  string
		verdict Verdict
		after   time.Duration
	}{
		{500, "", Again, 0}, {503, "120", Again, 2 * time.Minute}, {429, "7", Again, 7 * time.Second}, {429, "-5", Again, 0},
		{429, "99999999", Again, maxAfter}, {429, "soon", Again, 0}, {408, "", Again, 0}, {429, "Fri, 01 Jan 1999 00:00:00 GMT", Again, 0},
		{401, "", Refused, 0}, {403, "", Refused, 0}, {404, "", Refused, 0}, {410, "", Refused, 0}, {301, "", Refused, 0},
		{400, "", Rejected, 0}, {413, "", Rejected, 0}, {422, "", Rejected, 0},
	} {
		s, c, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			if tt.header != "" {
				w.Header().Set("Retry-After", tt.header)
			}
			w.WriteHeader(tt.status)
		})
		e := ErrorOf((&Gotify{Client: c, URL: s.URL, Token: "x"}).Send(t.Context(), message))
		if e.Verdict != tt.verdict || e.After != tt.after {
			t.Errorf("%d %q: verdict %d after %s", tt.status, tt.header, e.Verdict, e.After)
		}
		if e.Verdict == Refused && e.Hint == "" {
			t.Errorf("%d: nothing says what to do", tt.status)
		}
	}
}

// What does not answer as a server should is tried again.
func TestOutage(t *testing.T) {
	t.Parallel()
	hijack := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = io.WriteString(c, answer)
				_ = c.Close()
			}
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"reset":            hijack(""),
		"half a status":    hijack("HTTP/1.1 20"),
		"no HTTP":          hijack("220 mail.example.org ESMTP\r\n"),
		"a huge header":    hijack("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2<<20)),
		"an endless error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); _, _ = w.Write(make([]byte, 4<<20)) },
	} {
		s, c, _ := receiver(t, answer)
		if e := ErrorOf((&Gotify{Client: c, URL: s.URL, Token: "x"}).Send(t.Context(), message)); e == nil || e.Verdict != Again {
			t.Errorf("%s: %v", name, e)
		}
	}
	// The status came, so it was taken.
	s, c, _ := receiver(t, hijack("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"))
	if err := (&Gotify{Client: c, URL: s.URL, Token: "x"}).Send(t.Context(), message); err != nil {
		t.Errorf("cut after its status: %v", err)
	}
	// Nobody vouches for its certificate.
	e := ErrorOf((&Gotify{Client: HTTPClient(x509.NewCertPool(), false), URL: s.URL, Token: "x"}).Send(t.Context(), message))
	if e.Verdict != Again || !strings.Contains(e.Hint, "certificate") {
		t.Errorf("certificate: %v, hint %q", e, e.Hint)
	}
	e = ErrorOf((&Gotify{Client: c, URL: "https://nobody.invalid", Token: "x"}).Send(t.Context(), message))
	if e.Verdict != Again {
		t.Errorf("name that does not resolve: %v", e)
	}
	// A server that says nothing is left when the caller's time ends.
	quiet := make(chan struct{})
	s, c, _ = receiver(t, func(http.ResponseWriter, *http.Request) { <-quiet })
	defer close(quiet)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&Gotify{Client: c, URL: s.URL, Token: "x"}).Send(ctx, message); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// open decrypts a Web Push message as a browser does (RFC 8188, RFC 8291).
func open(t *testing.T, private *ecdh.PrivateKey, auth, b []byte) []byte {
	t.Helper()
	salt, n := b[:16], int(b[20])
	key, sealed := b[21:21+n], b[21+n:]
	sender, err := ecdh.P256().NewPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := private.ECDH(sender)
	if err != nil {
		t.Fatal(err)
	}
	derive := func(secret, salt []byte, info string, n int) []byte {
		out, err := hkdf.Key(sha256.New, secret, salt, info, n)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	ikm := derive(shared, auth, "WebPush: info\x00"+string(private.PublicKey().Bytes())+string(key), 32)
	block, err := aes.NewCipher(derive(ikm, salt, "Content-Encoding: aes128gcm\x00", 16))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := gcm.Open(nil, derive(ikm, salt, "Content-Encoding: nonce\x00", 12), sealed, nil)
	if err != nil {
		t.Fatalf("decrypt: %v", err)
	}
	text, padding, ok := strings.Cut(string(plain), "\x02")
	if !ok || strings.Trim(padding, "\x00") != "" {
		t.Fatalf("padding %q", padding)
	}
	return []byte(text)
}

func TestPush(t *testing.T) {
	t.Parallel()
	status := http.StatusCreated
	s, c, got := receiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	keys, err := NewPushKeys()
	if err != nil {
		t.Fatal(err)
	}
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	auth := []byte("sixteen bytes :)")
	known := true
	p := &Push{Client: c, Contact: "mailto:owner@example.org", Keys: keys, Find: func(context.Context, string) (webpush.Keys, bool, error) {
		return webpush.Keys{P256dh: base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes()), Auth: base64.RawURLEncoding.EncodeToString(auth)}, known, nil
	}}
	m := message
	m.Recipient = s.URL + "/push/secret-part"
	if err := p.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	var e notify.Event
	if err := json.Unmarshal(open(t, private, auth, got.body), &e); err != nil || e != m.Event {
		t.Errorf("the browser reads %+v (%v)", e, err)
	}
	if got.header.Get("Topic") != shortID(m.ID) || len(got.header.Get("Topic")) > 32 || got.header.Get("TTL") == "" ||
		!strings.Contains(got.header.Get("Authorization"), "k="+keys.Public) {
		t.Errorf("headers %v", got.header)
	}
	for code, want := range map[int]Verdict{404: Gone, 410: Gone, 429: Again, 403: Refused, 413: Rejected} {
		status = code
		if e := ErrorOf(p.Send(t.Context(), m)); e.Verdict != want || strings.Contains(e.Error(), "secret") {
			t.Errorf("%d: %d %v", code, e.Verdict, e)
		}
	}
	known = false
	if e := ErrorOf(p.Send(t.Context(), m)); e.Verdict != Gone {
		t.Errorf("unsubscribed: %v", e)
	}
	// An endpoint of a network of one's own is no push service.
	known = true
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	p.Client = HTTPClient(roots, true)
	if e := ErrorOf(p.Send(t.Context(), m)); e.Verdict != Gone {
		t.Errorf("endpoint on this machine: %v", e)
	}
}

// The largest event that Normal lets through fits into every push message.
func TestPushHoldsTheLargestEvent(t *testing.T) {
	t.Parallel()
	for _, fill := range []string{"x", "é", "\"", "<", "😀", "\\"} {
		e, err := notify.Event{ID: strings.Repeat("i", 128), Kind: notify.Digest, Title: strings.Repeat(fill, 3000), Text: strings.Repeat(strings.Repeat(fill, 90)+"\n", 400),
			Link: "https://example.org/" + strings.Repeat("x", 560)}.Normal()
		if err != nil {
			t.Fatal(err)
		}
		if b, err := pushBody(e); err != nil || len(b) > maxPush {
			t.Errorf("%q: body of %d bytes, %v", fill, len(b), err)
		}
	}
}

// smtpServer is a submission server that answers as its script says.
type smtpServer struct {
	address string
	roots   *x509.CertPool
	replies map[string]string // by verb, or AUTH and END for the text's end
	drop    string            // verb at which the connection ends
	tls     bool              // offers STARTTLS
	implied bool
	got     chan string
	rcpt    []string
	auth    string
}

func newSMTP(t *testing.T, s *smtpServer) *smtpServer {
	t.Helper()
	cert := httptest.NewUnstartedServer(nil)
	cert.StartTLS()
	t.Cleanup(cert.Close)
	s.roots = x509.NewCertPool()
	s.roots.AddCert(cert.Certificate())
	cfg := &tls.Config{Certificates: cert.TLS.Certificates}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	s.address, s.got = ln.Addr().String(), make(chan string, 9)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			if s.implied {
				c = tls.Server(c, cfg)
			}
			s.serve(c, cfg)
		}
	}()
	return s
}

func (s *smtpServer) serve(c net.Conn, cfg *tls.Config) {
	defer func() { _ = c.Close() }()
	r := bufio.NewReader(c)
	say := func(line string) { _, _ = fmt.Fprintf(c, "%s\r\n", line) }
	say("220 mail.example.org ESMTP")
	secure := s.implied
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		verb = strings.ToUpper(verb)
		if verb == s.drop {
			return
		}
		if reply, ok := s.replies[verb]; ok && verb != "END" {
			say(reply)
			continue
		}
		switch verb {
		case "EHLO":
			if s.tls && !secure {
				say("250-mail.example.org\r\n250 STARTTLS")
			} else {
				say("250-mail.example.org\r\n250 AUTH PLAIN LOGIN")
			}
		case "STARTTLS":
			say("220 go ahead")
			tc := tls.Server(c, cfg)
			c, r, secure = tc, bufio.NewReader(tc), true
		case "AUTH":
			s.auth = rest
			say("235 ok")
		case "RCPT":
			s.rcpt = append(s.rcpt, rest)
			say("250 ok")
		case "DATA":
			say("354 go ahead")
			var b strings.Builder
			for line, err := r.ReadString('\n'); err == nil && line != ".\r\n"; line, err = r.ReadString('\n') {
				b.WriteString(line)
			}
			if reply, ok := s.replies["END"]; ok {
				say(reply)
				continue
			}
			s.got <- b.String()
			say("250 queued")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *smtpServer) target() *Mail {
	return &Mail{Server: s.address, Implicit: s.implied, User: "me", Password: "sesame", From: "panther@example.org", To: []string{"me@example.org", "you@example.org"}, Roots: s.roots}
}

func TestMail(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*smtpServer{"STARTTLS": {tls: true}, "TLS": {implied: true}} {
		s = newSMTP(t, s)
		m := message
		m.Event.Title = "Größe\r\nBcc: everybody@example.org" // Normal makes it one line; e-mail is safe by itself
		if err := s.target().Send(t.Context(), m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := mail.ReadMessage(strings.NewReader(<-s.got))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(got.Body)
		if got.Header.Get("Message-Id") != "<"+shortID(m.ID)+"@panther.invalid>" || got.Header.Get("Auto-Submitted") != "auto-generated" ||
			got.Header.Get("Bcc") != "" || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain") || !strings.Contains(string(body), "The second & <last>") {
			t.Errorf("%s: %v\n%s", name, got.Header, body)
		}
		if len(s.rcpt) != 2 || s.auth == "" {
			t.Errorf("%s: recipients %q, auth %q", name, s.rcpt, s.auth)
		}
	}
}

func TestMailFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		server  smtpServer
		verdict Verdict
	}{
		"no STARTTLS":       {smtpServer{}, Again},
		"wrong password":    {smtpServer{tls: true, replies: map[string]string{"AUTH": "535 5.7.8 no"}}, Refused},
		"busy at AUTH":      {smtpServer{tls: true, replies: map[string]string{"AUTH": "454 4.7.0 later"}}, Again},
		"sender refused":    {smtpServer{tls: true, replies: map[string]string{"MAIL": "553 5.1.8 no"}}, Refused},
		"recipient refused": {smtpServer{tls: true, replies: map[string]string{"RCPT": "550 5.1.1 no such user"}}, Refused},
		"greylisted":        {smtpServer{tls: true, replies: map[string]string{"RCPT": "451 4.7.1 greylisted"}}, Again},
		"text rejected":     {smtpServer{tls: true, replies: map[string]string{"END": "554 5.7.1 spam"}}, Rejected},
		"disk full":         {smtpServer{tls: true, replies: map[string]string{"END": "452 4.3.1 full"}}, Again},
		"cut at DATA":       {smtpServer{tls: true, drop: "DATA"}, Again},
		"cut at EHLO":       {smtpServer{tls: true, drop: "EHLO"}, Again},
	} {
		s := newSMTP(t, &tt.server)
		e := ErrorOf(s.target().Send(t.Context(), message))
		if e == nil || e.Err == nil || e.Verdict != tt.verdict || strings.Contains(e.Error(), "sesame") {
			t.Errorf("%s: verdict %v of %v", name, e.Verdict, e)
		}
		if len(s.got) > 0 || name == "no STARTTLS" && s.auth != "" {
			t.Errorf("%s: something was sent", name)
		}
	}
	s := newSMTP(t, &smtpServer{tls: true})
	target := s.target()
	target.Roots = x509.NewCertPool()
	if e := ErrorOf(target.Send(t.Context(), message)); e.Verdict != Again || !strings.Contains(e.Hint, "certificate") || s.auth != "" {
		t.Errorf("certificate: %v, hint %q", e, e.Hint)
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"ftp://a/b", "http://example.org/x", "https://me:pw@example.org/", "example.org", "https:///x", "http://127.0.0.1.evil.org/"} {
		if CheckURL(s, false) == nil {
			t.Errorf("%s is let through", s)
		}
	}
	for _, s := range []string{"https://example.org/x", "http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]/x"} {
		if err := CheckURL(s, false); err != nil {
			t.Error(err)
		}
	}
	if err := CheckURL("http://ntfy.lan/x", true); err != nil {
		t.Error(err)
	}
}
