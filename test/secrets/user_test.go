package secrets

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A user has secrets of his own, below his home, without any right on the system.
func TestAUsersOwnSecrets(t *testing.T) {
	t.Parallel()
	needRoot(t)
	const nobody = 65534
	home, err := os.MkdirTemp("/var/tmp", "opnix-home-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	config := `{"backend": {"type": "folder", "path": "` + home + `/vault"}, "secrets": [
	  {"path": "~/.ssh/id_ed25519", "reference": "op://V/I/key"}, {"path": "token", "reference": "op://V/I/key", "copies": ["~/.config/app/token"]}]}`
	for _, f := range []struct {
		name, content string
		mode          os.FileMode
	}{{".config/opnix/secrets.json", config, 0o600}, {"vault/V/I/key", "v", 0o600}, {"token", "ops_x", 0o600},
		{"sdk.json", `{"secrets": [{"path": "x", "reference": "op://V/I/F"}]}`, 0o600}} {
		p := filepath.Join(home, f.name)
		err = errors.Join(err, os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, []byte(f.content), f.mode))
	}
	err = errors.Join(err, filepath.WalkDir(home, func(p string, _ os.DirEntry, err error) error { return errors.Join(err, os.Chown(p, nobody, nobody)) }))
	if err != nil {
		t.Fatal(err)
	}
	as := func(args ...string) (int, string) {
		cmd := exec.Command(opnix, args...)
		cmd.Env = []string{"HOME=" + home, "PATH=/usr/bin:/bin"}
		cmd.Dir = home
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		return finish(t, cmd)
	}
	if code, out := as("materialize"); code != 0 {
		t.Fatalf("exit status %d\n%s", code, out)
	}
	for _, p := range []string{".ssh/id_ed25519", ".config/app/token", ".local/state/opnix/secrets/token"} {
		var st syscall.Stat_t
		got, err := os.ReadFile(filepath.Join(home, p))
		if serr := syscall.Stat(filepath.Join(home, p), &st); string(got) != "v" || err != nil || serr != nil || st.Uid != nobody || st.Mode&0o777 != 0o600 {
			t.Errorf("%s: %q, mode %o of user %d, %v, %v", p, got, st.Mode, st.Uid, err, serr)
		}
	}
	// The SDK's child starts for him too; the token is none, and the SDK says so.
	if code, out := as("-config", home+"/sdk.json", "-token-file", home+"/token", "materialize"); code != 78 || !strings.Contains(out, "invalid service account token") {
		t.Errorf("exit status %d\n%s", code, out)
	}
}
