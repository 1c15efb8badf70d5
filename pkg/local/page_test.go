package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panther/pkg/opencode/api"
)

// ask asks the API that the page uses.
func ask[T any](t *testing.T, base, method, path string, in any, status int) T {
	t.Helper()
	var v T
	body := ""
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		body = string(b)
	}
	q, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status {
		t.Fatalf("%s %s: %d %s, want %d", method, path, resp.StatusCode, b, status)
	}
	if len(b) > 0 {
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, b)
		}
	}
	return v
}

type place struct {
	Place  string `json:"place"`
	Name   string `json:"name,omitempty"`
	DryRun bool   `json:"dry_run,omitempty"`
	Crawl  bool   `json:"crawl,omitempty"`
}

func TestAPageAddsVisitsChangesAndRemovesASource(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := short(t)
	notes := filepath.Join(dir, "notes")
	if err := os.MkdirAll(notes, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		text := fmt.Sprintf("# Note %d\n\nThe number of panthers is %d.\n", i, i)
		if err := os.WriteFile(filepath.Join(notes, fmt.Sprintf("n%d.md", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, _, _ := begin(t, dir)
	const sources = "/panther/v1/sources"
	look := ask[api.AddedSource](t, s.Address, "POST", sources, place{Place: notes, DryRun: true}, 200)
	if look.Added || look.Exists || look.Source.Kind != "files" || len(look.Samples) != 5 || look.Source.Name != "notes" || look.Source.Table == "" {
		t.Errorf("a look: %+v", look)
	}
	if l := ask[api.SourceList](t, s.Address, "GET", sources, nil, 200); len(l.Sources) != 0 || !l.Crawler || !l.Operator {
		t.Errorf("a look has added something: %+v", l)
	}
	added := ask[api.AddedSource](t, s.Address, "POST", sources, place{Place: notes, Crawl: true}, 200)
	if !added.Added || added.Note != "" {
		t.Errorf("added: %+v", added)
	}
	deadline := time.Now().Add(2 * time.Minute)
	for {
		d := ask[api.SourceDetail](t, s.Address, "GET", sources+"/notes", nil, 200)
		if d.Progress == nil && d.LastRun != nil && d.LastRun.Status == "finished" {
			if d.Documents != 7 || len(d.Runs) != 1 || !d.Editable || !d.Enabled || d.Settings == nil || d.File == "" {
				t.Errorf("after its visit: %+v", d)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the visit does not end: %+v", d)
		}
	}
	pages := ask[api.PageList](t, s.Address, "GET", sources+"/notes/pages?outcome=new&limit=3", nil, 200)
	more := ask[api.PageList](t, s.Address, "GET", sources+"/notes/pages?outcome=new&limit=30&cursor="+pages.Next, nil, 200)
	if pages.Total != 7 || len(pages.Pages) != 3 || len(more.Pages) != 4 || more.Next != "" || pages.Counts["new"] != 7 || pages.Pages[2].URI == more.Pages[0].URI {
		t.Errorf("pages %+v, then %+v", pages, more)
	}
	if again := ask[api.AddedSource](t, s.Address, "POST", sources, place{Place: notes, Name: "other"}, 200); again.Added || !again.Exists || again.Source.Name != "notes" {
		t.Errorf("again: %+v", again)
	}
	edited := ask[api.SourceDetail](t, s.Address, "PATCH", sources+"/notes", map[string]any{"enabled": false, "schedule": "0 * * * *", "tags": []string{"a", "b"}}, 200)
	if edited.Enabled || edited.Settings.Schedule != "0 * * * *" || len(edited.Settings.Tags) != 2 || edited.NextRun != nil {
		t.Errorf("edited: %+v", edited)
	}
	p := ask[api.Problem](t, s.Address, "PATCH", sources+"/notes", map[string]any{"schedule": "sometimes"}, 400)
	if !strings.Contains(p.Detail, "schedule") || p.Hint == "" {
		t.Errorf("a wrong schedule: %+v", p)
	}
	sys := ask[api.System](t, s.Address, "GET", "/panther/v1/system", nil, 200)
	if sys.Mode != "local" || len(sys.Units) != 4 || len(sys.Edges) != 3 || len(sys.Disks) == 0 || sys.Database == nil || sys.Database.Documents != 7 {
		t.Errorf("system: %+v", sys)
	}
	ask[struct{}](t, s.Address, "DELETE", sources+"/notes", nil, 204)
	if l := ask[api.SourceList](t, s.Address, "GET", sources, nil, 200); len(l.Sources) != 0 {
		t.Errorf("removed: %+v", l)
	}
}

func TestPlacesThatAreRefused(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := short(t)
	s, _, _ := begin(t, dir)
	const sources = "/panther/v1/sources"
	for name, tc := range map[string]struct {
		place string
		words string
	}{
		"nothing":       {"", "address"},
		"a word":        {"notes", "absolute path"},
		"above":         {"../../etc", ""},
		"not there":     {"/no/such/folder", "/no/such/folder"},
		"a device":      {"/dev/null", ""},
		"another door":  {"ftp://example.org/", ""},
		"script":        {"javascript:alert(1)", ""},
		"a file's name": {"file:///etc/passwd", ""},
		"with a secret": {"https://user:secret@docs.example.org/", "credential"},
		"nobody":        {"https://no-such-host.invalid/docs/", ""},
		"long":          {"https://docs.example.org/" + strings.Repeat("x", 5000), ""},
	} {
		p := ask[api.Problem](t, s.Address, "POST", sources, place{Place: tc.place}, 400)
		if p.Detail == "" || !strings.Contains(p.Detail+p.Hint, tc.words) || strings.Contains(p.Detail, "secret@") {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for _, path := range []string{"/none", "/none/runs", "/none/pages", "/..%2f..%2fetc%2fpasswd"} {
		ask[api.Problem](t, s.Address, "GET", sources+path, nil, 404)
	}
	ask[api.Problem](t, s.Address, "PATCH", sources+"/none", map[string]any{"enabled": true}, 404)
	ask[api.Problem](t, s.Address, "PATCH", sources+"/none", map[string]any{}, 400)
	ask[api.Problem](t, s.Address, "DELETE", sources+"/none", nil, 404)
	ask[api.Problem](t, s.Address, "POST", sources+"/none/crawl", nil, 404)
}

func TestFilesThatAreUploadedAreASource(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := short(t)
	s, _, _ := begin(t, dir)
	send := func(source, file, body string, status int) string {
		t.Helper()
		q, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
			s.Address+"/panther/v1/uploads?source="+url.QueryEscape(source)+"&file="+url.QueryEscape(file), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != status {
			t.Fatalf("%s/%s: %d %s, %v; want %d", source, file, resp.StatusCode, b, err, status)
		}
		return string(b)
	}
	send("plans", "zebra.md", "# Zebra\n\nA zebra has stripes.\n", 200)
	send("plans", "Ünïcode name.txt", "Lions have manes.\n", 200)
	send("plans", "zebra.md", "# Zebra\n\nA zebra has black stripes.\n", 200)
	for _, f := range []string{"", ".hidden.md", "../x.md", "a/b.md", "a\\b.md", "x.exe", "x", "a\x00.md", strings.Repeat("x", 300) + ".md"} {
		send("plans", f, "x", 400)
	}
	for _, name := range []string{"", "../plans", "UPPER", "a b", strings.Repeat("x", 70)} {
		send(name, "x.md", "x", 400)
	}
	send("plans", "large.txt", strings.Repeat("x", 64<<20+1), 413)
	if l, err := os.ReadDir(filepath.Join(dir, "state", "panther-crawl", "uploads", "plans")); err != nil || len(l) != 2 {
		t.Errorf("kept: %v, %v", l, err)
	}
	ask[api.SourceState](t, s.Address, "POST", "/panther/v1/sources/plans/crawl", nil, 200)
	deadline := time.Now().Add(2 * time.Minute)
	for {
		d := ask[api.SourceDetail](t, s.Address, "GET", "/panther/v1/sources/plans", nil, 200)
		if d.Progress == nil && d.LastRun != nil && d.LastRun.Status == "finished" {
			if d.Documents != 2 {
				t.Errorf("read: %+v", d)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the visit does not end: %+v", d)
		}
	}
	r := ask[api.SearchResult](t, s.Address, "GET", "/panther/v1/search?q=black+stripes", nil, 200)
	if len(r.Hits) == 0 || !strings.Contains(r.Hits[0].Text, "black stripes") {
		t.Errorf("found %+v", r.Hits)
	}
	ask[struct{}](t, s.Address, "DELETE", "/panther/v1/sources/plans", nil, 204)
	if _, err := os.Stat(filepath.Join(dir, "state", "panther-crawl", "uploads", "plans")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("files of a removed source: %v", err)
	}
}
