package lastgood

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"panther/pkg/opnix/vault/vaulttest"
)

func identity(t *testing.T) Age {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return Age{IdentityFile: write(t, []byte(id.String()+"\n"))}
}

func write(t *testing.T, b []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "identity")
	if err := os.WriteFile(p, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func sample() Copy {
	return Copy{Host: "host", Entries: map[string]Entry{
		"op://V/I/F": {Value: []byte(vaulttest.Canary), Resolved: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)},
		"op://V/I/B": {Value: []byte("\x00\xff\n")},
	}}
}

func TestSealersKeepACopy(t *testing.T) {
	t.Parallel()
	_, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(priv, "")
	if err != nil {
		t.Fatal(err)
	}
	sealers := map[string]Sealer{"age": identity(t), "ssh host key": Age{IdentityFile: write(t, pem.EncodeToMemory(block))}}
	if (Systemd{}).Available() && os.Geteuid() == 0 {
		sealers["systemd"] = Systemd{}
	}
	for name, s := range sealers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := Encrypt(context.Background(), s, sample())
			if err != nil {
				t.Fatal(err)
			}
			vaulttest.NoCanary(t, string(file))
			c, err := Decrypt(context.Background(), s, file, "host")
			if err != nil || !bytes.Equal(c.Entries["op://V/I/B"].Value, []byte("\x00\xff\n")) ||
				!c.Entries["op://V/I/F"].Resolved.Equal(sample().Entries["op://V/I/F"].Resolved) {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}

func TestOtherCopiesAreRefused(t *testing.T) {
	t.Parallel()
	s := identity(t)
	file, err := Encrypt(context.Background(), s, sample())
	if err != nil {
		t.Fatal(err)
	}
	again, err := Encrypt(context.Background(), s, sample())
	if err != nil || bytes.Equal(file, again) {
		t.Fatalf("two copies are the same, %v", err)
	}
	nl := bytes.IndexByte(file, '\n')
	swapped := append(bytes.Clone(again[:bytes.IndexByte(again, '\n')]), file[nl:]...)
	for name, tc := range map[string]struct {
		file []byte
		s    Sealer
		host string
	}{
		"another host":     {file, s, "other"},
		"another key":      {file, identity(t), "host"},
		"another header":   {swapped, s, "host"},
		"empty":            {nil, s, "host"},
		"only a header":    {file[:nl+1], s, "host"},
		"cut":              {file[:len(file)-1], s, "host"},
		"longer":           {append(bytes.Clone(file), 0), s, "host"},
		"newer version":    {bytes.Replace(file, []byte(`"version":1`), []byte(`"version":2`), 1), s, "host"},
		"missing identity": {file, Age{IdentityFile: "/nonexistent"}, "host"},
	} {
		if _, err := Decrypt(context.Background(), tc.s, tc.file, tc.host); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range file { // every byte counts
		bad := bytes.Clone(file)
		bad[i] ^= 1
		if _, err := Decrypt(context.Background(), s, bad, "host"); err == nil {
			t.Fatalf("a change at byte %d is not noticed", i)
		}
	}
}

func FuzzDecrypt(f *testing.F) {
	s := Age{IdentityFile: "/nonexistent"}
	for _, seed := range []string{"", "{}\n", `{"version":1,"key":"YQ==","nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}` + "\nx"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Decrypt(context.Background(), s, b, "host"); !errors.Is(err, ErrRefused) {
			t.Errorf("%v", err)
		}
	})
}
