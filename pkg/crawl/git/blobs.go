package git

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// blobs are the files of the fetched tree, as what belongs together.
type blobs struct{ *Repository }

// Names lists all files, also those that are no documents of the source.
func (b blobs) Names() []string {
	names := make([]string, 0, len(b.all))
	for name := range b.all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Version is the blob.
func (b blobs) Version(name string) string { return b.all[name].blob }

// URI is where people find a file.
func (b blobs) URI(name string) string { return b.uri(name) }

// maxRead bounds how much one process of git is asked for at a time.
const maxRead = 32 << 20

// Read reads files by one process of git for many. Those above max_page_size
// are left out.
func (b blobs) Read(ctx context.Context, names []string, got func(name string, body []byte)) error {
	for len(names) > 0 {
		var ask bytes.Buffer
		var asked []string
		size := int64(0)
		for len(names) > 0 && size < maxRead {
			if f, ok := b.all[names[0]]; ok && f.size <= int64(b.src.MaxPageSize) {
				fmt.Fprintln(&ask, f.blob)
				asked = append(asked, f.name)
				size += f.size
			}
			names = names[1:]
		}
		if len(asked) == 0 {
			return nil
		}
		out, err := b.input(ctx, &ask, "cat-file", "--batch")
		if err != nil {
			return err
		}
		for _, name := range asked { // BLOB SP TYPE SP SIZE LF CONTENT LF
			head, rest, ok := bytes.Cut(out, []byte("\n"))
			f := strings.Fields(string(head))
			if !ok || len(f) != 3 {
				return fmt.Errorf("git cat-file: %q is no head of an object", head)
			}
			n, err := strconv.Atoi(f[2])
			if err != nil || n < 0 || n >= len(rest) {
				return fmt.Errorf("git cat-file: %s bytes of %s are not there", f[2], name)
			}
			got(name, rest[:n:n])
			out = rest[n+1:]
		}
	}
	return nil
}
