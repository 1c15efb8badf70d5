package render

import (
	"context"
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// site answers by a table what the browser asks for, without any network.
type site struct {
	mu    sync.Mutex
	pages map[string]string
	asked []string
}

func (s *site) fetch(_ context.Context, url string) (*Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, url)
	body, ok := s.pages[url]
	if to, moved := strings.CutPrefix(body, "-> "); moved {
		return &Response{Status: http.StatusFound, Header: http.Header{"Location": {to}}}, nil
	}
	if !ok {
		return nil, errors.New("refused")
	}
	kind := "text/html"
	if strings.HasSuffix(url, ".js") {
		kind = "text/javascript"
	}
	return &Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {kind}}, Body: []byte(body)}, nil
}

func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed: nothing to render with", program)
	}
}

func TestScriptsAreRunAndReachNothing(t *testing.T) {
	t.Parallel()
	needs(t, "chromium")
	s := &site{pages: map[string]string{
		"https://docs.example/":        "-> https://docs.example/app",
		"https://docs.example/app":     `<html><head><title>App</title></head><body><div id=root></div><script src="/app.js"></script><img src="/logo.png"></body></html>`,
		"https://docs.example/text":    "<p>Words from the server.</p>",
		"https://docs.example/app.js":  appScript,
		"http://169.254.169.254/token": "never",
	}}
	delete(s.pages, "http://169.254.169.254/token")
	html, final, err := NewClient("/nowhere.sock").Page(t.Context(), "https://docs.example/", s.fetch)
	if err != nil {
		t.Fatal(err)
	}
	if final != "https://docs.example/app" || !strings.Contains(html, "Words from the server.") || !strings.Contains(html, "private: refused") {
		t.Errorf("at %s:\n%s", final, html)
	}
	asked := strings.Join(s.asked, " ")
	if strings.Contains(asked, "logo.png") || strings.Contains(asked, "post") || !strings.Contains(asked, "169.254.169.254") {
		t.Errorf("asked for %s", asked)
	}
}

// appScript fills the page, and tries what a page must not do.
const appScript = `
fetch('/text').then(r => r.text()).then(t => { document.getElementById('root').innerHTML += t });
fetch('http://169.254.169.254/token').then(r => r.text()).then(t => { document.body.append('private: ' + t) }).catch(() => { document.body.append('private: refused') });
fetch('/post', {method: 'POST', body: 'x'}).catch(() => {});
new WebSocket('ws://127.0.0.1:1/');
`

// TestAPageIsRenderedWhereItIs: by http where it is asked for by http, and with
// the crawler's own words where it may not be had.
func TestAPageIsRenderedWhereItIs(t *testing.T) {
	t.Parallel()
	needs(t, "chromium")
	s := &site{pages: map[string]string{"http://docs.example/": "<p>Plain words.</p>"}}
	html, final, err := NewClient("/nowhere.sock").Page(t.Context(), "http://docs.example/", s.fetch)
	if err != nil || final != "http://docs.example/" || !strings.Contains(html, "Plain words.") {
		t.Errorf("at %s: %v:\n%s", final, err, html)
	}
	if _, _, err := NewClient("/nowhere.sock").Page(t.Context(), "http://docs.example/private", s.fetch); err == nil || !strings.HasSuffix(err.Error(), ": refused") {
		t.Errorf("a page that was refused: %v", err)
	}
}

func TestOnlyTheWebIsRendered(t *testing.T) {
	t.Parallel()
	needs(t, "chromium")
	s := &site{}
	for _, u := range []string{"file:///etc/passwd", "chrome://version", "javascript:alert(1)"} {
		if html, _, err := NewClient("/nowhere.sock").Page(t.Context(), u, s.fetch); err == nil {
			t.Errorf("%s was rendered: %s", u, html)
		}
	}
}

func TestAServiceDoesNotDoTheWorkItself(t *testing.T) {
	t.Setenv("INVOCATION_ID", "0123")
	if _, err := NewClient("/nowhere.sock").PDF(t.Context(), []byte("%PDF-1.4")); err == nil || !strings.Contains(err.Error(), "reach the renderer") {
		t.Errorf("without its socket: %v", err)
	}
}

// pdf is the smallest file with two lines of text.
const pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n" +
	"4 0 obj<</Length 72>>stream\nBT /F 12 Tf 20 150 Td (The first line) Tj 0 -14 Td (and the second) Tj ET\nendstream endobj\n" +
	"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n"

func TestPDFBecomesText(t *testing.T) {
	t.Parallel()
	needs(t, "pdftotext")
	c := NewClient("/nowhere.sock")
	text, err := c.PDF(t.Context(), []byte(pdf))
	if err != nil || !strings.Contains(text, "The first line\nand the second") {
		t.Errorf("text is %q, %v", text, err)
	}
	if _, err := c.PDF(t.Context(), []byte("no PDF at all")); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("what is no PDF: %v", err)
	}
}

func TestPandocReadsAlone(t *testing.T) {
	t.Parallel()
	needs(t, "pandoc")
	c := NewClient("/nowhere.sock")
	html, err := c.Pandoc(t.Context(), "latex", []byte("\\title{Pump}\\section{Valve}Words. \\input{/etc/passwd}"))
	if err != nil || !strings.Contains(html, ">Valve</h1>") || !strings.Contains(html, "Words.") || strings.Contains(html, "root:") {
		t.Errorf("%v: %s", err, html)
	}
	for from, doc := range map[string]string{"docx": "no archive", "html": "<p>x</p>", "--version": "x"} {
		if html, err := c.Pandoc(t.Context(), from, []byte(doc)); err == nil {
			t.Errorf("%s was read: %s", from, html)
		}
	}
}
