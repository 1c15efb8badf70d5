package secrets

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serviceAccount returns a token of the right form, for an account of nobody.
func serviceAccount(t *testing.T) string {
	t.Helper()
	key := base64.RawURLEncoding.EncodeToString
	doc, err := json.Marshal(map[string]any{
		"signInAddress": signIn, "email": "abcdefghijklm@1passwordserviceaccounts.com", "srpX": strings.Repeat("ab", 32),
		"secretKey": "A3-ABCDEF-GHJKLM-NPQRS-TVWXY-23456-789AB", "deviceUuid": "abcdefghijklmnopqrstuvwxyz",
		"userAuth":       map[string]any{"method": "SRPg-4096", "alg": "PBES2g-HS256", "iterations": 650000, "salt": key([]byte("0123456789abcdef"))},
		"muk":            map[string]any{"alg": "A256GCM", "ext": true, "k": key(make([]byte, 32)), "key_ops": []string{"encrypt", "decrypt"}, "kty": "oct", "kid": "mp"},
		"throttleSecret": map[string]any{"seed": strings.Repeat("aa", 32), "uuid": "ABCDEFGHJKLMNPQRSTUVWXYZ23"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return "ops_" + key(doc)
}

// notOnePassword answers for 1Password's sign-in address, behind a proxy, and
// returns the proxy's address and the authority that vouches for it.
func notOnePassword(t *testing.T, answer http.HandlerFunc) (proxy string, ca []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{signIn}, IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &cert, &cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(answer)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	connect := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		up, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer up.Close()
		w.WriteHeader(http.StatusOK)
		down, read, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer down.Close()
		go func() { _, _ = io.Copy(up, read) }() // the server may have read a byte ahead
		_, _ = io.Copy(down, up)
	}))
	t.Cleanup(connect.Close)
	return connect.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// signIn is where the SDK signs in; it speaks to 1Password's own domains only.
const signIn = "my.1password.com"

// 1Password's own SDK against servers that are not 1Password: what it makes of
// them is told apart, so that a limit is not taken for a bad token, and a portal
// not for an answer.
func TestTheSDKAndServersThatAreNot1Password(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer  http.HandlerFunc
		trusted bool
		kind    string
		most    int64 // requests
	}{
		"untrusted": {func(http.ResponseWriter, *http.Request) {}, false, "unavailable", 0},
		"portal":    {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>welcome</html>")) }, true, "unavailable", 4},
		"503":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, true, "unavailable", 4},
		"401":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, true, "denied", 1},
		"429":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, true, "rate_limited", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			proxy, ca := notOnePassword(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				tc.answer(w, r)
			})
			b := newBox(t)
			b.write("token", serviceAccount(t))
			b.write("ca.pem", string(ca))
			b.write("secrets.json", `{"tokenFile": "`+b.dir+`/token", "outputDir": "`+b.dir+`/lib/secrets", "lastGood": {"enable": false}, "secrets": [{"path": "a", "reference": "op://V/I/F"}]}`)
			for range 2 { // the second time a limit is respected, and a refusal
				cmd := b.command("materialize")
				cmd.Env = append(os.Environ(), "HTTPS_PROXY="+proxy, "SSL_CERT_DIR=/nonexistent")
				if tc.trusted {
					cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+b.dir+"/ca.pem")
				}
				code, out := finish(t, cmd)
				want := 1
				if tc.kind == "denied" {
					want = 78
				}
				if code != want || !strings.Contains(out, "("+tc.kind+")") || !strings.Contains(out, "\nhint: ") {
					t.Errorf("exit status %d, want %d and %s\n%s", code, want, tc.kind, out)
				}
				if tc.kind == "unavailable" {
					break
				}
			}
			if n := requests.Load(); n > tc.most || tc.most > 0 && n == 0 {
				t.Errorf("%d requests, want 1 to %d", n, tc.most)
			}
		})
	}
}
