// Package files visits a local folder: its documents and PDF files, read again
// when their content changed. A file that is no longer there is gone at once.
package files

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"panther/pkg/crawl/render"
	"panther/pkg/crawl/source"
	"panther/pkg/crawl/text"
	"panther/pkg/crawl/visit"
	"panther/pkg/sd"

	"github.com/bmatcuk/doublestar/v4"
)

// Folder visits one files source.
type Folder struct {
	src      source.Source
	root     *os.Root
	programs *render.Client
	dir      string
	tree     *text.Tree

	mu         sync.Mutex
	names      []string          // of the documents
	unreadable []*visit.Item     // folders, which fail
	sums       map[string]string // of files that were read
}

// New returns the visitor of a source.
func New(src source.Source) *Folder {
	return &Folder{src: src, dir: filepath.Clean(src.Path), programs: render.NewClient(render.DefaultSocket)}
}

// Visit visits the whole folder. Links that lead out of it are not followed.
func (f *Folder) Visit(ctx context.Context, v *visit.Visit) error {
	var err error
	if f.root, err = os.OpenRoot(f.dir); err != nil {
		return sd.Hint(fmt.Errorf("open folder: %w", err), "check path and that the service may read it (ReadOnlyPaths=, BindReadOnlyPaths=)")
	}
	defer f.root.Close()
	if err := f.list(v.Skip); err != nil {
		return err
	}
	f.tree, f.sums = text.NewTree(members{f}), map[string]string{}
	names, unreadable := f.names, f.unreadable
	next := func(context.Context) (*visit.Item, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(unreadable) > 0 {
			it := unreadable[0]
			unreadable = unreadable[1:]
			return it, nil
		}
		if len(names) == 0 {
			return nil, nil
		}
		name := names[0]
		names = names[1:]
		return f.item(name)
	}
	return v.List(ctx, next, func() bool { return len(f.unreadable) == 0 })
}

// list finds the files that are documents, by name, and calls skip for those that
// are not.
func (f *Folder) list(skip func(name, as string)) error {
	f.names, f.unreadable = nil, nil
	rules, ignored := text.RulesOf(f.src), f.ignores()
	err := fs.WalkDir(f.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			f.unreadable = append(f.unreadable, &visit.Item{URI: f.uri(name), Load: func(context.Context) (visit.Page, error) {
				return visit.Page{}, fmt.Errorf("list folder: %w", err)
			}})
			return nil
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return fs.SkipDir
		case !d.Type().IsRegular() && !d.IsDir() || name != "." && strings.HasPrefix(d.Name(), "."):
			return nil
		case ignored.match(name, d.IsDir()):
			if skip(name, "ignored by .gitignore"); d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			ignored.enter(f.root, name)
			return nil
		}
		if ok, as := rules.Takes(name); !ok {
			skip(name, as)
		} else if f.wanted(name) {
			f.names = append(f.names, name)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("list folder %s: %w", f.dir, err)
	}
	return nil
}

// wanted reports whether a file is a document of the source by its name. Globs
// are relative to the folder.
func (f *Folder) wanted(name string) bool {
	for _, g := range f.src.Exclude {
		if ok, _ := doublestar.Match(strings.TrimPrefix(g, "/"), name); ok {
			return false
		}
	}
	for _, g := range f.src.Include {
		if ok, _ := doublestar.Match(strings.TrimPrefix(g, "/"), name); ok {
			return true
		}
	}
	return len(f.src.Include) == 0
}

// item reads a file, since only its content tells whether it changed.
func (f *Folder) item(name string) (*visit.Item, error) {
	it := &visit.Item{URI: f.uri(name)}
	body, err := f.read(name)
	if err != nil {
		it.Load = func(context.Context) (visit.Page, error) { return visit.Page{}, err }
		return it, nil
	}
	it.Version = text.RulesOf(f.src).Version(name, f.note(name, body))
	it.Current = func(delivered string) bool { return f.tree.Current(it.Version, delivered) }
	it.Load = func(ctx context.Context) (visit.Page, error) {
		return text.Convert(ctx, text.File{Name: name, URI: it.URI, Body: bytes.NewReader(body), MaxBytes: int64(f.src.MaxPageSize), Programs: f.programs, Rules: text.RulesOf(f.src),
			Tree: f.tree, Version: it.Version})
	}
	return it, nil
}

// uri is where a reader finds the file: below the source's url if it has one,
// because a web server shows the folder there.
func (f *Folder) uri(name string) string {
	if f.src.URL != "" {
		if u, err := url.JoinPath(f.src.URL, name); err == nil {
			return u
		}
	}
	return (&url.URL{Scheme: "file", Path: path.Join(filepath.ToSlash(f.dir), name)}).String()
}

func (f *Folder) read(name string) ([]byte, error) {
	info, err := f.root.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if info.Size() > int64(f.src.MaxPageSize) {
		return nil, fmt.Errorf("read %s: %d bytes exceed max_page_size", name, info.Size())
	}
	b, err := f.root.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return b, nil
}
