package passage

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCut(t *testing.T) {
	t.Parallel()
	got := Cut("intro\n\n# Title {#top}\n\nfirst\n\n## Part\n\n- a\n\n- b\n\n```sh\n# no heading\n\nx\n```\n\n# <a id=\"n\"></a>Next\n\nlast\n", nil)
	want := []Passage{
		{Text: "intro"},
		{Headings: []string{"Title"}, Anchor: "top", Text: "first"},
		{Headings: []string{"Title", "Part"}, Anchor: "part", Text: "- a\n\n- b\n\n```sh\n# no heading\n\nx\n```"},
		{Headings: []string{"Next"}, Anchor: "n", Text: "last"},
	}
	if !slices.EqualFunc(got, want, func(a, b Passage) bool {
		return slices.Equal(a.Headings, b.Headings) && a.Anchor == b.Anchor && a.Text == b.Text
	}) {
		t.Errorf("got %q", got)
	}
}

// TestCutBareHeadings has headings with nothing below them.
func TestCutBareHeadings(t *testing.T) {
	t.Parallel()
	for md, want := range map[string]string{
		"# ERR_42\n\n## Nothing follows\n":       "ERR_42 > Nothing follows #nothing-follows: Nothing follows",
		"# A\n":                                  "A #a: A",
		"# A\n\n## B\n\ntext\n":                  "A > B #b: text",
		"# A\n\n## B\n## C\n\ntext\n\n# D\n":     "A > B #b: B; A > C #c: text; D #d: D",
		"# A\n\n<!-- later -->\n\n# B\n\ntext\n": "A #a: A; B #b: text",
		"### Deep\n\ntext\n\n# Top\n\nmore\n":    "Deep #deep: text; Top #top: more",
		"#\n\ntext\n":                            ": text",
		"#\n":                                    "",
	} {
		var got []string
		for _, p := range Cut(md, nil) {
			s := strings.Join(p.Headings, " > ")
			if p.Anchor != "" {
				s += " #" + p.Anchor
			}
			got = append(got, s+": "+p.Text)
		}
		if s := strings.Join(got, "; "); s != want {
			t.Errorf("%q: got %q, want %q", md, s, want)
		}
	}
}

// TestCutLists has a list whose items are longer than a line and are not torn.
func TestCutLists(t *testing.T) {
	t.Parallel()
	var items []string
	for i := range 60 {
		items = append(items, fmt.Sprintf("- item %d\n\n  its second paragraph\n\n  ```\n  code\n  ```", i))
	}
	ps := Cut(strings.Join(items, "\n"), nil)
	if len(ps) < 2 {
		t.Fatalf("%d passages", len(ps))
	}
	var all []string
	for _, p := range ps {
		if !strings.HasPrefix(p.Text, "- item ") || strings.Count(p.Text, "```")%2 != 0 {
			t.Errorf("an item was torn: %.60q", p.Text)
		}
		all = append(all, p.Text)
	}
	if got := strings.Join(all, "\n"); got != strings.Join(items, "\n") {
		t.Error("the passages are not the list")
	}
}

func TestCutKeepsFences(t *testing.T) {
	t.Parallel()
	small := "```go\n" + strings.Repeat("call(x)\n", 60) + "```"
	if got := Cut("a\n\n"+small, nil); !strings.Contains(got[len(got)-1].Text, small) {
		t.Error("a code block within the limit was torn")
	}
	for _, p := range Cut("```go\n"+strings.Repeat("call(x)\n", 600)+"```", nil) {
		if !strings.HasPrefix(p.Text, "```go\n") || !strings.HasSuffix(p.Text, "\n```") {
			t.Fatalf("a piece lost its fence: %.40q", p.Text)
		}
	}
}

// TestCutOverlaps has prose that is too long, where pieces overlap by whole
// sentences, and a table and a list, where they do not.
func TestCutOverlaps(t *testing.T) {
	t.Parallel()
	var prose, rows, items []string
	for i := range 120 {
		prose = append(prose, fmt.Sprintf("Sentence %d is about e.g. nothing.", i))
		rows = append(rows, fmt.Sprintf("| row %d | with two columns |", i))
		items = append(items, fmt.Sprintf("- item %d of a list", i))
	}
	ps := Cut(strings.Join(prose, " "), nil)
	if len(ps) < 3 {
		t.Fatalf("%d pieces", len(ps))
	}
	for i, p := range ps[1:] {
		first, _, _ := strings.Cut(p.Text, " is about")
		if !strings.Contains(ps[i].Text, first+" ") || !strings.HasPrefix(p.Text, "Sentence ") || !strings.HasSuffix(p.Text, ".") {
			t.Errorf("piece %d begins with %.40q and does not overlap %.40q", i+1, p.Text, ps[i].Text)
		}
		if n := Tokens(p.Text); n > target {
			t.Errorf("piece %d has %d tokens", i+1, n)
		}
	}
	for name, md := range map[string]string{"table": "| a | b |\n|---|---|\n" + strings.Join(rows, "\n"), "list": strings.Join(items, "\n")} {
		count := map[string]int{}
		ps := Cut(md, nil)
		for _, p := range ps {
			if name == "table" && !strings.HasPrefix(p.Text, "| a | b |\n|---|---|\n") {
				t.Errorf("a piece of the table lost its head: %.40q", p.Text)
			}
			for _, l := range strings.Split(p.Text, "\n") {
				count[l]++
			}
		}
		for _, l := range append(rows, items...) {
			if n := count[l]; n > 1 || n == 0 && strings.Contains(md, l) {
				t.Errorf("%s: %q is there %d times", name, l, n)
			}
		}
		if len(ps) < 2 {
			t.Errorf("the %s was not split", name)
		}
	}
}

