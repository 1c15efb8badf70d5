package run

import (
	"fmt"

	"panther/pkg/opnix"
	"panther/pkg/opnix/connect"
	"panther/pkg/opnix/onepassword"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// NewBackend makes the backend that the configuration names.
func NewBackend(c *opnix.Config, token vault.Value) (vault.Backend, error) {
	switch b := c.Backend; b.Type {
	case opnix.Type1Password:
		return onepassword.Backend{Token: token}, nil
	case opnix.TypeConnect:
		return connect.Backend{URL: b.URL, Token: token, CAFile: b.CAFile}, nil
	case opnix.TypeFolder:
		return vault.Folder{Dir: b.Path}, nil
	case opnix.TypeAge:
		return vault.AgeFile{Path: b.Path, IdentityFile: b.Identity}, nil
	default:
		return nil, sd.ConfigError(fmt.Errorf("there is no backend %q", b.Type), "set backend.type to 1password, connect, folder or age")
	}
}
