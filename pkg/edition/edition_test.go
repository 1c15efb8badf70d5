package edition

import "testing"

func TestOf(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"https://e.org/docs/17/slots.html": "https://e.org/docs/slots.html 17", "https://e.org/v2/a": "https://e.org/a 2", "https://e.org/a": "https://e.org/a ",
		"https://e.org/en/3.1.x/a/": "https://e.org/en/a/ 3.1", "https://e.org/issues/12345/a": "https://e.org/issues/12345/a ",
		"file:///home/docs/4/5/x.md": "file:///home/docs/5/x.md 4", "https://e.org/17": "https://e.org/17 ", "https://e.org/pkg@1.2/x": "https://e.org/x 1.2",
		"https://e.org/en/stable/a": "https://e.org/en/a stable", "file:///usr/share/doc/postgresql-doc-15/html/a.html": "file:///usr/share/doc/html/a.html 15",
		"https://e.org/chapter-3/a": "https://e.org/chapter-3/a ", "https://v1-28.docs.e.org/a": "https://docs.e.org/a 1.28", "https://v2.io/a": "https://v2.io/a ",
		"https://e.org/doc/libs/1_86_0/a": "https://e.org/doc/libs/a 1.86.0", "https://e.org/en/5.1rc1/a": "https://e.org/en/a 5.1rc1",
		"https://e.org/release-1.20/a": "https://e.org/a 1.20", "https://e.org/docs/2.0.0-beta.3/a": "https://e.org/docs/a 2.0.0-beta.3",
		// A word for a branch is one where versions stand; a date and a chapter are none.
		"https://e.org/en/dev/a": "https://e.org/en/a dev", "https://e.org/dev/a": "https://e.org/dev/a ", "https://e.org/2024/05/12/a": "https://e.org/2024/05/12/a ",
		"https://e.org/blog/2024/a": "https://e.org/blog/2024/a ", "https://e.org/lesson/3/a": "https://e.org/lesson/3/a ", "https://e.org/man/3/printf": "https://e.org/man/3/printf ",
		"file:///home/2024/p/1.9/a": "file:///home/2024/p/a 1.9", "file:///tmp/001/p/1.9/a": "file:///tmp/001/p/a 1.9", "https://e.org/docs/2022/a": "https://e.org/docs/a 2022",
		"https://e.org/docs/3d/a": "https://e.org/docs/3d/a ", "https://e.org/docs/en-us/a": "https://e.org/docs/en-us/a ",
	} {
		if e := Of(uri, ""); e.Page+" "+e.Version != want {
			t.Errorf("%s is %q %q, want %q", uri, e.Page, e.Version, want)
		}
	}
	if e := Of("https://e.org/17/a", "v16.2"); e.Version != "16.2" || e.Page != "https://e.org/a" || e.Alias != "17" {
		t.Errorf("what the page says of itself: %+v", e)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	order := []string{"nightly", "1.0rc1", "5.1.dev0", "1.9", "1.10", "1.10.post1", "33.0-jre", "", "latest"}
	for i, a := range order {
		for j, b := range order {
			x, y := Of("https://e.org/a", a), Of("https://e.org/a", b)
			if got := x.Compare(y); i < j && got >= 0 || i > j && got <= 0 || i == j && got != 0 {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	// Of each row, the first version is named best, and the last not at all.
	for word, versions := range map[string][]string{
		"17": {"17", "17.2", "16"}, "17.2": {"17.2", "17", "17.3"}, "v17": {"17", "17rc1", "1.7"}, "17.2.1": {"17.2", "17", "17.2.2"},
		"4.x": {"4", "4.2", "3.4"}, "dev": {"dev", "5.0"}, "slots": {""}, "": {""},
	} {
		last := 100
		for i, v := range versions {
			e := Of("https://e.org/a", v)
			n := e.Names(word)
			if n >= last || i == len(versions)-1 && n != 0 {
				t.Errorf("%q names %q by %d, %q by %d", word, v, n, versions[max(0, i-1)], last)
			}
			last = n
		}
	}
}
