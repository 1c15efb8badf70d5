package web

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// framesOf returns the addresses of the pages that a page shows in frames, and
// whether it is nothing else but a set of them.
func framesOf(body []byte, base string) (frames []string, set bool) {
	if !bytes.Contains(bytes.ToLower(body), []byte("frame")) {
		return nil, false
	}
	at, err := url.Parse(base)
	if err != nil {
		return nil, false
	}
	z := html.NewTokenizer(bytes.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return frames, set
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.Data {
			case "base":
				if ref, err := at.Parse(attribute(t, "href")); err == nil && attribute(t, "href") != "" {
					at = ref
				}
			case "frameset":
				set = true
			case "frame", "iframe":
				if ref, err := at.Parse(strings.TrimSpace(attribute(t, "src"))); err == nil && attribute(t, "src") != "" {
					frames = append(frames, ref.String())
				}
			}
		}
	}
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
