package tools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/loop"
)

type feedbackArguments struct {
	ID     string `json:"id"`
	Useful bool   `json:"useful"`
}

func feedback() Tool {
	return define("feedback",
		"Say whether a memory was useful or misleading, by its id.",
		func(ctx context.Context, t *Turn, a feedbackArguments, _ llm.Call) (loop.Result, error) {
			v := -1
			if a.Useful {
				v = 1
			}
			key := knowledge.NewID("fb")
			if t.Person != "" { // one voice for each conversation: a page must not talk a memory away
				sum := sha256.Sum256([]byte(t.Person + "\x00" + a.ID))
				key = hex.EncodeToString(sum[:16])
			}
			if err := t.Knowledge.FeedbackOnce(ctx, a.ID, key, v); err != nil {
				return loop.Result{}, fmt.Errorf("give feedback: %w", err)
			}
			return loop.Result{Title: "Feedback given", Output: "Noted."}, nil
		})
}
