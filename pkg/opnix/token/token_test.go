package token

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"panther/pkg/sd"
)

const secret = "ops_eyJzaWduSW5BZGRyZXNzIjoi"

func jwt(exp time.Time) string {
	claims := base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf(`{"exp":%d}`, exp.Unix())))
	return "eyJhbGciOiJFUzI1NiJ9." + claims + ".c2ln"
}

func TestLoad(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, content string
		mode          os.FileMode
		want          string // part of the error; "" means none
	}{
		{"plain", secret, 0o600, ""},
		{"line feed", secret + "\n", 0o400, ""},
		{"group of opnix 0.11", secret, 0o640, ""},
		{"future expiry", jwt(time.Now().Add(time.Hour)), 0o600, ""},
		{"empty", "", 0o600, "is empty"},
		{"only a line feed", "\n", 0o600, "is empty"},
		{"CRLF", secret + "\r\n", 0o600, "CRLF"},
		{"two lines", secret + "\n" + secret, 0o600, "something else than one token"},
		{"spaces", " " + secret, 0o600, "something else than one token"},
		{"NUL", secret + "\x00", 0o600, "something else than one token"},
		{"not ASCII", secret + "é", 0o600, "something else than one token"},
		{"huge", strings.Repeat("x", maxSize+2), 0o600, "larger than"},
		{"world-readable", secret, 0o644, "lets others read"},
		{"group-writable", secret, 0o660, "lets others read or change"},
		{"expired", jwt(time.Now().Add(-time.Hour)), 0o600, "expired at"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(p, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(p, tc.mode); err != nil {
				t.Fatal(err)
			}
			v, err := Load(p)
			if tc.want == "" {
				if err != nil || string(v.Bytes()) != strings.TrimSuffix(tc.content, "\n") {
					t.Fatalf("%q, %v", v.Bytes(), err)
				}
				return
			}
			checkError(t, err, tc.want)
		})
	}
}

func checkError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("%v, want %q", err, want)
	}
	if sd.ExitCode(err) != sd.ExitConfig || sd.HintOf(err) == "" {
		t.Errorf("exit status %d, hint %q", sd.ExitCode(err), sd.HintOf(err))
	}
	if strings.Contains(err.Error()+sd.HintOf(err), secret[:12]) {
		t.Errorf("the error holds the token: %v", err)
	}
}

func TestLoadRefusesWhatIsNoPlainFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	real := dir + "/real"
	if err := os.WriteFile(real, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		plant func(p string) error
		want  string
	}{
		"missing": {func(string) error { return nil }, "is missing"},
		"link":    {func(p string) error { return os.Symlink(real, p) }, "symbolic link"},
		"folder":  {func(p string) error { return os.Mkdir(p, 0o700) }, "not a regular file"},
		"pipe":    {func(p string) error { return unix.Mkfifo(p, 0o600) }, "not a regular file"},
	} {
		p := dir + "/" + name
		if err := tc.plant(p); err != nil {
			t.Fatal(err)
		}
		_, err := Load(p)
		if name == "missing" {
			if sd.ExitCode(err) != ExitMissing || !strings.Contains(err.Error(), tc.want) || sd.HintOf(err) == "" {
				t.Errorf("%v, exit status %d, hint %q", err, sd.ExitCode(err), sd.HintOf(err))
			}
			continue
		}
		checkError(t, err, tc.want)
	}
}

func TestLoadRefusesAnotherUsersFile(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root to give a file away")
	}
	p := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(p, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(p, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	_, err := Load(p)
	checkError(t, err, "belongs to another user")
}

func TestStore(t *testing.T) {
	t.Parallel()
	p := filepath.Join(t.TempDir(), "token")
	for _, raw := range []string{secret, secret + "\n", "  " + secret + "\r\n"} {
		if err := Store(p, []byte(raw)); err != nil {
			t.Fatal(err)
		}
		b, _ := os.ReadFile(p)
		st, _ := os.Stat(p)
		if string(b) != secret || st.Mode() != 0o600 {
			t.Errorf("%q: stored %q with mode %v", raw, b, st.Mode())
		}
	}
	if err := Store(p, []byte("two words")); err == nil || sd.ExitCode(err) != sd.ExitUsage {
		t.Errorf("nonsense: %v", err)
	}
	if b, _ := os.ReadFile(p); string(b) != secret {
		t.Error("nonsense replaced the token")
	}
	if names, _ := filepath.Glob(filepath.Dir(p) + "/.*"); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
	for range 2 {
		if err := Remove(p); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStoreDoesNotFollowALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink(dir+"/elsewhere", dir+"/token"); err != nil {
		t.Fatal(err)
	}
	if err := Store(dir+"/token", []byte(secret)); err == nil {
		t.Error("stored through a link")
	}
	if _, err := os.Stat(dir + "/elsewhere"); err == nil {
		t.Error("written to the link's target")
	}
}
