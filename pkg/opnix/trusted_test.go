package opnix

import (
	"os"
	"path/filepath"
	"testing"

	"panther/pkg/sd"
)

// Who can change the configuration decides which secrets go where: neither
// another account, nor one that owns a folder above it or a link to it.
func TestAConfigurationThatOthersCanChangeIsRefused(t *testing.T) {
	t.Parallel()
	const nobody = 65534
	chown := func(p string) error { return os.Lchown(p, nobody, nobody) }
	mode := func(m os.FileMode) func(string) error { return func(p string) error { return os.Chmod(p, m) } }
	for name, tc := range map[string]struct {
		at      string // what is changed, below the folder
		change  func(string) error
		read    string
		refused bool
		root    bool
	}{
		"own":                     {"conf/s.json", mode(0o600), "conf/s.json", false, false},
		"readable for all":        {"conf/s.json", mode(0o644), "conf/s.json", false, false},
		"by an own link":          {"conf/s.json", mode(0o600), "link", false, false},
		"sticky folder":           {"conf", mode(0o777 | os.ModeSticky), "conf/s.json", false, false},
		"writable for all":        {"conf/s.json", mode(0o666), "conf/s.json", true, false},
		"sticky file":             {"conf/s.json", mode(0o666 | os.ModeSticky), "conf/s.json", true, false},
		"writable for a group":    {"conf/s.json", mode(0o660), "conf/s.json", true, false},
		"folder writable for all": {"conf", mode(0o777), "conf/s.json", true, false},
		"folder above, by a link": {".", mode(0o777), "link", true, false},
		"folder for a group":      {"conf", mode(0o770), "link", true, false},
		"another's file":          {"conf/s.json", chown, "conf/s.json", true, true},
		"another's folder":        {"conf", chown, "conf/s.json", true, true},
		"another's folder above":  {".", chown, "conf/s.json", true, true},
		"another's link":          {"link", chown, "link", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.root && os.Geteuid() != 0 {
				t.Skip("only root gives files away")
			}
			dir := filepath.Join(t.TempDir(), "top")
			if err := os.MkdirAll(dir+"/conf", 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(dir+"/conf/s.json", []byte(`{"secrets":[{"path":"a","reference":"op://V/I/F"}]}`), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("conf/s.json", dir+"/link"); err != nil {
				t.Fatal(err)
			}
			if err := tc.change(filepath.Join(dir, tc.at)); err != nil {
				t.Fatal(err)
			}
			_, err := Load(filepath.Join(dir, tc.read))
			switch {
			case !tc.refused && err != nil:
				t.Errorf("refused: %v", err)
			case tc.refused && (sd.ExitCode(err) != sd.ExitConfig || sd.HintOf(err) == ""):
				t.Errorf("%v, hint %q", err, sd.HintOf(err))
			}
			if _, err := (Loader{AnyOwner: true}).Load(filepath.Join(dir, tc.read)); err != nil {
				t.Errorf("in a sandbox: %v", err)
			}
		})
	}
}
