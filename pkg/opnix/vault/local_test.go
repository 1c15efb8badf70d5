package vault

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
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
)

func requests(t *testing.T, refs ...string) []Request {
	t.Helper()
	var out []Request
	for _, s := range refs {
		r, err := ParseReference(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Request{Ref: r})
	}
	return out
}

func kinds(a Answer) map[string]string {
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
	a, err := Folder{Dir: dir}.Resolve(context.Background(), reqs)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"op://V/I/f": "v", "op://V/I/S/f": "s", "op://V/I/bin": "\x00\xff\n", "op://V/I/none": "!missing",
		"op://V/I/S": "!invalid", "op://V/I/link": "!invalid", "op://../I/f": "!invalid", "op://V/a%2Fb/f": "!invalid"}
	if got := kinds(a); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if _, err := (Folder{Dir: dir + "/none"}).Resolve(context.Background(), reqs); KindOf(err) != Unavailable || err == nil {
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
		b := AgeFile{Path: encrypt(t, id.Recipient(), armoured, doc), IdentityFile: idFile}
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
		b    AgeFile
		kind Kind
	}{
		"another recipient": {AgeFile{encrypt(t, other.Recipient(), false, map[string]string{}), idFile}, Denied},
		"missing":           {AgeFile{"/nonexistent/file", idFile}, Unavailable},
		"no identity":       {AgeFile{encrypt(t, id.Recipient(), false, map[string]string{}), "/nonexistent/id"}, Denied},
		"broken identity":   {AgeFile{encrypt(t, id.Recipient(), false, map[string]string{}), write(t, []byte("AGE-SECRET-KEY-"+canary))}, Denied},
		"not encrypted":     {AgeFile{write(t, []byte(`{"op://V/I/f":"`+canary+`"}`)), idFile}, Denied},
		"no object":         {AgeFile{encrypt(t, id.Recipient(), false, []string{canary}), idFile}, Invalid},
		"a bad key":         {AgeFile{encrypt(t, id.Recipient(), false, map[string]string{"V/I/f": canary}), idFile}, Invalid},
		"a bad value":       {AgeFile{encrypt(t, id.Recipient(), false, map[string]any{"op://V/I/f": map[string]string{"text": canary}}), idFile}, Invalid},
	} {
		_, err := tc.b.Resolve(context.Background(), requests(t, "op://V/I/f"))
		if err == nil || KindOf(err) != tc.kind {
			t.Errorf("%s: %v (%s), want %s", name, err, KindOf(err), tc.kind)
			continue
		}
		if bytes.Contains([]byte(err.Error()), []byte(canary)) {
			t.Errorf("%s: the error quotes the content: %v", name, err)
		}
	}
}
