package system

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/opencode/api"
)

// Places of opnix on an installed system. Its folders let others pass and list
// nothing, so that names are those of the configuration.
const (
	secretsConfig = "/etc/opnix/secrets.json"
	secretsLink   = "/var/lib/opnix/secrets"
	secretsStale  = "/run/opnix/stale"
)

// Bounds of opnix's configuration: bytes and secrets.
const (
	maxConfig  = 4 << 20
	maxSecrets = 1000
)

// secrets tells which secrets there are and how old their files are. Nothing is
// opened but the configuration.
func (s *Server) secrets(id identity.Identity, list []api.UnitState) api.Secrets {
	out := api.Secrets{Secrets: []api.Secret{}}
	switch {
	case !s.Operator(id):
		out.Note = "only root and accounts in the group that may ask see which secrets there are"
		return out
	case s.Local:
		s.credentials(&out)
		return out
	}
	for _, u := range list {
		asked := u.Name == "opnix-secrets.service" || u.Name == "opnix-refresh.service"
		if asked && u.Since != nil && u.Status != "" && (out.Refreshed == nil || u.Since.After(*out.Refreshed)) {
			out.Refreshed, out.Status = u.Since, gate.Line(u.Status, 500)
		}
	}
	names, err := configured(s.Root + secretsConfig)
	if err != nil {
		out.Note = "opnix's configuration cannot be read here: " + gate.Line(err.Error(), 200) + "; sudo opnix list shows all"
		return out
	}
	out.Known = true
	if target, err := os.Readlink(s.Root + secretsLink); err == nil {
		out.Generation, _ = strconv.Atoi(filepath.Base(filepath.Dir(target))) // RUN/generations/N/files
	}
	_, err = os.Lstat(s.Root + secretsStale)
	out.Stale = err == nil
	for _, name := range names {
		out.Secrets = append(out.Secrets, s.secret(name))
	}
	return out
}

func (s *Server) secret(name string) api.Secret {
	out := api.Secret{Name: gate.Line(name, 300)}
	path := name
	if filepath.IsAbs(name) {
		path = filepath.Join(".absolute", name)
	}
	if !filepath.IsLocal(path) {
		return out
	}
	info, err := os.Stat(filepath.Join(s.Root+secretsLink, path))
	if err == nil {
		at := info.ModTime().UTC()
		out.Written = &at
	}
	out.Missing = errors.Is(err, fs.ErrNotExist)
	return out
}

// configured returns the paths of the secrets and files of a configuration.
func configured(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxConfig))
	if err != nil {
		return nil, err
	}
	type entry struct {
		Path string `json:"path"`
		Name string `json:"name"`
	}
	var c struct {
		Secrets   json.RawMessage `json:"secrets"`
		Templates json.RawMessage `json:"templates"`
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	var names []string
	for _, raw := range []json.RawMessage{c.Secrets, c.Templates} {
		var list []entry
		var byName map[string]entry
		switch {
		case json.Unmarshal(raw, &list) == nil:
		case json.Unmarshal(raw, &byName) == nil:
			for name, e := range byName {
				e.Name = name
				list = append(list, e)
			}
		}
		for _, e := range list {
			if name := cmp.Or(e.Path, e.Name); name != "" && len(names) < maxSecrets {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// credentials are the files of a person's own, in local mode.
func (s *Server) credentials(out *api.Secrets) {
	list, err := os.ReadDir(filepath.Join(s.Home, "credentials"))
	if err != nil {
		out.Note = "the folder of credentials cannot be read: " + gate.Line(err.Error(), 200)
		return
	}
	out.Known = true
	for _, e := range list {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(e.Name(), ".") || len(out.Secrets) == maxSecrets {
			continue
		}
		at := info.ModTime().UTC()
		out.Secrets = append(out.Secrets, api.Secret{Name: gate.Line(e.Name(), 300), Written: &at, Missing: info.Size() == 0})
	}
}
