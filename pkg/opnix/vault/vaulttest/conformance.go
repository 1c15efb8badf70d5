// Package vaulttest is the conformance suite of secret backends: the same
// questions, the same answers, whatever is asked.
package vaulttest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"panther/pkg/opnix/vault"
)

// Entry is one value in the password manager of a test.
type Entry struct {
	Vault, Item, Section, Field string
	File                        bool
	Copy                        int // another item of the same title
	Content                     []byte
}

// Options says what a backend cannot do.
type Options struct {
	NoAmbiguity bool // names are unique by construction
	NoSlash     bool // a name cannot hold a slash
	NoIDs       bool // entries have no identifiers, no letter case is ignored
}

// Canary is in every value of Entries, and must be in no error.
const Canary = "canary-4711"

// Entries are what a backend under test is to hold.
func Entries() []Entry {
	big := bytes.Repeat([]byte(Canary), 1<<20/len(Canary))
	binary := make([]byte, 4096)
	for i := range binary {
		binary[i] = byte(i * 7 >> 3)
	}
	return []Entry{
		{Vault: "Homelab", Item: "Database", Field: "password", Content: []byte(Canary + "-db")},
		{Vault: "Homelab", Item: "Database", Section: "replica", Field: "password", Content: []byte(Canary + "-replica")},
		{Vault: "Homelab", Item: "Database", Field: "text", Content: []byte("line one\nline two " + Canary + "\n")},
		{Vault: "Homelab", Item: "Empty", Field: "nothing", Content: []byte{}},
		{Vault: "Homelab", Item: "Big", Field: "value", Content: big},
		{Vault: "Homelab", Item: "Twins", Field: "x", Content: []byte(Canary)},
		{Vault: "Homelab", Item: "Twins", Field: "x", Copy: 1, Content: []byte(Canary)},
		{Vault: "Homelab", Item: "a/b", Field: "x", Content: []byte(Canary + "-slash")},
		{Vault: "Homelab", Item: "grüße & co", Field: "x", Content: []byte(Canary + "-utf8")},
		{Vault: "Homelab", Item: "Certificate", Field: "cert.pem", File: true, Content: binary},
		{Vault: "Homelab", Item: "Certificate", Field: "nul", File: true, Content: []byte("\x00")},
		{Vault: "My Vault", Item: "GitHub", Field: "token", Content: []byte(Canary + "-gh")},
	}
}

// Run checks a backend that holds Entries.
func Run(t *testing.T, b vault.Backend, o Options) {
	t.Helper()
	want := expectations(o)
	t.Run("all at once", func(t *testing.T) {
		var reqs []vault.Request
		for _, w := range want {
			reqs = append(reqs, w.req)
		}
		ans, err := b.Resolve(context.Background(), reqs)
		if err != nil {
			t.Fatal(err)
		}
		check(t, ans, want)
	})
	for _, w := range want {
		t.Run(strings.ReplaceAll(w.req.Key(), "/", "|"), func(t *testing.T) {
			ans, err := b.Resolve(context.Background(), []vault.Request{w.req})
			if err != nil {
				t.Fatal(err)
			}
			check(t, ans, []expectation{w})
		})
	}
	t.Run("an ended context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if ans, err := b.Resolve(ctx, []vault.Request{want[0].req}); err == nil {
			t.Errorf("answered %d values", len(ans.Values))
		}
	})
}

type expectation struct {
	req     vault.Request
	content []byte
	kind    vault.Kind // "" means the content
}

func expectations(o Options) []expectation {
	var out []expectation
	seen := map[string]bool{}
	for _, e := range Entries() {
		parts := []string{e.Vault, e.Item, e.Section, e.Field}
		if e.Section == "" {
			parts = []string{e.Vault, e.Item, e.Field}
		}
		for i, p := range parts {
			parts[i] = strings.NewReplacer("%", "%25", "/", "%2F", "?", "%3F", "#", "%23").Replace(p)
		}
		x := expectation{req: Ask("op://"+strings.Join(parts, "/"), e.File), content: e.Content}
		switch {
		case e.Item == "Twins" && !o.NoAmbiguity:
			x.kind = vault.Ambiguous
		case strings.Contains(e.Item, "/") && o.NoSlash:
			x.kind = vault.Invalid
		}
		if !seen[x.req.Key()] {
			seen[x.req.Key()] = true
			out = append(out, x)
		}
	}
	for _, ref := range []string{"op://None/Database/password", "op://Homelab/None/x", "op://Homelab/Database/none", "op://Homelab/Database/none/password"} {
		out = append(out, expectation{req: Ask(ref, false), kind: vault.Missing})
	}
	out = append(out, expectation{req: Ask("op://Homelab/Certificate/none.pem", true), kind: vault.Missing})
	if !o.NoIDs {
		out = append(out, expectation{req: Ask("op://homelab/DATABASE/Password", false), content: []byte(Canary + "-db")})
	}
	return out
}

// Ask returns the request for a reference that parses.
func Ask(ref string, file bool) vault.Request {
	r, err := vault.ParseReference(ref)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", ref, err))
	}
	return vault.Request{Ref: r, File: file}
}

func check(t *testing.T, ans vault.Answer, want []expectation) {
	t.Helper()
	failed := map[string]vault.Failure{}
	for _, f := range ans.Failures {
		if _, twice := failed[f.Key]; twice {
			t.Errorf("%s failed twice", f.Key)
		}
		failed[f.Key] = f
		NoCanary(t, f.Detail)
	}
	for _, w := range want {
		k := w.req.Key()
		v, ok := ans.Values[k]
		f, bad := failed[k]
		switch {
		case ok == bad:
			t.Errorf("%s: value %v, failure %v", k, ok, bad)
		case w.kind != "" && f.Kind != w.kind:
			t.Errorf("%s: %q (%s), want %s", k, f.Detail, f.Kind, w.kind)
		case w.kind == "" && !bytes.Equal(v.Bytes(), w.content):
			t.Errorf("%s: %d bytes, want %d", k, v.Len(), len(w.content))
		}
	}
	if n := len(ans.Values) + len(ans.Failures); n != len(want) {
		t.Errorf("%d answers to %d questions", n, len(want))
	}
}

// NoCanary fails if a text holds the canary in a usual encoding.
func NoCanary(t *testing.T, text string) {
	t.Helper()
	for _, form := range Forms(Canary) {
		if strings.Contains(text, form) {
			t.Errorf("a value shows in: %.200s", text)
		}
	}
}

// Forms returns a secret in the encodings in which it might slip out.
func Forms(s string) []string {
	out := []string{s, hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))), fmt.Sprint([]byte(s))}
	for off := range 3 { // base64 of the secret at each position within a group of three
		b := base64.StdEncoding.EncodeToString(append(make([]byte, off), s...))
		out = append(out, strings.TrimRight(b, "=")[4:len(strings.TrimRight(b, "="))-4])
	}
	return out
}
