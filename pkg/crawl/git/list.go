package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"panther/pkg/crawl/text"
	"panther/pkg/crawl/visit"
	"panther/pkg/sd"
)

// Bounds of a tree. A path costs some 250 bytes here, so that all of them stay
// below 100 MB; the largest repositories of documentation have a tenth of it, and
// the Linux kernel 90,000 files and folders.
const (
	maxEntries = 300_000
	maxDepth   = 100
	maxPath    = 4096     // PATH_MAX
	maxNames   = 48 << 20 // bytes of all paths together
	maxContent = 8 << 30  // bytes of all documents together
)

// file is one entry of the tree.
type file struct {
	name, blob string
	size       int64
}

// list returns the documents of the tree, and calls skip for what is none.
func (r *Repository) list(ctx context.Context, skip func(name, as string)) ([]file, error) {
	r.all, r.tree = map[string]file{}, text.NewTree(blobs{r})
	l := listing{r: r, skip: skip}
	// Trees too, since a tree can hold billions of them and no file.
	if err := r.stream(ctx, nil, &l, "ls-tree", "-r", "-t", "-z", "--long", "--full-tree", fetched); err != nil {
		return nil, err
	}
	return l.files, nil
}

// listing reads what git ls-tree writes.
type listing struct {
	r       *Repository
	skip    func(name, as string)
	pending []byte // an entry whose end has not come
	files   []file // documents
	entries int
	names   int
	content int64
}

func (l *listing) Write(p []byte) (int, error) {
	for rest := p; ; {
		entry, after, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			l.pending = append(l.pending, rest...)
			if len(l.pending) > maxPath+100 {
				return 0, tooLarge("a path of more than %d bytes", maxPath)
			}
			return len(p), nil
		}
		rest = after
		err := l.add(string(append(l.pending, entry...)))
		if l.pending = l.pending[:0]; err != nil {
			return 0, err
		}
	}
}

// add takes an entry: MODE SP TYPE SP OBJECT SP+ SIZE TAB NAME.
func (l *listing) add(entry string) error {
	head, name, ok := strings.Cut(entry, "\t")
	f := strings.Fields(head)
	if !ok || len(f) != 4 {
		return fmt.Errorf("git ls-tree: %q is no entry", entry[:min(len(entry), 100)])
	}
	l.entries++
	l.names += len(name)
	switch {
	case l.entries > maxEntries:
		return tooLarge("more than %d files and folders", maxEntries)
	case len(name) > maxPath:
		return tooLarge("a path of more than %d bytes", maxPath)
	case strings.Count(name, "/") >= maxDepth:
		return tooLarge("folders in each other, more than %d deep", maxDepth)
	case l.names > maxNames:
		return tooLarge("paths of more than %d MiB together", maxNames>>20)
	}
	size, err := strconv.ParseInt(f[3], 10, 64)
	if f[1] != "blob" || f[0] == "120000" || err != nil { // no folder, no submodule, no symbolic link
		return nil
	}
	doc := file{strings.Clone(name), strings.Clone(f[2]), size}
	l.r.all[doc.name] = doc
	ok, as := text.RulesOf(l.r.src).Takes(name)
	if !ok && !(l.r.src.DocComments && text.IsGo(name)) {
		l.skip(name, as)
		return nil
	}
	if !l.r.wanted(name) {
		return nil
	}
	if size <= int64(l.r.src.MaxPageSize) {
		l.content += size
	}
	if l.content > maxContent {
		return tooLarge("documents of more than %d GiB together", int64(maxContent)>>30)
	}
	l.files = append(l.files, doc)
	return nil
}

var errTree = errors.New("the tree is larger than what is read")

// tooLarge names the limit that a repository is above.
func tooLarge(format string, args ...any) error {
	return sd.Hint(fmt.Errorf("%w: %w: it has "+format, append([]any{visit.ErrSource, errTree}, args...)...),
		"if it is what you want to read, clone it, and list the folder with the documents as path of a source")
}
