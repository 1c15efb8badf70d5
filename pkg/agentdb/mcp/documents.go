package mcp

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"panther/pkg/knowledge"
)

type tools struct{ k Knowledge }

type searchIn struct {
	Query    string   `json:"query" jsonschema:"a question or keywords, as text"`
	Sources  []string `json:"sources,omitempty" jsonschema:"only these sources, see list_sources"`
	Tags     []string `json:"tags,omitempty" jsonschema:"only documents with all of these tags"`
	Language string   `json:"language,omitempty" jsonschema:"only documents in this language, like en"`
	Version  string   `json:"version,omitempty" jsonschema:"only pages of this version of what they document, like 17"`
	Limit    int      `json:"limit,omitempty" jsonschema:"number of passages, 1 to 50, 8 by default"`
}

type foundPassage struct {
	URI      string              `json:"uri" jsonschema:"of the document, for read"`
	Link     string              `json:"link" jsonschema:"to cite"`
	Title    string              `json:"title"`
	Version  string              `json:"version,omitempty" jsonschema:"of what the page documents"`
	Editions []knowledge.Edition `json:"editions,omitempty" jsonschema:"the same passage in other versions"`
	Headings []string            `json:"headings,omitempty"`
	Source   string              `json:"source"`
	Text     string              `json:"text"`
	Score    float64             `json:"score"`
}

type searchOut struct {
	Passages []foundPassage `json:"passages"`
	Mode     string         `json:"mode" jsonschema:"hybrid, or lexical while no embeddings are to be had"`
	Warnings []string       `json:"warnings,omitempty"`
}

type readIn struct {
	URI      string `json:"uri" jsonschema:"of the document, as search returned it"`
	Offset   int    `json:"offset,omitempty" jsonschema:"character to begin at, for a document longer than one answer"`
	MaxChars int    `json:"max_chars,omitempty" jsonschema:"1 to 200000, 20000 by default"`
}

type readOut struct {
	URI        string `json:"uri"`
	Title      string `json:"title"`
	Source     string `json:"source"`
	FetchedAt  string `json:"fetched_at,omitempty"`
	Markdown   string `json:"markdown"`
	TotalChars int    `json:"total_chars"`
	NextOffset int    `json:"next_offset,omitempty" jsonschema:"where the rest begins; absent at the end"`
}

type sourceOut struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind,omitempty"`
	Location  string   `json:"location,omitempty"`
	Documents int      `json:"documents"`
	Passages  int      `json:"passages"`
	Tags      []string `json:"tags,omitempty"`
	LastRun   string   `json:"last_run,omitempty"`
	Status    string   `json:"status,omitempty" jsonschema:"of the last run"`
}

type sourcesOut struct {
	Sources []sourceOut `json:"sources"`
}

type statsOut struct {
	Documents int    `json:"documents"`
	Passages  int    `json:"passages"`
	Pending   int    `json:"pending" jsonschema:"passages that wait for their embedding"`
	Memories  int    `json:"memories"`
	Space     string `json:"space,omitempty" jsonschema:"active embedding space"`
	Store     string `json:"store"`
	Version   string `json:"version"`
}

func (t tools) documents(s *mcp.Server) {
	read := annotate(mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true})
	addTool(s, &mcp.Tool{Name: "search", Title: "Search the documentation", Annotations: read,
		Description: "Find the passages of the crawled documentation that answer a question, best first, with links to cite. " +
			"Words and meaning both count. Ask in full sentences or in keywords."}, t.search)
	addTool(s, &mcp.Tool{Name: "read", Title: "Read a document", Annotations: read,
		Description: "Read a document as Markdown by the uri that search returned, in pieces if it is long."}, t.read)
	addTool(s, &mcp.Tool{Name: "changes", Title: "List what changed", Annotations: read,
		Description: "List what changed in the documentation since a time, judged: security, breaking, removed, deprecated, default values, " +
			"signatures, what is new, moved, other details. Each change has the text before and after, and a link to cite."}, t.changes)
	addTool(s, &mcp.Tool{Name: "list_sources", Title: "List the sources", Annotations: read,
		Description: "List what is crawled: names to narrow a search by, how much each source holds, and when it was last visited."}, t.listSources)
	addTool(s, &mcp.Tool{Name: "stats", Title: "Describe the knowledge base", Annotations: read,
		Description: "Tell how much the knowledge base holds and whether it is up to date."}, t.stats)
}

func text(s string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: s}}}
}

const (
	searchLimit    = 8
	maxSearchLimit = 50
)

