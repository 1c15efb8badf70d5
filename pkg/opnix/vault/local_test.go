package vault_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"panther/pkg/opnix/vault"
	"panther/pkg/opnix/vault/vaulttest"
)

func requests(t *testing.T, refs ...string) []vault.Request {
	t.Helper()
	var out []vault.Request
	for _, s := range refs {
		r, err := vault.ParseReference(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, vault.Request{Ref: r})
	}
	return out
}

func kinds(a vault.Answer) map[string]string {
	out := map[string]string{}
	for k, v := range a.Values {
		out[k] = string(v.Bytes())
	}
	for _, f := range a.Failures {
		out[f.Key] = "!" + string(f.Kind)
	}
	return out
}

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for p, c := range map[string]string{"V/I/f": "v", "V/I/S/f": "s", "V/I/bin": "\x00\xff\n"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, p)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, p), []byte(c), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, dir+"/V/I/link"); err != nil {
		t.Fatal(err)
	}
	reqs := requests(t, "op://V/I/f", "op://V/I/S/f", "op://V/I/bin", "op://V/I/none", "op://V/I/S", "op://V/I/link", "op://../I/f", "op://V/a%2Fb/f")
	a, err := vault.Folder{Dir: dir}.Resolve(context.Background(), reqs)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"op://V/I/f": "v", "op://V/I/S/f": "s", "op://V/I/bin": "\x00\xff\n", "op://V/I/none": "!missing",
		"op://V/I/S": "!invalid", "op://V/I/link": "!invalid", "op://../I/f": "!invalid", "op://V/a%2Fb/f": "!invalid"}
	if got := kinds(a); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if _, err := (vault.Folder{Dir: dir + "/none"}).Resolve(context.Background(), reqs); vault.KindOf(err) != vault.Unavailable || err == nil {
		t.Errorf("a missing folder: %v", err)
	}
}

func encrypt(t *testing.T, to age.Recipient, armoured bool, doc any) string {
	t.Helper()
	plain, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var dst io.WriteCloser = nopCloser{&out}
	if armoured {
		dst = armor.NewWriter(&out)
	}
	w, err := age.Encrypt(dst, to)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write(plain)
	if err := errors.Join(err, w.Close(), dst.Close()); err != nil {
		t.Fatal(err)
	}
	return write(t, out.Bytes())
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func write(t *testing.T, b []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(p, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAgeFile(t *testing.T) {
	t.Parallel()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	idFile := write(t, []byte("# comment\n"+id.String()+"\n"))
	doc := map[string]any{"op://V/I/f": "v", "op://V/I/bin": map[string]string{"base64": base64.StdEncoding.EncodeToString([]byte("\x00\xff"))}}
	for _, armoured := range []bool{false, true} {
		b := vault.AgeFile{Path: encrypt(t, id.Recipient(), armoured, doc), IdentityFile: idFile}
		a, err := b.Resolve(context.Background(), requests(t, "op://V/I/f", "op://V/I/bin", "op://V/I/none"))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"op://V/I/f": "v", "op://V/I/bin": "\x00\xff", "op://V/I/none": "!missing"}
		if got := kinds(a); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("armoured %v: %q", armoured, got)
		}
	}
}

func TestAgeFileRefusals(t *testing.T) {
	t.Parallel()
	id, _ := age.GenerateX25519Identity()
	other, _ := age.GenerateX25519Identity()
	idFile := write(t, []byte(id.String()))
	const canary = "canary-4711"
	for name, tc := range map[string]struct {
		b    vault.AgeFile
		kind vault.Kind
	}{
		"another recipient": {vault.AgeFile{encrypt(t, other.Recipient(), false, map[string]string{}), idFile}, vault.Denied},
		"missing":           {vault.AgeFile{"/nonexistent/file", idFile}, vault.Unavailable},
		"no identity":       {vault.AgeFile{encrypt(t, id.Recipient(), false, map[string]string{}), "/nonexistent/id"}, vault.Denied},
		"broken identity":   {vault.AgeFile{encrypt(t, id.Recipient(), false, map[string]string{}), write(t, []byte("AGE-SECRET-KEY-"+canary))}, vault.Denied},
		"not encrypted":     {vault.AgeFile{write(t, []byte(`{"op://V/I/f":"`+canary+`"}`)), idFile}, vault.Denied},
		"no object":         {vault.AgeFile{encrypt(t, id.Recipient(), false, []string{canary}), idFile}, vault.Invalid},
		"a bad key":         {vault.AgeFile{encrypt(t, id.Recipient(), false, map[string]string{"V/I/f": canary}), idFile}, vault.Invalid},
		"a bad value":       {vault.AgeFile{encrypt(t, id.Recipient(), false, map[string]any{"op://V/I/f": map[string]string{"text": canary}}), idFile}, vault.Invalid},
	} {
		_, err := tc.b.Resolve(context.Background(), requests(t, "op://V/I/f"))
		if err == nil || vault.KindOf(err) != tc.kind {
			t.Errorf("%s: %v (%s), want %s", name, err, vault.KindOf(err), tc.kind)
			continue
		}
		if bytes.Contains([]byte(err.Error()), []byte(canary)) {
			t.Errorf("%s: the error quotes the content: %v", name, err)
		}
	}
}

func TestFolderConforms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, e := range vaulttest.Entries() {
		if strings.Contains(e.Item, "/") {
			continue
		}
		p := filepath.Join(dir, e.Vault, e.Item, e.Section, e.Field)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, e.Content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	vaulttest.Run(t, vault.Folder{Dir: dir}, vaulttest.Options{NoAmbiguity: true, NoSlash: true, NoIDs: true})
}

func TestAgeFileConforms(t *testing.T) {
	t.Parallel()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	doc := map[string]any{}
	for _, e := range vaulttest.Entries() {
		ref := "op://" + e.Vault + "/" + strings.ReplaceAll(e.Item, "/", "%2F") + "/" + e.Field
		if e.Section != "" {
			ref = "op://" + e.Vault + "/" + e.Item + "/" + e.Section + "/" + e.Field
		}
		doc[ref] = string(e.Content)
		if e.File {
			doc[ref] = map[string][]byte{"base64": e.Content}
		}
	}
	b := vault.AgeFile{Path: encrypt(t, id.Recipient(), true, doc), IdentityFile: write(t, []byte(id.String()))}
	vaulttest.Run(t, b, vaulttest.Options{NoAmbiguity: true, NoIDs: true})
}
