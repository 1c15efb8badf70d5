package web

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"panther/pkg/crawl/fetch"
	"panther/pkg/crawl/text"
	"panther/pkg/markdown"

	"golang.org/x/net/html"
)

const (
	// maxDescriptions is how many descriptions one page may show: a gateway lists
	// its services.
	maxDescriptions = 30
	// maxSettings is how many scripts are fetched to find out which description a
	// page loads.
	maxSettings = 3
)

// viewer is a program that shows an interface from its description, on a page
// that holds nothing else.
type viewer struct {
	element   string         // of the page that it fills, or
	call      *regexp.Regexp // how a script starts it
	attribute string         // of the element, which names the description
	anchor    func(text.Operation) string
}

var viewers = []viewer{
	{element: "redoc", call: regexp.MustCompile(`\bRedoc\.init\s*\(`), attribute: "spec-url", anchor: redocAnchor},
	{element: "rapi-doc", attribute: "spec-url", anchor: rapidocAnchor},
	{element: "elements-api", attribute: "apidescriptionurl", anchor: elementsAnchor},
	{element: "#api-reference", call: regexp.MustCompile(`\bScalar\.createApiReference\s*\(`), attribute: "data-url", anchor: scalarAnchor},
	{element: "#swagger-ui", call: regexp.MustCompile(`\bSwaggerUI(?:Bundle)?\s*\(`), anchor: swaggerAnchor},
}

// shown is what a page says of the interface that it shows.
type shown struct {
	viewer   *viewer
	refs     []string // of descriptions
	inline   []byte   // the description itself
	config   string   // of a file that names it
	scripts  string   // those in the page
	settings []string // scripts beside it that may hold the settings
}

// readInterface returns what a page that shows an interface is once its script
// ran, from the description that the script loads. It is nil for other pages;
// why says what kept the description from being read.
func (s *Site) readInterface(ctx context.Context, resp *fetch.Response, page *markdown.Page) (full *markdown.Page, why string) {
	if len(page.Markdown) > thin || page.LeftOut != "" {
		return nil, ""
	}
	sh := findViewer(resp.Body)
	if sh.viewer == nil {
		return nil, ""
	}
	base, err := url.Parse(resp.URL)
	if err != nil {
		return nil, ""
	}
	sh.settle(sh.scripts)
	for _, ref := range sh.settings[:min(len(sh.settings), maxSettings)] {
		if sh.found() {
			break
		}
		sh.settle(string(s.described(ctx, base, ref)))
	}
	if sh.config != "" && len(sh.refs) == 0 {
		sh.settle(string(s.described(ctx, base, sh.config)))
	}
	bodies := [][]byte{sh.inline}
	for _, ref := range sh.refs[:min(len(sh.refs), maxDescriptions)] {
		bodies = append(bodies, s.described(ctx, base, ref))
	}
	out := *page
	out.Markdown, out.Region = "", "description that the page shows"
	for _, body := range bodies {
		d, err := text.Interface(body, sh.viewer.anchor)
		if len(body) == 0 || err != nil {
			continue
		}
		if out.Markdown == "" && d.Title != "" {
			out.Title = d.Title
		}
		out.Markdown += d.Markdown
	}
	if out.Markdown == "" {
		return nil, "page shows the description of an interface, which could not be read"
	}
	return &out, ""
}

// described fetches what a page's script would, under the rules that hold for
// the page; nil where it cannot be had.
func (s *Site) described(ctx context.Context, base *url.URL, ref string) []byte {
	u, err := base.Parse(strings.TrimSpace(ref))
	if err != nil {
		return nil
	}
	if rules, _ := s.robots.For(ctx, u); !s.src.IgnoreRobots && !rules.Allowed(u) {
		return nil
	}
	resp, err := s.client.Follow(ctx, u.String(), maxHops)
	if err != nil || resp.Status != http.StatusOK {
		return nil
	}
	return resp.Body
}

// findViewer finds out which viewer a page is for, and what its elements say.
func findViewer(body []byte) *shown {
	sh := &shown{}
	var scripts strings.Builder
	z := html.NewTokenizer(bytes.NewReader(body))
	inScript := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			sh.scripts = scripts.String()
			for i := range viewers {
				if call := viewers[i].call; sh.viewer == nil && call != nil && call.MatchString(sh.scripts) {
					sh.viewer = &viewers[i]
				}
			}
			return sh
		case html.TextToken:
			if inScript {
				scripts.Write(z.Text())
				scripts.WriteByte('\n')
			}
		case html.EndTagToken:
			inScript = false
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			inScript = t.Data == "script"
			if src := attribute(t, "src"); inScript && settingsName.MatchString(src) && !libraryName.MatchString(src) {
				sh.settings = append(sh.settings, src)
			}
			sh.element(t)
		}
	}
}

