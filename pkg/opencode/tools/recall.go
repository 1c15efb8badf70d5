package tools

import (
	"context"
	"fmt"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/loop"
)

type recallArguments struct {
	Query string `json:"query"`
}

func recall() Tool {
	return define("recall",
		"Search what was remembered in earlier conversations.",
		func(ctx context.Context, t *Turn, a recallArguments, _ llm.Call) (loop.Result, error) {
			resp, err := t.Knowledge.Recall(ctx, knowledge.RecallRequest{Query: grounding.Query(a.Query, nil), Scope: knowledge.Scope{Agent: t.Agent, Session: t.Session}})
			if err != nil {
				return loop.Result{}, fmt.Errorf("recall: %w", err)
			}
			t.Recalled(resp.Memories)
			out := t.Found.RenderMemories(resp.Memories)
			if out == "" {
				out = "Nothing is remembered about that."
			}
			return loop.Result{Title: fmt.Sprintf("%d memories", len(resp.Memories)), Output: out}, nil
		})
}
