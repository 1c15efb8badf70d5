package changes

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"panther/pkg/knowledge"
)

// page makes a page of random sections, with code, tables, lists and notes.
func page(r *rand.Rand) string {
	words := strings.Fields("the server keeps each row until a vacuum has seen it and then reads memory of pages that nobody holds while writers wait")
	text := func(n int) string {
		out := make([]string, n)
		for i := range out {
			out[i] = words[r.IntN(len(words))]
		}
		return strings.Join(out, " ") + "."
	}
	var b strings.Builder
	for s := range 2 + r.IntN(5) {
		fmt.Fprintf(&b, "## %s %d\n\n%s\n\n", words[r.IntN(len(words))], s, text(10+r.IntN(40)))
		switch r.IntN(4) {
		case 0:
			fmt.Fprintf(&b, "```toml\nlimit_%d = %d\n  nested = %d.%d\n```\n\n", s, r.IntN(900), r.IntN(9), r.IntN(90))
		case 1:
			fmt.Fprintf(&b, "| name | value |\n| --- | --- |\n| `a_%d` | %d |\n| b | %d MB |\n\n", s, r.IntN(900), r.IntN(900))
		case 2:
			fmt.Fprintf(&b, "- **`work_%d`**: %s\n\n  ```\n  set %d\n  ```\n- %s\n\n", s, text(12), r.IntN(900), text(5))
		default:
			fmt.Fprintf(&b, "> [!NOTE]\n> %s\n> %s\n\n", text(6), text(6))
		}
	}
	return b.String()
}

// dress changes what is no content: where lines end, quotes, the address that a
// link leads to, and what a site puts around a page.
func dress(r *rand.Rand, md string) string {
	var out []string
	for _, l := range strings.Split(md, "\n") {
		if l == "" || strings.ContainsAny(l[:1], "#|`->= ln") || strings.HasPrefix(l, "limit") {
			out = append(out, l)
			continue
		}
		ws := strings.Fields(l)
		for len(ws) > 0 {
			n := min(len(ws), 3+r.IntN(9))
			out = append(out, strings.Join(ws[:n], " "))
			ws = ws[n:]
		}
	}
	nav := "- [Home](/)\n- [Guide](/g" + fmt.Sprint(r.IntN(99)) + ")\n\n[Previous](/a) | [Next](/b)\n\n"
	foot := fmt.Sprintf("\n\nLast updated on %d March 20%d\n\n© 20%d The Authors. All rights reserved.\n\n[Edit this page](https://git/%d)\n", 1+r.IntN(27), 10+r.IntN(15), 10+r.IntN(15), r.IntN(99))
	return nav + strings.Join(out, "\n") + foot
}

func TestWhatIsNoContentIsNoChange(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		md := page(r)
		if got := Compare(dress(r, md), dress(r, md), "", nil); len(got) > 0 {
			t.Fatalf("seed %d: %+v\nin\n%s", seed, got, md)
		}
	}
	for _, tc := range [][2]string{
		{"It’s “quoted” – so.", `It's "quoted" - so.`},
		{"See [Section 20.7.2](a#b).", "See [Section 19.7.2](c#d)."},
		{"## 9.19. Array Functions\n\nText.", "## 9.20. Array Functions\n\nText."},
		{"**Table 9.52. Array Operators**\n\nText.", "**Table 9.53. Array Operators**\n\nText."},
		{"A.\n\n## One\n\nFirst.\n\n## Two\n\nSecond.", "A.\n\n## Two\n\nSecond.\n\n## One\n\nFirst."},
		{"Use *one* of `these`.", "Use **one** of these."},
		{"Text.\n\n3 min read · 1,204 views", "Text.\n\n4 min read · 1,310 views"},
		{"Text.\n\nZuletzt aktualisiert am 3. März 2024", "Text.\n\nZuletzt aktualisiert am 4. Mai 2025"},
		{"```sh\n  run\n```", "~~~\nrun\n~~~"},
	} {
		if got := Compare(tc[0], tc[1], "", nil); len(got) > 0 {
			t.Errorf("%q and %q: %+v", tc[0], tc[1], got)
		}
	}
}

var number = regexp.MustCompile(`\d+`)

