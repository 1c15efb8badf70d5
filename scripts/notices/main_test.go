package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// TestRun finds a text of every module that is linked into the programs, and writes the same twice.
func TestRun(t *testing.T) {
	t.Parallel()
	var one, two bytes.Buffer
	if err := run(&one, "../..", []string{"./cmd/..."}); err != nil {
		t.Fatal(err)
	}
	if err := run(&two, "../..", []string{"./cmd/..."}); err != nil || one.String() != two.String() {
		t.Errorf("the second time it is another: %v", err)
	}
	c := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "./cmd/...")
	c.Dir = "../.."
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := strings.Fields(strings.ReplaceAll(string(out), " ", "@"))
	if len(modules) < 100 {
		t.Fatalf("%d packages of others", len(modules))
	}
	for _, m := range modules {
		if !strings.Contains(one.String(), "\n"+strings.ReplaceAll(m, "@", " ")+"\n") {
			t.Errorf("nothing of %s", m)
		}
	}
	for _, words := range []string{"Copyright 2009 The Go Authors", "Apache License", "MIT License"} {
		if !strings.Contains(one.String(), words) {
			t.Errorf("%q is not in it", words)
		}
	}
}

func TestTextsIn(t *testing.T) {
	t.Parallel()
	for name, is := range map[string]bool{"LICENSE": true, "LICENCE.md": true, "COPYING": true, "NOTICE.txt": true, "UNLICENSE": true,
		"LICENSE-MIT": true, "PATENTS": true, "licenses": false, "noticeboard.md": false, "README": false} {
		if legal.MatchString(name) != is {
			t.Errorf("%s is taken for a licence: %v", name, !is)
		}
	}
	if err := run(nil, ".", nil); err == nil {
		t.Error("without packages there is no error")
	}
}
