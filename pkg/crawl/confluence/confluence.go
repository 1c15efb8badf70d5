// Package confluence visits the spaces of a Confluence site, Cloud or Data
// Center, by its REST API. The listing says which pages have a new version;
// only those are read, in storage format, and converted.
//
// Data Center speaks version 1 of the API, Cloud version 2; which one it is
// follows from the address. A listing that breaks off removes nothing.
package confluence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"panther/pkg/crawl/fetch"
	"panther/pkg/crawl/source"
	"panther/pkg/crawl/visit"
	"panther/pkg/knowledge"
	"panther/pkg/markdown"
	"panther/pkg/sd"
)

// Format counts what changes the documents made of an unchanged page.
const Format = "1"

// Site visits one confluence source.
type Site struct {
	src         source.Source
	agent, auth string
	base        string // without a slash at its end
	cloud       bool
	client      *fetch.Client
}

// New returns the visitor of a source. auth is the Authorization header.
func New(src source.Source, userAgent, auth string) *Site {
	base := strings.TrimSuffix(src.Location(), "/")
	u, err := url.Parse(base)
	cloud := err == nil && (strings.HasSuffix(u.Host, ".atlassian.net") || strings.HasSuffix(u.Path, "/wiki"))
	if cloud && !strings.HasSuffix(base, "/wiki") {
		base += "/wiki"
	}
	return &Site{src: src, agent: userAgent, auth: auth, base: base, cloud: cloud}
}

func (s *Site) open(ctx context.Context) {
	var origins []string
	if u, err := url.Parse(s.base); err == nil {
		origins = []string{fetch.Origin(u)}
	}
	s.client = fetch.New(ctx, fetch.Options{UserAgent: s.agent, Private: s.src.AllowPrivate, Timeout: s.src.Timeout.D(),
		MaxBytes: int64(s.src.MaxPageSize), Conns: 4, Auth: s.auth, Origins: origins})
}

// content is a page in both versions of the API.
type content struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Space *struct {
		Key string `json:"key"`
	} `json:"space"`
	Version struct {
		Number    int       `json:"number"`
		When      time.Time `json:"when"`      // v1
		CreatedAt time.Time `json:"createdAt"` // v2
	} `json:"version"`
	Body struct {
		Storage struct {
			Value string `json:"value"`
		} `json:"storage"`
	} `json:"body"`
	Links struct {
		WebUI string `json:"webui"`
	} `json:"_links"`
}

type listing[T any] struct {
	Results []T `json:"results"`
	Links   struct {
		Next string `json:"next"`
	} `json:"_links"`
}

// Visit visits the pages of every configured space, or of all that can be seen.
func (s *Site) Visit(ctx context.Context, v *visit.Visit) error {
	s.open(ctx)
	defer s.client.Close()
	items, err := s.items(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", visit.ErrSource, err)
	}
	pull := func(context.Context) (*visit.Item, error) {
		if err := ctx.Err(); err != nil || len(items) == 0 {
			return nil, err
		}
		it := items[0]
		items = items[1:]
		return it, nil
	}
	return v.List(ctx, pull, func() bool { return true })
}

