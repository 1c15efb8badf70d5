package web

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"panther/pkg/crawl/address"
)

// mdLink finds the links of llms.txt, which is Markdown (llmstxt.org).
var mdLink = regexp.MustCompile(`\]\((\S+?)\)`)

// page returns the page that people read for the Markdown that a language model
// is offered in its place: page.html.md and page.md stand beside page.html and
// page.
func page(link string) string {
	link = strings.TrimSuffix(link, ".md")
	if rest, ok := strings.CutSuffix(link, "/index"); ok {
		return rest + "/"
	}
	return link
}

// readLLMs makes the pages pending that llms.txt lists, and keeps where their
// Markdown is.
func (s *Site) readLLMs(ctx context.Context, place string, seen map[string]bool) error {
	if seen[place] {
		return nil
	}
	seen[place] = true
	body := s.mapBody(ctx, place)
	base, err := url.Parse(place)
	if body == nil || err != nil || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return nil // a page that says the file is not there
	}
	var links []string
	for _, m := range mdLink.FindAllSubmatch(body, 2000) {
		ref, err := base.Parse(string(m[1]))
		if err != nil {
			continue
		}
		link := page(ref.String())
		links = append(links, link)
		if link != ref.String() {
			s.offer(link, ref.String())
		}
	}
	return s.follow(links, 1)
}

// offer keeps where the Markdown of a page is.
func (s *Site) offer(link, md string) {
	u, err := address.Parse(link)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offers[address.Key(u.String())] = md
}

// offered returns where the Markdown of a page is, or "".
func (s *Site) offered(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.offers[key]
}

// alternate finds the Markdown that a page itself names.
var alternate = regexp.MustCompile(`(?i)<link\b[^>]*\btype\s*=\s*["']?text/(?:x-)?markdown\b[^>]*>`)

var href = regexp.MustCompile(`(?i)\bhref\s*=\s*["']?([^"'\s>]+)`)

// markdownOf returns the source of a page as the site offers it: in a file of
// its own, which the page or llms.txt names, or in llms-full.txt.
func (s *Site) markdownOf(ctx context.Context, key, place string, body []byte) string {
	md := s.offered(key)
	if m := href.FindSubmatch(alternate.Find(body)); m != nil {
		if base, err := url.Parse(place); err == nil {
			if ref, err := base.Parse(string(m[1])); err == nil {
				md = ref.String()
			}
		}
	}
	if text := s.markdownAt(ctx, md); text != "" {
		return text
	}
	s.full.Do(func() { s.readFull(ctx) })
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sections[key]
}

// markdownAt reads a file of Markdown, or returns "".
func (s *Site) markdownAt(ctx context.Context, place string) string {
	u, err := address.Parse(place)
	if err != nil || !s.scope.Contains(u) {
		return ""
	}
	if rules, _ := s.robots.For(ctx, u); !s.src.IgnoreRobots && !rules.Allowed(u) {
		return ""
	}
	resp, err := s.client.Follow(ctx, place, maxHops)
	if err != nil || resp.Status != http.StatusOK || strings.Contains(resp.ContentType, "html") || bytes.HasPrefix(bytes.TrimSpace(resp.Body), []byte("<!")) {
		return ""
	}
	return decoded(resp)
}

// readFull reads llms-full.txt, the whole site in one file, once a page asks
// for it. Its pages are pending then, if they were not known.
func (s *Site) readFull(ctx context.Context) {
	for _, a := range s.src.Starts() {
		u, err := url.Parse(a)
		if err != nil {
			continue
		}
		for _, folder := range []*url.URL{u.ResolveReference(&url.URL{Path: "."}), u.ResolveReference(&url.URL{Path: "/"})} {
			text := s.markdownAt(ctx, folder.JoinPath("llms-full.txt").String())
			if text == "" && folder.Path == "/" { // outside of the scope, but the site's own
				text = string(s.mapBody(ctx, folder.JoinPath("llms-full.txt").String()))
			}
			var links []string
			for _, sec := range splitFull(folder, text) {
				links = append(links, sec.url)
				s.mu.Lock()
				s.sections[address.Key(sec.url)] = sec.text
				s.mu.Unlock()
			}
			if len(links) > 0 {
				_ = s.follow(links, 1) // the frontier tells its error to whoever asks next
				break
			}
		}
	}
}

type section struct{ url, text string }

// sourceLine says where a section of llms-full.txt comes from, as the
// generators of documentation write it: below the title, or in front matter.
var sourceLine = regexp.MustCompile(`^(?:Source|URL|Url|url|source):\s*<?["']?((?:https?://|/)[^\s"'>]+)`)

// splitFull splits llms-full.txt where its sections say which page they are. A
// file that does not say so has none.
func splitFull(base *url.URL, text string) []section {
	lines := strings.SplitAfter(text, "\n")
	var out []section
	begin, head := 0, -1 // of the open section; of the last title or line of dashes
	fence := ""
	for i, l := range lines {
		t := strings.TrimSpace(l)
		switch {
		case fence != "":
			if strings.HasPrefix(t, fence) {
				fence = ""
			}
			continue
		case strings.HasPrefix(t, "```"), strings.HasPrefix(t, "~~~"):
			fence = t[:3]
			continue
		case strings.HasPrefix(l, "# "), t == "---" && (head < 0 || i-head > 12 || strings.HasPrefix(lines[head], "# ")):
			head = i
			continue
		}
		m := sourceLine.FindStringSubmatch(l)
		if m == nil || head < 0 || i-head > 12 {
			continue
		}
		ref, err := base.Parse(m[1])
		if err != nil {
			continue
		}
		u, err := address.Parse(page(ref.String()))
		if err != nil {
			continue
		}
		if len(out) > 0 {
			out[len(out)-1].text = bare(lines[begin:head])
		}
		out = append(out, section{url: u.String()})
		begin, head = head, -1
	}
	if len(out) > 0 {
		out[len(out)-1].text = bare(lines[begin:])
	}
	return out
}

// bare is a section without the lines that say where it comes from.
func bare(lines []string) string {
	var b strings.Builder
	i := 0
	if strings.TrimSpace(lines[0]) == "---" { // front matter; its title is kept
		for i = 1; i < len(lines) && strings.TrimSpace(lines[i]) != "---"; i++ {
			if t, ok := strings.CutPrefix(lines[i], "title:"); ok {
				b.WriteString("# " + strings.Trim(strings.TrimSpace(t), `"'`) + "\n\n")
			}
		}
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) == ""; i++ {
		}
	}
	for n := 0; i < len(lines); i++ {
		if n++; n < 8 && sourceLine.MatchString(lines[i]) {
			continue
		}
		b.WriteString(lines[i])
	}
	return strings.TrimSpace(b.String()) + "\n"
}
