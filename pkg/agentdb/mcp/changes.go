package mcp

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"panther/pkg/knowledge"
)

type changesIn struct {
	Since  string `json:"since,omitempty" jsonschema:"a date like 2026-01-31 or a time in RFC 3339; a day ago by default"`
	Source string `json:"source,omitempty" jsonschema:"only this source, see list_sources"`
	Kind   string `json:"kind,omitempty" jsonschema:"only changes of this kind: security, breaking, removed, deprecated, default, api, added, moved, detail or wording"`
}

type changesOut struct {
	Pages []changedPage `json:"pages"`
	More  int           `json:"more,omitempty" jsonschema:"pages that changed and are left out; narrow by source or kind"`
}

type changedPage struct {
	Kind    string        `json:"kind"`
	URI     string        `json:"uri" jsonschema:"for read"`
	Title   string        `json:"title,omitempty"`
	Source  string        `json:"source"`
	From    string        `json:"from,omitempty" jsonschema:"where a page that moved was"`
	To      string        `json:"to,omitempty" jsonschema:"the page that now has what a page that is gone had"`
	At      string        `json:"at"`
	Changes []changedPart `json:"changes"`
}

type changedPart struct {
	Kind   string `json:"kind"`
	Where  string `json:"where,omitempty" jsonschema:"headings, and what it is about"`
	Link   string `json:"link" jsonschema:"to cite"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// What one answer has at most.
const (
	maxChangedPages = 40
	maxChangedParts = 8
)

func (t tools) changes(ctx context.Context, _ *mcp.CallToolRequest, in changesIn) (*mcp.CallToolResult, *changesOut, error) {
	sel := knowledge.ListChanges{Source: in.Source, Kind: knowledge.ChangeKind(in.Kind), Since: time.Now().AddDate(0, 0, -1)}
	if in.Since != "" {
		since, err := time.ParseInLocation(time.DateOnly, in.Since, time.Local)
		if err != nil {
			since, err = time.Parse(time.RFC3339, in.Since)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("since %q is no date; write it like 2026-01-31", in.Since)
		}
		sel.Since = since
	}
	l, err := t.k.Changes(ctx, sel)
	if err != nil {
		return nil, nil, err
	}
	pages := l.Pages
	slices.SortStableFunc(pages, func(a, b knowledge.PageChange) int { return cmp.Compare(a.Kind.Rank(), b.Kind.Rank()) })
	out := &changesOut{Pages: []changedPage{}, More: max(0, len(pages)-maxChangedPages)}
	var b strings.Builder
	for _, p := range pages[:min(len(pages), maxChangedPages)] {
		page := changedPage{Kind: string(p.Kind), URI: p.URI, Title: p.Title, Source: p.Source, From: p.From, To: p.To, At: p.At.Format(time.RFC3339), Changes: []changedPart{}}
		fmt.Fprintf(&b, "%s: %s\n%s\n", p.Kind, p.Title, p.URI)
		if p.From != "" {
			fmt.Fprintf(&b, "was %s\n", p.From)
		}
		if p.To != "" {
			fmt.Fprintf(&b, "is in %s\n", p.To)
		}
		for _, c := range p.Changes[:min(len(p.Changes), maxChangedParts)] {
			part := changedPart{Kind: string(c.Kind), Where: c.Where(), Link: c.Link(p.URI), Before: c.Before, After: c.After}
			page.Changes = append(page.Changes, part)
			fmt.Fprintf(&b, "\n%s in %s\n%s\n", c.Kind, part.Where, part.Link)
			if c.Before != "" {
				fmt.Fprintf(&b, "before: %s\n", c.Before)
			}
			if c.After != "" {
				fmt.Fprintf(&b, "after: %s\n", c.After)
			}
		}
		b.WriteString("\n")
		out.Pages = append(out.Pages, page)
	}
	if len(out.Pages) == 0 {
		b.WriteString("Nothing that matters changed.")
	}
	return text(b.String()), out, nil
}
