package turn

import (
	"sync"

	"panther/pkg/llm"
	"panther/pkg/opencode/api"
)

// Tally is what a session has spent: before the turn, in it, and by all its
// sub-agents, which share it.
type Tally struct {
	mu    sync.Mutex
	spent float64
}

// Add counts a cost, in US dollars, and returns the sum.
func (b *Tally) Add(cost float64) float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent += cost
	return b.spent
}

// spend ends the loop when the session or the day has used up its budget.
func (t *Turn) spend() error {
	b := t.rt.Config.Budget
	if spent := t.Tally.Add(0); b.Session > 0 && spent >= b.Session {
		return &BudgetError{"session", spent, b.Session}
	}
	if spent := t.rt.Account.Today(); b.Day > 0 && spent >= b.Day {
		return &BudgetError{"day", spent, b.Day}
	}
	return nil
}

// charge counts an answer of a model.
func (t *Turn) charge(resp *llm.Response, by llm.Info) (api.Tokens, float64) {
	tokens, cost := t.rt.Account.Charge(resp.Usage, by)
	t.Tally.Add(cost)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tokens.Add(tokens)
	t.cost += cost
	t.by = by
	return tokens, cost
}
