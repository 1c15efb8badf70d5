package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"panther/pkg/crawl/address"
	"panther/pkg/crawl/visit"
	"panther/pkg/knowledge"
	"panther/pkg/markdown"
	"panther/pkg/sd"
)

const (
	// articlesPage is how many articles the API lists at a time.
	articlesPage = 100
	// maxArticles is how many of one profile or tag are read: a tag has tens
	// of thousands.
	maxArticles = 1000
)

// article is an article of Dev.to's API, https://developers.forem.com/api/v1.
type article struct {
	ID          int       `json:"id"`
	Title       string    `json:"title"`
	URL         string    `json:"url"`
	Canonical   string    `json:"canonical_url"`
	Published   time.Time `json:"published_timestamp"`
	Edited      string    `json:"edited_at"`
	Language    string    `json:"language"`
	Description string    `json:"description"`
	HTML        string    `json:"body_html"`
	Markdown    string    `json:"body_markdown"`
	User        struct {
		Name string `json:"name"`
	} `json:"user"`
}

// articlesOf returns the query of Dev.to's API that lists a profile, an
// organization or a tag, or false for any other address.
func (f *Feed) articlesOf(place string) (api string, ok bool) {
	u, err := url.Parse(place)
	if err != nil || u.Host != f.devto {
		return "", false
	}
	p := strings.Trim(u.Path, "/")
	q := url.Values{"per_page": {strconv.Itoa(articlesPage)}}
	switch tag, isTag := strings.CutPrefix(p, "t/"); {
	case p == "" || strings.HasPrefix(p, "feed") || strings.HasPrefix(p, "api/"):
		return "", false
	case isTag:
		tag, _, _ = strings.Cut(tag, "/")
		q.Set("tag", tag)
	case strings.Contains(p, "/"):
		return "", false // one article
	default:
		q.Set("username", strings.TrimPrefix(p, "@"))
	}
	return u.Scheme + "://" + u.Host + "/api/articles?" + q.Encode(), true
}

// articles lists what the API has.
func (f *Feed) articles(ctx context.Context, api string) ([]*visit.Item, error) {
	base, _, _ := strings.Cut(api, "?")
	var items []*visit.Item
	for n := 1; len(items) < maxArticles; n++ {
		var list []article
		if err := f.ask(ctx, api+"&page="+strconv.Itoa(n), &list); err != nil {
			return nil, err
		}
		for _, a := range list {
			uri, err := address.Canonical(a.URL)
			if err != nil {
				continue
			}
			version := fmt.Sprintf("%s-%d-%s-%s", Format, a.ID, a.Published.Format(time.RFC3339), a.Edited)
			items = append(items, &visit.Item{URI: uri, Version: version, Load: func(ctx context.Context) (visit.Page, error) {
				return f.loadArticle(ctx, base+"/"+strconv.Itoa(a.ID), uri)
			}})
		}
		if len(list) < articlesPage {
			break
		}
	}
	return items, nil
}

func (f *Feed) loadArticle(ctx context.Context, api, uri string) (visit.Page, error) {
	var a article
	if err := f.ask(ctx, api, &a); err != nil {
		return visit.Page{}, err
	}
	page, err := markdown.Extract(strings.NewReader(wrap(a.HTML)), markdown.Options{URL: uri, ContentType: "text/html; charset=utf-8"})
	if err != nil {
		return visit.Page{}, fmt.Errorf("convert article: %w", err)
	}
	d := &knowledge.Document{URI: uri, Title: a.Title, Markdown: page.Markdown, Language: a.Language, PublishedAt: a.Published.UTC(), Meta: map[string]string{"site": "DEV Community"}}
	if strings.TrimSpace(d.Markdown) == "" {
		d.Markdown = a.Markdown
	}
	if a.User.Name != "" {
		d.Meta["author"] = a.User.Name
	}
	if a.Description != "" {
		d.Meta["description"] = a.Description
	}
	return visit.Page{Document: d, Codes: strings.Count(d.Markdown, "\n```") / 2, Bytes: int64(len(a.HTML))}, nil
}

// ask reads an answer of the API.
func (f *Feed) ask(ctx context.Context, api string, out any) error {
	resp, err := f.client.Patient(ctx, api, maxHops)
	switch {
	case err != nil:
		return fmt.Errorf("ask Dev.to: %w", err)
	case resp.Status == http.StatusNotFound:
		return sd.Hint(fmt.Errorf("ask Dev.to: it answered %d", resp.Status), "check the name in url: https://dev.to/NAME or https://dev.to/t/TAG")
	case resp.Status != http.StatusOK:
		return fmt.Errorf("ask Dev.to: it answered %d", resp.Status)
	}
	if err := json.Unmarshal(resp.Body, out); err != nil {
		return fmt.Errorf("decode Dev.to's answer: %w", err)
	}
	return nil
}
