package engine

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"panther/pkg/agentdb/store"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// faded is the strength below which an entry is laid aside: five half-lives
// without a good word, or five points of negative feedback.
const faded = 1.0 / 32

// consolidate tidies the memories: what says no more than another entry of the
// same scope is merged into that one, and what has faded is laid aside. Nothing
// is rewritten or lost: both only set SupersededBy, which knowledge.Memory.Why
// explains and Restore takes back for good.
func (e *Engine) consolidate(ctx context.Context, now time.Time) (merged, decayed int, err error) {
	ctx = identity.With(ctx, identity.Everyone)
	all, err := e.store.ListMemories(ctx, store.ListMemories{})
	if err != nil {
		return 0, 0, err
	}
	if err := e.expire(ctx, now); err != nil {
		return 0, 0, err
	}
	aside := func(id, by string) error {
		if err := e.store.Supersede(ctx, id, by); err != nil {
			return fmt.Errorf("consolidate memories: %w", err)
		}
		e.log.Info("memory laid aside", "memory", id, "superseded_by", by)
		return nil
	}
	gone := map[string]bool{}
	for i := range all {
		m := &all[i]
		if m.Pinned || gone[m.ID] {
			continue
		}
		if strength(*m, now) < faded {
			if err := aside(m.ID, knowledge.Decayed); err != nil {
				return merged, decayed, err
			}
			gone[m.ID] = true
			decayed++
			continue
		}
		o, err := e.told(ctx, *m)
		if err != nil {
			return merged, decayed, err
		}
		if o == nil || gone[o.ID] {
			continue
		}
		if err := aside(m.ID, o.ID); err != nil {
			return merged, decayed, err
		}
		gone[m.ID] = true
		merged++
	}
	return merged, decayed, nil
}

// told finds a live entry of the same owner, kind and scope, other than m itself,
// that says all that m does, or nil.
func (e *Engine) told(ctx context.Context, m knowledge.Memory) (*knowledge.Memory, error) {
	hits, err := e.store.Lexical(ctx, store.MemoryCorpus, search.Words(distinct(memoryTerms(m))...), store.Filter{Kinds: []string{m.Kind}, Scope: &m.Scope}, 8)
	if err != nil {
		return nil, err
	}
	ms, err := e.store.MemoriesByUnit(ctx, store.Units(hits))
	if err != nil {
		return nil, err
	}
	for _, o := range ms {
		if o.ID != m.ID && o.Owner == m.Owner && o.Scope == m.Scope && says(&o.Memory, &m) {
			return &o.Memory, nil
		}
	}
	return nil, nil
}

// says reports whether a tells all that b does. Facts are compared by their
// sentences, each as a whole: a part of one may mean the opposite. Others have
// to be the same.
func says(a, b *knowledge.Memory) bool {
	if b.Kind != knowledge.MemoryFact {
		return plain(content(a)) == plain(content(b)) && sameReward(a.Reward, b.Reward)
	}
	has := map[string]bool{}
	for _, s := range sentences(a.Text) {
		has[s] = true
	}
	for _, s := range sentences(b.Text) {
		if !has[s] {
			return false
		}
	}
	return true
}

func sameReward(a, b *float64) bool { return a == b || a != nil && b != nil && *a == *b }

func content(m *knowledge.Memory) string {
	return strings.Join([]string{m.Text, m.Outcome, m.Critique, m.Body}, "\n")
}

func memoryTerms(m knowledge.Memory) []string { return search.Terms(content(&m)) }

// sentences are the sentences of a text, each plain.
func sentences(s string) []string {
	var out []string
	add := func(part string) {
		if p := plain(part); p != "" {
			out = append(out, p)
		}
	}
	start := 0
	for i, r := range s {
		after := i + utf8.RuneLen(r)
		next, n := utf8.DecodeRuneInString(s[min(after, len(s)):])
		if r == '\n' || strings.ContainsRune(".!?", r) && (n == 0 || unicode.IsSpace(next)) {
			add(s[start:i])
			start = after
		}
	}
	add(s[start:])
	return out
}
