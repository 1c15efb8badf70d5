package permission

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"panther/pkg/gate"
	"panther/pkg/llm"
	"panther/pkg/opencode/agents"
)

// maxArguments bounds the arguments of a call: four times what a tool's output
// may be.
const maxArguments = 256 << 10

// Read reads the arguments of a call to a tool. Only what the tool declares may be in them,
// by the names that it declares, and every name once; what else a model or the
// text that it read adds is an error, since it is no word of the tool's and must
// neither decide on the call nor reach it. The call that it returns has the
// arguments in the one form that is judged, shown, remembered and executed.
func Read(tool llm.Tool, call llm.Call) (llm.Call, agents.Use, error) {
	u := agents.Use{Tool: call.Name}
	if len(call.Arguments) > maxArguments {
		return call, u, fmt.Errorf("use %s: the arguments have %d bytes, at most %d are taken", call.Name, len(call.Arguments), maxArguments)
	}
	args := jsontext.Value(bytes.Clone(call.Arguments))
	if err := args.Format(jsontext.ReorderRawObjects(true)); err != nil { // refuses names that come twice and invalid UTF-8
		return call, u, fmt.Errorf("use %s: read arguments: %w", call.Name, err)
	}
	if args.Kind() != '{' {
		return call, u, fmt.Errorf("use %s: the arguments are not an object", call.Name)
	}
	var root any
	if err := json.Unmarshal(tool.Schema, &root); err != nil {
		return call, u, fmt.Errorf("use %s: read its parameters: %w", call.Name, err)
	}
	d := declared{root: root}
	if err := d.object(jsontext.NewDecoder(bytes.NewReader(args)), []any{root}, "", false); err != nil {
		return call, u, fmt.Errorf("use %s: %w", call.Name, err)
	}
	call.Arguments, u.Whole, u.Values = json.RawMessage(args), string(args), d.values
	return call, u, nil
}

// declared walks arguments beside the JSON Schema of a tool. It looks at names
// alone: of what type a value is, the tool itself says.
type declared struct {
	root   any
	values []agents.Value
}

// value reads one value; nodes are the schemas that describe it. What no schema
// describes may be anything.
func (d *declared) value(in *jsontext.Decoder, nodes []any, name string) error {
	switch in.PeekKind() {
	case '{':
		return d.object(in, nodes, name, true)
	case '[':
		return d.array(in, nodes, name)
	}
	tok, err := in.ReadToken()
	if err != nil {
		return fmt.Errorf("read arguments: %w", err)
	}
	d.values = append(d.values, agents.Value{Name: name, Text: tok.String()})
	return nil
}

// object reads an object. One that is itself a parameter may have any members
// where its schema names none; the arguments may not.
func (d *declared) object(in *jsontext.Decoder, nodes []any, name string, parameter bool) error {
	if _, err := in.ReadToken(); err != nil {
		return fmt.Errorf("read arguments: %w", err)
	}
	nodes = d.expand(nodes)
	empty := true
	for in.PeekKind() == '"' {
		tok, err := in.ReadToken()
		if err != nil {
			return fmt.Errorf("read arguments: %w", err)
		}
		key := tok.String()
		of, ok := members(nodes, key, parameter)
		at := strings.TrimPrefix(name+"."+key, ".")
		if !ok {
			return fmt.Errorf("there is no parameter %.100q%s", at, known(nodes))
		}
		empty = false
		if err := d.value(in, of, at); err != nil {
			return err
		}
	}
	if empty && parameter {
		d.values = append(d.values, agents.Value{Name: name, Text: "{}"})
	}
	_, err := in.ReadToken()
	return err
}