var (
	// settingsName is how scripts are named that start a viewer.
	settingsName = regexp.MustCompile(`(?i)(?:init|index|config|settings|main|app|docs|ui)[\w.-]*\.js(?:\?|$)`)
	// libraryName is how the viewers are named themselves.
	libraryName = regexp.MustCompile(`(?i)bundle|preset|standalone|\.min\.js|^https?://(?:cdn|unpkg|cdnjs)|redoc|rapidoc`)
)

func (sh *shown) element(t html.Token) {
	for i := range viewers {
		v := &viewers[i]
		if t.Data != v.element && "#"+attribute(t, "id") != v.element {
			continue
		}
		sh.viewer = v
		if ref := attribute(t, v.attribute); v.attribute != "" && ref != "" {
			sh.refs = append(sh.refs, ref)
		}
	}
}

func (sh *shown) found() bool { return len(sh.refs) > 0 || sh.inline != nil || sh.config != "" }

var (
	// inlineSpec begins a description within a script.
	inlineSpec = regexp.MustCompile(`["']?\b(?:spec|swaggerDoc|content)["']?\s*[:=]\s*(\{)|\bRedoc\.init\s*\(\s*(\{)|^\s*(\{)\s*["']?(?:openapi|swagger)\b`)
	// several begins a list of descriptions; each has a url.
	several   = regexp.MustCompile(`["']?\b(?:urls|swaggerUrls|sources)["']?\s*[:=]\s*(\[)`)
	specURL   = regexp.MustCompile(`["']?\b(?:url|swaggerUrl|specUrl|spec-url|definitionUrl|apiDescriptionUrl)["']?\s*[:=]\s*(?:[\w.()]+\s*\+\s*)?["'` + "`" + `]([^"'` + "`" + `\s]+)["'` + "`" + `]`)
	redocURL  = regexp.MustCompile(`\bRedoc\.init\s*\(\s*["'` + "`" + `]([^"'` + "`" + `\s]+)["'` + "`" + `]`)
	configURL = regexp.MustCompile(`["']?\bconfigUrl["']?\s*[:=]\s*["']([^"'\s]+)["']`)
	// named is a description whose address a variable has.
	named = regexp.MustCompile(`["']?\burl["']?\s*:\s*([A-Za-z_]\w*)\s*[,}\n]`)
)

// settle reads the settings of a viewer: a script, or the file that it names.
func (sh *shown) settle(script string) {
	if sh.found() && sh.config == "" {
		return
	}
	if m := inlineSpec.FindStringSubmatchIndex(script); m != nil {
		from := max(m[2], m[4], m[6])
		if body := balanced(script[from:]); strings.Contains(body, "paths") || strings.Contains(body, "channels") {
			sh.inline = []byte(body)
			return
		}
	}
	if m := several.FindStringSubmatchIndex(script); m != nil {
		for _, u := range specURL.FindAllStringSubmatch(balanced(script[m[2]:]), maxDescriptions) {
			sh.refs = append(sh.refs, u[1])
		}
	}
	if m := configURL.FindStringSubmatch(script); m != nil && sh.config == "" && len(sh.refs) == 0 {
		sh.config = m[1]
		return
	}
	if m := redocURL.FindStringSubmatch(script); m != nil {
		sh.refs = append(sh.refs, m[1])
	}
	if m := specURL.FindStringSubmatch(script); m != nil && len(sh.refs) == 0 {
		sh.refs = append(sh.refs, m[1])
	}
	if m := named.FindStringSubmatch(script); m != nil && len(sh.refs) == 0 {
		value := regexp.MustCompile(`\b` + m[1] + `\s*=\s*(?:[\w.()]+\s*\+\s*)?["'` + "`" + `]([^"'` + "`" + `\s]+)["'` + "`" + `]`)
		if v := value.FindStringSubmatch(script); v != nil {
			sh.refs = append(sh.refs, v[1])
		}
	}
}

// balanced is the value in braces or brackets with which s begins.
func balanced(s string) string {
	depth := 0
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return s[:i+1]
			}
		}
	}
	return ""
}
