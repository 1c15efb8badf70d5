package crawl_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"panther/pkg/crawl"
	"panther/pkg/crawl/source"
)

// manual makes pages of one version below a place, each of which links to the
// others and to the same page in the other versions.
func (s *site) manual(place, version string, others ...string) {
	names := []string{"", "install", "guide", "reference"}
	for _, n := range names {
		var links []string
		for _, o := range names {
			links = append(links, place+version+"/"+o)
		}
		for _, o := range others {
			links = append(links, place+o+"/"+n)
		}
		s.page(place+version+"/"+n, doc("The "+n+" page of version "+version, links...))
	}
}

func (b *bench) wantPlaces(s *site, want ...string) {
	b.t.Helper()
	var got []string
	for _, uri := range b.live() {
		path := strings.TrimPrefix(uri, s.URL)
		got = append(got, path[:strings.LastIndexByte(path, '/')+1])
	}
	slices.Sort(got)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		b.t.Errorf("documents are below %q, want %q", got, want)
	}
}

func TestOnlyWantedVersionsAreVisited(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/", doc("Manuals", "/docs/9/", "/docs/10/", "/docs/11/", "/docs/dev/"))
	all := []string{"9", "10", "11", "dev"}
	for _, v := range all {
		s.manual("/docs/", v, all...)
	}
	src := web(s)
	src.Versions = "newest"
	b := newBench(t, src)
	if _, err := b.run(crawl.Options{}); err != nil {
		t.Fatal(err)
	}
	b.wantPlaces(s, "/", "/docs/11/")
	if n := s.count("/docs/9/guide") + s.count("/docs/10/guide") + s.count("/docs/dev/guide"); n > 0 {
		t.Errorf("pages of other versions were fetched %d times", n)
	}
	// The setting changes, both ways.
	for _, step := range []struct {
		versions string
		want     []string
	}{
		{"2", []string{"/", "/docs/10/", "/docs/11/"}}, {"all", []string{"/", "/docs/10/", "/docs/11/", "/docs/9/", "/docs/dev/"}},
		{"newest", []string{"/", "/docs/11/"}}, {"newest+pre", []string{"/", "/docs/dev/"}}, {"2", []string{"/", "/docs/10/", "/docs/11/"}},
	} {
		b.cfg.Sources[0].Versions = step.versions
		if _, err := b.run(crawl.Options{}); err != nil {
			t.Fatal(err)
		}
		b.wantPlaces(s, step.want...)
	}
	// A new version appears in the night, first a few pages of it.
	s.page("/", doc("Manuals", "/docs/12/", "/docs/11/"))
	s.page("/docs/12/", doc("The page of version 12"))
	if _, err := b.run(crawl.Options{}); err != nil {
		t.Fatal(err)
	}
	b.wantPlaces(s, "/", "/docs/10/", "/docs/11/", "/docs/12/")
	s.page("/", doc("Manuals, of which the newest is 12", "/docs/12/", "/docs/11/"))
	s.manual("/docs/", "12", append(all, "12")...)
	for range 2 {
		if _, err := b.run(crawl.Options{}); err != nil {
			t.Fatal(err)
		}
		b.wantPlaces(s, "/", "/docs/11/", "/docs/12/")
	}
}

func TestAVersionThatIsNotThereCountsForNone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/", doc("Manuals", "/en/3.0/", "/en/2.0/", "/en/1.0/", "/en/2.0/guide", "/en/1.0/guide", "/en/3.0/guide", "/en/1.0/install", "/en/2.0/install"))
	s.manual("/en/", "2.0", "1.0")
	s.manual("/en/", "1.0", "2.0")
	src := web(s)
	src.Versions = "newest"
	b := newBench(t, src)
	for range 2 {
		if _, err := b.run(crawl.Options{}); err != nil {
			t.Fatal(err)
		}
		b.wantPlaces(s, "/", "/en/2.0/")
	}
}

func TestVersionsThatOnlyASwitcherLists(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	config := `<script id="__config" type="application/json">{"base": "..", "version": {"provider": "mike"}}</script></body>`
	s.page("/", doc("Start", "/latest/"))
	for _, v := range []string{"latest", "2.0", "1.1", "1.0"} {
		s.page("/"+v+"/", doc("Home "+v, "/"+v+"/a/", "/"+v+"/b/"))
		for _, p := range []string{"a", "b"} {
			s.page("/"+v+"/"+p+"/", strings.Replace(doc("Page "+p+" "+v), "</body>", config, 1))
		}
	}
	s.handle("/versions.json", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `[{"version":"2.0","title":"2.0.3","aliases":["latest"]},{"version":"1.1","title":"1.1.9","aliases":[]},{"version":"1.0","title":"1.0","aliases":[]}]`)
	})
	src := web(s)
	src.Versions = "2"
	b := newBench(t, src)
	if _, err := b.run(crawl.Options{}); err != nil {
		t.Fatal(err)
	}
	b.wantPlaces(s, "/", "/1.1/", "/1.1/a/", "/1.1/b/", "/latest/", "/latest/a/", "/latest/b/")
	d, err := b.db.Document(t.Context(), s.URL+"/latest/a/")
	if err != nil || d.Meta["version"] != "2.0.3" {
		t.Errorf("the version of latest is %q, %v", d.Meta["version"], err)
	}
}

func TestAFolderOfVersions(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	for _, v := range []string{"1.9", "1.10", "1.11"} {
		for _, n := range []string{"a", "b", "c"} {
			r.write("docs/"+v+"/"+n+".md", "# Page "+n+"\n\nIt is of "+v+".\n")
		}
	}
	r.write("docs/readme.md", "# Read me\n\nIt is of all.\n")
	b := newBench(t, source.Source{Name: "notes", Kind: source.Files, Path: r.dir, Versions: "2"})
	b.must("7 new")
	b.cfg.Sources[0].Versions = "newest"
	b.must("4 unchanged, 3 gone")
	if n := len(b.live()); n != 4 {
		t.Errorf("%d documents", n)
	}
}

func TestAPageThatIsTheSameInTwoVersionsIsTwo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/", doc("Start", "/docs/16/a", "/docs/17/a", "/docs/a"))
	for _, p := range []string{"/docs/16/a", "/docs/17/a", "/docs/17/copy", "/docs/a"} {
		s.page(p, doc("The same words", "/docs/17/copy"))
	}
	b := newBench(t, web(s))
	b.must("4 new")
}

// What a source's globs leave out since yesterday goes, however much it is.
func TestNewGlobsRemoveDocuments(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/", doc("All of it", "/docs/a", "/docs/b", "/news/1", "/news/2", "/news/3"))
	for _, p := range []string{"/docs/a", "/docs/b", "/news/1", "/news/2", "/news/3"} {
		s.page(p, doc("The page "+p))
	}
	b := newBench(t, web(s))
	for _, step := range []struct {
		include, exclude []string
		want             []string
	}{
		{nil, nil, []string{"/", "/docs/", "/news/"}}, {nil, []string{"/news/**"}, []string{"/", "/docs/"}},
		{nil, nil, []string{"/", "/docs/", "/news/"}}, {[]string{"/news/**", "/"}, nil, []string{"/", "/news/"}},
	} {
		b.cfg.Sources[0].Include, b.cfg.Sources[0].Exclude = step.include, step.exclude
		if _, err := b.run(crawl.Options{}); err != nil {
			t.Fatal(err)
		}
		b.wantPlaces(s, step.want...)
	}
}
