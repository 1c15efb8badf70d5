package text

import (
	"context"
	"fmt"
	"html"
	"path"
	"regexp"
	"slices"
	"strings"

	"panther/pkg/knowledge"
	"panther/pkg/sd"

	"go.yaml.in/yaml/v3"
)

// specificationName is how descriptions of interfaces are named: JSON and YAML
// are mostly something else, and are not opened to find out.
var specificationName = regexp.MustCompile(`(?i)(?:^|[^a-z])(?:open-?api|swagger|async-?api|api|apis|rest|schemas?|specs?)(?:[^a-z]|$)`)

// isSpecification reports whether a file or its folder is named like one.
func isSpecification(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".json", ".yaml", ".yml":
		return specificationName.MatchString(path.Base(name)) || specificationName.MatchString(path.Base(path.Dir(name)))
	}
	return false
}

// Operation is a call of an interface.
type Operation struct {
	Method, Path string // the method in lower case
	ID           string // "" where the description gives none
	Tags         []string
}

// Interface makes a document of an OpenAPI, Swagger or AsyncAPI description: one
// section for each operation. anchor says which fragment addresses an operation
// of OpenAPI where it is shown; nil means that nothing else shows it.
func Interface(body []byte, anchor func(Operation) string) (d *knowledge.Document, err error) {
	err = sd.Guard("read description", body, func() (err error) { d, err = describe(body, anchor); return err })
	return d, err
}

// fromSpecification writes a description of an interface, and a JSON Schema as
// the list of its properties.
func fromSpecification(_ context.Context, _ File, body []byte) (*knowledge.Document, error) {
	return describe(body, nil)
}

func describe(body []byte, anchor func(Operation) string) (*knowledge.Document, error) {
	text, err := utf8Text(body)
	if err != nil {
		return nil, err
	}
	var doc yaml.Node // JSON is YAML, and a node keeps the order
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) == 0 {
		return nil, refusal("file is no description of an interface")
	}
	s := &specification{root: node{doc.Content[0]}, anchor: anchor}
	title := s.root.get("info", "title").text()
	switch {
	case s.root.get("openapi").text() != "" || s.root.get("swagger").text() != "":
		s.openAPI(title)
	case s.root.get("asyncapi").text() != "":
		s.asyncAPI(title)
	case strings.Contains(s.root.get("$schema").text(), "json-schema.org"):
		title = s.root.get("title").text()
		s.heading(1, title)
		s.prose(s.root.get("description"))
		s.properties(s.root, 0, nil)
		for _, group := range []string{"$defs", "definitions"} {
			s.schemas(s.root.get(group))
		}
	default:
		return nil, refusal("file is no description of an interface")
	}
	return &knowledge.Document{Title: title, Markdown: s.b.String()}, nil
}

// maxSpecification bounds what is written, in bytes: references let a small file
// say the same without end.
const maxSpecification = 8 << 20

type specification struct {
	root   node
	anchor func(Operation) string
	b      strings.Builder
}

func (s *specification) full() bool { return s.b.Len() > maxSpecification }

func (s *specification) printf(format string, args ...any) {
	if !s.full() {
		fmt.Fprintf(&s.b, format, args...)
	}
}

func (s *specification) heading(level int, title string) {
	if title = strings.Join(strings.Fields(title), " "); title != "" {
		s.printf("%s %s\n\n", strings.Repeat("#", level), title)
	}
}

func (s *specification) prose(n node) {
	if t := strings.TrimSpace(n.text()); t != "" {
		s.printf("%s\n\n", t)
	}
}

// resolve follows a reference within the file, and names what it leads to.
func (s *specification) resolve(n node) (target node, name string) {
	for range 10 {
		ref := n.get("$ref").text()
		local, ok := strings.CutPrefix(ref, "#/")
		if !ok {
			if ref != "" {
				name = path.Base(ref)
			}
			return n, name
		}
		keys := strings.Split(local, "/")
		for i, k := range keys {
			keys[i] = strings.NewReplacer("~1", "/", "~0", "~", "%7B", "{", "%7D", "}").Replace(k)
		}
		name = keys[len(keys)-1]
		if n = s.root.get(keys...); n.Node == nil {
			return n, name
		}
	}
	return node{}, name
}

var methods = map[string]bool{"get": true, "put": true, "post": true, "delete": true, "options": true, "head": true, "patch": true, "trace": true, "query": true}

