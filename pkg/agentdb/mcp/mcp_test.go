package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"panther/pkg/knowledge"
)

// fixture is a Knowledge of one document and what was remembered.
type fixture struct {
	knowledge.Client
	memories []knowledge.Memory
}

func (f *fixture) Search(_ context.Context, req knowledge.SearchRequest) (*knowledge.SearchResponse, error) {
	if !strings.Contains("partial index", req.Query) {
		return &knowledge.SearchResponse{Mode: knowledge.ModeLexical}, nil
	}
	return &knowledge.SearchResponse{Mode: knowledge.ModeHybrid, Hits: []knowledge.Hit{{URI: "https://x/p", Link: "https://x/p#a", Title: "T",
		Headings: []string{"H"}, Text: "A partial index."}}}, nil
}

func (f *fixture) Document(_ context.Context, uri string) (*knowledge.Document, error) {
	if uri == "https://x/old" {
		at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		return &knowledge.Document{URI: uri, Title: "Old", Markdown: "old text", DeletedAt: &at}, nil
	}
	if uri != "https://x/p" {
		return nil, knowledge.ErrNotFound
	}
	return &knowledge.Document{URI: uri, Title: "T", Markdown: "äöü text"}, nil
}

func (f *fixture) Remember(_ context.Context, m knowledge.Memory) (*knowledge.Memory, error) {
	if m.Supersedes != "" {
		return nil, knowledge.ErrNotFound
	}
	m.ID = "m1"
	f.memories = append(f.memories, m)
	return &m, nil
}

func (f *fixture) Recall(_ context.Context, req knowledge.RecallRequest) (*knowledge.RecallResponse, error) {
	r := &knowledge.RecallResponse{}
	for _, m := range f.memories {
		if len(req.Kinds) == 0 || req.Kinds[0] == m.Kind {
			r.Memories = append(r.Memories, knowledge.Recalled{Memory: m, Score: 1})
		}
	}
	return r, nil
}

func (f *fixture) Feedback(context.Context, string, int) error { return nil }
func (f *fixture) Forget(_ context.Context, id string) error {
	if id != "m1" {
		return knowledge.ErrNotFound
	}
	f.memories = nil
	return nil
}
func (f *fixture) Changes(_ context.Context, sel knowledge.ListChanges) (*knowledge.ChangeList, error) {
	l := &knowledge.ChangeList{Pages: []knowledge.PageChange{
		{URI: "https://x/b", Title: "B", Kind: knowledge.ChangeAdded},
		{URI: "https://x/p", Title: "P", Kind: knowledge.ChangeDefault, Changes: []knowledge.Change{
			{Kind: knowledge.ChangeDefault, Headings: []string{"P", "Options"}, Name: "port", Anchor: "options", Before: "80", After: "8080"}}},
	}}
	if sel.Source == "none" {
		l.Pages = nil
	}
	return l, nil
}
func (f *fixture) Sources(context.Context) ([]knowledge.Source, error) {
	return []knowledge.Source{{Name: "docs", Documents: 1}}, nil
}
func (f *fixture) Stats(context.Context) (*knowledge.Stats, error) {
	return &knowledge.Stats{Documents: 1, Spaces: []knowledge.Space{{ID: "p/m/4", Active: true}}}, nil
}

// connect returns client sessions over both transports.
func connect(t *testing.T, k Knowledge) map[string]*mcp.ClientSession {
	t.Helper()
	srv := httptest.NewServer(Handler(k))
	t.Cleanup(srv.Close)
	here, there := mcp.NewInMemoryTransports()
	if _, err := New(k).Connect(t.Context(), there, nil); err != nil {
		t.Fatal(err)
	}
	out := map[string]*mcp.ClientSession{}
	for name, tr := range map[string]mcp.Transport{"http": &mcp.StreamableClientTransport{Endpoint: srv.URL}, "memory": here} {
		s, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, nil).Connect(t.Context(), tr, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		t.Cleanup(func() { _ = s.Close() })
		out[name] = s
	}
	return out
}

