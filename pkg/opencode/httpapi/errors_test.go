package httpapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/turn"
)

// A refusal says who is at fault, and agentdb is only where it is.
func TestRefusal(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err    error
		status int
		blamed bool // agentdb is
	}{
		{&llm.Error{Ref: "p/m", Kind: llm.KindRate, Status: 429, Err: errors.New("slow down")}, 429, false},
		{fmt.Errorf("answer: %w", &llm.Error{Ref: "p/m", Kind: llm.KindQuota, Status: 402, Err: errors.New("used up")}), 429, false},
		{&llm.Error{Ref: "p/m", Kind: llm.KindOverflow, Status: 400, Err: errors.New("too long")}, 413, false},
		{&llm.Error{Ref: "p/m", Kind: llm.KindAuth, Status: 401, Err: errors.New("no key")}, 502, false},
		{&turn.BudgetError{What: "day", Spent: 2, Limit: 1}, 402, false},
		{turn.ErrTime, 504, false},
		{&llm.Error{Ref: "p/m", Kind: llm.KindCancelled, Err: turn.ErrTime}, 504, false},
		{context.DeadlineExceeded, 504, false},
		{ledger.ErrClosed, 503, false},
		{errors.New("start sub-agent: no such file"), 503, false},
		{&knowledge.AwayError{Err: errors.New("reach agentdb: refused")}, 503, true},
		{&knowledge.Problem{Status: 500, Title: "Internal Server Error"}, 503, true},
		{&knowledge.Problem{Status: 422, Detail: "wrong"}, 400, false},
		{fmt.Errorf("read: %w", knowledge.ErrNotFound), 404, false},
		{api.NotFound("session", "x"), 404, false},
	} {
		e := Refusal(tc.err)
		if e.Status != tc.status || strings.Contains(e.Message(), "knowledge base") != tc.blamed {
			t.Errorf("%v is %d %s", tc.err, e.Status, e.Message())
		}
	}
}
