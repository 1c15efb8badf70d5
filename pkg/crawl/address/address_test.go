package address

import (
	"fmt"
	"net/url"
	"testing"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"HTTP://Example.COM:80/a/../b#x":                   "http://example.com/b",
		"https://example.com":                              "https://example.com/",
		"https://user:pw@example.com:443/":                 "https://example.com/",
		"https://example.com:8443/":                        "https://example.com:8443/",
		"https://e.com/%7ea/%2fb/%c3%a9":                   "https://e.com/~a/%2Fb/%C3%A9",
		"https://e.com/é b":                                "https://e.com/%C3%A9%20b",
		"https://e.com/?utm_source=a&b=1&gclid=2&a=x+y%20": "https://e.com/?b=1&a=x+y%20",
		"https://e.com/a;jsessionid=1F?b":                  "https://e.com/a?b",
		"https://e.com//a//b/./":                           "https://e.com//a//b/",
		"https://e.com./?":                                 "https://e.com/",
		"http://[::1]:80/":                                 "http://[::1]/",
		"https://e.com/100%":                               "https://e.com/100%25",
	} {
		got, err := Canonical(in)
		if err != nil && in != "https://e.com/100%" || err == nil && got != want {
			t.Errorf("%s is %s, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "/x", "file:///etc", "mailto:a@b", "http://", "https:x", "gopher://e/"} {
		if got, err := Canonical(in); err == nil {
			t.Errorf("%q is %q", in, got)
		}
	}
}

func TestKeyMakesOneOfOnePage(t *testing.T) {
	t.Parallel()
	same := []string{"https://www.e.com/a/", "http://e.com/a", "https://e.com/a/index.html", "https://e.com/a/index.php"}
	for _, s := range same[1:] {
		if Key(s) != Key(same[0]) {
			t.Errorf("%s is another page than %s", s, same[0])
		}
	}
	if Key("https://e.com/?a=1&b=2") != Key("https://e.com/?b=2&a=1") {
		t.Error("the order of parameters makes two pages")
	}
	for _, s := range []string{"https://e.com/a.html", "https://e.com/A", "https://e.com/a?x", "https://f.com/a", "https://e.com:8080/a"} {
		if Key(s) == Key(same[0]) {
			t.Errorf("%s is the same page as %s", s, same[0])
		}
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	check := func(s *Scope, in string, want bool) {
		t.Helper()
		u, err := Parse(in)
		if err != nil || s.Contains(u) != want {
			t.Errorf("%s is in the scope: %v", in, !want)
		}
	}
	root, _ := Parse("https://e.com/docs/17/index.html")
	s, _ := NewScope(nil, []string{"/docs/17/old/**"})
	s.AddRoot(root)
	check(s, "https://e.com/docs/17/x.html", true)
	check(s, "http://www.e.com/docs/17", true)
	check(s, "https://e.com/docs/16/x.html", false)
	check(s, "https://e.com/docs/17x", false)
	check(s, "https://e.com/docs/17/old/a", false)
	check(s, "https://f.com/docs/17/x.html", false)
	s, _ = NewScope([]string{"/blog/**", "https://other.com/**"}, nil)
	s.AddRoot(root)
	check(s, "https://e.com/blog/a/b", true)
	check(s, "https://e.com/docs/17/x.html", false)
	check(s, "https://other.com/z", true)
	check(s, "https://third.com/blog/a", false)
	if _, err := NewScope([]string{"[a"}, nil); err == nil {
		t.Error("a broken glob was taken")
	}
}

func TestTrapsEnd(t *testing.T) {
	t.Parallel()
	var traps Traps
	endless := map[string]func(i int) string{
		"calendar": func(i int) string {
			return fmt.Sprintf("https://e.com/cal/%d/%02d/%02d", 2000+i/365, i/28%12+1, i%28+1)
		},
		"queries": func(i int) string { return fmt.Sprintf("https://e.com/list?page=%d&sort=%d", i, i) },
		"nesting": func(i int) string {
			s := "https://e.com"
			for range i % 50 {
				s += "/x"
			}
			return s
		},
	}
	for name, gen := range endless {
		taken := 0
		for i := range 5000 {
			u, err := url.Parse(gen(i))
			if err == nil && traps.Check(u) == "" {
				taken++
			}
		}
		if taken > 2000 {
			t.Errorf("%s: %d of 5000 addresses were taken", name, taken)
		}
	}
	for i := range 3000 { // a large manual is no trap
		u, _ := url.Parse(fmt.Sprintf("https://e.com/manual/chapter-%d.html", i))
		if why := traps.Check(u); why != "" {
			t.Fatalf("page %d is a trap: %s", i, why)
		}
	}
}

func TestMachineryIsNoContent(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		"https://e.com/wiki?action=edit": true, "https://e.com/login": true, "https://e.com/wp-json/x": true, "https://e.com/a?replytocom=3": true,
		"https://e.com/docs/login.html": false, "https://e.com/docs/oauth2-guide": false, "https://e.com/?page=2": false, "https://e.com/sso-setup/": false,
	} {
		u, _ := url.Parse(in)
		if IsAction(u) != want {
			t.Errorf("%s is machinery: %v", in, !want)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"http://e.com/a/../b?x=1#y", "https://e.com/%7E%2f%", "http://[::1]:80/;jsessionid=1", "https://é.com/\x00", "http://e.com/?&&a&utm_x", "http://. "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		one, err := Canonical(in)
		if err != nil {
			return
		}
		two, err := Canonical(one)
		if err != nil || two != one {
			t.Fatalf("%q is %q first and %q then, %v", in, one, two, err)
		}
		if Key(one) == "" || len(one) > MaxLength {
			t.Fatalf("%q has no key or is too long", one)
		}
	})
}
