// Package account counts what models have cost: since the process began, on this
// day, and in one turn with its sub-agents. It provides the numbers that budgets
// are held to; the configuration is authoritative for prices, and sessions for
// what they cost before. Nothing in it fails.
package account

import (
	"sync"
	"time"

	"panther/pkg/llm"
	"panther/pkg/opencode/api"
)

// Account is what models have cost. The zero value is ready, and may be used by
// several goroutines.
type Account struct {
	mu     sync.Mutex
	tokens api.Tokens
	cost   float64
	day    string
	spent  float64 // in day
}

// Charge counts an answer of a model, and returns what it was.
func (a *Account) Charge(u llm.Usage, by llm.Info) (api.Tokens, float64) {
	tokens := api.Tokens{Input: u.Input, Output: u.Output - u.Reasoning, Reasoning: u.Reasoning, Total: u.Input + u.Output + u.CacheRead + u.CacheWrite,
		Cache: api.CacheUsage{Read: u.CacheRead, Write: u.CacheWrite}}
	cost := by.Price.Of(u)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens.Add(tokens)
	a.cost += cost
	a.roll()
	a.spent += cost
	return tokens, cost
}

func (a *Account) roll() {
	if d := time.Now().Format(time.DateOnly); d != a.day {
		a.day, a.spent = d, 0
	}
}

// Today returns what this day has cost, in US dollars.
func (a *Account) Today() float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.roll()
	return a.spent
}

// Total returns what was used and paid since the process began.
func (a *Account) Total() (api.Tokens, float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tokens, a.cost
}
