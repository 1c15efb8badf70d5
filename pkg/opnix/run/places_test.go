package run

import (
	"context"
	"os"
	"strings"
	"testing"

	"panther/pkg/sd"
)

func TestLinksAndCopies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	js := `{"outputDir":"$LIB/secrets","backend":{"type":"connect","url":"http://connect.test"},"tokenFile":"$DIR/token","lastGood":{"enable":false},"secrets":[
	  {"path":"$DIR/etc/app/one","reference":"op://V/I/one","mode":"0440"},
	  {"path":"two","reference":"op://V/I/two","symlinks":["$DIR/opt/two"],"copies":["$DIR/opt/two.copy"]}]}`
	w.configure(js, "")
	w.mustRun(Options{})
	read := func(p string) string { b, _ := os.ReadFile(w.dir + p); return string(b) }
	if got := read("/etc/app/one") + read("/opt/two") + read("/opt/two.copy"); got != "122" {
		t.Errorf("read %q", got)
	}
	if problems, _, err := w.runner().Verify(context.Background()); err != nil || len(problems) != 0 {
		t.Errorf("%v, %v", problems, err)
	}
	w.values["op://V/I/two"] = "2b"
	w.mustRun(Options{})
	if got := read("/opt/two") + read("/opt/two.copy"); got != "2b2b" {
		t.Errorf("read %q", got)
	}
	w.configure(strings.Replace(js, `"symlinks":["$DIR/opt/two"],"copies":["$DIR/opt/two.copy"]`, `"mode":"0400"`, 1), "")
	w.mustRun(Options{})
	for _, p := range []string{"/opt/two", "/opt/two.copy"} {
		if _, err := os.Lstat(w.dir + p); err == nil {
			t.Errorf("%s stayed", p)
		}
	}
}

func TestAFolderInTheWayStopsTheRunBeforeItChangesAnything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	if err := os.MkdirAll(w.dir+"/opt/two/x", 0o755); err != nil {
		t.Fatal(err)
	}
	w.config = strings.Replace(w.config, `"path":"two"`, `"path":"two","symlinks":["`+w.dir+`/opt/two"]`, 1)
	w.values["op://V/I/one"] = "new"
	_, err := w.run(Options{})
	if sd.ExitCode(err) != sd.ExitConfig || w.served() != "a/one=1 env=ONE=1 two=2" {
		t.Errorf("%v, served %s", err, w.served())
	}
}
