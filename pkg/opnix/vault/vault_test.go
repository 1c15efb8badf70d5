package vault

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func TestParseReference(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"op://V/I/F":                      "V|I||F||",
		"op://V/I/S/F":                    "V|I|S|F||",
		"op://My Vault/a.b-c_d/x":         "My Vault|a.b-c_d||x||",
		"op://V/a%2Fb/100%25":             "V|a/b||100%||",
		"op://V/I/F?attribute=otp":        "V|I||F|otp|",
		"op://V/I/key?ssh-format=openssh": "V|I||key||openssh",
		"op://V/ü/F":                      "V|ü||F||",
	} {
		r, err := ParseReference(s)
		got := strings.Join([]string{r.Vault, r.Item, r.Section, r.Field, r.Attribute, r.SSHFormat}, "|")
		if err != nil || got != want || r.String() != s {
			t.Errorf("%s: %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "V/I/F", "op://", "op://V/I", "op://V/I/S/F/X", "op:///I/F", "op://V//F", "op://V/I/ ", "op://V/I/%", "op://V/I/%zz",
		"op://V/I/a%0Ab", "op://V/I/\x00", "op://V/I/%ff", "op://V/I/F?x=1", "op://V/I/F?ssh-format=pem", "op://V/I/F?attribute=", "op://V/I/" + strings.Repeat("x", 1100)} {
		if r, err := ParseReference(s); err == nil {
			t.Errorf("%.40q was read as %+v", s, r)
		}
	}
}

func FuzzParseReference(f *testing.F) {
	for _, s := range []string{"op://V/I/F", "op://V/I/S/F?attribute=otp", "op://a%2Fb/%00/x", "op://V/I/F?%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseReference(s)
		if err != nil {
			return
		}
		for _, p := range []string{r.Vault, r.Item, r.Field} {
			if strings.TrimSpace(p) == "" || strings.ContainsAny(p, "\x00\n") {
				t.Errorf("%q has the part %q", s, p)
			}
		}
	})
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{"op://V/I/F": true, "op://a b/c.d/e-f_g": true, "op://V/a%2Fb/F": false, "op://V/ü/F": false, "op://V/a@b/F": false} {
		r, err := ParseReference(s)
		if err != nil || r.Plain() != want {
			t.Errorf("%s: %v, %v", s, r.Plain(), err)
		}
	}
}

// A value shows itself in no way that a program prints, logs or encodes things.
func TestValuesDoNotShow(t *testing.T) {
	t.Parallel()
	const canary = "canary-4711"
	v := NewValue([]byte(canary))
	holder := struct {
		Name string
		V    Value
		P    *Value
		M    map[string]Value
	}{"x", v, &v, map[string]Value{"k": v}}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v, "p", &v, "h", holder)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
	js, _ := json.Marshal(holder)
	out := fmt.Sprintf("%v %+v %#v %s %q %x %d", v, v, v, v, v, v, v) + fmt.Sprintf("%v %+v %s %x", holder, holder, holder, holder) +
		fmt.Sprintln(v, &v, holder) + log.String() + string(js) + fmt.Errorf("wrap %v: %v", v, holder).Error()
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprint([]byte(canary))[1:10]} {
		if strings.Contains(strings.ToLower(out), form) {
			t.Errorf("%q shows in %s", form, out)
		}
	}
}

func testItem() Item {
	return Item{ID: "i1", Title: "Item",
		Sections: []Section{{"s1", "Prod"}, {"s2", "Test"}, {"s3", "Twice"}, {"s4", "Twice"}},
		Fields: []Field{
			{ID: "f1", Label: "password", Value: NewValue([]byte("top"))},
			{ID: "f2", Label: "password", SectionID: "s1", Value: NewValue([]byte("prod"))},
			{ID: "f3", Label: "user", SectionID: "s2", Value: NewValue([]byte("u"))},
			{ID: "f4", Label: "only", SectionID: "s1", Value: NewValue([]byte("a"))},
			{ID: "f5", Label: "only", SectionID: "s2", Value: NewValue([]byte("b"))},
			{ID: "f6", Label: "code", Type: "OTP", Value: NewValue([]byte("seed")), OTP: NewValue([]byte("123456"))},
			{ID: "f7", Label: "empty", Value: NewValue(nil)},
		},
		Files: []File{{ID: "x1", Name: "a.pem"}, {ID: "x2", Name: "b.pem", SectionID: "s1"}},
	}
}

func TestPickField(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]string{
		"password": "top", "Prod/password": "prod", "s1/password": "prod", "f2": "prod", "USER": "u", "code?attribute=otp": "123456",
		"code": "seed", "code?attribute=type": "OTP", "empty": "",
		"only": "!ambiguous", "none": "!missing", "None/password": "!missing", "Twice/x": "!ambiguous", "user?attribute=otp": "!invalid",
		"user?attribute=x": "!invalid", "user?ssh-format=openssh": "!invalid",
	} {
		r, err := ParseReference("op://V/Item/" + ref)
		if err != nil {
			t.Fatal(err)
		}
		v, f := testItem().PickField(r)
		got := string(v.Bytes())
		if f != nil {
			got = "!" + string(f.Kind)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", ref, got, want)
		}
	}
}

func TestPickFile(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]string{"a.pem": "x1", "Prod/b.pem": "x2", "x2": "x2", "Prod/a.pem": "!missing", "c": "!missing"} {
		r, _ := ParseReference("op://V/Item/" + ref)
		file, f := testItem().PickFile(r)
		got := file.ID
		if f != nil {
			got = "!" + string(f.Kind)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", ref, got, want)
		}
	}
}

func TestSSHKeysBecomeOpenSSH(t *testing.T) {
	t.Parallel()
	_, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	it := Item{Fields: []Field{{Label: "private key", Value: NewValue(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))}}}
	r, _ := ParseReference("op://V/I/private key?ssh-format=openssh")
	v, f := it.PickField(r)
	if f != nil {
		t.Fatal(f)
	}
	got, err := ssh.ParseRawPrivateKey(v.Bytes())
	if err != nil || !priv.Equal(*got.(*ed25519.PrivateKey)) {
		t.Errorf("%T, %v", got, err)
	}
}

func TestFirstLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"a\nb": "a", "  x  ": "x", "\n\nfirst\nsecond": "first", "": ""} {
		if got := FirstLine(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if n := len(FirstLine(strings.Repeat("é", 500))); n > 210 {
		t.Errorf("%d bytes", n)
	}
}
