package agents

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"panther/pkg/opencode/api"
)

func rule(pattern, action string) api.PermissionRule {
	return api.PermissionRule{Permission: "fetch", Pattern: pattern, Action: action}
}

// What a pattern lets through names what the pattern names, however it is
// spelled.
func TestPatterns(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir+"/docs/in", 0o700); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"out": "/etc", "near": dir + "/docs/in"} {
		if err := os.Symlink(to, dir+"/docs/"+from); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		pattern   string
		yes, none []string
	}{
		{"https://docs.test.io/*", []string{"https://docs.test.io/", "https://docs.test.io/a/b?c=d#e", "https://docs.test.io/a%20b", "HTTPS://Docs.Test.io/a"},
			[]string{"http://docs.test.io/", "https://docs.test.io.evil.io/", "https://docs.test.io@evil.io/", "https://docs.test.io:x@evil.io/", "https://docs.test.io\\@evil.io/",
				"https://docs.test.io/\\..\\x", "https://docs.test.io/a/../b", "https://docs.test.io/%2e%2e/b", "https://docs.test.io/..%2fb", "https://docs.test.io/a%252e", "https://docs.test.io:8443/",
				"https://docs.test.io/a\nHost: evil.io", "https://docs.test.io/\u202egnp", "https://docs.test.i\u043e/", "//docs.test.io/", "https:docs.test.io/", " https://docs.test.io/",
				"https://evil.io/https://docs.test.io/", "https://evil.io/?https://docs.test.io/", "view-source:https://docs.test.io/", "https://docs.test.io%2f@evil.io/", "https://docs.test.io/\x00", ""}},
		{"https://docs.test.io*", []string{"https://docs.test.io", "https://docs.test.io/x", "https://docs.test.io?x"},
			[]string{"https://docs.test.io.evil.io", "https://docs.test.io@evil.io", "https://docs.test.iovil/", "https://docs.test.io-evil.io/"}},
		{"https://*.test.io/*", []string{"https://a.test.io/", "https://a.b.test.io/x/y"}, []string{"https://evil.io/.test.io/", "https://evil.io/a.test.io/x", "https://evil.io?.test.io/", "https://evil.io#.test.io/"}},
		{"https://docs.test.io/*/public/*", []string{"https://docs.test.io/v1/public/a/b"}, []string{"https://docs.test.io/v1/private/public/x", "https://docs.test.io/public/x"}},
		{"https://docs.test.io/**/public/*", []string{"https://docs.test.io/v1/private/public/x"}, nil},
		{"file:///srv/docs/*", []string{"file:///srv/docs/a b.md", "file:///srv/docs/\u00fcber.md"}, []string{"file:///etc/passwd", "file://evil.io/srv/docs/a", "file:///srv/docs/../x", "file:/srv/docs/a", "file:////srv/docs/a"}},
		{"https://*", []string{"https://a.io/b/c"}, []string{"http://a.io/", "https://u@a.io/"}},
		{"/srv/docs/*", []string{"/srv/docs/a", "/srv/docs/a/b.md"}, []string{"/srv/docs/../x", "/srv/docs/a/../../x", "/srv/docsx", "/srv/docs/..", "/srv/docs/%2e%2e/x", "/srv/docs\\..\\x", "/srv/docs/a\x00.md"}},
		{"/srv/*/public", []string{"/srv/a/public"}, []string{"/srv/a/secret/public", "/srv/../etc/public"}},
		{dir + "/docs/*", []string{dir + "/docs/near/x", dir + "/docs/in/new/file"}, []string{dir + "/docs/out/passwd", dir + "/docs/out", dir + "/docs/near/../out/x"}},
		{"git log *", []string{"git log -3", "git log --stat a/b"}, []string{"git log -3; id", "git log $(id)", "git log `id`", "git log | sh", "git log\nid", "git log && id", "git log > /x", "git status"}},
		{"docs", []string{"docs"}, []string{"Docs", "docs ", "d\u043ecs", "docs\x00"}},
		{"number=5", nil, []string{"5", "number=5"}},
	} {
		rules := Rules{rule(tc.pattern, api.ActionAllow)}
		for _, s := range tc.yes {
			if got := rules.Decide(Use{Tool: "fetch", Values: []Value{{"url", s}}}); got != api.ActionAllow {
				t.Errorf("%s: %q is %s", tc.pattern, s, got)
			}
		}
		for _, s := range tc.none {
			if got := rules.Decide(Use{Tool: "fetch", Values: []Value{{"url", s}}}); got != api.ActionDeny {
				t.Errorf("%s: %q is %s", tc.pattern, s, got)
			}
		}
	}
}