func (s *specification) openAPI(title string) {
	s.heading(1, title)
	s.prose(s.root.get("info", "description"))
	if v := s.root.get("info", "version").text(); v != "" {
		s.printf("Version %s\n\n", v)
	}
	for _, server := range s.root.get("servers").items() {
		s.printf("- `%s` %s\n", server.get("url").text(), oneLine(server.get("description").text()))
	}
	s.printf("\n")
	for where, group := range s.groups("paths", "webhooks") {
		for route, item := range group.fields {
			item, _ = s.resolve(item)
			for method, op := range item.fields {
				if methods[method] {
					s.operation(method, where+route, item, op)
				}
			}
		}
	}
	s.schemas(s.root.get("components", "schemas"))
	s.schemas(s.root.get("definitions"))
}

// groups yields mappings of the document; what is no path is named.
func (s *specification) groups(names ...string) func(func(string, node) bool) {
	return func(yield func(string, node) bool) {
		for i, name := range names {
			where := ""
			if i > 0 {
				where = strings.TrimSuffix(name, "s") + " "
			}
			if !yield(where, s.root.get(name)) {
				return
			}
		}
	}
}

func (s *specification) operation(method, route string, item, op node) {
	s.printf("## ")
	if s.anchor != nil {
		o := Operation{Method: method, Path: route, ID: op.get("operationId").text()}
		for _, tag := range op.get("tags").items() {
			o.Tags = append(o.Tags, tag.text())
		}
		s.printf(`<a id="%s"></a>`, html.EscapeString(s.anchor(o)))
	}
	s.printf("%s %s\n\n", strings.ToUpper(method), oneLine(route))
	if id := op.get("operationId").text(); id != "" {
		s.printf("Operation `%s`. ", id)
	}
	s.prose(op.get("summary"))
	s.prose(op.get("description"))
	if op.get("deprecated").text() == "true" {
		s.printf("Deprecated.\n\n")
	}
	params := append(item.get("parameters").items(), op.get("parameters").items()...)
	if len(params) > 0 {
		s.printf("Parameters:\n\n")
		for _, p := range params {
			p, _ = s.resolve(p)
			s.printf("- `%s`%s", p.get("name").text(), bracket(p.get("in").text(), s.kind(p.get("schema"), p), required(p.get("required").text() == "true")))
			s.details(p)
			if schema := p.get("schema"); p.get("in").text() == "body" && schema.Node != nil { // Swagger 2
				s.properties(schema, 1, nil)
			}
		}
		s.printf("\n")
	}
	body, _ := s.resolve(op.get("requestBody"))
	for media, m := range body.get("content").fields {
		s.printf("Request body `%s`%s:\n\n", media, s.named(m.get("schema")))
		s.properties(m.get("schema"), 0, nil)
		s.printf("\n")
	}
	if op.get("responses").Node != nil {
		s.printf("Responses:\n\n")
	}
	for status, r := range op.get("responses").fields {
		r, _ = s.resolve(r)
		s.printf("- `%s` %s\n", status, oneLine(r.get("description").text()))
		for media, m := range r.get("content").fields {
			s.printf("  - `%s`%s\n", media, s.named(m.get("schema")))
			s.properties(m.get("schema"), 2, nil)
		}
		if schema := r.get("schema"); schema.Node != nil {
			s.properties(schema, 1, nil)
		}
	}
	s.printf("\n")
}

func (s *specification) asyncAPI(title string) {
	s.heading(1, title)
	s.prose(s.root.get("info", "description"))
	for name, c := range s.root.get("channels").fields {
		address := c.get("address").text()
		if address == "" {
			address = name
		}
		for _, action := range []string{"publish", "subscribe"} { // version 2
			if op := c.get(action); op.Node != nil {
				s.heading(2, action+" "+address)
				s.event(c, op)
				s.message(op.get("message"))
			}
		}
	}
	for name, op := range s.root.get("operations").fields { // version 3
		channel, id := s.resolve(op.get("channel"))
		address := channel.get("address").text()
		if address == "" {
			address = id
		}
		s.heading(2, op.get("action").text()+" "+address)
		s.printf("Operation `%s`. ", name)
		s.event(channel, op)
		messages := op.get("messages").items()
		if len(messages) == 0 {
			for _, m := range channel.get("messages").fields {
				messages = append(messages, m)
			}
		}
		for _, m := range messages {
			s.message(m)
		}
	}
	s.schemas(s.root.get("components", "schemas"))
}

