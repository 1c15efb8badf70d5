package confluence

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"strings"
)

// attachment is a file of a page in both versions of the API.
type attachment struct {
	Title     string `json:"title"`
	MediaType string `json:"mediaType"`    // v2
	FileSize  int64  `json:"fileSize"`     // v2
	Download  string `json:"downloadLink"` // v2

	Extensions struct {
		MediaType string `json:"mediaType"`
		FileSize  int64  `json:"fileSize"`
	} `json:"extensions"` // v1
	Links struct {
		Download string `json:"download"`
	} `json:"_links"`
}

// maxAttachments is how many of one page are listed.
const maxAttachments = 500

// attachments lists the files of a page as HTML, "" where it has none.
func (s *Site) attachments(ctx context.Context, id string) (string, error) {
	next := "/rest/api/content/" + url.PathEscape(id) + "/child/attachment?limit=100"
	if s.cloud {
		next = "/api/v2/pages/" + url.PathEscape(id) + "/attachments?limit=100"
	}
	var b strings.Builder
	n := 0
	for next != "" && n < maxAttachments {
		var l listing[attachment]
		if err := s.get(ctx, next, &l); err != nil {
			return "", fmt.Errorf("list attachments of page %s: %w", id, err)
		}
		for _, a := range l.Results {
			n++
			kind, size, link := a.MediaType, a.FileSize, a.Download
			if kind == "" {
				kind, size = a.Extensions.MediaType, a.Extensions.FileSize
			}
			if link == "" {
				link = a.Links.Download
			}
			fmt.Fprintf(&b, `<li><a href="%s">%s</a> (%s, %s)</li>`, html.EscapeString(s.absolute(link)), html.EscapeString(a.Title), html.EscapeString(kind), bytesText(size))
		}
		next = l.Links.Next
	}
	if n == 0 {
		return "", nil
	}
	return "<h2>Attachments</h2><ul>" + b.String() + "</ul>", nil
}

func bytesText(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
