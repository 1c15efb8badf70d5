package web

import (
	"bytes"

	"panther/pkg/crawl/fetch"
	"panther/pkg/markdown"
	"panther/pkg/sd"
)

// extract reads an answer as a page. A panic on the way is this page's failure.
func (s *Site) extract(resp *fetch.Response) (page *markdown.Page, err error) {
	return extract(resp.Body, markdown.Options{URL: resp.URL, ContentType: resp.ContentType, MaxBytes: int64(s.src.MaxPageSize)})
}

func extract(body []byte, opt markdown.Options) (page *markdown.Page, err error) {
	err = sd.Guard("read page", body, func() (err error) {
		page, err = markdown.Extract(bytes.NewReader(body), opt)
		return err
	})
	return page, err
}