func (d *declared) array(in *jsontext.Decoder, nodes []any, name string) error {
	if _, err := in.ReadToken(); err != nil {
		return fmt.Errorf("read arguments: %w", err)
	}
	var items []any
	for _, n := range d.expand(nodes) {
		m, ok := n.(map[string]any)
		if !ok {
			items = append(items, n)
			continue
		}
		for _, k := range []string{"items", "prefixItems", "contains"} {
			switch v := m[k].(type) {
			case []any:
				items = append(items, v...)
			case nil:
			default:
				items = append(items, v)
			}
		}
	}
	before := len(d.values)
	for in.PeekKind() != ']' {
		if err := d.value(in, items, name); err != nil {
			return err
		}
	}
	if len(d.values) == before {
		d.values = append(d.values, agents.Value{Name: name, Text: "[]"})
	}
	_, err := in.ReadToken()
	return err
}

// maxSchemas bounds what one schema is made of: a reference may lead anywhere.
const maxSchemas = 256

// expand returns schemas with all that they refer to and are composed of.
func (d *declared) expand(nodes []any) []any {
	var out []any
	seen := map[string]bool{}
	queue := slices.Clone(nodes)
	for len(queue) > 0 && len(out) < maxSchemas {
		n := queue[0]
		queue = queue[1:]
		out = append(out, n)
		m, _ := n.(map[string]any)
		if ref, ok := m["$ref"].(string); ok && !seen[ref] {
			seen[ref] = true
			if to, ok := d.refer(ref); ok {
				queue = append(queue, to)
			}
		}
		for _, k := range []string{"allOf", "anyOf", "oneOf"} {
			if list, ok := m[k].([]any); ok {
				queue = append(queue, list...)
			}
		}
		for _, k := range []string{"then", "else"} {
			if v, ok := m[k]; ok {
				queue = append(queue, v)
			}
		}
	}
	return out
}

// refer follows a JSON pointer within the tool's schema (RFC 6901).
func (d *declared) refer(ref string) (any, bool) {
	path, ok := strings.CutPrefix(ref, "#")
	at := d.root
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if part == "" {
			continue
		}
		m, _ := at.(map[string]any)
		at, ok = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
		if !ok {
			return nil, false
		}
	}
	return at, ok
}

// members returns the schemas of an object's member, and whether it may have it.
// What schemas say nothing about is declared only in a parameter none of whose
// members they name.
func members(nodes []any, key string, parameter bool) ([]any, bool) {
	var of []any
	found, open := false, parameter
	for _, n := range nodes {
		m, ok := n.(map[string]any)
		if !ok {
			open = open && n != false
			continue
		}
		props, _ := m["properties"].(map[string]any)
		patterns, _ := m["patternProperties"].(map[string]any)
		more, extra := m["additionalProperties"]
		open = open && len(props) == 0 && len(patterns) == 0 && !extra
		v, here := props[key]
		if here {
			of = append(of, v)
		}
		for p, v := range patterns {
			if re, err := regexp.Compile(p); err == nil && re.MatchString(key) {
				of, here = append(of, v), true
			}
		}
		if !here && extra && more != false {
			of, here = append(of, more), true
		}
		found = found || here
	}
	return of, found || open
}

// known names the parameters that there are, for a model that takes another.
func known(nodes []any) string {
	var names []string
	for _, n := range nodes {
		m, _ := n.(map[string]any)
		props, _ := m["properties"].(map[string]any)
		names = slices.AppendSeq(names, maps.Keys(props))
	}
	if len(names) == 0 {
		return "; there is none"
	}
	slices.Sort(names)
	return "; there are " + strings.Join(slices.Compact(names), ", ")
}

// Shown writes what a call is about to use, for a person to decide on: every
// value, with its parameter where there are several, and nothing that cannot be
// seen.
func Shown(u agents.Use) []string {
	out := make([]string, len(u.Values))
	for i, v := range u.Values {
		out[i] = gate.Visible(v.Text)
		if len(u.Values) > 1 { // quoted, so that one value cannot look like two
			out[i] = gate.Visible(v.Name) + "=" + strconv.QuoteToGraphic(v.Text)
		}
	}
	if len(out) == 0 {
		return []string{"*"}
	}
	return out
}