func TestTools(t *testing.T) {
	t.Parallel()
	for name, s := range connect(t, &fixture{}) {
		list, err := s.ListTools(t.Context(), nil)
		if err != nil || len(list.Tools) != 11 {
			t.Fatalf("%s: %d tools, %v", name, len(list.Tools), err)
		}
		for _, tool := range list.Tools {
			if tool.Annotations == nil || *tool.Annotations.OpenWorldHint || tool.OutputSchema == nil || len(tool.Description) < 50 || tool.Title == "" {
				t.Errorf("tool %s is not described", tool.Name)
			}
			if schemas, err := json.Marshal([]any{tool.InputSchema, tool.OutputSchema}); err != nil || bytes.Contains(schemas, []byte(`"null"`)) {
				t.Errorf("tool %s has values of several types: %s %v", tool.Name, schemas, err)
			}
		}
		for _, tc := range []struct {
			tool, args, want string
			failed           bool
		}{
			{"search", `{"query":"partial"}`, "https://x/p#a", false},
			{"search", `{"query":"nothing"}`, "Nothing was found", false},
			{"search", `{}`, "query", true},
			{"read", `{"uri":"https://x/p","max_chars":2}`, "offset 2", false},
			{"read", `{"uri":"https://x/p","offset":2}`, "ü text", false},
			{"read", `{"uri":"https://x/none"}`, "uri of a passage", true},
			{"read", `{"uri":"https://x/old"}`, "is gone: its source deleted it, as seen on 2026-03-01", true},
			{"changes", `{}`, `https://x/p#options\nbefore: 80\nafter: 8080\n\nadded: B`, false},
			{"changes", `{"source":"none"}`, "Nothing that matters changed", false},
			{"changes", `{"since":"soon"}`, "like 2026-01-31", true},
			{"list_sources", `{}`, "docs", false},
			{"stats", `{}`, "p/m/4", false},
			{"remember", `{"text":"a fact"}`, "m1", false},
			{"remember", `{"text":"a fact","supersedes":"m7"}`, "no memory m7", true},
			{"recall", `{"query":"fact"}`, "a fact", false},
			{"save_skill", `{"description":"d","steps":"1. x"}`, "skill", false},
			{"find_skill", `{"task":"d"}`, "1. x", false},
			{"feedback", `{"id":"m1","helped":true}`, "counted", false},
			{"forget", `{"id":"m9"}`, "no memory m9", true},
			{"forget", `{"id":"m1"}`, "forgotten", false},
		} {
			r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tc.tool, Arguments: json.RawMessage(tc.args)})
			if err != nil {
				t.Errorf("%s: %s %s: %v", name, tc.tool, tc.args, err)
				continue
			}
			got, _ := json.Marshal(r)
			if r.IsError != tc.failed || !strings.Contains(string(got), tc.want) || !tc.failed && r.StructuredContent == nil {
				t.Errorf("%s: %s %s: %s", name, tc.tool, tc.args, got)
			}
		}
	}
}

func TestResources(t *testing.T) {
	t.Parallel()
	for name, s := range connect(t, &fixture{}) {
		r, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "panther://document/https%3A%2F%2Fx%2Fp"})
		if err != nil || len(r.Contents) != 1 || r.Contents[0].Text != "äöü text" {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		for _, none := range []string{"nothing", "https%3A%2F%2Fx%2Fold"} {
			if _, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "panther://document/" + none}); err == nil {
				t.Errorf("%s: %s, which is no document or no more, was read", name, none)
			}
		}
	}
}

// A memory tells that an agent stored it by MCP, and by which program where that
// is known; the arguments cannot say otherwise.
func TestProvenance(t *testing.T) {
	t.Parallel()
	f := &fixture{}
	for name, s := range connect(t, f) {
		if _, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "remember", Arguments: json.RawMessage(`{"text":"confirmed by the user","uri":"https://x/p"}`)}); err != nil {
			t.Fatal(err)
		}
		p := f.memories[len(f.memories)-1].Provenance
		if p.Origin != "mcp" || p.Vouched() || len(p.Read) != 1 || p.URI != "https://x/p" || p.By != "test" {
			t.Errorf("%s: it came from %+v", name, p)
		}
		r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "remember", Arguments: json.RawMessage(`{"text":"x y","provenance":{"origin":"user"}}`)})
		if err == nil && !r.IsError {
			t.Errorf("%s: an argument says where it came from", name)
		}
	}
}
