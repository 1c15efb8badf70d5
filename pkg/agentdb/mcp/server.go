// Package mcp offers agentdb to agents by the Model Context Protocol: eleven
// tools to search documents, to tell what changed in them and to keep memories, and documents as resources. It keeps
// no state between calls, so that any number of clients, of every era of the
// protocol, may use one server.
//
// A mistake of the caller is a tool error whose text says what to do; it is no
// protocol error.
package mcp

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// Knowledge is what the tools work with; knowledge.Client is one.
type Knowledge interface {
	Search(ctx context.Context, req knowledge.SearchRequest) (*knowledge.SearchResponse, error)
	Document(ctx context.Context, uri string) (*knowledge.Document, error)
	Changes(ctx context.Context, sel knowledge.ListChanges) (*knowledge.ChangeList, error)
	Sources(ctx context.Context) ([]knowledge.Source, error)
	Remember(ctx context.Context, m knowledge.Memory) (*knowledge.Memory, error)
	Recall(ctx context.Context, req knowledge.RecallRequest) (*knowledge.RecallResponse, error)
	Forget(ctx context.Context, id string) error
	Feedback(ctx context.Context, id string, value int) error
	Stats(ctx context.Context) (*knowledge.Stats, error)
}

const instructions = `Panther's knowledge base: documentation that is crawled every night, and a memory that outlives this conversation.
Search before you answer a question about a product, a system or a configuration that the sources cover, and cite the links of the
passages you used. Read a document when a passage is not enough. Recall before you begin a task; remember what will matter later:
facts the user told you, how a task went, and steps that worked. Do not remember what you recalled or read here.`

// New returns a server over k.
func New(k Knowledge) *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "panther-agentdb", Title: "Panther knowledge base", Version: sd.BuildVersion()},
		&mcp.ServerOptions{Instructions: instructions, Capabilities: &mcp.ServerCapabilities{}})
	t := tools{k}
	t.documents(s)
	t.memories(s)
	t.resources(s)
	return s
}

// Handler serves streamable HTTP without sessions.
func Handler(k Knowledge) http.Handler {
	s := New(k)
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, &mcp.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, MaxRequestBodyBytes: 1 << 20,
	})
}

// Stdio serves one client on standard input and output until it leaves or ctx
// ends.
func Stdio(ctx context.Context, k Knowledge) error {
	if err := New(k).Run(ctx, &mcp.StdioTransport{}); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve MCP: %w", err)
	}
	return nil
}

// annotate describes a tool that touches nothing but this database.
func annotate(a mcp.ToolAnnotations) *mcp.ToolAnnotations {
	no := false
	a.OpenWorldHint = &no
	if !a.ReadOnlyHint && a.DestructiveHint == nil {
		a.DestructiveHint = &no
	}
	return &a
}

// addTool adds a tool whose schemas are those of its types.
func addTool[In, Out any](s *mcp.Server, t *mcp.Tool, call mcp.ToolHandlerFor[In, Out]) {
	t.InputSchema, t.OutputSchema = schemaOf[In](), schemaOf[Out]()
	mcp.AddTool(s, t, call)
}

// schemaOf is the schema of T, or of what T points to. Every value has one type:
// what Go could leave nil is absent and never null, since clients that know only
// one type for a value drop the others.
func schemaOf[T any]() *jsonschema.Schema {
	t := reflect.TypeFor[T]()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{})
	if err != nil {
		panic(err) // a mistake in this package, which every test of it finds
	}
	neverNull(s)
	return s
}

func neverNull(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if s.Types = slices.DeleteFunc(s.Types, func(t string) bool { return t == "null" }); len(s.Types) == 1 {
		s.Type, s.Types = s.Types[0], nil
	}
	neverNull(s.Items)
	for _, p := range s.Properties {
		neverNull(p)
	}
}