// TestTokensOfScripts has words with the word pieces that all-MiniLM-L6-v2 makes
// of such text, by and large.
func TestTokensOfScripts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"index the table": 3, "indexing, twice": 4, "mühle": 2, "数据库 索引": 5, "データ": 3, "데이터": 6, "индекс": 6, "الفهرس": 6,
		"δείκτης": 7, "हिन्दी": 6, "ฐานข้อมูล": 5, "🙂!": 2, "": 0,
	} {
		if got := Tokens(text); got != want {
			t.Errorf("%q has %d tokens, want %d", text, got, want)
		}
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"One. Two! Three?  Four e.g. this.\nFive": "One. |Two! |Three?  |Four e.g. this.\n|Five",
		"她说：“索引坏了。”然后重建！好吗？好":                     "她说：“索引坏了。”|然后重建！|好吗？|好",
		"「終わり。」次です。":                              "「終わり。」|次です。",
		"هل يعمل؟ نعم. لا":                        "هل يعمل؟ |نعم. |لا",
		"यह पहला है। यह दूसरा है॥ अंत":            "यह पहला है। |यह दूसरा है॥ |अंत",
		"version 1.2 of v3.4":                     "version 1.2 of v3.4",
		"":                                        "",
	} {
		if got := strings.Join(sentences(text), "|"); got != want {
			t.Errorf("%q has the sentences %q", text, got)
		}
	}
}

// TestCutScripts has prose without blanks and of letters that are tokens each:
// passages stay in the encoder's window and end with sentences.
func TestCutScripts(t *testing.T) {
	t.Parallel()
	for _, sentence := range []string{"重建索引需要很长时间。", "Перестройка индекса занимает много времени. ", "인덱스를 다시 만듭니다. "} {
		ps := Cut(strings.Repeat(sentence, 200), nil)
		for _, p := range ps {
			if n := utf8.RuneCountInString(p.Text); n > limit || !strings.HasSuffix(p.Text, strings.TrimSpace(sentence)) {
				t.Errorf("a passage has %d letters and ends with %q", n, p.Text[max(0, len(p.Text)-30):])
			}
		}
		if len(ps) < 5 {
			t.Errorf("%d passages of %q", len(ps), sentence)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("# a\n\n```\nx")
	f.Add(strings.Repeat("long ", 2000) + "\n\n- x\n\n  y")
	f.Add(strings.Repeat("ü", 5000))
	f.Fuzz(func(t *testing.T, md string) {
		for _, p := range Cut(md, nil) {
			if p.Text == "" {
				t.Error("empty passage")
			}
			if utf8.ValidString(md) && !utf8.ValidString(p.Text) {
				t.Error("a character was cut")
			}
			if n := Tokens(p.Text); n > 2*limit {
				t.Errorf("passage of %d tokens", n)
			}
		}
	})
}

func TestCodeIsCutAtBlankLines(t *testing.T) {
	t.Parallel()
	part := strings.Repeat("call(a, b)\n", 20)
	md := "```go\n" + part + "\n" + part + "\n\n" + part + "\n" + part + "```\n"
	got := Cut(md, nil)
	if len(got) != 2 {
		t.Fatalf("%d passages", len(got))
	}
	for _, p := range got {
		if p.Text != "```go\n"+part+"\n"+part+"```" {
			t.Errorf("a piece is %q", p.Text)
		}
	}
	if whole := "```go\n" + part + "\n" + part + "```"; !Fits(whole) || len(Cut(whole, nil)) != 1 {
		t.Error("code that fits is cut")
	}
	if Fits(md) {
		t.Error("code that does not fit does")
	}
}

// TestLinksKeepTheirDestination has a document that defines its links at the end.
func TestLinksKeepTheirDestination(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, "## Part %d\n\nSee [the pump][pump], [Wells] and [valves][].\n\n- `a[pump]` is [code][gone].\n\n", i)
	}
	b.WriteString("[pump]: https://e.com/pump\n[wells]: https://e.com/wells\n[valves]: https://e.com/valves\n")
	for i, p := range Cut(b.String(), nil) {
		want := "See [the pump](https://e.com/pump), [Wells](https://e.com/wells) and [valves](https://e.com/valves).\n\n- `a[pump]` is [code][gone]."
		if !strings.HasPrefix(p.Text, want) {
			t.Fatalf("passage %d: %s", i, p.Text)
		}
	}
}