// items lists the pages of the configured trees, or of the spaces.
func (s *Site) items(ctx context.Context) ([]*visit.Item, error) {
	var items []*visit.Item
	seen := map[string]bool{}
	list := func(what, key, next string) (int, error) {
		n := 0
		for next != "" {
			var l listing[content]
			if err := s.get(ctx, next, &l); err != nil {
				return n, fmt.Errorf("list %s: %w", what, err)
			}
			for _, c := range l.Results {
				n++
				if c.Space != nil {
					key = c.Space.Key
				}
				if !seen[c.ID] {
					seen[c.ID] = true
					items = append(items, s.item(key, c))
				}
			}
			next = l.Links.Next
		}
		return n, nil
	}
	if len(s.src.Pages) > 0 {
		for _, id := range s.src.Pages {
			n, err := list("pages below "+id, "", treePath(id))
			if err == nil && n == 0 {
				err = sd.Hint(fmt.Errorf("page %s is not there", id), "correct pages, or let the token's user see the page")
			}
			if err != nil {
				return nil, err
			}
		}
		return items, nil
	}
	spaces, err := s.spaces(ctx)
	if err != nil {
		return nil, err
	}
	for _, sp := range spaces {
		if _, err := list("space "+sp.Key, sp.Key, s.pagesPath(sp)); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// treePath lists a page and what is below it. Cloud answers this part of
// version 1 of the API too; version 2 has no listing of a tree with versions.
func treePath(id string) string {
	return "/rest/api/content/search?limit=100&expand=version,space&cql=" + url.QueryEscape("type=page and (id="+id+" or ancestor="+id+")")
}

// Probe lists the spaces, or the pages of the configured trees.
func (s *Site) Probe(ctx context.Context) (string, error) {
	s.open(ctx)
	defer s.client.Close()
	if len(s.src.Pages) > 0 {
		items, err := s.items(ctx)
		return fmt.Sprintf("%d pages", len(items)), err
	}
	spaces, err := s.spaces(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d spaces", len(spaces)), nil
}

type space struct {
	ID  json.Number `json:"id"`
	Key string      `json:"key"`
}

// spaces returns the configured spaces that the site has. One that it does not
// show is an error: its pages would be taken for removed ones.
func (s *Site) spaces(ctx context.Context) ([]space, error) {
	next := "/rest/api/space?limit=100"
	if s.cloud {
		next = "/api/v2/spaces?limit=100"
	}
	var out []space
	for next != "" {
		var l listing[space]
		if err := s.get(ctx, next, &l); err != nil {
			return nil, err
		}
		for _, sp := range l.Results {
			if len(s.src.Spaces) == 0 || slices.Contains(s.src.Spaces, sp.Key) {
				out = append(out, sp)
			}
		}
		next = l.Links.Next
	}
	for _, key := range s.src.Spaces {
		if !slices.ContainsFunc(out, func(sp space) bool { return sp.Key == key }) {
			return nil, sd.Hint(fmt.Errorf("space %s is not there", key), "correct spaces, or let the token's user see the space")
		}
	}
	return out, nil
}

func (s *Site) pagesPath(sp space) string {
	if s.cloud {
		return "/api/v2/spaces/" + url.PathEscape(sp.ID.String()) + "/pages?limit=100&status=current"
	}
	return "/rest/api/content?type=page&status=current&limit=100&expand=version&spaceKey=" + url.QueryEscape(sp.Key)
}

func (s *Site) item(spaceKey string, c content) *visit.Item {
	uri := s.absolute(c.Links.WebUI)
	if c.Links.WebUI == "" {
		uri = s.base + "/pages/viewpage.action?pageId=" + url.QueryEscape(c.ID)
	}
	return &visit.Item{URI: uri, Version: Format + "-" + strconv.Itoa(c.Version.Number), Load: func(ctx context.Context) (visit.Page, error) {
		return s.load(ctx, spaceKey, uri, c.ID)
	}}
}

// load reads and converts a page.
func (s *Site) load(ctx context.Context, spaceKey, uri, id string) (visit.Page, error) {
	path := "/rest/api/content/" + url.PathEscape(id) + "?expand=body.storage,version"
	if s.cloud {
		path = "/api/v2/pages/" + url.PathEscape(id) + "?body-format=storage"
	}
	var c content
	if err := s.get(ctx, path, &c); err != nil {
		return visit.Page{}, err
	}
	files, err := s.attachments(ctx, id)
	if err != nil {
		return visit.Page{}, err
	}
	body, err := ToHTML(c.Body.Storage.Value, page{base: s.base, space: spaceKey, id: id})
	if err != nil {
		return visit.Page{}, err
	}
	p, err := markdown.Extract(strings.NewReader("<html><body><main>"+body+files+"</main></body></html>"),
		markdown.Options{URL: uri, ContentType: "text/html; charset=utf-8", MaxBytes: int64(s.src.MaxPageSize)})
	if err != nil {
		return visit.Page{}, fmt.Errorf("convert page %s: %w", id, err)
	}
	if strings.TrimSpace(p.Markdown) == "" {
		return visit.Page{Outcome: visit.Refused, Reason: "page has no text"}, nil
	}
	d := &knowledge.Document{URI: uri, Title: c.Title, Markdown: p.Markdown, Meta: map[string]string{"space": spaceKey}}
	if t := c.Version.When; !t.IsZero() {
		d.Meta["modified"] = t.UTC().Format(time.RFC3339)
	} else if t := c.Version.CreatedAt; !t.IsZero() {
		d.Meta["modified"] = t.UTC().Format(time.RFC3339)
	}
	return visit.Page{Document: d, Codes: strings.Count(p.Markdown, "\n```") / 2, Bytes: int64(len(c.Body.Storage.Value))}, nil
}

// absolute makes an address of a link that the API gives: from the site's base,
// or, in Cloud's version 2, with its path.
func (s *Site) absolute(link string) string {
	if strings.HasPrefix(link, "http://") || strings.HasPrefix(link, "https://") {
		return link
	}
	u, err := url.Parse(s.base)
	if err != nil {
		return s.base + link
	}
	if u.Path != "" && strings.HasPrefix(link, u.Path+"/") {
		return strings.TrimSuffix(s.base, u.Path) + link
	}
	return s.base + link
}

// maxHops is how many redirects an answer may take; the API makes none.
const maxHops = 0

// get reads an answer of the API, and waits where it asks to.
func (s *Site) get(ctx context.Context, link string, out any) error {
	resp, err := s.client.Patient(ctx, s.absolute(link), maxHops)
	switch {
	case errors.Is(err, fetch.ErrRedirects): // to a login page: the API itself never moves
		return sd.Hint(fmt.Errorf("ask Confluence: %w", err), "renew the token that credential names, or correct url")
	case err != nil:
		return fmt.Errorf("ask Confluence: %w", err)
	case resp.Status == http.StatusOK:
		if err := json.Unmarshal(resp.Body, out); err != nil {
			return fmt.Errorf("decode Confluence's answer: %w", err)
		}
		return nil
	case resp.Status == http.StatusUnauthorized, resp.Status == http.StatusForbidden:
		return sd.Hint(fmt.Errorf("ask Confluence: it answered %d", resp.Status),
			"renew the token that credential names; Cloud wants the account's address in user as well")
	}
	return fmt.Errorf("ask Confluence: it answered %d", resp.Status)
}
