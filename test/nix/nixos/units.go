package nixos

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Unit is what modules set of a unit: the attributes of systemd.services.NAME and its like.
type Unit map[string]any

// kinds are systemd's kinds of units: the suffix, and the section of their own.
var kinds = map[string]struct{ suffix, section string }{
	"services": {"service", "Service"}, "sockets": {"socket", "Socket"}, "timers": {"timer", "Timer"}, "paths": {"path", "Path"},
	"mounts": {"mount", "Mount"}, "slices": {"slice", "Slice"}, "targets": {"target", ""},
}

// relations are the attributes that become a setting of [Unit], a list of units.
var relations = map[string]string{
	"requires": "Requires", "wants": "Wants", "upholds": "Upholds", "after": "After", "before": "Before", "bindsTo": "BindsTo",
	"partOf": "PartOf", "conflicts": "Conflicts", "requisite": "Requisite", "documentation": "Documentation", "onFailure": "OnFailure",
}

// defaultPath are the packages that NixOS adds to the path of a unit, unless the path is forced to be empty.
var defaultPath = []string{"coreutils", "findutils", "gnugrep", "gnused", "systemd"}

// layUnits writes the merged unit directory: units of packages as links; what modules set of one of those as a drop-in
// beside it, and as a unit otherwise; aliases; and links for wantedBy and requiredBy.
func (h Host) layUnits(root string) error {
	dir := filepath.Join(root, "etc/systemd/system")
	for _, p := range slices.Compact(slices.Sorted(slices.Values(h.Packages))) {
		if err := linkPackage(root, filepath.Join(p, "lib/systemd/system"), dir); err != nil {
			return err
		}
	}
	for _, kind := range sorted(h.Units) {
		for _, name := range sorted(h.Units[kind]) {
			if err := h.layUnit(dir, kind, name); err != nil {
				return fmt.Errorf("systemd.%s.%s: %w", kind, name, err)
			}
		}
	}
	return nil
}

func linkPackage(root, from, dir string) error {
	entries, err := os.ReadDir(below(root, from))
	if err != nil {
		return fmt.Errorf("systemd.packages: %w", err)
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case strings.HasSuffix(name, ".wants"): // skipped by NixOS
		case e.IsDir():
			err = linkPackage(root, filepath.Join(from, name), filepath.Join(dir, name))
		default:
			err = link(filepath.Join(from, name), filepath.Join(dir, name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (h Host) layUnit(dir, kind, name string) error {
	u := h.Units[kind][name]
	file := name + "." + kinds[kind].suffix
	path := filepath.Join(dir, file)
	_, err := os.Lstat(path)
	packaged := err == nil
	if u["enable"] == false {
		_ = os.Remove(path)
		return link("/dev/null", path)
	}
	text, err := u.text(kind, h.store)
	if err != nil {
		return err
	}
	if packaged || u["overrideStrategy"] == "asDropin" {
		path = filepath.Join(path+".d", "overrides.conf")
	}
	if err := write(path, []byte(text)); err != nil {
		return err
	}
	for _, alias := range words(u["aliases"]) {
		if err := link(file, filepath.Join(dir, alias)); err != nil {
			return err
		}
	}
	for attribute, suffix := range map[string]string{"wantedBy": ".wants", "requiredBy": ".requires"} {
		for _, other := range words(u[attribute]) {
			if err := link("../"+file, filepath.Join(dir, other+suffix, file)); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
	}
	return nil
}

// text renders a unit, whose packages are in a store.
func (u Unit) text(kind, store string) (string, error) {
	section := kinds[kind].section
	own := strings.ToLower(section) + "Config"
	unit, body := map[string]any{}, ""
	maps.Copy(unit, mapOf(u["unitConfig"]))
	for attribute, value := range u {
		switch {
		case relations[attribute] != "":
			unit[relations[attribute]] = strings.Join(words(value), " ")
		case attribute == "description":
			unit["Description"] = value
		case attribute == "restartTriggers":
			unit["X-Restart-Triggers"] = value
		case attribute == "listenStreams" && section == "Socket":
			for _, s := range words(value) {
				body += "ListenStream=" + s + "\n"
			}
		case attribute == "environment" && section == "Service":
			env := mapOf(value)
			for _, name := range sorted(env) {
				body += fmt.Sprintf("Environment=%q\n", fmt.Sprint(name, "=", env[name]))
			}
		case attribute == "path" && section == "Service": // below
		case attribute == own, slices.Contains([]string{"unitConfig", "aliases", "enable", "overrideStrategy", "wantedBy", "requiredBy"}, attribute):
		default:
			return "", fmt.Errorf("there is no attribute %s", attribute)
		}
	}
	if section == "Service" {
		packages := words(u["path"])
		if _, set := u["path"]; !set || len(packages) > 0 {
			for _, p := range defaultPath {
				packages = append(packages, filepath.Join(store, p))
			}
			body = "Environment=\"PATH=" + strings.Join(packages, "/bin:") + "/bin\"\n" + body
		}
		body = "Environment=\"LOCALE_ARCHIVE=/run/current-system/sw/lib/locale/locale-archive\"\nEnvironment=\"TZDIR=/etc/zoneinfo\"\n" + body
	}
	text := "[Unit]\n" + settings(unit)
	if section != "" {
		text += "\n[" + section + "]\n" + settings(mapOf(u[own])) + body
	}
	return text, nil
}

// settings renders a section; a list gives its setting once for each element.
func settings(section map[string]any) string {
	var b strings.Builder
	for _, name := range sorted(section) {
		values, ok := section[name].([]any)
		if !ok {
			values = []any{section[name]}
		}
		for _, v := range values {
			fmt.Fprintf(&b, "%s=%v\n", name, v)
		}
	}
	return b.String()
}

func mapOf(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// words returns the strings of a list.
func words(v any) []string {
	list, _ := v.([]any)
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = fmt.Sprint(e)
	}
	return out
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// below returns where a path of the host is now.
func below(root, path string) string {
	if strings.HasPrefix(path, root+"/") {
		return path
	}
	return filepath.Join(root, path)
}

func write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

func link(target, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.Symlink(target, path)
}
