package run

import (
	"errors"
	"os"
	"strings"
	"testing"

	"panther/pkg/opnix/place"
	"panther/pkg/sd"
)

// A person's file at a place of a secret stays, and costs only that place, through
// rotations, boots and the removal of the secret.
func TestAPersonsFileStays(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		secret string
		link   bool // what the person has there
	}{
		"absolute path": {secret: `{"path":"$DIR/home/key","reference":"op://V/I/one"BACKUP}`},
		"link":          {secret: `{"path":"one","reference":"op://V/I/one","symlinks":["$DIR/home/key"]BACKUP}`},
		"copy":          {secret: `{"path":"one","reference":"op://V/I/one","copies":["$DIR/home/key"]BACKUP}`},
		"copy, a link":  {secret: `{"path":"one","reference":"op://V/I/one","copies":["$DIR/home/key"]BACKUP}`, link: true},
		"link, a link":  {secret: `{"path":"one","reference":"op://V/I/one","symlinks":["$DIR/home/key"]BACKUP}`, link: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			at := w.dir + "/home/key"
			err := errors.Join(os.Mkdir(w.dir+"/home", 0o700), os.WriteFile(w.dir+"/own", []byte("own"), 0o600))
			if tc.link {
				err = errors.Join(err, os.Symlink(w.dir+"/own", at))
			} else {
				err = errors.Join(err, os.WriteFile(at, []byte("own"), 0o600))
			}
			if err != nil {
				t.Fatal(err)
			}
			read := func(p string) string { b, _ := os.ReadFile(p); return string(b) }
			const js = `{"outputDir":"$LIB/secrets","backend":{"type":"connect","url":"http://connect.test"},"tokenFile":"$DIR/token","lastGood":{"enable":false},
			  "secrets":[SECRET{"path":"two","reference":"op://V/I/two"}]}`
			configure := func(secret, backup string) {
				w.configure(strings.ReplaceAll(strings.ReplaceAll(js, "SECRET", secret), "BACKUP", backup), "")
			}
			configure(tc.secret+",", "")
			for _, v := range []string{"1", "1", "2"} {
				w.values["op://V/I/one"] = v
				_, err := w.run(Options{})
				if !errors.Is(err, place.ErrForeign) || sd.ExitCode(err) != ExitIncomplete || !strings.Contains(sd.HintOf(err), "backup") || !strings.Contains(err.Error(), at) {
					t.Fatalf("%v, hint %q", err, sd.HintOf(err))
				}
				if read(at) != "own" || !strings.Contains(w.served(), "two=2") {
					t.Fatalf("%q is there, served %s", read(at), w.served())
				}
			}
			if _, err := w.run(Options{Fresh: true}); sd.ExitCode(err) != sd.ExitConfig {
				t.Errorf("a refresh: %v", err)
			}
			w.reboot()
			configure("", "")
			w.mustRun(Options{})
			if read(at) != "own" {
				t.Fatalf("without the secret %q is there", read(at))
			}
			configure(tc.secret+",", `,"backup":true`)
			w.mustRun(Options{})
			if read(at) != "2" || read(at+".before-opnix") != "own" {
				t.Errorf("%q is there, and %q before it", read(at), read(at+".before-opnix"))
			}
			w.values["op://V/I/one"] = "3"
			w.mustRun(Options{})
			if read(at) != "3" || read(at+".before-opnix") != "own" {
				t.Errorf("rotated: %q is there, and %q before it", read(at), read(at+".before-opnix"))
			}
			// Something new of his, and a name that is taken.
			if err := errors.Join(os.Remove(at), os.WriteFile(at, []byte("newer"), 0o600)); err != nil {
				t.Fatal(err)
			}
			if _, err := w.run(Options{}); !errors.Is(err, place.ErrForeign) || read(at) != "newer" || read(at+".before-opnix") != "own" {
				t.Errorf("%v, %q is there, and %q before it", err, read(at), read(at+".before-opnix"))
			}
			configure("", "")
			w.mustRun(Options{})
			if read(at) != "newer" {
				t.Errorf("without the secret %q is there", read(at))
			}
		})
	}
}
