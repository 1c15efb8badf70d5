package rest

import (
	"encoding/json"
	"maps"
	"net/http"
	"path"
	"reflect"
	"strings"
	"sync"
	"unicode"

	"github.com/google/jsonschema-go/jsonschema"
)

// document gathers what is known of the operations. It becomes OpenAPI when
// somebody asks for it: what describes is not in memory until then.
type document struct {
	info info
	ops  []described
	once func() []byte
}

type described struct {
	route, summary string
	in             plan
	out            reflect.Type
}

func newDocument(title, description, version string) *document {
	d := &document{info: info{title, description, version}}
	d.once = sync.OnceValue(d.encode)
	return d
}

func (d *document) add(route, summary string, in plan, out reflect.Type) {
	d.ops = append(d.ops, described{route, summary, in, out})
}

// Document serves the description of the API at a path.
func (a *API) Document(where string) {
	a.HandleFunc("GET "+where, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(a.doc.once())
	})
}

// What follows is OpenAPI 3.1, as far as it is used.
type (
	openAPI struct {
		OpenAPI    string                          `json:"openapi"`
		Info       info                            `json:"info"`
		Paths      map[string]map[string]operation `json:"paths"`
		Components struct {
			Schemas components `json:"schemas"`
		} `json:"components"`
	}
	info struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		Version     string `json:"version"`
	}
	operation struct {
		ID         string              `json:"operationId"`
		Tags       []string            `json:"tags,omitempty"`
		Summary    string              `json:"summary"`
		Parameters []parameter         `json:"parameters,omitempty"`
		Body       *content            `json:"requestBody,omitempty"`
		Responses  map[string]response `json:"responses"`
	}
	parameter struct {
		Name        string             `json:"name"`
		In          string             `json:"in"`
		Description string             `json:"description,omitempty"`
		Required    bool               `json:"required,omitempty"`
		Schema      *jsonschema.Schema `json:"schema"`
	}
	content struct {
		Content map[string]media `json:"content"`
	}
	response struct {
		Description string           `json:"description"`
		Content     map[string]media `json:"content,omitempty"`
	}
	media struct {
		Schema *jsonschema.Schema `json:"schema"`
	}
)

func (d *document) encode() []byte {
	doc := openAPI{OpenAPI: "3.1.0", Info: d.info, Paths: map[string]map[string]operation{}}
	doc.Components.Schemas = components{}
	for _, o := range d.ops {
		method, where, _ := strings.Cut(o.route, " ")
		if doc.Paths[where] == nil {
			doc.Paths[where] = map[string]operation{}
		}
		doc.Paths[where][strings.ToLower(method)] = o.operation(method, where, doc.Components.Schemas)
	}
	b, err := json.Marshal(doc)
	if err != nil {
		panic("rest: " + err.Error()) // our own types
	}
	return b
}

func (o described) operation(method, where string, c components) operation {
	words := strings.FieldsFunc(where, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	op := operation{ID: strings.ToLower(method) + "-" + strings.Join(words, "-"), Summary: o.summary, Responses: map[string]response{}}
	if len(words) > 0 {
		op.Tags = words[:1]
	}
	for _, f := range o.in.fields {
		op.Parameters = append(op.Parameters, parameter{f.name, f.in, f.doc, f.in == "path", c.of(f.typ)})
	}
	of := func(t reflect.Type) map[string]media { return map[string]media{"application/json": {c.of(t)}} }
	if o.in.body >= 0 {
		op.Body = &content{of(o.in.typ)}
	}
	if o.out == typeOf[None]() {
		op.Responses["204"] = response{Description: "Done"}
	} else {
		op.Responses["200"] = response{"Success", of(o.out)}
	}
	return op
}

// components are the schemas of types that have a name.
type components map[string]*jsonschema.Schema

var rawMessage = typeOf[json.RawMessage]()

// of returns the schema of a type, which refers to those that have a name.
func (c components) of(t reflect.Type) *jsonschema.Schema {
	known := map[reflect.Type]*jsonschema.Schema{rawMessage: {}}
	found := map[reflect.Type]bool{}
	walk(t, found)
	for n, own := range found {
		if own {
			known[n] = &jsonschema.Schema{Ref: "#/components/schemas/" + schemaName(n)}
		}
	}
	for n, own := range found {
		if name := schemaName(n); own && c[name] == nil {
			others := maps.Clone(known)
			delete(others, n)
			c[name] = describe(n, others)
		}
	}
	return describe(t, known)
}

func describe(t reflect.Type, known map[reflect.Type]*jsonschema.Schema) *jsonschema.Schema {
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{IgnoreInvalidTypes: true, TypeSchemas: known})
	if err != nil {
		panic("rest: describe " + t.String() + ": " + err.Error()) // our own types
	}
	open(s)
	return s
}

// open lets an object have members that nobody knows, and gives a value one type:
// nothing that is served is null.
func open(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	for _, t := range s.Types {
		if t != "null" {
			s.Type = t
		}
	}
	s.Types = nil
	if s.AdditionalProperties != nil && s.AdditionalProperties.Not != nil {
		s.AdditionalProperties = nil
	}
	open(s.Items)
	open(s.AdditionalProperties)
	for _, p := range s.Properties {
		open(p)
	}
}

// walk finds the types with a name that a type is made of. One that is embedded
// in another has no schema of its own: true is whether a type may have.
func walk(t reflect.Type, found map[reflect.Type]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		walk(t.Elem(), found)
		return
	case reflect.Struct:
	default:
		return
	}
	if _, seen := found[t]; seen || t.PkgPath() == "time" {
		return
	}
	found[t] = t.Name() != "" && !strings.Contains(t.Name(), "[") // a generic one stands where it is used
	for i := range t.NumField() {
		f := t.Field(i)
		if f.IsExported() || f.Anonymous {
			walk(f.Type, found)
		}
		if f.Anonymous {
			found[f.Type] = false
		}
	}
}

// schemaName names types of packages api as they are called, and others with
// their package, so that no two are one.
func schemaName(t reflect.Type) string {
	name := t.Name()
	if name == "" {
		return ""
	}
	if pkg := path.Base(t.PkgPath()); pkg != "api" {
		name = strings.ToUpper(pkg[:1]) + pkg[1:] + strings.ToUpper(name[:1]) + name[1:]
	}
	return name
}
