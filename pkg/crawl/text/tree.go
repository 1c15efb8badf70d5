package text

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"panther/pkg/commonmark"
	"panther/pkg/crawl/rst"
)

// Files is a folder or a repository whose files a Tree reads. Names are paths
// from its root with slashes. It is called by several goroutines.
type Files interface {
	// Names lists the files that may hold what others name.
	Names() []string
	// Version identifies the content of a file, and is "" where there is none.
	Version(name string) string
	// URI is where a reader finds a file.
	URI(name string) string
	// Read calls got with the content of each file that can be read.
	Read(ctx context.Context, names []string, got func(name string, body []byte)) error
}

// Tree is what the files of one folder or repository say about each other: what
// one includes, and the title behind a label or a name in another. Everything is
// read when it is first asked for. It may be used by several goroutines.
type Tree struct {
	files Files

	mu     sync.Mutex
	known  map[string]bool
	titles map[string]string             // by file
	labels map[string]map[string]section // by label and file
	all    string                        // version of everything that may hold a label
}

type section = rst.Section

// NewTree returns the tree of files.
func NewTree(files Files) *Tree { return &Tree{files: files} }

// everything stands for all files in the list of what a document is made of.
const everything = "*"

// maxParts bounds the list of what a document is made of; beyond it, it is made
// of everything.
const maxParts = 40

// Current reports whether a document that was delivered under a version is what
// the file and all that it is made of would give now. own is the version of the
// file itself.
func (t *Tree) Current(own, delivered string) bool {
	if own == delivered {
		return true
	}
	rest, ok := strings.CutPrefix(delivered, own+"+")
	if !ok {
		return false
	}
	sum, list, _ := strings.Cut(rest, "+")
	var names []string
	for part := range strings.SplitSeq(list, ",") {
		name, err := url.PathUnescape(part)
		if err != nil {
			return false
		}
		names = append(names, name)
	}
	return t.sum(names) == sum
}

// sum identifies the content of files.
func (t *Tree) sum(names []string) string {
	h := sha256.New()
	for _, name := range names {
		if name == everything {
			fmt.Fprintln(h, t.version())
			continue
		}
		fmt.Fprintf(h, "%q %s\n", name, t.files.Version(name))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// version identifies the content of all files that may hold labels.
func (t *Tree) version() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == "" {
		h := sha256.New()
		for _, name := range t.files.Names() {
			if isRST(name) {
				fmt.Fprintf(h, "%q %s\n", name, t.files.Version(name))
			}
		}
		t.all = hex.EncodeToString(h.Sum(nil)[:8])
	}
	return t.all
}

func isRST(name string) bool {
	return slices.Contains([]string{".rst", ".rest", ".txt"}, strings.ToLower(path.Ext(name)))
}

// view is the tree as one file sees it. It notes what the file is made of.
type view struct {
	ctx   context.Context //nolint:containedctx // a view lives for one conversion
	tree  *Tree
	name  string
	parts []string
}

// version is the one under which a document is delivered.
func (v *view) version(own string) string {
	if v == nil || len(v.parts) == 0 || own == "" {
		return own
	}
	slices.Sort(v.parts)
	v.parts = slices.Compact(v.parts)
	if len(v.parts) > maxParts {
		v.parts = []string{everything}
	}
	escaped := make([]string, len(v.parts))
	for i, p := range v.parts {
		escaped[i] = strings.ReplaceAll(url.PathEscape(p), ",", "%2C")
	}
	return own + "+" + v.tree.sum(v.parts) + "+" + strings.Join(escaped, ",")
}

// inside reports whether a path stays in the tree and away from what is hidden
// in it.
func inside(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || strings.HasPrefix(part, ".") {
			return false
		}
	}
	return !strings.ContainsAny(name, "\\\x00")
}

// read returns the text of a file that another one includes.
func (v *view) read(name string) (string, bool) {
	if v == nil || !inside(name) {
		return "", false
	}
	v.parts = append(v.parts, name)
	if v.tree.files.Version(name) == "" {
		return "", false
	}
	text, ok := "", false
	err := v.tree.files.Read(v.ctx, []string{name}, func(_ string, body []byte) {
		if t, err := utf8Text(body); err == nil {
			text, ok = t, true
		}
	})
	return text, ok && err == nil
}

// endings are what a name without one may have.
var endings = []string{"", ".rst", ".md", ".txt", ".rest"}

// Doc finds the document that a role names.
func (v *view) Doc(target string) (href, title string, ok bool) {
	v.tree.index(v.ctx)
	for _, place := range rst.Places(target, v.name) {
		for _, ending := range endings {
			name := place + ending
			if !inside(name) || !v.tree.known[name] {
				continue
			}
			v.parts = append(v.parts, name)
			return v.tree.files.URI(name), v.tree.title(v.ctx, name), true
		}
		if inside(place) {
			v.parts = append(v.parts, place+".rst") // should it come
		}
	}
	return "", "", false
}

// Label finds the section of a label: of several files, the one that shares the
// longest path with this one, as translations and versions have the same labels.
func (v *view) Label(label string) (href, title string, ok bool) {
	v.tree.index(v.ctx)
	best, shared := "", -1
	for name := range v.tree.labels[label] {
		if n := common(name, v.name); n > shared || n == shared && name < best {
			best, shared = name, n
		}
	}
	if best == "" {
		v.parts = append(v.parts, everything)
		return "", "", false
	}
	v.parts = append(v.parts, best)
	s := v.tree.labels[label][best]
	href = v.tree.files.URI(best)
	if !strings.Contains(href, "#") {
		href += "#" + s.ID
	}
	return href, s.Title, true
}

// common is how many folders two paths share.
func common(a, b string) int {
	as, bs := strings.Split(path.Dir(a), "/"), strings.Split(path.Dir(b), "/")
	n := 0
	for n < len(as) && n < len(bs) && as[n] == bs[n] {
		n++
	}
	return n
}

// index reads the labels and titles of all files, once.
func (t *Tree) index(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known != nil {
		return
	}
	t.known, t.titles, t.labels = map[string]bool{}, map[string]string{}, map[string]map[string]section{}
	var read []string
	for _, name := range t.files.Names() {
		t.known[name] = true
		if isRST(name) && inside(name) {
			read = append(read, name)
		}
	}
	// What cannot be read has no labels; it is a failed page where it is one.
	_ = t.files.Read(ctx, read, func(name string, body []byte) {
		text, err := utf8Text(body)
		if err != nil {
			return
		}
		title, labels := rst.Outline(text)
		t.titles[name] = title
		for label, s := range labels {
			if t.labels[label] == nil {
				t.labels[label] = map[string]section{}
			}
			t.labels[label][name] = s
		}
	})
}

// title returns the title of a document.
func (t *Tree) title(ctx context.Context, name string) string {
	title, ok := t.titles[name]
	if ok {
		return title
	}
	_ = t.files.Read(ctx, []string{name}, func(_ string, body []byte) {
		if text, err := utf8Text(body); err == nil {
			title = commonmark.Title(text)
		}
	})
	return title
}
