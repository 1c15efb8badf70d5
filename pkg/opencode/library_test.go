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

func titles(l api.ConversationList) string {
	var out []string
	for _, c := range l.Conversations {
		s := c.Title
		if c.Pinned {
			s += "*"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestConversationsAreFoundPinnedAndBroughtBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const list = "/panther/v1/conversations"
	ids := map[string]string{}
	for _, title := range []string{"first", "second", "third"} {
		s, err := w.client.CreateSession(t.Context(), api.CreateSession{Title: title})
		if err != nil {
			t.Fatal(err)
		}
		ids[title] = s.ID
	}
	answer := w.ask(ids["second"], "What is a partial index?")
	get := func(query string) api.ConversationList { return call[api.ConversationList](w, "GET", list+query, "") }
	call[api.Conversation](w, "PATCH", list+"/"+ids["first"], `{"pinned":true}`)
	page := get("?limit=1")
	if titles(page) != "first* second" || page.Next == "" {
		t.Errorf("first page %s, next %q", titles(page), page.Next)
	}
	if page = get("?limit=1&cursor=" + page.Next); titles(page) != "third" {
		t.Errorf("second page %s", titles(page))
	}
	if page = get("?limit=1&cursor=" + page.Next); titles(page) != "" || page.Next != "" {
		t.Errorf("third page %s, next %q", titles(page), page.Next)
	}
	found := get("?q=PREDICATE")
	if titles(found) != "second" || found.Conversations[0].Message != answer.Info.ID || !strings.Contains(found.Conversations[0].Excerpt, "predicate") {
		t.Errorf("found %+v", found)
	}
	if titles(get("?q=fir")) != "first*" || titles(get("?q=nothing")) != "" {
		t.Errorf("found by title: %s", titles(get("?q=fir")))
	}
	gone := call[api.DeletedConversation](w, "DELETE", list+"/"+ids["second"], "")
	if gone.Until.IsZero() || titles(get("")) != "first* third" || titles(get("?q=predicate")) != "" || titles(get("?deleted=true")) != "second" {
		t.Errorf("deleted until %v: %s", gone.Until, titles(get("")))
	}
	for _, path := range []string{"/session/" + ids["second"], "/session/" + ids["second"] + "/message", "/session/" + ids["second"] + "/export"} {
		if status, b := w.raw("GET", path, ""); status != http.StatusNotFound {
			t.Errorf("%s of a deleted one: %d %s", path, status, b)
		}
	}
	w.problem("DELETE", list+"/"+ids["second"], "", http.StatusNotFound)
	w.problem("POST", list+"/"+ids["first"]+"/restore", "", http.StatusNotFound)
	call[api.Conversation](w, "POST", list+"/"+ids["second"]+"/restore", "")
	if titles(get("")) != "first* third second" && titles(get("")) != "first* second third" {
		t.Errorf("restored: %s", titles(get("")))
	}
	if m := w.ask(ids["second"], "And vacuuming?"); m.Info.Error != nil {
		t.Errorf("a restored one: %v", m.Info.Error)
	}
	for _, cursor := range []string{"x", "1", "-1.ses_x", "1." + strings.Repeat("x", 100), "%00"} {
		w.problem("GET", list+"?cursor="+cursor, "", http.StatusBadRequest)
	}
	w.problem("GET", list+"?q="+strings.Repeat("x", 2000), "", http.StatusBadRequest)
	w.problem("PATCH", list+"/"+ids["first"], `{"title":"  "}`, http.StatusBadRequest)
	w.problem("PATCH", list+"/ses_none", `{"title":"x"}`, http.StatusNotFound)
}

func TestShareLeadsToThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for form, want := range map[string]string{
		"url=https%3A%2F%2Fdocs.test.io%2Fguide%2F&title=Guide": "/share?title=Guide&url=https%3A%2F%2Fdocs.test.io%2Fguide%2F",
		"text=Look+at+this&x=y":                                 "/share?text=Look+at+this",
		"url=%0d%0aSet-Cookie:x=1":                              "/share?url=Set-Cookie%3Ax%3D1",
		"url=%2F%2Fevil.test%2F":                                "/share?url=%2F%2Fevil.test%2F",
		"":                                                      "/share",
	} {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.tcp()+"/panther/v1/share", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := client.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || got != want || len(resp.Cookies()) > 0 {
			t.Errorf("%q leads to %d %q, want %q", form, resp.StatusCode, got, want)
		}
	}
}

func TestDocsDescribeBothAPIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	type description struct {
		OpenAPI string                     `json:"openapi"`
		Paths   map[string]json.RawMessage `json:"paths"`
	}
	if d := call[description](w, "GET", "/docs/agentdb.json", ""); d.Paths["/v1/search"] == nil {
		t.Errorf("agentdb's description has %d paths", len(d.Paths))
	}
	d := call[map[string]any](w, "GET", "/doc", "")
	seen := map[string]bool{}
	for path, ops := range d["paths"].(map[string]any) {
		for method, op := range ops.(map[string]any) {
			id, _ := op.(map[string]any)["operationId"].(string)
			if id == "" || seen[id] {
				t.Errorf("%s %s has the operation id %q", method, path, id)
			}
			seen[id] = true
		}
	}
	if !seen["get-panther-v1-search"] || !seen["post-panther-v1-conversations-id-restore"] {
		t.Error("operations are missing")
	}
	if status, b := w.raw("GET", "/docs", ""); status != 200 || !strings.Contains(b, "swagger-ui") {
		t.Errorf("/docs: %d %s", status, b)
	}
}

// A document of headings alone, and one whose headings the gate changes, have an
// outline that is bounded.
func TestOutlineOfHostileDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.upsert(page{"https://docs.test.io/many", "Many", strings.Repeat("# x <script>y</script> ![z](https://evil.test/)\r\n\r\ntext\r\n\r\n", 5000)})
	d := call[api.DocumentView](w, "GET", "/panther/v1/document?uri=https://docs.test.io/many", "")
	if len(d.Headings) > 2000 || strings.Contains(d.Markdown, "<script") || strings.Contains(d.Markdown, "![") {
		t.Errorf("%d headings", len(d.Headings))
	}
}
