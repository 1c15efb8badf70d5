package crawl_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"panther/pkg/crawl"
	"panther/pkg/crawl/source"
	"panther/pkg/sd"
)

// repository is a local Git repository with history.
type repository struct {
	t   *testing.T
	dir string
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	r := &repository{t, t.TempDir()}
	r.git("init", "-q", "-b", "main")
	return r
}

func (r *repository) git(args ...string) {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", r.dir, "-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func (r *repository) write(name, text string) {
	r.t.Helper()
	p := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) commit(message string) {
	r.t.Helper()
	r.git("add", "-A")
	r.git("commit", "-q", "-m", message)
}

// backend serves the repository by Git's own HTTP protocol.
func (r *repository) backend() http.Handler {
	path, _ := exec.LookPath("git")
	return &cgi.Handler{Path: path, Args: []string{"http-backend"}, Stderr: io.Discard,
		Env: []string{"GIT_PROJECT_ROOT=" + r.dir, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"}}
}

func TestAGitRepositoryIsVisitedByBlob(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	for i := range 9 {
		r.write(fmt.Sprintf("docs/n%d.md", i), fmt.Sprintf("# Note %d\n\nText.\n", i))
	}
	r.write("src/main.go", "// Package main is documented.\npackage main\n")
	r.write("docs/skipped.md", "# Skipped\n")
	if err := os.Symlink("/etc/passwd", filepath.Join(r.dir, "docs/passwd.md")); err != nil {
		t.Fatal(err)
	}
	r.commit("first")
	b := newBench(t, source.Source{Name: "repo", Kind: source.Git, Path: r.dir, Exclude: []string{"**/skipped.md"}})
	b.must("9 new")
	b.must("9 unchanged")
	r.write("docs/n3.md", "# Changed\n")
	r.git("rm", "-q", "docs/n4.md")
	r.commit("second")
	b.must("1 changed, 7 unchanged, 1 gone")
	d, err := b.db.Document(t.Context(), "file://"+r.dir+"/docs/n3.md")
	if err != nil || d.Title != "Changed" {
		t.Errorf("document is %+v, %v", d, err)
	}
	r.git("checkout", "-q", "-b", "other")
	r.write("docs/n9.md", "# Nine\n")
	r.commit("third")
	b.cfg.Sources[0].Ref = "main"
	b.must("8 unchanged")
	b.cfg.Sources[0].DocComments = true
	b.must("1 new, 8 unchanged")
	if d, err := b.db.Document(t.Context(), "file://"+r.dir+"/src"); err != nil || !strings.Contains(d.Markdown, "Package main is documented.") {
		t.Errorf("package is %+v, %v", d, err)
	}
	b.must("9 unchanged")
	b.cfg.Sources[0].Ref = "no-such-branch"
	if _, err := b.run(crawl.Options{}); err == nil || !strings.Contains(sd.HintOf(err), "branch") {
		t.Errorf("a ref that is not there: %v, hint %q", err, sd.HintOf(err))
	}
	if len(b.live()) != 9 {
		t.Errorf("documents are %v", b.live())
	}
}

func TestAGitServerGetsItsTokenAndNobodyElse(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.write("README.md", "# Read me\n")
	r.commit("first")
	backend := r.backend()
	s := newSite(t)
	other := newSite(t)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(req.URL.Path, "/moved/") {
			http.Redirect(w, req, other.URL+req.URL.Path, http.StatusFound)
			return
		}
		if _, pw, _ := req.BasicAuth(); pw != "token" {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		backend.ServeHTTP(w, req)
	})
	b := newBench(t, source.Source{Name: "repo", Kind: source.Git, URL: s.URL + "/.git", AllowPrivate: true, Credential: "git-token"})
	if _, err := b.run(crawl.Options{}); err == nil || !strings.Contains(sd.HintOf(err), "LoadCredential") {
		t.Errorf("without the credential: %v", err)
	}
	credential := filepath.Join(b.env.CredentialsDir, "git-token")
	_ = os.WriteFile(credential, []byte("expired\n"), 0o600)
	if _, err := b.run(crawl.Options{}); err == nil || !strings.Contains(sd.HintOf(err), "renew") || strings.Contains(err.Error(), "expired") {
		t.Errorf("with an expired token: %v, hint %q", err, sd.HintOf(err))
	}
	_ = os.WriteFile(credential, []byte("token\n"), 0o600)
	b.must("1 new")
	if got := b.live(); !slices.Equal(got, []string{s.URL + "/.git#README.md"}) {
		t.Errorf("documents are %v", got)
	}
	b.cfg.Sources[0].URL = s.URL + "/moved/x.git"
	if _, err := b.run(crawl.Options{}); err == nil || !strings.Contains(sd.HintOf(err), "has moved") {
		t.Errorf("a redirect to another origin: %v, hint %q", err, sd.HintOf(err))
	}
	if len(other.hits) != 0 {
		t.Errorf("the other origin was asked: %v", other.hits)
	}
	b.cfg.Sources[0].AllowPrivate = false
	if _, err := b.run(crawl.Options{}); err == nil || !strings.Contains(sd.HintOf(err), "allow_private") {
		t.Errorf("a private address: %v", err)
	}
}

func TestPDFsOfAFolderBecomeDocuments(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is not installed: nothing to read PDF files with")
	}
	dir := t.TempDir()
	pdf := "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n" +
		"4 0 obj<</Length 72>>stream\nBT /F 12 Tf 20 150 Td (The first line) Tj 0 -14 Td (and the second) Tj ET\nendstream endobj\n" +
		"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n"
	for name, body := range map[string]string{"good.pdf": pdf, "bad.pdf": "no PDF"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := newBench(t, source.Source{Name: "papers", Kind: source.Files, Path: dir})
	b.must("1 new, 1 failed")
	if d, err := b.db.Document(t.Context(), "file://"+dir+"/good.pdf"); err != nil || d.Title != "The first line" || !strings.Contains(d.Markdown, "and the second") {
		t.Errorf("document is %+v, %v", d, err)
	}
	b.must("1 unchanged, 1 failed")
}

func TestFeedsOfEveryFormatAreRead(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("<p>The whole text of the entry is in the feed itself, as many publish it.</p>", 30)
	s := newSite(t)
	rss := func(extra string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/rss+xml")
			fmt.Fprintf(w, `<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Blog</title>
				<item><title>Whole &amp; sound</title><link>%s/whole?utm_source=rss</link><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate><content:encoded><![CDATA[%s]]></content:encoded></item>
				<item><title>Summary</title><link>%s/summary</link><description>Only the beginning.</description></item>%s</channel></rss>`, s.URL, long, s.URL, extra)
		}
	}
	s.handle("/rss", rss(""))
	s.page("/summary", doc("The article"))
	s.handle("/atom", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><entry><title>Atom</title><link href="/atom-entry"/><updated>2026-11-01T00:00:00Z</updated><content type="html">%s</content></entry></feed>`,
			strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(long+"<pre><code>x := 1</code></pre>"))
	})
	s.handle("/json", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"version":"https://jsonfeed.org/version/1.1","title":"J","items":[{"id":"1","url":"%s/json-entry","title":"JSON","content_html":%q}]}`, s.URL, "<p>JSON says this.</p>"+long)
	})
	b := newBench(t, source.Source{Name: "blog", Kind: source.Feed, URLs: []string{s.URL + "/rss", s.URL + "/atom", s.URL + "/json"}, AllowPrivate: true})
	b.must("4 new")
	d, err := b.db.Document(t.Context(), s.URL+"/summary")
	if err != nil || !strings.Contains(d.Markdown, "This page is about The article") {
		t.Errorf("the article of a summary is %+v, %v", d, err)
	}
	d, err = b.db.Document(t.Context(), s.URL+"/whole")
	if err != nil || d.Title != "Whole & sound" || d.PublishedAt.Year() != 2026 || d.Meta["site"] != "Blog" || s.count("/whole") != 0 {
		t.Errorf("the whole entry is %+v, %v", d, err)
	}
	b.must("4 unchanged")
	s.handle("/rss", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<rss version="2.0"><channel><title>Blog</title></channel></rss>`)
	})
	b.must("2 unchanged")
	if len(b.live()) != 4 {
		t.Errorf("entries that left the feed left the store: %v", b.live())
	}
	s.handle("/rss", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	if _, err := b.run(crawl.Options{}); err == nil || !strings.Contains(sd.HintOf(err), "credential") {
		t.Errorf("a feed that wants a login: %v", err)
	}
}

func TestCheckTriesEverySource(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/", doc("Start"))
	b := &bench{t: t, cfg: crawl.Default()}
	b.env, _ = sd.Local("panther-crawl", t.TempDir(), discardLog())
	b.cfg.Sources = []source.Source{web(s), {Name: "private", URL: s.URL}, {Name: "away", URL: s.URL + "/nothing", AllowPrivate: true}}
	var out bytes.Buffer
	err := crawl.Check(t.Context(), b.env, b.cfg, nil, &out)
	if err == nil || !strings.Contains(err.Error(), "2 of 3") {
		t.Errorf("error is %v", err)
	}
	for _, want := range []string{"docs: 1 start addresses answer", "hint: if the site is on this machine", "answered 404"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing from:\n%s", want, &out)
		}
	}
}
