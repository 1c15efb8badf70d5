package visit

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"sync"

	"panther/pkg/crawl/frontier"
	"panther/pkg/edition"
	"panther/pkg/knowledge"
)

// minCopy is the length of Markdown below which equal pages are not copies but
// placeholders.
const minCopy = 200

// texts finds pages that say the same at two addresses. Which of them stays does
// not depend on the order in which they were found. A page that says what
// another one said on an earlier night waits until that one was visited: it may
// have moved here. The zero value is ready.
type texts struct {
	mu      sync.Mutex
	byTxt   map[string]owner
	before  map[string]string     // text that a record had on an earlier night, by key
	waiting map[string][]delivery // by text
	waits   int
	loser   map[string]string // key of a record whose document is to go: address of the one that stays
}

type owner struct {
	key, uri string
	sure     bool // it was visited in this run
}

// maxWaiting bounds the documents that are kept in memory until it is clear
// whose text they have.
const maxWaiting = 1000

// note takes what is known of a record from before.
func (t *texts) note(r *frontier.Record) {
	if !r.Live() || r.Text == "" || r.Size < minCopy || r.Target != "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.claim(owner{r.Key, r.URI, r.State == frontier.Visited}, r.Text)
	if t.byTxt[r.Text].key == r.Key {
		t.before[r.Key] = r.Text
	}
}

// judge says whose text a document has: "" of its own, else the address whose
// copy it is. Where that cannot be told yet, it keeps the delivery, and wait is
// true. again are deliveries that are to be judged once more.
func (t *texts) judge(d delivery) (winner string, wait bool, again []delivery) {
	key, uri := d.rec.Key, d.page.Document.URI
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.before[key] != d.text {
		again = t.leave(key)
	}
	delete(t.before, key)
	if len(d.page.Document.Markdown) < minCopy {
		return "", false, again
	}
	if o, ok := t.byTxt[d.text]; ok && o.key != key && !o.sure && t.waits < maxWaiting {
		t.waiting[d.text] = append(t.waiting[d.text], d)
		t.waits++
		return "", true, again
	}
	winner = t.claim(owner{key, uri, true}, d.text)
	return winner, false, append(again, t.release(d.text)...)
}

// claim says that a page has a text. It returns the address whose copy the page
// is, or "" if it stays. t.mu is held.
func (t *texts) claim(c owner, text string) string {
	if t.byTxt == nil {
		t.byTxt, t.before = map[string]owner{}, map[string]string{}
		t.waiting, t.loser = map[string][]delivery{}, map[string]string{}
	}
	o, ok := t.byTxt[text]
	switch {
	case !ok || o.key == c.key:
		t.byTxt[text] = c
		delete(t.loser, c.key)
		return ""
	case better(o.uri, c.uri):
		return o.uri
	}
	t.byTxt[text] = c
	t.loser[o.key] = c.uri
	delete(t.loser, c.key)
	return ""
}

// ended says that a record was visited and has no new document: it stays what it
// was, or its document goes. It returns what is to be judged now.
func (t *texts) ended(key string, stays bool) []delivery {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !stays {
		return t.leave(key)
	}
	text, ok := t.before[key]
	if !ok {
		return nil
	}
	delete(t.before, key)
	if o := t.byTxt[text]; o.key == key {
		o.sure = true
		t.byTxt[text] = o
	}
	return t.release(text)
}

// leave frees the text that a record had before. t.mu is held.
func (t *texts) leave(key string) []delivery {
	text, ok := t.before[key]
	if !ok {
		return nil
	}
	delete(t.before, key)
	if t.byTxt[text].key == key {
		delete(t.byTxt, text)
	}
	return t.release(text)
}

// release returns what waits for a text. t.mu is held.
func (t *texts) release(text string) []delivery {
	ds := t.waiting[text]
	delete(t.waiting, text)
	t.waits -= len(ds)
	return ds
}

// rest returns what waits still, for pages that were not visited: those stay.
func (t *texts) rest() (again []delivery) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for text := range t.waiting {
		o := t.byTxt[text]
		o.sure = true
		t.byTxt[text] = o
		again = append(again, t.release(text)...)
	}
	return again
}

// losers returns the keys of records whose pages turned out to be copies after
// they were delivered, with the address that stays.
func (t *texts) losers() map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.loser
}

// versioned finds a version or a development branch in a path.
var versioned = regexp.MustCompile(`/(v?\d+(\.\d+|\.x)*|main|master|dev|devel|nightly|next|edge|\d+\.x)(/|$)`)

// better reports whether a is the better of two addresses of one text: without
// a version, then the shorter one, then the first by name.
func better(a, b string) bool {
	va, vb := versioned.MatchString(a), versioned.MatchString(b)
	switch {
	case va != vb:
		return !va
	case strings.Contains(a, "?") != strings.Contains(b, "?"):
		return !strings.Contains(a, "?")
	case len(a) != len(b):
		return len(a) < len(b)
	}
	return a <= b
}

// linkTarget finds what differs between two copies of one page: the absolute
// addresses of its links.
var linkTarget = regexp.MustCompile(`\]\([^()\s]*\)`)

// hashText identifies the words of a page without the targets of its links. One page
// in two versions is two: which of them answers is for the question to say.
func hashText(d *knowledge.Document) string {
	text := linkTarget.ReplaceAll([]byte(d.Markdown), []byte("]"))
	if e := edition.Of(d.URI, d.Meta[knowledge.MetaVersion]); e.Numbered() {
		text = append(text, e.Version...)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}
