package connect_test

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"panther/pkg/opnix/connect"
	"panther/pkg/opnix/connect/connecttest"
	"panther/pkg/opnix/vault"
	"panther/pkg/opnix/vault/vaulttest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	f := connecttest.New(t, vaulttest.Entries())
	vaulttest.Run(t, connect.Backend{URL: f.URL, Token: vault.NewValue([]byte(connecttest.Token))}, vaulttest.Options{})
}

func resolve(t *testing.T, f *connecttest.Server, refs ...string) (vault.Answer, error) {
	t.Helper()
	var reqs []vault.Request
	for _, r := range refs {
		reqs = append(reqs, vaulttest.Ask(r, false))
	}
	return connect.Backend{URL: f.URL + "/", Token: vault.NewValue([]byte(connecttest.Token))}.Resolve(context.Background(), reqs)
}

// The account has daily limits: an item is fetched once, a vault listed once.
func TestRequestsAreFew(t *testing.T) {
	t.Parallel()
	var entries []vaulttest.Entry
	var few, many, ids []string
	for i := range 50 {
		e := vaulttest.Entry{Vault: "V", Item: fmt.Sprintf("item %d", i), Field: "a", Content: []byte("x")}
		entries = append(entries, e)
		e.Field = "b"
		entries = append(entries, e)
		many = append(many, "op://V/"+e.Item+"/a", "op://V/"+e.Item+"/b")
		ids = append(ids, "op://"+connecttest.ID("v", "V")+"/"+connecttest.ID("i0", e.Item+"V")+"/a")
	}
	few = many[:2]
	for name, tc := range map[string]struct {
		refs []string
		want int
	}{
		"one item, two fields": {few, 3}, // vault, item by title, item
		"fifty items":          {many, 52},
		"fifty IDs":            {ids, 50},
		"one ID":               {ids[:1], 1},
	} {
		f := connecttest.New(t, entries)
		ans, err := resolve(t, f, tc.refs...)
		if err != nil || len(ans.Values) != len(tc.refs) {
			t.Fatalf("%s: %d values, %v", name, len(ans.Values), err)
		}
		if ans.Requests != tc.want || len(f.Log()) != tc.want {
			t.Errorf("%s: %d requests (the server saw %d), want %d", name, ans.Requests, len(f.Log()), tc.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const canary = vaulttest.Canary
	for name, tc := range map[string]struct {
		answer func(w http.ResponseWriter)
		kind   vault.Kind
	}{
		"401":            {func(w http.ResponseWriter) { connecttest.Answer(w, 401, map[string]string{"message": canary}) }, vault.Denied},
		"429":            {func(w http.ResponseWriter) { w.Header().Set("Retry-After", "120"); connecttest.Answer(w, 429, canary) }, vault.RateLimited},
		"500":            {func(w http.ResponseWriter) { connecttest.Answer(w, 500, canary) }, vault.Unavailable},
		"400":            {func(w http.ResponseWriter) { connecttest.Answer(w, 400, canary) }, vault.Invalid},
		"captive portal": {func(w http.ResponseWriter) { _, _ = fmt.Fprintf(w, "<html>%s", canary) }, vault.Unavailable},
		"redirect": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "http://portal.test/"+canary)
			w.WriteHeader(302)
		}, vault.Unavailable},
		"broken JSON": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`[{"id":"` + canary))
		}, vault.Unavailable},
		"another shape": {func(w http.ResponseWriter) { connecttest.Answer(w, 200, map[string]string{"a": canary}) }, vault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := connecttest.New(t, nil)
			f.Override(func(w http.ResponseWriter, _ *http.Request) bool { tc.answer(w); return true })
			ans, err := resolve(t, f, "op://V/a/x", "op://V/b/x", "op://W/c/x")
			if err == nil || vault.KindOf(err) != tc.kind || ans.Requests != 1 {
				t.Fatalf("%v (%s) after %d requests", err, vault.KindOf(err), ans.Requests)
			}
			vaulttest.NoCanary(t, err.Error())
			if strings.Contains(err.Error(), connecttest.Token) {
				t.Errorf("the token shows in %v", err)
			}
		})
	}
}

func TestALimitStopsTheRest(t *testing.T) {
	t.Parallel()
	var entries []vaulttest.Entry
	var refs []string
	for i := range 200 {
		entries = append(entries, vaulttest.Entry{Vault: "V", Item: fmt.Sprint("item ", i), Field: "a", Content: []byte("x")})
		refs = append(refs, fmt.Sprintf("op://V/item %d/a", i))
	}
	f := connecttest.New(t, entries)
	f.Override(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Count(r.URL.Path, "/") < 5 {
			return false
		}
		w.Header().Set("Retry-After", "60")
		connecttest.Answer(w, 429, nil)
		return true
	})
	ans, err := resolve(t, f, refs...)
	var ve *vault.Error
	if vault.KindOf(err) != vault.RateLimited || ans.Requests > 2+2*16 {
		t.Errorf("%v after %d requests", err, ans.Requests)
	}
	if !errors.As(err, &ve) || ve.RetryAfter != time.Minute {
		t.Errorf("%+v", ve)
	}
}

func TestAForbiddenVaultConcernsOnlyItsReferences(t *testing.T) {
	t.Parallel()
	f := connecttest.New(t, []vaulttest.Entry{{Vault: "A", Item: "i", Field: "x", Content: []byte("1")}, {Vault: "B", Item: "i", Field: "x", Content: []byte("2")}})
	f.Override(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, connecttest.ID("v", "B")) {
			connecttest.Answer(w, 403, nil)
			return true
		}
		return false
	})
	ans, err := resolve(t, f, "op://A/i/x", "op://B/i/x")
	if err != nil || len(ans.Values) != 1 || len(ans.Failures) != 1 || ans.Failures[0].Kind != vault.Missing {
		t.Errorf("%v, %v", ans, err)
	}
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	_ = l.Close()
	tlsServer := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(tlsServer.Close)
	hang := connecttest.New(t, nil)
	hang.Override(func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true })
	for name, tc := range map[string]struct{ url, want string }{
		"refused":   {closed, "cannot be reached"},
		"DNS":       {"http://no-such-host.invalid", "name cannot be resolved"},
		"untrusted": {tlsServer.URL, "certificate is not trusted"},
		"no TLS":    {strings.Replace(hang.URL, "http:", "https:", 1), "no TLS"},
		"hang":      {hang.URL, "no answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			_, err := connect.Backend{URL: tc.url, Token: vault.NewValue([]byte(connecttest.Token))}.Resolve(ctx, []vault.Request{vaulttest.Ask("op://V/I/F", false)})
			if vault.KindOf(err) != vault.Unavailable || err == nil || !strings.Contains(err.Error(), tc.want) && !strings.Contains(err.Error(), "in time") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAuthorities(t *testing.T) {
	t.Parallel()
	f := connecttest.New(t, []vaulttest.Entry{{Vault: "V", Item: "I", Field: "F", Content: []byte("v")}})
	s := httptest.NewUnstartedServer(f)
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	ans, err := connect.Backend{URL: s.URL, CA: ca, Token: vault.NewValue([]byte(connecttest.Token))}.Resolve(context.Background(), []vault.Request{vaulttest.Ask("op://V/I/F", false)})
	if err != nil || len(ans.Values) != 1 {
		t.Errorf("%v, %v", ans, err)
	}
}
