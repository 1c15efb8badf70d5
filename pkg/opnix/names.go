package opnix

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os/exec"
	"os/user"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"panther/pkg/opnix/vault"
)

// lookup returns the ID of a user (database "passwd") or group ("group"), by
// name or number: from the files in /etc, then from getent, which knows users
// of directories and dynamic users too.
func lookup(database, name string) (int, error) {
	what := map[string]string{"passwd": "user", "group": "group"}[database]
	if n, err := strconv.ParseUint(name, 10, 31); err == nil {
		return int(n), nil
	}
	if name == "root" {
		return 0, nil
	}
	var id string
	if database == "passwd" {
		if u, err := user.Lookup(name); err == nil {
			id = u.Uid
		}
	} else if g, err := user.LookupGroup(name); err == nil {
		id = g.Gid
	}
	if id == "" && len(name) < 256 && !strings.HasPrefix(name, "-") && !strings.ContainsAny(name, ":\x00\n") {
		id = getent(database, name)
	}
	n, err := strconv.Atoi(id)
	if err != nil {
		return -1, fmt.Errorf("there is no %s %q", what, clip(name))
	}
	return n, nil
}

func getent(database, name string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "getent", database, name).Output()
	if err != nil {
		return ""
	}
	fields := strings.Split(strings.TrimSpace(string(out)), ":")
	if len(fields) < 3 {
		return ""
	}
	return fields[2]
}

// signalNumber returns the number of a signal by its name, with or without
// SIG; 0 if there is none.
func signalNumber(name string) int {
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	return int(unix.SignalNum(name))
}

// validator checks a value before any file is written. Its errors say what is
// expected and nothing of the value.
type validator struct {
	rules   []string
	pattern *regexp.Regexp
}

var rules = map[string]struct {
	want string
	ok   func([]byte) bool
}{
	"non_empty": {"a value that is not empty", func(b []byte) bool { return len(bytes.TrimSpace(b)) > 0 }},
	"pem":       {"PEM", func(b []byte) bool { p, _ := pem.Decode(b); return p != nil }},
	"json":      {"JSON", json.Valid},
	"utf8":      {"UTF-8 text", utf8.Valid},
	"one_line": {"one line", func(b []byte) bool {
		return len(b) > 0 && !bytes.ContainsAny(bytes.TrimSuffix(b, []byte("\n")), "\r\n")
	}},
	"base64": {"base64", func(b []byte) bool {
		_, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(b)))
		return err == nil && len(b) > 0
	}},
}

func newValidator(names []string, pattern string) (validator, error) {
	v := validator{rules: names}
	for _, n := range names {
		if _, ok := rules[n]; !ok {
			return v, fmt.Errorf("there is no check %q", clip(n))
		}
	}
	if pattern != "" {
		re, err := regexp.Compile(pattern)
		if err != nil {
			return v, errors.New("the pattern is no regular expression")
		}
		v.pattern = re
	}
	return v, nil
}

func (v validator) check(val vault.Value) error {
	for _, n := range v.rules {
		if r := rules[n]; !r.ok(val.Bytes()) {
			return fmt.Errorf("the value is not %s", r.want)
		}
	}
	if v.pattern != nil && !v.pattern.Match(val.Bytes()) {
		return fmt.Errorf("the value does not match the pattern %s", v.pattern)
	}
	return nil
}