func (s *specification) event(channel, op node) {
	for _, n := range []node{op.get("summary"), op.get("description"), channel.get("description")} {
		s.prose(n)
	}
}

func (s *specification) message(m node) {
	m, name := s.resolve(m)
	if all := m.get("oneOf").items(); len(all) > 0 {
		for _, one := range all {
			s.message(one)
		}
		return
	}
	if n := m.get("name").text(); n != "" {
		name = n
	}
	s.printf("Message `%s`. %s\n\n", name, oneLine(m.get("summary").text()+" "+m.get("description").text()))
	s.properties(m.get("payload"), 0, nil)
	s.printf("\n")
}

// schemas writes a section for each named schema.
func (s *specification) schemas(group node) {
	for name, schema := range group.fields {
		s.heading(2, name)
		s.prose(schema.get("description"))
		s.properties(schema, 0, nil)
		s.printf("\n")
	}
}

// maxNesting is how deep the properties of properties are written.
const maxNesting = 4

// properties lists those of a schema, with what it is made of; above are the
// schemas that it is part of.
func (s *specification) properties(schema node, depth int, above []*yaml.Node) {
	schema, _ = s.resolve(schema)
	if schema.Node == nil || depth > maxNesting+2 || len(above) > maxNesting || s.full() {
		return
	}
	for _, n := range above {
		if n == schema.Node {
			return
		}
	}
	above = append(above[:len(above):len(above)], schema.Node)
	needed := map[string]bool{}
	for _, r := range schema.get("required").items() {
		needed[r.text()] = true
	}
	for name, p := range schema.get("properties").fields {
		target, named := s.resolve(p)
		s.printf("%s- `%s`%s", strings.Repeat("  ", depth), name, bracket(s.kind(p, target), required(needed[name])))
		s.details(target)
		if named == "" { // else it has a section of its own
			s.properties(p, depth+1, above)
		}
	}
	for _, way := range []string{"allOf", "oneOf", "anyOf"} {
		for _, part := range schema.get(way).items() {
			s.properties(part, depth, above)
		}
	}
	if _, named := s.resolve(schema.get("items")); named == "" || len(above) == 1 {
		s.properties(schema.get("items"), depth, above)
	}
	if values := schema.get("enum").items(); len(values) > 0 && len(above) == 1 {
		s.printf("%s%s\n", strings.Repeat("  ", depth), oneOf(values))
	}
}

// details ends the line of a parameter or property.
func (s *specification) details(n node) {
	if d := oneLine(n.get("description").text()); d != "" {
		s.printf(": %s", d)
		if bare := strings.TrimRight(d, "*_`)"); bare == "" || !strings.ContainsAny(bare[len(bare)-1:], ".!?:") {
			s.printf(".")
		}
	}
	schema, _ := s.resolve(n.get("schema"))
	for _, of := range []node{n, schema} {
		if v := of.get("default").text(); v != "" {
			s.printf(" Default `%s`.", v)
		}
		if values := of.get("enum").items(); len(values) > 0 {
			s.printf(" %s", oneOf(values))
		}
	}
	s.printf("\n")
}

func oneOf(values []node) string {
	var out []string
	for _, v := range values {
		out = append(out, "`"+v.text()+"`")
	}
	return "One of " + strings.Join(out, ", ") + "."
}

// kind names the type of a schema: its own name, or its type and format.
func (s *specification) kind(schema, fallback node) string {
	target, name := s.resolve(schema)
	if name != "" {
		return name
	}
	if target.Node == nil {
		target = fallback
	}
	var types []string
	for _, t := range target.get("type").items() {
		types = append(types, t.text())
	}
	t := target.get("type").text() + strings.Join(types, " or ")
	if t == "array" {
		if of := s.kind(target.get("items"), node{}); of != "" {
			return "array of " + of
		}
	}
	if f := target.get("format").text(); f != "" {
		t += " " + f
	}
	return t
}

// named names a schema behind the media type that has it.
func (s *specification) named(schema node) string {
	if k := s.kind(schema, node{}); k != "" {
		return ", " + k
	}
	return ""
}

func required(is bool) string {
	if is {
		return "required"
	}
	return ""
}

// bracket lists words behind a name, but for those that are empty.
func bracket(words ...string) string {
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
