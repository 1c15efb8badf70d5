package opencode

import (
	"sync"
	"time"

	"panther/pkg/opencode/api"
)

// account is what models have cost.
type account struct {
	mu     sync.Mutex
	tokens api.Tokens
	cost   float64
	day    string
	spent  float64 // in day
}

func (a *account) add(t api.Tokens, cost float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens.Add(t)
	a.cost += cost
	a.roll()
	a.spent += cost
}

func (a *account) roll() {
	if d := time.Now().Format(time.DateOnly); d != a.day {
		a.day, a.spent = d, 0
	}
}

func (a *account) today() float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.roll()
	return a.spent
}

func (a *account) total() (api.Tokens, float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tokens, a.cost
}
