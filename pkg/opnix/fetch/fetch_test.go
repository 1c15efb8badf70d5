package fetch

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panther/pkg/opnix/connect"
	"panther/pkg/opnix/connect/connecttest"
	"panther/pkg/opnix/vault"
	"panther/pkg/opnix/vault/vaulttest"
)

// The test binary is also the child: its second argument says how to behave.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "child" {
		if err := scripted(os.Args[2], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// scripted is an answering process that behaves as its script says.
func scripted(script string, in io.Reader, out io.Writer) error {
	switch script {
	case "conform":
		return Serve(context.Background(), in, out, openConnect)
	case "silent":
		return nil
	case "noise":
		fmt.Fprintln(out, "wasm: trap "+vaulttest.Canary)
		return nil
	case "crash":
		return errors.New("panic: unreachable\nwasm stack trace " + vaulttest.Canary)
	case "hang":
		<-time.After(time.Hour)
	case "endless":
		_, err := io.Copy(out, zeros{})
		return err
	case "promise":
		fmt.Fprintf(out, `{"values": [{"key": "op://V/I/F", "size": %d}]}`+"\n%s", vault.MaxValue, vaulttest.Canary)
		return nil
	case "negative":
		fmt.Fprintln(out, `{"values": [{"key": "op://V/I/F", "size": -1}]}`)
		return nil
	case "unasked":
		fmt.Fprintln(out, `{"values": [{"key": "op://V/I/other", "size": 1}, {"key": "op://V/I/F", "size": 1}]}`+"\nxv")
		return nil
	case "surroundings":
		return writeReply(out, nil, vault.Answer{Failures: []vault.Failure{{Key: "x", Detail: strings.Join(append(os.Environ(), os.Args...), " ")}}}, nil)
	}
	kind, text, _ := strings.Cut(script, " ")
	return writeReply(out, nil, vault.Answer{Requests: 1}, &vault.Error{Kind: vault.Kind(kind), RetryAfter: 90 * time.Second, Err: errors.New(text)})
}

func openConnect(kind, url string, ca []byte, token vault.Value) (vault.Backend, error) {
	if kind != "connect" {
		return nil, vault.Errorf(vault.Invalid, "no backend %q", kind)
	}
	return connect.Backend{URL: url, Token: token, CA: ca}, nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func child(script string) Backend {
	return Backend{Type: "connect", Child: []string{"/proc/self/exe", "child", script}}
}

// socket returns a backend behind a socket whose connections are answered as
// opnix-fetch@.service does.
func socket(t *testing.T, serve func(net.Conn)) Backend {
	t.Helper()
	p := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return Backend{Type: "connect", Socket: p}
}

var one = []vault.Request{vaulttest.Ask("op://V/I/F", false)}

func TestConformance(t *testing.T) {
	t.Parallel()
	server := connecttest.New(t, vaulttest.Entries())
	for name, b := range map[string]Backend{
		"child":  child("conform"),
		"socket": socket(t, func(c net.Conn) { _ = ServeConn(context.Background(), c, openConnect) }),
	} {
		b.URL, b.Token = server.URL, vault.NewValue([]byte(connecttest.Token))
		t.Run(name, func(t *testing.T) { vaulttest.Run(t, b, vaulttest.Options{}) })
	}
}

// Whatever the other process does, there is one line to say, without a value.
func TestProcessesThatMisbehave(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]struct {
		kind vault.Kind
		text string
	}{
		"denied bad service account token":              {vault.Denied, "bad service account token"},
		"rate_limited rate limit exceeded":              {vault.RateLimited, "rate limit"},
		"unavailable first\nsecond " + vaulttest.Canary: {vault.Unavailable, "first"},
		"silent":   {vault.Unavailable, "gave no answer"},
		"noise":    {vault.Unavailable, "gave no answer"},
		"crash":    {vault.Unavailable, ""},
		"endless":  {vault.Unavailable, ""},
		"promise":  {vault.Unavailable, "ends in the middle"},
		"negative": {vault.Unavailable, "too large"},
	} {
		over := socket(t, func(c net.Conn) {
			_, _ = readLine(bufio.NewReader(c))
			_ = scripted(script, c, c)
		})
		for name, b := range map[string]Backend{"child": child(script), "socket": over} {
			t.Run(name+" "+vault.FirstLine(script), func(t *testing.T) {
				t.Parallel()
				ans, err := b.Resolve(context.Background(), one)
				if err == nil || vault.KindOf(err) != want.kind || !strings.Contains(err.Error(), want.text) || strings.Contains(err.Error(), "\n") {
					t.Fatalf("%v (%s)", err, vault.KindOf(err))
				}
				var ve *vault.Error
				if errors.As(err, &ve) && want.kind == vault.RateLimited && (ve.RetryAfter != 90*time.Second || ans.Requests != 1) {
					t.Errorf("wait %v after %d requests", ve.RetryAfter, ans.Requests)
				}
				vaulttest.NoCanary(t, err.Error())
			})
		}
	}
}

func TestWhatWasNotAskedForIsDropped(t *testing.T) {
	t.Parallel()
	ans, err := child("unasked").Resolve(context.Background(), one)
	if err != nil || len(ans.Values) != 1 || string(ans.Values["op://V/I/F"].Bytes()) != "v" {
		t.Errorf("%d values, %v", len(ans.Values), err)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	_, err := Backend{Type: "connect", Socket: t.TempDir() + "/none"}.Resolve(context.Background(), one)
	if vault.KindOf(err) != vault.Unavailable || !strings.Contains(err.Error(), "opnix-fetch.socket") {
		t.Errorf("%v", err)
	}
}

// Both sides end when the asking one does.
func TestTheEndOfTheContext(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	over := socket(t, func(c net.Conn) {
		ended <- ServeConn(context.Background(), c, func(string, string, []byte, vault.Value) (vault.Backend, error) { return waiting{}, nil })
	})
	for name, b := range map[string]Backend{"child": child("hang"), "socket": over} {
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		_, err := b.Resolve(ctx, one)
		cancel()
		if vault.KindOf(err) != vault.Unavailable || !strings.Contains(err.Error(), "in time") {
			t.Errorf("%s: %v", name, err)
		}
	}
	select {
	case <-ended:
	case <-time.After(2 * time.Minute):
		t.Error("the answering side goes on")
	}
}

// waiting answers when it is told to give up.
type waiting struct{}

func (waiting) Resolve(ctx context.Context, _ []vault.Request) (vault.Answer, error) {
	<-ctx.Done()
	return vault.Answer{}, ctx.Err()
}

func TestTheChildSeesNoSecretAround(t *testing.T) {
	t.Setenv("OP_SERVICE_ACCOUNT_TOKEN", connecttest.Token)
	t.Setenv("HTTPS_PROXY", "http://proxy.test")
	ans, err := child("surroundings").Resolve(context.Background(), one)
	if err != nil || len(ans.Failures) != 1 {
		t.Fatalf("%v, %v", ans, err)
	}
	if d := ans.Failures[0].Detail; strings.Contains(d, connecttest.Token) || !strings.Contains(d, "proxy.test") || strings.Contains(d, "HOME=") {
		t.Errorf("the child sees %s", d)
	}
}

func TestQuestionsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "no JSON " + vaulttest.Canary + "\n", `{"token": "` + vaulttest.Canary, `{"Requests": [{"reference": "http://x"}]}` + "\n"} {
		var out bytes.Buffer
		err := Serve(context.Background(), strings.NewReader(in), &out, openConnect)
		if err == nil || out.Len() > 0 {
			t.Errorf("%.20q: %v, answered %q", in, err, out.String())
			continue
		}
		vaulttest.NoCanary(t, err.Error())
	}
}

