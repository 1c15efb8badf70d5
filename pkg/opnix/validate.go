package opnix

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"unicode/utf8"

	"panther/pkg/opnix/vault"
)

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
