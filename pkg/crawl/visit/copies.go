package visit

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"sync"

	"panther/pkg/crawl/frontier"
)

// minCopy is the length of Markdown below which equal pages are not copies but
// placeholders.
const minCopy = 200

// texts finds pages that say the same at two addresses. Which of them stays does
// not depend on the order in which they were found. The zero value is ready.
type texts struct {
	mu    sync.Mutex
	byTxt map[string]owner
	loser map[string]string // key of a record whose document is to go: address of the one that stays
}

type owner struct{ key, uri string }

// note takes what is known of a record from before.
func (t *texts) note(r *frontier.Record) {
	if !r.Live() || r.Text == "" || r.Size < minCopy || r.Target != "" {
		return
	}
	t.claim(r.Key, r.URI, r.Text, int(r.Size))
}

// claim says that the page of key has this text. It returns the address whose
// copy the page is, or "" if it stays.
func (t *texts) claim(key, uri, text string, size int) string {
	if size < minCopy {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byTxt == nil {
		t.byTxt, t.loser = map[string]owner{}, map[string]string{}
	}
	o, ok := t.byTxt[text]
	switch {
	case !ok || o.key == key:
		t.byTxt[text] = owner{key, uri}
		delete(t.loser, key)
		return ""
	case better(o.uri, uri):
		return o.uri
	}
	t.byTxt[text] = owner{key, uri}
	t.loser[o.key] = uri
	delete(t.loser, key)
	return ""
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

// hashText identifies the words of a page without the targets of its links.
func hashText(markdown string) string {
	sum := sha256.Sum256(linkTarget.ReplaceAll([]byte(markdown), []byte("]")))
	return hex.EncodeToString(sum[:12])
}
