package tools

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/loop"
)

type searchArguments struct {
	Query  string `json:"query" jsonschema:"Words, a question, or \"exact phrases\""`
	Source string `json:"source,omitempty" jsonschema:"Only this source"`
	Limit  int    `json:"limit,omitempty"`
}

func search() Tool {
	return define("knowledge_search",
		"Search the knowledge base. Returns numbered passages to cite. Use other words than before when a search found little.",
		func(ctx context.Context, t *Turn, a searchArguments, _ llm.Call) (loop.Result, error) {
			if strings.TrimSpace(a.Query) == "" {
				return loop.Result{}, errors.New("the query is empty")
			}
			req := knowledge.ContextRequest{SearchRequest: knowledge.SearchRequest{Query: grounding.Query(a.Query, nil), Limit: a.Limit, Sources: t.Sources}, Tokens: t.Tokens}
			if a.Source != "" {
				if len(t.Sources) > 0 && !slices.Contains(t.Sources, a.Source) {
					return loop.Result{}, fmt.Errorf("there is no source %q", a.Source)
				}
				req.Sources = []string{a.Source}
			}
			resp, err := t.Knowledge.Context(ctx, req)
			if err != nil {
				return loop.Result{}, fmt.Errorf("search the knowledge base: %w", err)
			}
			list := t.Found.Add(resp.Passages...)
			out := t.Found.Render(list)
			switch {
			case len(list) == 0:
				out = "Nothing was found."
			case resp.Weak:
				out += "(The search is not confident that these passages fit.)"
			}
			return loop.Result{Title: fmt.Sprintf("%d passages for %s", len(list), gate.Line(a.Query, 60)), Output: out}, nil
		}, within("limit", 1, 20))
}
