package crawl

import (
	"bytes"
	"context"
	"errors"
	"html"
	"net/url"
	"regexp"
	"strings"
	"time"

	"panther/pkg/config"
	"panther/pkg/crawl/source"
	"panther/pkg/crawl/web"

	"github.com/mmcdole/gofeed"
)

// lookTime bounds a look at a site whose kind its address does not tell.
const lookTime = 20 * time.Second

var (
	// wikiBase and wikiSpace are what Confluence writes into the head of its pages.
	wikiBase  = regexp.MustCompile(`(?i)<meta\b[^>]*\bname=["\']?(?:ajs-base-url|confluence-base-url)["\']?[^>]*\bcontent=["\']?([^"\'\s>]+)`)
	wikiSpace = regexp.MustCompile(`(?i)<meta\b[^>]*\bname=["\']?(?:ajs-space-key|confluence-space-key)["\']?[^>]*\bcontent=["\']?([A-Za-z0-9~_]+)`)
	// forge is the name of a program that shows repositories, in the head of a page.
	forge = regexp.MustCompile(`(?i)\b(gitlab|gitea|forgejo|gogs|cgit|gitweb)\b`)
)

// Look refines what Guess made of the address of a site by asking it: a wiki, a
// feed or a repository may be there, its pages may want scripts, and it may list
// more of them than a source takes by default. Where it does not answer, s
// comes back as it was, with the reason.
func Look(ctx context.Context, s source.Source) (source.Source, error) {
	if s.Complete().Kind != source.Web {
		return s, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	full := s.Complete()
	full.Timeout = config.Duration(lookTime / 2)
	cfg := Default()
	site, err := web.New(full, cfg.userAgent(), "")
	if err != nil {
		return s, err
	}
	out := s
	err = site.Look(ctx, func(sight *web.Sight) { judge(ctx, &out, sight) })
	if err != nil && errors.Is(err, context.DeadlineExceeded) {
		err = errors.New("it took too long to answer")
	}
	return out, err
}

// judge sets what a site shows of itself.
func judge(ctx context.Context, s *source.Source, sight *web.Sight) {
	head := sight.Body[:min(len(sight.Body), 64<<10)]
	if m := wikiBase.FindSubmatch(head); m != nil {
		if base := html.UnescapeString(string(m[1])); sameHost(base, sight.URL) {
			s.Kind, s.URL = source.Confluence, base
			if m := wikiSpace.FindSubmatch(head); m != nil {
				s.Spaces = []string{string(m[1])}
			}
			return
		}
	}
	if gofeed.DetectFeedType(bytes.NewReader(sight.Body)) != gofeed.FeedTypeUnknown {
		s.Kind = source.Feed
		return
	}
	if forge.Match(head) {
		if place := repository(ctx, sight); place != "" {
			s.Kind, s.URL = source.Git, place
			return
		}
	}
	if sight.Hollow {
		s.Render = source.Auto
	}
	if limit := s.Complete().MaxPages; sight.Pages > limit {
		s.MaxPages = (sight.Pages + sight.Pages/4 + 999) / 1000 * 1000
	}
}

func sameHost(a, b string) bool {
	u, err := url.Parse(a)
	v, verr := url.Parse(b)
	return err == nil && verr == nil && u.Host != "" && u.Host == v.Host
}

// repository returns the address of the repository that a page shows: where its
// own address, or the beginning of it, speaks Git's protocol.
func repository(ctx context.Context, sight *web.Sight) string {
	u, err := url.Parse(sight.URL)
	if err != nil {
		return ""
	}
	path, _, _ := strings.Cut(strings.Trim(u.Path, "/"), "/-/")
	parts := strings.Split(path, "/")
	for n := min(len(parts), 4); n >= 1; n-- { // groups may have groups
		place := u.Scheme + "://" + u.Host + "/" + strings.Join(parts[:n], "/")
		if sight.Answers(ctx, place+"/info/refs?service=git-upload-pack") == "application/x-git-upload-pack-advertisement" {
			return place
		}
	}
	return ""
}
