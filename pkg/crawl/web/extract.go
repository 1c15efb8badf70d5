package web

import (
	"bytes"
	"context"

	"panther/pkg/crawl/fetch"
	"panther/pkg/markdown"
	"panther/pkg/sd"

	"golang.org/x/sync/semaphore"
)

// trees bounds the pages that are read at a time, by their bytes: as a tree a
// page takes some twenty times as much. A larger one is read alone.
var trees = semaphore.NewWeighted(maxTrees)

const maxTrees = 4 << 20

// extract reads an answer as a page. A panic on the way is this page's failure.
func (s *Site) extract(resp *fetch.Response) (page *markdown.Page, err error) {
	return extract(resp.Body, markdown.Options{URL: resp.URL, ContentType: resp.ContentType, MaxBytes: int64(s.src.MaxPageSize), Indices: s.src.Indices})
}

func extract(body []byte, opt markdown.Options) (page *markdown.Page, err error) {
	n := min(int64(len(body)), maxTrees)
	if err := trees.Acquire(context.Background(), n); err != nil { // never: its context has no end
		return nil, err
	}
	defer trees.Release(n)
	err = sd.Guard("read page", body, func() (err error) {
		page, err = markdown.Extract(bytes.NewReader(body), opt)
		return err
	})
	return page, err
}
