package crawl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"strings"

	"panther/pkg/knowledge"

	"go.yaml.in/yaml/v3"
)

// discard is the store of a dry run.
type discard struct{}

func (discard) Upsert(_ context.Context, docs ...knowledge.Document) ([]knowledge.Upserted, error) {
	out := make([]knowledge.Upserted, len(docs))
	for i, d := range docs {
		out[i] = knowledge.Upserted{URI: d.URI, Outcome: knowledge.OutcomeNew}
	}
	return out, nil
}
func (discard) Delete(context.Context, string) error                            { return nil }
func (discard) PutRun(context.Context, knowledge.Run) error                     { return nil }
func (discard) PutPages(context.Context, string, []knowledge.PageOutcome) error { return nil }

// folder is a store of Markdown files, SOURCE/HOST/PATH.md.
type folder struct {
	discard
	root *os.Root
}

func newFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make output folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open output folder: %w", err)
	}
	return &folder{root: root}, nil
}

func (f *folder) Upsert(_ context.Context, docs ...knowledge.Document) ([]knowledge.Upserted, error) {
	out := make([]knowledge.Upserted, len(docs))
	for i, d := range docs {
		name := path.Join(d.Source, fileName(d.URI))
		outcome, err := f.write(name, frontMatter(d)+d.Markdown)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		out[i] = knowledge.Upserted{URI: d.URI, Outcome: outcome}
	}
	return out, nil
}

// write writes a file and says whether it is new. The folder is made only where
// it is missing: each step of a path costs a system call.
func (f *folder) write(name, text string) (knowledge.Outcome, error) {
	outcome := knowledge.OutcomeNew
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrNotExist) {
		if err := f.root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return "", err
		}
		file, err = f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	}
	if errors.Is(err, fs.ErrExist) {
		outcome = knowledge.OutcomeChanged
		file, err = f.root.OpenFile(name, os.O_WRONLY|os.O_TRUNC, 0o644)
	}
	if err != nil {
		return "", err
	}
	_, err = io.WriteString(file, text)
	return outcome, errors.Join(err, file.Close())
}

func (f *folder) Delete(_ context.Context, uri string) error {
	sources, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return fmt.Errorf("read output folder: %w", err)
	}
	for _, s := range sources {
		err := f.root.Remove(path.Join(s.Name(), fileName(uri)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove document: %w", err)
		}
	}
	return nil
}

// maxName is the longest part of a path that file systems take, less an ending.
const maxName = 200

// fileName makes a relative path of an address. The root keeps whatever comes
// out inside the folder; this makes it readable.
func fileName(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return knowledge.DocumentID(uri) + ".md"
	}
	parts := []string{strings.ReplaceAll(u.Host, ":", "_")}
	if u.Host == "" {
		parts[0] = u.Scheme
	}
	p := u.Path
	if strings.HasSuffix(p, "/") || p == "" {
		p += "index"
	}
	if u.RawQuery != "" {
		p += "_" + u.RawQuery
	}
	for _, s := range strings.Split(strings.TrimPrefix(p, "/"), "/") {
		s = strings.Map(func(r rune) rune {
			if r < ' ' || strings.ContainsRune(`<>:"|?*\`, r) {
				return '_'
			}
			return r
		}, s)
		if s == "" || s == "." || s == ".." {
			s = "_"
		}
		if len(s) > maxName {
			s = s[:maxName-33] + "-" + knowledge.DocumentID(uri)
		}
		parts = append(parts, s)
	}
	name := path.Join(parts...)
	for _, ext := range []string{".html", ".htm", ".md"} {
		name = strings.TrimSuffix(name, ext)
	}
	return name + ".md"
}

// frontMatter writes what is known of a document as YAML.
func frontMatter(d knowledge.Document) string {
	head := map[string]any{"url": d.URI, "source": d.Source}
	for k, v := range d.Meta {
		head[k] = v
	}
	for k, v := range map[string]string{"title": d.Title, "language": d.Language} {
		if v != "" {
			head[k] = v
		}
	}
	if len(d.Tags) > 0 {
		head["tags"] = d.Tags
	}
	if !d.PublishedAt.IsZero() {
		head["published"] = d.PublishedAt.Format("2006-01-02")
	}
	b, err := yaml.Marshal(head)
	if err != nil {
		return ""
	}
	return "---\n" + string(b) + "---\n\n"
}
