package run

import (
	"fmt"
	"os"

	"panther/pkg/opnix"
	"panther/pkg/opnix/connect"
	"panther/pkg/opnix/fetch"
	"panther/pkg/opnix/onepassword"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// newBackend makes the backend that the configuration names. What speaks to a
// network does so in the process behind r.FetchSocket, if there is one; the SDK
// is never in this process.
func (r *Runner) newBackend(c *opnix.Config, token vault.Value) (vault.Backend, error) {
	b := c.Backend
	switch b.Type {
	case opnix.TypeFolder:
		return vault.Folder{Dir: b.Path}, nil
	case opnix.TypeAge:
		return vault.AgeFile{Path: b.Path, IdentityFile: b.Identity}, nil
	}
	var ca []byte
	if b.CAFile != "" {
		var err error
		if ca, err = os.ReadFile(b.CAFile); err != nil {
			return nil, sd.ConfigError(fmt.Errorf("read CA file: %w", err), "correct backend.caFile")
		}
	}
	if b.Type == opnix.TypeConnect && r.FetchSocket == "" {
		return connect.Backend{URL: b.URL, Token: token, CA: ca}, nil
	}
	return fetch.Backend{Type: b.Type, URL: b.URL, CA: ca, Token: token, Socket: r.FetchSocket}, nil
}

// OpenRemote makes the backend of a question in the process that answers it.
func OpenRemote(kind, url string, ca []byte, token vault.Value) (vault.Backend, error) {
	switch kind {
	case opnix.Type1Password:
		return onepassword.Backend{Token: token}, nil
	case opnix.TypeConnect:
		return connect.Backend{URL: url, Token: token, CA: ca}, nil
	}
	return nil, vault.Errorf(vault.Invalid, "there is no backend %q across a network", kind)
}
