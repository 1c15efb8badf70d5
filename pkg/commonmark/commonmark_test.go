package commonmark

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestHeadings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		md   string
		want []string // level title #anchor
	}{
		"plain":               {"# A b\n\ntext\n\n## C\n", []string{"1 A b #a-b", "2 C #c"}},
		"setext":              {"A\n===\n\nB c\n---\n", []string{"1 A #a", "2 B c #b-c"}},
		"setext of two lines": {"A\nb\n===\n", []string{"1 A b #a-b"}},
		"indented":            {"   ## A\n\n    # code\n", []string{"2 A #a"}},
		"tab":                 {"#\tA\n", []string{"1 A #a"}},
		"closed":              {"## A ##   \n\n# C#\n\n# F# #\n", []string{"2 A #a", "1 C# #c", "1 F# #f"}},
		"no blank":            {"#hashtag\n\n#!/bin/sh\n", nil},
		"seven":               {"####### A\n", nil},
		"ends a paragraph":    {"text\n# A\ntext\n", []string{"1 A #a"}},
		"in a comment":        {"<!--\n# A\n\n# B\n-->\n\n# C\n", []string{"1 C #c"}},
		"in code":             {"```sh\n# A\n```\n\n~~~~\n# B\n~~~\n# C\n~~~~\n\n````\n```\n# D\n````\n", nil},
		"fence in a list":     {"- a\n\n  ```\n  # A\n  ```\n\n# B\n", []string{"1 B #b"}},
		"open fence":          {"```\n# A\n", nil},
		"in a quote":          {"> # A\n\n# B\n", []string{"1 B #b"}},
		"in a list":           {"- # A\n", nil},
		"html block":          {"<pre>\n# A\n\n# B\n</pre>\n\n# C\n", []string{"1 C #c"}},
		"repeated":            {"# A\n# A\n# A-1\n# A\n", []string{"1 A #a", "1 A #a-1", "1 A-1 #a-1-1", "1 A #a-2"}},
		"id":                  {"# A {#x}\n# B { #y .big }\n# C {: #z }\n# D {/*w*/}\n# E {.big}\n# F { data-x=1 }\n# G {x}\n# H {.big #u}\n# I {#t} {.big}\n# J {/*s*/} {#r}\n", []string{"1 A #x", "1 B #y", "1 C #z", "1 D #w", "1 E #e", "1 F #f", "1 G {x} #g-x", "1 H #u", "1 I #t", "1 J #s"}},
		"id of a setext":      {"A {#x}\n=======\n", []string{"1 A #x"}},
		"anchor":              {"# <a id=\"x\"></a>A\n# <a name='y'></a> B\n# C <a name=\"z\"/>\n", []string{"1 A #x", "1 B #y", "1 C #z"}},
		"markup":              {"# *A* **b** `c_d` [e](f) ![g](h) ~~i~~ <b>j</b> \\*k &amp; &#x6c;\n", []string{"1 A b c_d e g i j *k & l #a-b-c_d-e-g-i-j-k--l"}},
		"code keeps":          {"# `\\*` and `&amp;`\n", []string{"1 \\* and &amp; #-and-amp"}},
		"permalink":           {"# A [¶](#a)\n# [](#b)B[#](#b \"link\")\n", []string{"1 A #a", "1 B #b"}},
		"reference":           {"# [1.2.0] - 2024\n# [1.1.0]\n# See [the docs][d]\n\n[1.2.0]: https://x.test\n[d]: https://x.test\n", []string{"1 1.2.0 - 2024 #120---2024", "1 [1.1.0] #110", "1 See the docs #see-the-docs"}},
		"autolink":            {"# <https://x.test>\n", []string{"1 https://x.test #httpsxtest"}},
		"looks like a block":  {"# 1. First\n# - dash\n# > more\n# # twice\n# ```\n", []string{"1 1. First #1-first", "1 - dash #--dash", "1 > more #-more", "1 # twice #-twice", "1 ``` #"}},
		"empty":               {"#\n\n##  ##\n", []string{"1  #", "2  #"}},
		"crlf":                {"A\r\n===\r\n\r\n## B\r\n", []string{"1 A #a", "2 B #b"}},
		"html heading":        {"<h1 align=\"center\">\n  <img src=x>\n  A &amp; b\n</h1>\n\n<h2 id=\"x\">B</h2>\n\n<div><h3>C</h3><p>more</p></div>\n", []string{"1 A & b #a--b", "2 B #x"}},
		"html around":         {"<div align=center>\n\n# A\n\n</div>\n", []string{"1 A #a"}},
		"letters":             {"# Größe 日本語 🚀\n", []string{"1 Größe 日本語 🚀 #größe-日本語-"}},
		"rule is none":        {"a\n\n---\n\nb\n", nil},
		"too long":            {"# " + strings.Repeat("a ", 300) + "\n\n# B\n", []string{"1 B #b"}},
		"table is none":       {"| a | b |\n|---|---|\n| # | c |\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, b := range Blocks(tc.md, nil) {
				if b.Kind == Heading {
					got = append(got, fmt.Sprintf("%d %s #%s", b.Level, b.Title, b.Anchor))
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	md := "intro\nmore\n\n- a\n\n  b\n- c\n  1. d\n\nlazy\n> quote\nlazy\n\n```go\n\nx := 1\n\n```\n\n    indented\n\n    still\n\n| a |\n|---|\n| b |\n\n<!-- c -->\n\n<details><summary>S</summary>\n\ntext\n\n</details>\n\n***\n\n[r]: https://x.test\n"
	var got []string
	for _, b := range Blocks(md, nil) {
		got = append(got, fmt.Sprintf("%d %q", b.Kind, b.Source))
	}
	want := []string{`0 "intro\nmore"`, `4 "- a\n\n  b\n- c\n  1. d"`, `0 "lazy"`, `5 "> quote\nlazy"`, `2 "` + "```go" + `\n\nx := 1\n\n` + "```" + `"`,
		`2 "    indented\n\n    still"`, `3 "| a |\n|---|\n| b |"`, `6 "<details><summary>S</summary>"`, `0 "text"`, `0 "[r]: https://x.test"`}
	if !slices.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func TestItems(t *testing.T) {
	t.Parallel()
	b := Blocks("para\n\n* a\n  - b\n\n  c\n* d\n*\n* e\n", nil)[1]
	var got []string
	for i, at := range b.Items {
		to := len(b.Source)
		if i+1 < len(b.Items) {
			to = b.Items[i+1]
		}
		got = append(got, b.Source[at:to])
	}
	if want := []string{"* a\n  - b\n\n  c\n", "* d\n", "*\n", "* e"}; !slices.Equal(got, want) {
		t.Errorf("items %q, want %q", got, want)
	}
}

func TestFrontMatter(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ md, title, rest string }{
		"yaml":          {"---\ntitle: A\n---\n\n# B\n", "A", "# B\n"},
		"blanks":        {"---  \ntitle: A\n--- \nB", "A", "B"},
		"dots":          {"---\ntitle: A\n...\nB", "A", "B"},
		"crlf":          {"---\r\ntitle: A\r\n---\r\nB", "A", "B"},
		"byte order":    {"\ufeff---\ntitle: A\n---\nB", "A", "B"},
		"toml":          {"+++\ntitle = 'A'\n+++\nB", "A", "B"},
		"nothing else":  {"---\ntitle: A\n---", "A", ""},
		"empty":         {"---\n---\nB", "", "B"},
		"a rule":        {"---\n\nText\n\n---\nB", "", "---\n\nText\n\n---\nB"},
		"a list":        {"---\n- a\n---\nB", "", "---\n- a\n---\nB"},
		"wrong":         {"---\ntitle: [\n---\nB", "", "---\ntitle: [\n---\nB"},
		"never ends":    {"---\ntitle: A\n", "", "---\ntitle: A\n"},
		"not at first":  {"\n---\ntitle: A\n---\nB", "", "\n---\ntitle: A\n---\nB"},
		"none":          {"B", "", "B"},
		"dashes within": {"---\ntitle: A --- b\n---\nB", "A --- b", "B"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			head, rest := FrontMatter(tc.md)
			if title, _ := head["title"].(string); title != tc.title || rest != tc.rest {
				t.Errorf("title %q, rest %q; want %q, %q", title, rest, tc.title, tc.rest)
			}
		})
	}
}

func TestSlugAt(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"https://github.com/a/b/blob/main/README.md": "a--b", "file:///home/a/x.md": "a--b", "https://docs.test/x": "a--b", ":": "a--b",
		"https://gitlab.com/a/b/-/blob/main/x.md": "a-b", "https://git.test.io/a/-/blob/main/x.md": "a-b", "https://bitbucket.org/a/b/src/x.md": "markdown-header-a-b",
	} {
		if got := SlugAt(uri)("A & b"); got != want {
			t.Errorf("%s: %s, want %s", uri, got, want)
		}
	}
}

