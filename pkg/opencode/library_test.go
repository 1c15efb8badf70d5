package opencode

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"panther/pkg/opencode/api"
)

// call asks an operation of Panther's own and decodes its answer.
func call[T any](w *world, method, path, body string) T {
	w.t.Helper()
	var v T
	status, b := w.raw(method, path, body)
	if status >= 300 {
		w.t.Fatalf("%s %s: %d %s", method, path, status, b)
	}
	if len(b) > 0 {
		if err := json.Unmarshal([]byte(b), &v); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, b)
		}
	}
	return v
}

// raw returns the status and the body of an answer over TCP.
func (w *world) raw(method, path, body string) (int, string) {
	w.t.Helper()
	q, err := http.NewRequestWithContext(w.t.Context(), method, w.tcp()+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// problem expects a refusal and returns it.
func (w *world) problem(method, path, body string, status int) api.Problem {
	w.t.Helper()
	var p api.Problem
	got, b := w.raw(method, path, body)
	if got != status {
		w.t.Fatalf("%s %s: %d %s, want %d", method, path, got, b, status)
	}
	if err := json.Unmarshal([]byte(b), &p); err != nil || p.Status != status || p.Detail == "" || !strings.HasPrefix(p.Type, "panther:") {
		w.t.Fatalf("%s %s: no problem: %s", method, path, b)
	}
	return p
}

func TestReaderShowsPassagesWhereTheyStand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	text := "# Über 🐆 Panthers\n\nSee [the list](https://docs.test.io/list) and ![a](https://evil.test/x.png).\n\n## Where they live\n\n" +
		strings.Repeat("Panthers live in forests 🌲 of the south. ", 60) + "\n\n```sql\nSELECT 1;\n```\n\n<script>alert(1)</script>\n\n## What they eat\n\nDeer and hares.\n"
	w.upsert(page{"https://docs.test.io/panthers", "Panthers", text})
	d := call[api.DocumentView](w, "GET", "/panther/v1/document?uri="+url.QueryEscape("https://docs.test.io/panthers#what-they-eat"), "")
	if strings.Contains(d.Markdown, "![") || strings.Contains(d.Markdown, "<script") || !strings.Contains(d.Markdown, "](https://docs.test.io/list)") {
		t.Errorf("the text did not pass the gate: %s", d.Markdown)
	}
	all := utf16.Encode([]rune(d.Markdown))
	var titles []string
	for _, h := range d.Headings {
		titles = append(titles, fmt.Sprint(h.Level, h.Title, "#", h.Anchor))
		if line := string(utf16.Decode(all[h.Offset:])); !strings.HasPrefix(line, "#") || !strings.Contains(strings.SplitN(line, "\n", 2)[0], h.Title) {
			t.Errorf("heading %q is not at %d: %.40q", h.Title, h.Offset, line)
		}
	}
	if got := strings.Join(titles, " "); got != "1Über 🐆 Panthers#über--panthers 2Where they live#where-they-live 2What they eat#what-they-eat" {
		t.Errorf("outline %s", got)
	}
	if len(d.Passages) < 4 {
		t.Fatalf("passages %+v", d.Passages)
	}
	for _, p := range d.Passages {
		shown := string(utf16.Decode(all[p.Start:p.End]))
		if strings.TrimSpace(shown) == "" || strings.Contains(shown, "##") {
			t.Errorf("passage %s is %q", p.ID, shown)
		}
	}
	last := d.Passages[len(d.Passages)-1]
	if got := string(utf16.Decode(all[last.Start:last.End])); got != "Deer and hares." || last.Anchor != "what-they-eat" {
		t.Errorf("last passage %q at %s", got, last.Anchor)
	}
	if again := call[api.DocumentView](w, "GET", "/panther/v1/document?uri="+url.QueryEscape(d.URI)+"&passage="+last.ID, ""); again.Passage != last.ID {
		t.Errorf("asked for passage %s, got %q", last.ID, again.Passage)
	}
}

func TestDocumentRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.problem("GET", "/panther/v1/document", "", http.StatusBadRequest)
	w.problem("GET", "/panther/v1/document?uri="+strings.Repeat("x", 5000), "", http.StatusBadRequest)
	for _, uri := range []string{"file:///etc/passwd", "javascript:alert(1)", "https://docs.test.io/none", "\x00", "../../x", "%zz"} {
		p := w.problem("GET", "/panther/v1/document?uri="+url.QueryEscape(uri), "", http.StatusNotFound)
		if strings.ContainsAny(p.Detail, "\x00\n") {
			t.Errorf("%q", p.Detail)
		}
	}
}

func TestSearchCountsAndNarrows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	r := call[api.SearchResult](w, "GET", "/panther/v1/search?explain=true&q=index", "")
	if len(r.Hits) == 0 || r.Hits[0].URI != pages[0].uri || r.Hits[0].Why == "" || r.Hits[0].Link == "" {
		t.Fatalf("%+v", r)
	}
	values := map[string]string{}
	for _, f := range r.Facets {
		for _, v := range f.Values {
			values[f.Name] += fmt.Sprint(v.Value, "=", v.Count, " ")
		}
	}
	if values["source"] == "" || len(r.Facets) != 5 {
		t.Errorf("facets %v", values)
	}
	if r := call[api.SearchResult](w, "GET", "/panther/v1/search?q=index&source=other", ""); len(r.Hits) != 0 || len(r.Facets[0].Values) == 0 {
		t.Errorf("narrowed to nothing: %+v", r)
	}
	if r := call[api.SearchResult](w, "GET", "/panther/v1/search?q=index&kind=git&source=docs", ""); len(r.Hits) != 0 {
		t.Errorf("narrowed to another kind: %+v", r)
	}
	if r := call[api.SearchResult](w, "GET", "/panther/v1/search?q=", ""); r.Hits == nil || r.Facets == nil {
		t.Errorf("nothing asked: %+v", r)
	}
	w.problem("GET", "/panther/v1/search?q="+strings.Repeat("x", 5000), "", http.StatusBadRequest)
	w.problem("GET", "/panther/v1/search?q=x&after=yesterday", "", http.StatusBadRequest)
	w.problem("GET", "/panther/v1/search?q=x&limit=-1", "", http.StatusBadRequest)
	if r := call[api.SearchResult](w, "GET", "/panther/v1/search?q=the&limit=99999", ""); len(r.Hits) > 100 {
		t.Errorf("%d hits", len(r.Hits))
	}
}

func TestOverview(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	o := call[api.Overview](w, "GET", "/panther/v1/overview", "")
	if o.Documents != 3 || o.Sources != 1 || len(o.Starters) != 3 || o.Mode != "local" || !o.Operator || o.Next == nil || o.Next.Kind != "model" {
		t.Errorf("%+v next %+v", o, o.Next)
	}
	for _, s := range o.Starters {
		if !strings.HasSuffix(s.Question, "?") || !strings.Contains(s.Question, s.Title) {
			t.Errorf("starter %+v", s)
		}
	}
}
