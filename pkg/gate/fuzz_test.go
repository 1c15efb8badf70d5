package gate

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"
)

// renderer lets everything through.
var renderer = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote), goldmark.WithRendererOptions(html.WithUnsafe()))

func render(md string) string {
	var b bytes.Buffer
	_ = renderer.Convert([]byte(md), &b)
	return b.String()
}

var elements = map[string]bool{}

func init() {
	for _, e := range strings.Fields("p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong del hr br a table thead tbody tr th td input") {
		elements[e] = true
	}
}

// live returns what a page would hold that it may not.
func live(page string, src *known) []string {
	var found []string
	z := nethtml.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			return found
		case nethtml.CommentToken, nethtml.DoctypeToken:
			found = append(found, "a comment")
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			t := z.Token()
			if !elements[t.Data] {
				found = append(found, "<"+t.Data+">")
			}
			for _, a := range t.Attr {
				switch a.Key {
				case "href":
					if u, err := url.Parse(a.Val); err != nil || strings.HasPrefix(a.Val, "//") {
						found = append(found, "link to "+a.Val)
					} else if _, ok := src.Find(a.Val); !ok && u.String() != "" {
						found = append(found, "link to "+a.Val)
					}
				case "style", "align", "start", "class", "type", "disabled", "checked":
				default:
					found = append(found, a.Key+"= of <"+t.Data+">")
				}
			}
		}
	}
}

var control = regexp.MustCompile("[\x00-\x08\x0b-\x1f\x7f-\u009f\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\U000e0000-\U000e0fff]")

// check holds a text to all that a gate promises.
func check(t *testing.T, s string) {
	t.Helper()
	src := sources()
	whole := stream(New(src), s, len(s)+1)
	for _, n := range []int{1, 5} {
		if got := stream(New(src), s, n); got != whole {
			t.Fatalf("%q\nin pieces of %d: %q\nwhole:          %q", s, n, got, whole)
		}
	}
	if found := live(render(whole), src); len(found) > 0 {
		t.Fatalf("%q\nbecame %q\nwhich renders %s\nand has %q", s, whole, render(whole), found)
	}
	if control.MatchString(whole) {
		t.Fatalf("%q became %q", s, whole)
	}
	again := stream(New(src), whole, len(whole)+1)
	if found := live(render(again), src); len(found) > 0 {
		t.Fatalf("%q\nbecame %q\nand again %q, which has %q", s, whole, again, found)
	}
	p := Plain(src, s, 200)
	if got := strings.TrimSpace(render(p)); p != "" && got != "<p>"+escapeHTML(p)+"</p>" {
		t.Fatalf("%q\nin plain %q\nrenders %q", s, p, got)
	}
	if line := render("**" + Text(src, s) + "** x"); len(live(line, src)) > 0 {
		t.Fatalf("%q as text renders %q", s, line)
	}
}

func escapeHTML(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

// pieces are what hostile texts are made of.
var pieces = strings.Split("a|b7|word|1|2|42| |  |\n|\n\n|\t|    |\\|\\\\|*|**|***|_|__|~|~~|`|``|```|~~~|````\n|[|]|(|)|![|](|][|]:|<|>|</|/>|<img src=x onerror=alert(1)>|<!--|-->|<?|<![CDATA[|]]>|"+
	"&|&lt;|&#58;|&colon;|&sol;|&#x202e;|&Tab;|&NewLine;|&#32;|&nbsp;|&amp;|;|:|//|\\\\\\\\|http|https|://|https://|https:|ftp://|www.|mailto:|xmpp:|javascript:|data:|file://|file:///|"+
	"evil.io|@evil.io|x@evil.io|evil.io/s|docs.test.io|https://docs.test.io/a|<https://docs.test.io/a>|(https://docs.test.io/a)|[x](https://docs.test.io/a)|[x](https://evil.io/s)|![x](https://evil.io/s)|"+
	"[x]: https://evil.io/s|[x]|[x][x]|[^1]|[^1]: x|[1]|[1, 2]|[7]|【1】|[ ]|[x] |- |* |+ |1. |2) |> |# |### |---|===|***|:-:|--- | ---|| a | b ||\n|---|---|\n|\\||$|$$|\\(|\\[|{|}|{:|%|%2F|\"|'|title|"+
	"é|漢|字|，|👩\u200d💻|\u200b|\u202e|\u2028|\u0085|\x1b|\x00|\r|\r\n|\ufeff|\U000e0041|\u00a0|!|?|.|,|=|-|+|#|x=y|<br>|<a href=//evil.io>|<https:evil.io>|</a>", "|")

func composition(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(24) {
		b.WriteString(pieces[r.IntN(len(pieces))])
		if r.IntN(12) == 0 {
			b.WriteByte('|')
		}
	}
	return b.String()
}

func TestCompositions(t *testing.T) {
	t.Parallel()
	var out *bufio.Writer
	if *written != "" {
		f, err := os.Create(*written)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		out = bufio.NewWriter(f)
		defer func() { _ = out.Flush() }()
	}
	r := rand.New(rand.NewPCG(*seed, 0))
	for range *count {
		s := composition(r)
		check(t, s)
		if out != nil {
			src := sources()
			b, _ := json.Marshal([]string{s, stream(New(src), s, len(s)+1), "**" + Text(src, s) + "** " + Link(src, s, "https://docs.test.io/a"), Plain(src, s, 200)})
			_, _ = out.Write(append(b, '\n'))
		}
	}
}

var (
	written = flag.String("compositions", "", "file to which TestCompositions writes what became of its texts, for test/gate.sh")
	count   = flag.Int("count", 5000, "texts of TestCompositions")
	seed    = flag.Uint64("seed", 1, "of TestCompositions")
)

func FuzzGate(f *testing.F) {
	r := rand.New(rand.NewPCG(2, 3))
	for range 50 {
		f.Add(composition(r))
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) < 5000 {
			check(t, s)
		}
	})
}