// FuzzReply reads what another process might write: it never panics, never
// keeps more than was sent, and gives back what was written.
func FuzzReply(f *testing.F) {
	var good bytes.Buffer
	ans := vault.Answer{Requests: 3}
	ans.Put(one[0], vault.NewValue([]byte("a\x00b\n")))
	ans.Fail(vaulttest.Ask("op://V/I/none", false), vault.Missing, "no field")
	if err := writeReply(&good, one, ans, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add([]byte(`{"values":[{"key":"a","size":104857600}]}` + "\nx"))
	f.Add([]byte(`{"error":{"kind":"denied","message":"x\ny","wait_seconds":-5}}` + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readReply(bufio.NewReader(bytes.NewReader(b)))
		total := 0
		for _, v := range got.Values {
			total += v.Len()
		}
		if total > len(b) || err != nil && len(got.Values) > 0 {
			t.Errorf("%d bytes of %d, %v", total, len(b), err)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than one line: %q", err)
		}
		if bytes.Equal(b, good.Bytes()) && (err != nil || string(got.Values["op://V/I/F"].Bytes()) != "a\x00b\n" || len(got.Failures) != 1 || got.Requests != 3) {
			t.Errorf("%v, %v", got, err)
		}
		if _, merr := json.Marshal(got.Failures); merr != nil {
			t.Error(merr)
		}
	})
}
