// Package agents reads the definitions of agents: Markdown files whose front
// matter is OpenCode's (description, mode, model, tools, permission,
// temperature, steps) and whose body is the prompt. The file's name is the
// agent's. Five are built in; a file of the same name replaces one, and
// `disable: true` removes it.
//
// A permission is an action, or an action for each pattern of what a tool is used
// on: "https://docs.example.org/*": allow. Every value that a call gives has to
// be let through, by a pattern of its own where there are several: "offset=*".
//
// A definition is the operator's word on what an agent may do: whoever runs it
// asks Rules.Decide, which denies what nothing allows. A definition that cannot
// be read is an error, never an agent with fewer limits.
package agents

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"panther/pkg/opencode/api"
)

// Default is the name of the agent that answers when none is asked for.
const Default = "panther"

// Agent is one definition.
type Agent struct {
	Name        string
	Description string
	Mode        string // api.ModePrimary, ModeSubagent or ModeAll
	Model       string // provider/model; "" means the default
	Prompt      string
	Temperature *float64
	TopP        *float64
	Steps       int // 0 means the runtime's limit
	Hidden      bool
	BuiltIn     bool
	Rules       Rules
}

//go:embed defaults/*.md
var defaults embed.FS

// Load returns the built-in agents and those of dir, sorted by name, the
// default one first. A dir that does not exist has none; "" means none.
func Load(dir string) ([]Agent, error) {
	byName := map[string]Agent{}
	if err := load(defaults, "defaults", "built in", true, byName); err != nil {
		return nil, err
	}
	if dir != "" {
		if err := load(os.DirFS(dir), ".", dir, false, byName); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	var list []Agent
	for _, a := range byName {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b Agent) int {
		if (a.Name == Default) != (b.Name == Default) {
			if a.Name == Default {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list, nil
}

func load(fsys fs.FS, dir, label string, builtIn bool, into map[string]Agent) error {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return fmt.Errorf("read agents of %s: %w", label, err)
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".md")
		if !ok || e.IsDir() {
			continue
		}
		b, err := fs.ReadFile(fsys, path.Join(dir, e.Name()))
		if err != nil {
			return fmt.Errorf("read agent: %w", err)
		}
		a, err := Parse(name, b)
		if err != nil {
			return fmt.Errorf("read agent %s: %w", filepath.Join(label, e.Name()), err)
		}
		if a == nil {
			delete(into, name)
			continue
		}
		a.BuiltIn = builtIn
		into[name] = *a
	}
	return nil
}

// front is the front matter. Keys of OpenCode that mean nothing here are
// accepted, so that its files can be used; others are errors, since a misspelt
// permission would grant more than was meant.
type front struct {
	Description string         `yaml:"description"`
	Mode        string         `yaml:"mode"`
	Model       string         `yaml:"model"`
	Prompt      string         `yaml:"prompt"`
	Temperature *float64       `yaml:"temperature"`
	TopP        *float64       `yaml:"top_p"`
	Steps       int            `yaml:"steps"`
	MaxSteps    int            `yaml:"maxSteps"`
	Disable     bool           `yaml:"disable"`
	Hidden      bool           `yaml:"hidden"`
	Name        string         `yaml:"name"`
	Color       string         `yaml:"color"`
	Variant     string         `yaml:"variant"`
	Options     map[string]any `yaml:"options"`
	Tools       yaml.Node      `yaml:"tools"`
	Permission  yaml.Node      `yaml:"permission"`
}

var nameRule = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// Parse reads one definition. It returns nil for one that is disabled.
func Parse(name string, b []byte) (*Agent, error) {
	if !nameRule.MatchString(name) {
		return nil, fmt.Errorf("name %q is not lower-case letters, digits, - and _", name)
	}
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	var f front
	body := b
	if rest, ok := bytes.CutPrefix(b, []byte("---\n")); ok {
		head, tail, ok := bytes.Cut(rest, []byte("\n---"))
		if !ok {
			return nil, errors.New("the front matter has no end")
		}
		d := yaml.NewDecoder(bytes.NewReader(head))
		d.KnownFields(true)
		if err := d.Decode(&f); err != nil && len(bytes.TrimSpace(head)) > 0 {
			return nil, fmt.Errorf("front matter: %w", err)
		}
		_, body, _ = bytes.Cut(tail, []byte("\n"))
	}
	if f.Disable {
		return nil, nil
	}
	a := &Agent{Name: name, Description: f.Description, Mode: f.Mode, Model: f.Model, Prompt: strings.TrimSpace(string(body)),
		Temperature: f.Temperature, TopP: f.TopP, Steps: max(f.Steps, f.MaxSteps), Hidden: f.Hidden}
	if a.Prompt == "" {
		a.Prompt = f.Prompt
	}
	switch a.Mode {
	case "":
		a.Mode = api.ModeAll
	case api.ModePrimary, api.ModeSubagent, api.ModeAll:
	default:
		return nil, fmt.Errorf("mode %q is not primary, subagent or all", a.Mode)
	}
	var err error
	if a.Rules, err = rules(f.Tools, f.Permission); err != nil {
		return nil, err
	}
	return a, nil
}

// rules reads tools (name: true or false) and then permission (name: action, or
// name: {pattern: action}), in the order of the file. With neither, everything
// that is built in is allowed.
func rules(tools, permission yaml.Node) (Rules, error) {
	out := Rules{{Permission: "*", Pattern: "*", Action: api.ActionAllow}}
	for k, v := range pairs(tools) {
		var on bool
		if err := v.Decode(&on); err != nil {
			return nil, fmt.Errorf("tools.%s is not true or false", k.Value)
		}
		action := api.ActionDeny
		if on {
			action = api.ActionAllow
		}
		out = append(out, api.PermissionRule{Permission: k.Value, Pattern: "*", Action: action})
	}
	if tools.Kind != 0 && tools.Kind != yaml.MappingNode {
		return nil, errors.New("tools is not a mapping of names to true or false")
	}
	switch permission.Kind {
	case 0, yaml.MappingNode:
	case yaml.ScalarNode:
		action, err := actionOf(permission.Value)
		return append(out, api.PermissionRule{Permission: "*", Pattern: "*", Action: action}), err
	default:
		return nil, errors.New("permission is neither an action nor a mapping of tools to actions")
	}
	for k, v := range pairs(permission) {
		if v.Kind != yaml.MappingNode {
			action, err := actionOf(v.Value)
			if err != nil {
				return nil, fmt.Errorf("permission.%s: %w", k.Value, err)
			}
			out = append(out, api.PermissionRule{Permission: k.Value, Pattern: "*", Action: action})
			continue
		}
		for p, w := range pairs(*v) {
			action, err := actionOf(w.Value)
			if err != nil {
				return nil, fmt.Errorf("permission.%s.%s: %w", k.Value, p.Value, err)
			}
			out = append(out, api.PermissionRule{Permission: k.Value, Pattern: p.Value, Action: action})
		}
	}
	return out, nil
}

func pairs(n yaml.Node) func(func(k, v *yaml.Node) bool) {
	return func(yield func(k, v *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

func actionOf(s string) (string, error) {
	switch s {
	case api.ActionAllow, api.ActionAsk, api.ActionDeny:
		return s, nil
	}
	return api.ActionDeny, fmt.Errorf("%q is not allow, ask or deny", s)
}
