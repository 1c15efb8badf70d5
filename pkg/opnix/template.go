package opnix

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"panther/pkg/opnix/vault"
)

// part is a piece of a template: text as it is, or a placeholder.
type part struct {
	text   string
	name   string        // path of a secret
	req    vault.Request // or a reference of its own
	isRef  bool
	filter string
}

// maxTemplate bounds a template file; more is no configuration.
const maxTemplate = 4 << 20

func (b *builder) template(c *Config, f *file, i int) {
	ft := &f.Templates[i]
	key := fmt.Sprintf("templates[%d]", i)
	t := Template{Path: b.home(key+".path", ft.Path), Content: ft.Content, Source: ft.Source, Symlinks: b.homes(key+".symlinks", ft.Symlinks), Copies: b.homes(key+".copies", ft.Copies), Backup: ft.Backup,
		Owner: b.owner(key, ft.Owner, ft.Group), Mode: b.mode(key, ft.Mode), Services: b.services(key, ft.Services, c.Systemd)}
	b.checkPath(key+".path", t.Path)
	switch {
	case (ft.Content == "") == (ft.Source == ""):
		b.bad(key, "write one of them", "needs either content or source")
	case ft.Source != "" && b.Elsewhere: // the file is there, not here
	case ft.Source != "":
		content, err := b.read(ft.Source, maxTemplate)
		if err != nil {
			b.broken(&t, key+".source", hintOr(err, "create the file, or correct the path"), fmt.Errorf("read template %s: %w", ft.Source, err))
		}
		t.Content = string(content)
	}
	var err error
	if t.parts, err = parseTemplate(t.Content); err != nil {
		b.broken(&t, key, `write {{ op://Vault/Item/field }} or {{ group/name }}, and {{ "{{" }} for two braces`, err)
	}
	c.Templates = append(c.Templates, t)
}

// broken says why there is nothing to render: in a run it costs this template, for
// a file may have changed since the configuration was checked.
func (b *builder) broken(t *Template, key, hint string, err error) {
	if !b.Run {
		b.bad(key, hint, "%w", err)
	} else if t.Broken == "" {
		t.Broken = err.Error()
	}
}

// parseTemplate cuts a template into parts. The syntax is that of `op inject`,
// {{ op://… }}, and {{ path }} for a secret of the same configuration, each with
// an optional filter: {{ path | json }}. Nothing in a value is ever read as a
// placeholder.
func parseTemplate(s string) ([]part, error) {
	var out []part
	for line := 1; ; {
		before, rest, ok := strings.Cut(s, "{{")
		out = append(out, part{text: before})
		if !ok {
			return out, nil
		}
		line += strings.Count(before, "\n")
		if lit, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), `"{{"`); ok {
			if after, ok := strings.CutPrefix(strings.TrimLeft(lit, " "), "}}"); ok {
				out, s = append(out, part{text: "{{"}), after
				continue
			}
		}
		inside, after, ok := strings.Cut(rest, "}}")
		if !ok || strings.Contains(inside, "\n") {
			return nil, fmt.Errorf("line %d: a placeholder has no end", line)
		}
		p, err := parsePlaceholder(inside)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		out, s = append(out, p), after
	}
}

func parsePlaceholder(s string) (part, error) {
	name, filter, has := strings.Cut(s, "|")
	name, filter = strings.TrimSpace(name), strings.TrimSpace(filter)
	p := part{name: name, filter: filter}
	if _, ok := filters[filter]; has && (!ok || filter == "") {
		return p, fmt.Errorf("there is no filter %q, known are json, base64, env, trim and lines", filter)
	}
	if name == "" {
		return p, errors.New("a placeholder is empty")
	}
	if strings.HasPrefix(name, "op://") {
		ref, err := vault.ParseReference(name)
		if err != nil {
			return p, fmt.Errorf("%q %w", clip(name), err)
		}
		p.req, p.isRef = vault.Request{Ref: ref}, true
	}
	return p, nil
}

// filters turn a value into what the surrounding format needs.
var filters = map[string]func([]byte) ([]byte, error){
	"":       func(b []byte) ([]byte, error) { return b, nil },
	"lines":  func(b []byte) ([]byte, error) { return b, nil },
	"trim":   func(b []byte) ([]byte, error) { return bytes.TrimSpace(b), nil },
	"base64": func(b []byte) ([]byte, error) { return base64.StdEncoding.AppendEncode(nil, b), nil },
	"json": func(b []byte) ([]byte, error) {
		return json.Marshal(string(b))
	},
	// env quotes for EnvironmentFile= of systemd.exec(5) and for shells.
	"env": func(b []byte) ([]byte, error) {
		if bytes.IndexByte(b, 0) >= 0 {
			return nil, errors.New("an environment variable cannot hold a NUL byte")
		}
		return []byte(`"` + inDouble.Replace(string(b)) + `"`), nil
	},
}

// placeholders ties every placeholder to the secret that it names.
func (b *builder) placeholders(c *Config) {
	known := map[string]*Secret{}
	for i := range c.Secrets {
		known[c.Secrets[i].Path] = &c.Secrets[i]
	}
	for i := range c.Templates {
		for j := range c.Templates[i].parts {
			p := &c.Templates[i].parts[j]
			if p.name == "" || p.isRef {
				continue
			}
			if s, ok := known[p.name]; ok {
				p.req = s.Request
				continue
			}
			b.broken(&c.Templates[i], "templates["+strconv.Itoa(i)+"]", "add the secret, or write its op:// reference", fmt.Errorf("there is no secret %q", clip(p.name)))
		}
	}
}

// Requests lists what the template takes from the password manager, by
// references of its own and by the secrets that it names.
func (t *Template) Requests() []vault.Request {
	if t.Broken != "" {
		return nil
	}
	var out []vault.Request
	for _, p := range t.parts {
		if p.name != "" {
			out = append(out, p.req)
		}
	}
	return out
}

// Render fills a template from the values by path and by request. A secret
// that was left out (optional) renders as nothing.
func (t *Template) Render(byPath map[string]vault.Value, byKey map[string]vault.Value) (vault.Value, error) {
	out := writer{env: isEnvironment(t.Path)}
	for i, p := range t.parts {
		if p.name == "" {
			out.text(p.text)
			continue
		}
		v := byPath[p.name]
		if p.isRef {
			v = byKey[p.req.Key()]
		}
		b, err := filters[p.filter](v.Bytes())
		if err == nil {
			err = out.value(p.filter, b, t.alone(i))
		}
		if err != nil {
			return vault.Value{}, fmt.Errorf("placeholder %s: %w", p.name, err)
		}
	}
	return vault.NewValue(out.Bytes()), nil
}

// alone reports whether the placeholder i has a line of its own. Text, be it
// empty, stands around each.
func (t *Template) alone(i int) bool {
	before, after := t.parts[i-1].text, t.parts[i+1].text
	start, end := strings.LastIndexByte(before, '\n'), strings.IndexByte(after, '\n')
	if start < 0 && i > 1 || end < 0 && i+2 < len(t.parts) {
		return false // another placeholder is on the line
	}
	if end < 0 {
		end = len(after)
	}
	return strings.TrimSpace(before[start+1:]) == "" && strings.TrimSpace(after[:end]) == ""
}
