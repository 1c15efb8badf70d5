package rest

import (
	"encoding/json"
	"net/http"
	"path"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// document gathers what is known of the operations. It becomes OpenAPI when
// somebody asks for it.
type document struct {
	info huma.Info
	ops  []operation
	once func() []byte
}

type operation struct {
	route, summary string
	in             plan
	out            reflect.Type
}

func newDocument(title, description, version string) *document {
	d := &document{info: huma.Info{Title: title, Description: description, Version: version}}
	d.once = sync.OnceValue(d.encode)
	return d
}

func (d *document) add(route, summary string, in plan, out reflect.Type) {
	d.ops = append(d.ops, operation{route, summary, in, out})
}

// Document serves the description of the API at a path.
func (a *API) Document(where string) {
	a.HandleFunc("GET "+where, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(a.doc.once())
	})
}

func (d *document) encode() []byte {
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	doc := &huma.OpenAPI{OpenAPI: "3.1.0", Info: &d.info, Components: &huma.Components{Schemas: schemas}}
	for _, o := range d.ops {
		doc.AddOperation(o.describe(schemas))
	}
	b, err := json.Marshal(doc)
	if err != nil {
		panic("rest: " + err.Error()) // our own types
	}
	return b
}

// schemaName names types of packages api as they are called, and others with
// their package, so that no two are one.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if pkg := path.Base(t.PkgPath()); t.Name() != "" && pkg != "api" && pkg != "." {
		name = strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	return name
}

func (o operation) describe(schemas huma.Registry) *huma.Operation {
	method, where, _ := strings.Cut(o.route, " ")
	id := huma.GenerateOperationID(method, where, struct{}{})
	op := &huma.Operation{Method: method, Path: where, OperationID: id, Summary: o.summary, Responses: map[string]*huma.Response{}}
	for _, f := range o.in.fields {
		op.Parameters = append(op.Parameters, &huma.Param{Name: f.name, In: f.in, Description: f.doc, Required: f.in == "path", Schema: schemas.Schema(f.typ, true, id)})
	}
	if o.in.body >= 0 {
		op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(o.in.typ, true, id+"-body")}}}
	}
	if o.out == typeOf[None]() {
		op.Responses["204"] = &huma.Response{Description: "Done"}
	} else {
		op.Responses["200"] = &huma.Response{Description: "Success", Content: map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(o.out, true, id+"-answer")}}}
	}
	return op
}