func TestEachNumberInCodeAndTablesIsTold(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 2))
		md := page(r)
		for _, at := range number.FindAllStringIndex(md, -1) {
			line := md[strings.LastIndexByte(md[:at[0]], '\n')+1:]
			if strings.HasPrefix(line, "#") {
				continue
			}
			was := md[at[0]:at[1]]
			is := was + "7"
			got := Compare(dress(r, md), dress(r, md[:at[0]]+is+md[at[1]:]), "", nil)
			told := false
			for _, c := range got {
				told = told || c.Kind != knowledge.ChangeWording && strings.Contains(c.Before+c.After, is)
			}
			if !told {
				t.Fatalf("seed %d: %s to %s is not told: %+v\nin\n%s", seed, was, is, got, md)
			}
		}
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before, after, title string
		want                 string // kinds with what they are about, in order
	}{
		"words":                {"It is a fast server.", "It is a quick server.", "", "wording"},
		"default in words":     {"- **`jit`**: Compiles. The default is `off`.", "- **`jit`**: Compiles. The default is `on`.", "", "default jit"},
		"default in a table":   {"| Option | Default |\n| --- | --- |\n| port | 80 |", "| Option | Default |\n| --- | --- |\n| port | 8080 |", "", "default port"},
		"default of its own":   {"## port\n\n- **Default:** `80`", "## port\n\n- **Default:** `8080`", "", "default Default"},
		"default in German":    {"- **`x`**: Der Standardwert ist 5 Minuten.", "- **`x`**: Der Standardwert ist 9 Minuten.", "", "default x"},
		"worded default":       {"The default is `on` here.", "By default it is `on`.", "", "wording"},
		"marks of a default":   {"## x\n\n- Default to `'a'`.", "## x\n\n- **Default:** `a`", "", "detail Default"},
		"heading of a default": {"## Default target change\n\nA.", "## Default Target Change\n\nA.", "", "wording"},
		"security, policy":     {"# Releases\n\nA.", "# Releases\n\nA.\n\nOlder ones receive security patches.", "", "wording"},
		"imperative": {"# Migration\n", "# Migration\n\n## General Changes\n\n### Remove `x`\n\nIt is gone.\n\n### Default `y`\n\nThe default is 3 now.", "Migration",
			"removed, default, wording"},
		"other number":          {"- **`x`**: It takes 5 minutes.", "- **`x`**: It takes 9 minutes.", "", "detail x"},
		"signature":             {"### `open(path)`\n\nOpens a file.", "### `open(path, mode)`\n\nOpens a file.", "", "api"},
		"type":                  {"- **Type:** `string`", "- **Type:** `string | null`", "", "api Type"},
		"removed row":           {"| f | |\n| --- | --- |\n| `lower(x)` | small letters |\n| `upper(x)` | capitals |", "| f | |\n| --- | --- |\n| `upper(x)` | capitals |", "", "removed lower(x)"},
		"removed entry":         {"- **`a_b`**: One thing that it does.\n- **`c_d`**: Another.", "- **`c_d`**: Another.\n- **`e_f`**: Something else entirely.", "", "removed a_b, added e_f"},
		"removed section":       {"A.\n\n## Old ways\n\nDo this, then that.", "A.", "", "removed"},
		"new section":           {"A.", "A.\n\n## New ways\n\nDo this, then that.", "", "added"},
		"deprecation":           {"- **`x`**: Does it.", "- **`x`**: Does it. It is deprecated, use `y`.", "", "deprecated x"},
		"deprecated before":     {"`x` is deprecated and slow.", "`x` is deprecated and very slow.", "", "wording"},
		"deprecation, Japanese": {"`x` を使う。", "`x` を使う。この関数は非推奨です。", "", "deprecated"},
		"breaking":              {"A.", "A.\n\nThis is a breaking change: `x` takes a list now.", "", "breaking"},
		"not breaking":          {"A.", "A.\n\nThis isn't a breaking change. Minor releases may have breaking changes. Words are split without breaking.", "", "wording"},
		"security":              {"A.", "A.\n\nFixes CVE-2024-12345.", "", "security"},
		"changelog": {"# Changelog\n\n## 1.0.0\n\n- Old thing", "# Changelog\n\n## [1.1.0] - 2026-05-01\n\n### Breaking Changes\n\n- `x` takes a list\n\n### Removed\n\n- `y`\n\n### Fixed\n\n- A crash\n\n## 1.0.0\n\n- Old thing", "Changelog",
			"breaking x, removed y, detail, wording, wording, wording, wording"},
		"conventional":     {"# Releases\n", "# Releases\n\n## v2.0.0\n\n- feat(api)!: take a list\n- fix: a crash", "Releases", "breaking, detail, wording"},
		"order of columns": {"| a | min | max |\n| --- | --- | --- |\n| x | 1 | 2 |", "| a | max | min |\n| --- | --- | --- |\n| x | 1 | 2 |", "", "detail"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, c := range Compare(tc.before, tc.after, tc.title, nil) {
				got = append(got, strings.TrimSpace(string(c.Kind)+" "+c.Name))
			}
			if s := strings.Join(got, ", "); s != tc.want {
				t.Errorf("got %q, want %q", s, tc.want)
			}
		})
	}
}

func FuzzCompare(f *testing.F) {
	f.Add("# a\n\n- **`x`**: y\n\n| a |\n| - |\n| `b` |", "```\n1\n```\n> [!NOTE]\n> [a](b")
	f.Add(strings.Repeat("- ", 99), strings.Repeat("[", 999)+strings.Repeat("<a ", 99))
	f.Fuzz(func(t *testing.T, a, b string) {
		Compare(a, b, a, nil)
		if got := Compare(a, a+"\n", "", nil); len(got) > 0 {
			t.Errorf("another line end is %+v", got)
		}
	})
}

// TestHostileTextsEnd has texts that would cost the square of their size. Only a
// hang fails it.
func TestHostileTextsEnd(t *testing.T) {
	t.Parallel()
	var ticks strings.Builder
	for i := range 300 {
		ticks.WriteString(strings.Repeat("`", i) + " ")
	}
	for _, s := range []string{"[", "<", "<a ", "- ", "> ", "1. ", "**", "![", "[a](", "| ", "`a ", "- [a](", "## a\n", "- **a**\n", "| a |\n| - |\n", "&amp;", "v1.0 "} {
		big := strings.Repeat(s, 50_000/len(s))
		Compare(big, big+"x"+big, "", nil)
		Compare(big, "x\n\n"+big+ticks.String(), "Changelog", nil)
	}
}
