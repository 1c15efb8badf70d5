package crawl_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"panther/pkg/crawl"
	"panther/pkg/crawl/source"
)

// zipped is a sitemap of n pages below /docs/, and some that are not, as gzip.
func zipped(base string, n int) http.HandlerFunc {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprint(z, `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="x">`)
	for i := range n {
		fmt.Fprintf(z, "<url><loc>\n%s/docs/p%d.html</loc><image:image><image:loc>%s/docs/i%d</image:loc></image:image></url><url><loc>%s/blog/%d</loc></url>", base, i, base, i, base, i)
	}
	fmt.Fprint(z, "</urlset>")
	_ = z.Close()
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b.Bytes()) }
}

func TestALookTellsWhatAnAddressDoesNot(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/plain/", doc("Plain"))
	s.handle("/news", serve("text/xml", rss(s.URL, "First")))
	head := func(tags string) string { return strings.Replace(doc("Page"), "<head>", "<head>"+tags, 1) }
	s.page("/display/OPS/Home", head(`<meta name="ajs-base-url" content="`+s.URL+`"><meta name="ajs-space-key" content="OPS">`))
	s.page("/foreign", head(`<meta name="ajs-base-url" content="https://elsewhere.example">`))
	s.page("/team/sub/notes/-/tree/main/docs", head(`<meta content="GitLab" property="og:site_name">`))
	s.handle("/team/sub/notes/info/refs?service=git-upload-pack", serve("application/x-git-upload-pack-advertisement", "001e# service=git-upload-pack\n"))
	s.page("/team/blog", head(`<meta name="description" content="About GitLab">`))
	s.page("/app/", shell)
	s.page("/docs/", doc("Docs"))
	s.handle("/robots.txt", serve("text/plain", "Sitemap: "+s.URL+"/maps.xml\nUser-agent: *\nDisallow: /closed\n"))
	s.page("/closed", doc("Closed"))
	s.handle("/maps.xml", serve("text/xml", "<sitemapindex><sitemap><loc>"+s.URL+"/one.xml.gz</loc></sitemap><sitemap><loc>"+s.URL+"/list.txt</loc></sitemap></sitemapindex>"))
	s.handle("/one.xml.gz", zipped(s.URL, 20500))
	s.handle("/list.txt", serve("text/plain", s.URL+"/docs/p1.html\n"+s.URL+"/docs/listed.html\n"))
	for place, want := range map[string]source.Source{
		"/plain/":                          {Kind: source.Web, URL: s.URL + "/plain/"},
		"/news":                            {Kind: source.Feed, URL: s.URL + "/news"},
		"/display/OPS/Home":                {Kind: source.Confluence, URL: s.URL, Spaces: []string{"OPS"}},
		"/foreign":                         {Kind: source.Web, URL: s.URL + "/foreign"},
		"/team/sub/notes/-/tree/main/docs": {Kind: source.Git, URL: s.URL + "/team/sub/notes"},
		"/team/blog":                       {Kind: source.Web, URL: s.URL + "/team/blog"},
		"/app/":                            {Kind: source.Web, URL: s.URL + "/app/", Render: source.Auto},
		"/docs/":                           {Kind: source.Web, URL: s.URL + "/docs/", MaxPages: 26000},
	} {
		want.Name, want.AllowPrivate = "x", true
		got, err := crawl.Look(t.Context(), source.Source{Name: "x", Kind: source.Web, URL: s.URL + place, AllowPrivate: true})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v, %v, want %+v", place, got, err, want)
		}
	}
	for place, want := range map[string]string{"/closed": "robots.txt forbids it", "/missing": "it answered 404"} {
		src := source.Source{Name: "x", Kind: source.Web, URL: s.URL + place, AllowPrivate: true}
		if got, err := crawl.Look(t.Context(), src); err == nil || !strings.Contains(err.Error(), want) || !reflect.DeepEqual(got, src) {
			t.Errorf("%s is %+v, %v", place, got, err)
		}
	}
	src := source.Source{Name: "x", Kind: source.Web, URL: s.URL + "/plain/"}
	if _, err := crawl.Look(t.Context(), src); err == nil || !strings.Contains(err.Error(), "address is not allowed") {
		t.Errorf("a private address: %v", err)
	}
}
