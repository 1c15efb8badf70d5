package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
)

// members are the files of the folder, as what belongs together. The folder's
// root keeps every path inside of it, symbolic links too.
type members struct{ *Folder }

// Names lists the documents.
func (m members) Names() []string { return m.names }

// Version is the hash of the content.
func (m members) Version(name string) string {
	m.mu.Lock()
	sum, ok := m.sums[name]
	m.mu.Unlock()
	if ok {
		return sum
	}
	body, err := m.read(name)
	if err != nil {
		return ""
	}
	return m.note(name, body)
}

// URI is where a reader finds a file.
func (m members) URI(name string) string { return m.uri(name) }

// Read reads files; those that cannot be read are left out.
func (m members) Read(ctx context.Context, names []string, got func(name string, body []byte)) error {
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		if body, err := m.read(name); err == nil {
			got(name, body)
		}
	}
	return nil
}

// note keeps the hash of a file's content.
func (f *Folder) note(name string, body []byte) string {
	sum := sha256.Sum256(body)
	s := hex.EncodeToString(sum[:12])
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sums[name] = s
	return s
}
