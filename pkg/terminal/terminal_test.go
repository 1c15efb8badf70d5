package terminal

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// styled returns an output as for a terminal of that width.
func styled(w *bytes.Buffer, width int) *Output {
	return &Output{Writer: w, Color: true, Live: true, size: func() (int, int) { return width, 24 }}
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]|\x1b\]8;;[^\x1b]*\x1b\\`)

func TestCleanTakesControlOfTheTerminalAway(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain\ttext\n":               "plain\ttext\n",
		"\x1b]0;title\x07after":       "]0;titleafter",
		"\x1b[2Jx\rY":                 "[2JxY",
		"a\u202eb\u2066c":             "abc",
		"\u009b31mred":                "31mred",
		"bad \xff byte":               "bad \uFFFD byte",
		"\u2028line\u2029 separators": "line separators",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMarkdownPlain(t *testing.T) {
	t.Parallel()
	md := strings.Join([]string{
		"# Partial *indexes*", "",
		"A partial index is built over a **subset** of a table [1]; see [the page](https://example.org/p.html).", "",
		"```sql", "CREATE INDEX i ON t (a)\n\tWHERE b;", "```", "",
		"1. one", "2. two", "   - inner", "", "> quoted", "", "| a | b |", "|---|---|", "| 1 | long cell |",
	}, "\n")
	got := strings.Join(Plain(nil).Markdown(md, 60), "\n")
	want := strings.Join([]string{
		"Partial indexes", "",
		"A partial index is built over a subset of a table [1]; see",
		"the page <https://example.org/p.html>.", "",
		"    CREATE INDEX i ON t (a)", "        WHERE b;", "",
		"1. one", "2. two", "   • inner", "", "│ quoted", "",
		"a  b", "────────────", "1  long cell",
	}, "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMarkdownStyledHasTheSameTextAndFits(t *testing.T) {
	t.Parallel()
	md := "Some `code` and **bold words that go on over the end of the line** with 漢字漢字漢字漢字漢字 and " +
		strings.Repeat("x", 70) + "\n\n* item one is longer than one line of this narrow terminal"
	for _, l := range styled(nil, 40).Markdown(md, 40) {
		if n := Columns(escapes.ReplaceAllString(l, "")); n > 40 {
			t.Errorf("%d columns: %q", n, l)
		}
	}
	plain := strings.Join(Plain(nil).Markdown(md, 40), "\n")
	if got := escapes.ReplaceAllString(strings.Join(styled(nil, 40).Markdown(md, 40), "\n"), ""); got != plain {
		t.Errorf("styled text differs:\n%s\nplain:\n%s", got, plain)
	}
}

func TestHostileMarkdownCannotEscape(t *testing.T) {
	t.Parallel()
	md := "[x](https://e.org/\x1b]52;c;aGk=\x07) \x1b[31m `a\x1b[2Jb` <https://e.org/%1b> [j](javascript:alert(1))\n\n```\n\x1b[H\n```"
	got := escapes.ReplaceAllString(strings.Join(styled(nil, 80).Markdown(md, 80), "\n"), "")
	if strings.ContainsAny(got, "\x1b\x07") {
		t.Errorf("an escape sequence got through: %q", got)
	}
	if all := strings.Join(styled(nil, 80).Markdown(md, 80), ""); strings.Contains(all, "8;;javascript") {
		t.Errorf("a javascript link became a hyperlink: %q", all)
	}
}

func TestStreamEqualsWhole(t *testing.T) {
	t.Parallel()
	md := "# Title\n\nFirst *paragraph*\nof two lines.\n\n```go\na := 1\n\n\nb := 2\n```\n\n- one\n- two\n\n  more of two\n\nEnd [1].\n"
	want := strings.Join(Plain(nil).Markdown(md, 80), "\n")
	for _, size := range []int{1, 3, 7, len(md)} {
		s := NewStream(Plain(nil))
		var got []string
		for i := 0; i < len(md); i += size {
			got = append(got, s.Write(md[i:min(i+size, len(md))])...)
		}
		if size == 1 && len(got) == 0 {
			t.Error("no block was handed out before the end")
		}
		got = append(got, s.Close()...)
		if g := strings.Join(got, "\n"); g != want {
			t.Errorf("pieces of %d:\n%s\nwant\n%s", size, g, want)
		}
	}
}

func TestTableAlignsAndFits(t *testing.T) {
	t.Parallel()
	columns := []Column{{Head: "name", Least: 4}, {Head: "docs", Right: true}, {Head: "when", Rank: 1}, {Head: "where", Least: 8, Rank: 2}}
	rows := [][]Cell{
		{{Text: "pg"}, {Text: "1131"}, {Text: "5 min ago"}, {Text: "http://a-very-long-address.example.org/with/a/path"}},
		{{Text: "notes\nx"}, {Text: "7"}, {Text: "never"}, {Text: "/home/漢字/folder"}},
	}
	whole := "name     docs  when       where\n" +
		"pg       1131  5 min ago  http://a-very-long-address.example.org/with/a/path\n" +
		"notes x     7  never      /home/漢字/folder\n"
	for _, c := range []struct {
		width int
		want  string
	}{
		{200, whole},
		{77, whole},
		{50, "name     docs  when       where\npg       1131  5 min ago  http://a-very-long-add…\nnotes x     7  never      /home/漢字/folder\n"},
		{34, "name    docs  when       where\npg      1131  5 min ago  http://…\nnotes…     7  never      /home/…\n"},
		{30, "name     docs  when\npg       1131  5 min ago\nnotes x     7  never\n"},
		{20, "name     docs\npg       1131\nnotes x     7\n"},
		{12, "name   docs\npg     1131\nnote…     7\n"},
		{1, "name  docs\npg    1131\nnot…     7\n"},
	} {
		var b bytes.Buffer
		styled(&b, c.width).Table(columns, rows)
		got := escapes.ReplaceAllString(b.String(), "")
		if got != c.want {
			t.Errorf("%d columns:\n%s\nwant\n%s", c.width, got, c.want)
		}
		for _, l := range strings.Split(got, "\n") {
			if n := Columns(l); c.width > 10 && n >= c.width {
				t.Errorf("%d columns: %q has %d", c.width, l, n)
			}
		}
	}
	var b bytes.Buffer
	Plain(&b).Table(columns, rows)
	if b.String() != whole {
		t.Errorf("on a pipe:\n%s", b.String())
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"# a\n\n| a |\n|---|\n| b |", "> - 1. x\n```", "[a](b \"c\") ![i](j) <u>h</u> ~~s~~ \x1b[0m", "|||\n|-|-|\n"} {
		f.Add(s, 20)
	}
	f.Fuzz(func(t *testing.T, md string, width int) {
		for _, l := range Plain(nil).Markdown(md, width%200) {
			if strings.ContainsAny(l, "\x1b\x07\r\n") {
				t.Errorf("control character in %q", l)
			}
		}
	})
}