// What is denied is denied in other spellings too.
func TestDenied(t *testing.T) {
	t.Parallel()
	rules := Rules{rule("*", api.ActionAllow), rule("https://evil.io/*", api.ActionDeny), rule("*/secret/*", api.ActionDeny)}
	for _, s := range []string{"https://evil.io/a", "HTTPS://EVIL.IO/a", "https://user@evil.io/a", "https:\\\\evil.io\\a", "https://evil.io:443/a", "https://%65vil.io/a", "https://ev\til.io/a", "https://evil.io./a",
		"/srv/secret/a", "/srv/SECRET/a", "/srv/%2573ecret/a", "a/../secret/b"} {
		if got := rules.Decide(Use{Tool: "fetch", Values: []Value{{"url", s}}}); got != api.ActionDeny {
			t.Errorf("%q is %s", s, got)
		}
	}
	if got := rules.Decide(Use{Tool: "fetch", Values: []Value{{"url", "https://good.io/a"}}}); got != api.ActionAllow {
		t.Errorf("another address is %s", got)
	}
}

// Every value of a call counts, and a value speaks for no other one.
func TestEveryValue(t *testing.T) {
	t.Parallel()
	rules := Rules{rule("*", api.ActionAsk), rule("uri=https://docs.test.io/*", api.ActionAllow), rule("offset=*", api.ActionAllow), rule("private", api.ActionDeny),
		rule(`{"a":1,"b":2}`, api.ActionAllow)}
	for i, tc := range []struct {
		use  Use
		want string
	}{
		{Use{Values: []Value{{"uri", "https://docs.test.io/a"}, {"offset", "5"}}}, api.ActionAllow},
		{Use{Values: []Value{{"uri", "https://docs.test.io/a"}, {"to", "https://evil.io/"}}}, api.ActionAsk},
		{Use{Values: []Value{{"to", "https://docs.test.io/a"}}}, api.ActionAsk},
		{Use{Values: []Value{{"query", "uri=https://docs.test.io/a"}}}, api.ActionAsk},
		{Use{Values: []Value{{"uri", "https://docs.test.io/a"}, {"source", "private"}}}, api.ActionDeny},
		{Use{Whole: `{"a":1,"b":2}`, Values: []Value{{"a", "1"}, {"b", "2"}}}, api.ActionAllow},
		{Use{Whole: `{"a":1,"b":3}`, Values: []Value{{"a", "1"}, {"b", "3"}}}, api.ActionAsk},
		{Use{Whole: `{"a":"{\"a\":1,\"b\":2}"}`, Values: []Value{{"a", `{"a":1,"b":2}`}}}, api.ActionAsk},
		{Use{}, api.ActionAsk},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			tc.use.Tool = "fetch"
			if got := rules.Decide(tc.use); got != tc.want {
				t.Errorf("%+v is %s, not %s", tc.use, got, tc.want)
			}
		})
	}
}

func TestNever(t *testing.T) {
	t.Parallel()
	for i, tc := range []struct {
		rules Rules
		want  bool
	}{
		{nil, true},
		{Rules{rule("*", api.ActionAllow), rule("x", api.ActionDeny)}, false},
		{Rules{rule("*", api.ActionDeny), rule("x", api.ActionAllow)}, false},
		{Rules{rule("x", api.ActionAllow), rule("*", api.ActionDeny)}, true},
	} {
		if got := tc.rules.Never("fetch"); got != tc.want {
			t.Errorf("%d: %v", i, got)
		}
	}
}