// Every line of a text that shows something is in a block, in order and once,
// and a text that nests without end costs no more than another of its size.
func FuzzBlocks(f *testing.F) {
	f.Add("# a\n\n- b\n  ```\n c")
	f.Add("<div>\n<!-- x\n\n# a {#b}\n\n| a |\n|-|\n")
	f.Add(strings.Repeat("> ", 70) + "\n" + strings.Repeat("a\n", 70))
	f.Add(strings.Repeat("1. ", 70) + "\n" + strings.Repeat("a\n", 70))
	f.Add("0\r\r\n0")
	f.Add("- a\n\n\tb\n1) c\n***\n_ _ _\nd\n-")
	f.Fuzz(func(t *testing.T, md string) {
		rest := newlines.Replace(md)
		for _, b := range Blocks(md, nil) {
			if b.Source == "" {
				t.Fatal("a block is empty")
			}
			at := strings.Index(rest, b.Source)
			if at < 0 {
				t.Fatalf("%q is not there, or twice, in %q", b.Source, md)
			}
			rest = rest[at+len(b.Source):]
			if b.Kind == Heading && (b.Level < 1 || b.Level > 6) {
				t.Fatalf("level %d", b.Level)
			}
			for _, i := range b.Items {
				if i >= len(b.Source) || i > 0 && b.Source[i-1] != '\n' {
					t.Fatalf("item at %d of %q", i, b.Source)
				}
			}
		}
	})
}

// work counts the bytes that are allocated for a text: the walk allocates for
// whatever it visits.
func BenchmarkDeep(b *testing.B) {
	for _, n := range []int{1 << 10, 1 << 14, 1 << 17} {
		md := strings.Repeat("> ", n) + "\n" + strings.Repeat("a\n", n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(md)))
			for range b.N {
				Blocks(md, nil)
			}
		})
	}
}
