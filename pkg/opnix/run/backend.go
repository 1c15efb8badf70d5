package run

import (
	"fmt"

	"panther/pkg/opnix"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// NewBackend makes the backend that the configuration names.
func NewBackend(c *opnix.Config, _ vault.Value) (vault.Backend, error) {
	switch b := c.Backend; b.Type {
	case opnix.TypeFolder:
		return vault.Folder{Dir: b.Path}, nil
	case opnix.TypeAge:
		return vault.AgeFile{Path: b.Path, IdentityFile: b.Identity}, nil
	default:
		return nil, sd.ConfigError(fmt.Errorf("backend %s is not part of this build", b.Type), "set backend.type to folder or age")
	}
}
