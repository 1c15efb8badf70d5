package visit

import (
	"errors"
	"fmt"

	"panther/pkg/crawl/frontier"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// lossCounter counts pages that lost what they had.
type lossCounter struct {
	pages int // that had a document before
	empty int // of those: have none of their text now
	codes int // had code and have none now
}

const (
	// minLoss and lossShare are when losses are no coincidence: a theme changed,
	// or the site wants scripts or a login now.
	minLoss   = 3
	lossShare = 0.2
	// shrunk is the part of its length below which a page counts as empty.
	shrunk = 0.1
)

// lose compares a page with what it was.
func (v *Visit) lose(r *frontier.Record, p Page) {
	if !r.Live() || r.Size == 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.lost.pages++
	if float64(len(p.Document.Markdown)) < shrunk*float64(r.Size) {
		v.lost.empty++
	}
	if r.Codes > 0 && p.Codes == 0 {
		v.lost.codes++
	}
}

// suspect raises a warning when many pages went empty or lost their code.
func (v *Visit) suspect() {
	v.mu.Lock()
	l := v.lost
	v.mu.Unlock()
	for _, c := range []struct {
		n    int
		what string
	}{{l.empty, "are nearly empty"}, {l.codes, "lost all of their code"}} {
		if c.n < minLoss || float64(c.n) < lossShare*float64(l.pages) {
			continue
		}
		v.Warn(fmt.Sprintf("%d of %d pages that changed %s", c.n, l.pages, c.what))
		v.Log.Warn("source looks damaged", "source", v.Source.Name, "run_id", v.run.ID, "pages", c.n, "finding", c.what,
			"hint", "panther-crawl extract --why URL shows what is found on a page", sd.MessageIDKey, sd.MessageCrawlSuspect)
	}
}

// HidesText warns that the page at uri holds much text that its readers do not see, or instructions to a model. None of
// it is in the document.
func (v *Visit) HidesText(uri string) {
	v.Warn("hides text from its readers: " + uri)
	v.Log.Warn("page hides text", "source", v.Source.Name, "run_id", v.run.ID, "uri", uri,
		"hint", "panther-crawl extract --why "+uri+" shows what was left out", sd.MessageIDKey, sd.MessageCrawlSuspect)
}

func isNotFound(err error) bool { return errors.Is(err, knowledge.ErrNotFound) }