func (t tools) search(ctx context.Context, _ *mcp.CallToolRequest, in searchIn) (*mcp.CallToolResult, *searchOut, error) {
	req := knowledge.SearchRequest{Query: in.Query, Sources: in.Sources, Tags: in.Tags, Limit: in.Limit}
	if in.Language != "" {
		req.Languages = []string{in.Language}
	}
	if in.Version != "" {
		req.Versions = []string{in.Version}
	}
	if req.Limit <= 0 {
		req.Limit = searchLimit
	}
	req.Limit = min(req.Limit, maxSearchLimit)
	res, err := t.k.Search(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	out := &searchOut{Passages: []foundPassage{}, Mode: string(res.Mode), Warnings: res.Warnings}
	var b strings.Builder
	for i, h := range res.Hits {
		out.Passages = append(out.Passages, foundPassage{URI: h.URI, Link: h.Link, Title: h.Title, Headings: h.Headings,
			Source: h.Source, Version: h.Version, Editions: h.Editions, Text: h.Text, Score: h.Score})
		fmt.Fprintf(&b, "[%d] %s\n%s\n", i+1, strings.Join(append([]string{h.Title}, h.Headings...), " > "), h.Link)
		if line := h.VersionLine(); line != "" {
			fmt.Fprintln(&b, line)
		}
		fmt.Fprintf(&b, "\n%s\n\n", h.Text)
	}
	if len(res.Hits) == 0 {
		b.WriteString("Nothing was found. Try other words, or list_sources to see what is covered.")
	}
	return text(b.String()), out, nil
}

const (
	readChars    = 20_000
	maxReadChars = 200_000
)

func (t tools) read(ctx context.Context, _ *mcp.CallToolRequest, in readIn) (*mcp.CallToolResult, *readOut, error) {
	d, err := t.k.Document(ctx, in.URI)
	if err == nil && d.DeletedAt != nil {
		return nil, nil, gone(d)
	}
	if errors.Is(err, knowledge.ErrNotFound) {
		return nil, nil, fmt.Errorf("there is no document %s; give the uri of a passage that search returned", in.URI)
	}
	if err != nil {
		return nil, nil, err
	}
	rs := []rune(d.Markdown)
	n := in.MaxChars
	if n <= 0 {
		n = readChars
	}
	first := min(max(in.Offset, 0), len(rs))
	last := min(first+min(n, maxReadChars), len(rs))
	out := &readOut{URI: d.URI, Title: d.Title, Source: d.Source, Markdown: string(rs[first:last]), TotalChars: len(rs)}
	if !d.FetchedAt.IsZero() {
		out.FetchedAt = d.FetchedAt.Format(time.RFC3339)
	}
	tail := ""
	if last < len(rs) {
		out.NextOffset = last
		tail = fmt.Sprintf("\n\n(characters %d to %d of %d; read on with offset %d)", first, last, len(rs), last)
	}
	return text(fmt.Sprintf("# %s\n%s\n\n%s%s", d.Title, d.URI, out.Markdown, tail)), out, nil
}

func (t tools) listSources(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, *sourcesOut, error) {
	l, err := t.k.Sources(ctx)
	if err != nil {
		return nil, nil, err
	}
	out := &sourcesOut{Sources: []sourceOut{}}
	for _, x := range l {
		o := sourceOut{Name: x.Name, Kind: x.Kind, Location: x.Location, Documents: x.Documents, Passages: x.Chunks, Tags: x.Tags}
		if x.LastRun != nil {
			o.LastRun, o.Status = x.LastRun.Started.Format(time.RFC3339), x.LastRun.Status
		}
		out.Sources = append(out.Sources, o)
	}
	return nil, out, nil
}

func (t tools) stats(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, *statsOut, error) {
	st, err := t.k.Stats(ctx)
	if err != nil {
		return nil, nil, err
	}
	out := &statsOut{Documents: st.Documents, Passages: st.Chunks, Pending: st.Pending, Memories: st.Memories, Store: st.Store, Version: st.Version}
	for _, sp := range st.Spaces {
		if sp.Active {
			out.Space = sp.ID
		}
	}
	return nil, out, nil
}

const documentScheme = "panther://document/"

// gone tells an agent that a document is no more, so that it does not ask again.
func gone(d *knowledge.Document) error {
	return fmt.Errorf("%s is gone: its source deleted it, as seen on %s; search for what there is now", d.URI, d.DeletedAt.Format(time.DateOnly))
}

func (t tools) resources(s *mcp.Server) {
	s.AddResourceTemplate(&mcp.ResourceTemplate{Name: "document", Title: "A document", MIMEType: "text/markdown",
		Description: "A crawled document as Markdown; uri is its address, percent-encoded", URITemplate: documentScheme + "{uri}"},
		func(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			uri, err := url.PathUnescape(strings.TrimPrefix(req.Params.URI, documentScheme))
			if err != nil {
				return nil, mcp.ResourceNotFoundError(req.Params.URI)
			}
			d, err := t.k.Document(ctx, uri)
			if errors.Is(err, knowledge.ErrNotFound) {
				return nil, mcp.ResourceNotFoundError(req.Params.URI)
			}
			if err != nil {
				return nil, err
			}
			if d.DeletedAt != nil {
				return nil, gone(d)
			}
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: req.Params.URI, MIMEType: "text/markdown", Text: d.Markdown}}}, nil
		})
}
