package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// document is OpenCode's description of its API.
type document struct {
	operations []operation
	components map[string]*jsonschema.Schema
	resolved   map[string]*jsonschema.Resolved
}

type operation struct {
	id, method, path string
	query            []string // the parameters that must be there
	answers          map[int]answer
}

// answer is what a status comes with: a schema, or nothing.
type answer struct {
	media  string
	schema *jsonschema.Schema
}

// newDocument reads a document. The schemas of OpenAPI 3.1 are JSON Schema, but for
// where those with a name stand.
func newDocument(b []byte) (*document, error) {
	var in struct {
		Paths map[string]map[string]struct {
			ID         string `json:"operationId"`
			Parameters []struct {
				Name, In string
				Required bool
			}
			Responses map[string]struct {
				Content map[string]struct{ Schema *jsonschema.Schema }
			}
		}
		Components struct{ Schemas map[string]*jsonschema.Schema }
	}
	b = []byte(strings.ReplaceAll(string(b), `"#/components/schemas/`, `"#/$defs/`))
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	d := &document{components: in.Components.Schemas, resolved: map[string]*jsonschema.Resolved{}}
	for path, methods := range in.Paths {
		for method, v := range methods {
			o := operation{id: v.ID, method: strings.ToUpper(method), path: path, answers: map[int]answer{}}
			for _, p := range v.Parameters {
				if p.In == "query" && p.Required {
					o.query = append(o.query, p.Name)
				}
			}
			for status, r := range v.Responses {
				n, err := strconv.Atoi(status)
				if err != nil {
					return nil, fmt.Errorf("read document: %s has the status %q", v.ID, status)
				}
				a := answer{}
				for media, c := range r.Content {
					a = answer{media, c.Schema}
				}
				o.answers[n] = a
			}
			d.operations = append(d.operations, o)
		}
	}
	slices.SortFunc(d.operations, func(a, b operation) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method)) })
	return d, nil
}

// check validates a value.
func (d *document) check(s *jsonschema.Schema, body []byte) error {
	key, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	r := d.resolved[string(key)]
	if r == nil {
		root := &jsonschema.Schema{AllOf: []*jsonschema.Schema{s.CloneSchemas()}, Defs: map[string]*jsonschema.Schema{}}
		d.needed(key, root.Defs)
		if r, err = root.Resolve(nil); err != nil {
			return fmt.Errorf("read schema: %w", err)
		}
		d.resolved[string(key)] = r
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("no JSON: %.200s", body)
	}
	if err := r.Validate(v); err != nil {
		return fmt.Errorf("%s\n\tin %.600s", telling(err), body)
	}
	return nil
}

// telling leaves out of an error what says no more than that a value is of another
// kind than this or that.
func telling(err error) string {
	var out []string
	for _, l := range strings.Split(err.Error(), "\n") {
		if !strings.Contains(l, "does not equal any of") && !strings.Contains(l, "did not validate against any of") {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return "of no kind that the document knows"
	}
	return strings.Join(out, "\n\t")
}

// needed adds the components that a schema refers to.
func (d *document) needed(schema []byte, defs map[string]*jsonschema.Schema) {
	for _, ref := range strings.Split(string(schema), `"#/$defs/`)[1:] {
		name, _, _ := strings.Cut(ref, `"`)
		c := d.components[name]
		if c == nil || defs[name] != nil {
			continue
		}
		defs[name] = c.CloneSchemas()
		b, err := json.Marshal(c)
		if err == nil {
			d.needed(b, defs)
		}
	}
}
