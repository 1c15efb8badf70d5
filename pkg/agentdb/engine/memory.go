package engine

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// origins are those that may write memories. "system" is not among them: the
// prompt that an agent was given is no experience of its.
var origins = []string{"user", "agent", "subagent", "mcp", "consolidation"}

// Remember stores a memory of whoever asks and returns it as stored. What an
// entry of the same owner and scope says already is not stored again, and that entry is returned: agents
// tend to write down what they have just recalled. What is no experience, or
// cannot be found again, is refused.
func (e *Engine) Remember(ctx context.Context, m knowledge.Memory) (*knowledge.Memory, error) {
	if err := checkMemory(m); err != nil {
		return nil, err
	}
	if m.ID == "" {
		m.ID = knowledge.NewID("mem")
	}
	if m.Owner = identity.Of(ctx); !m.Owner.Person() {
		return nil, invalid("a memory belongs to somebody, and nobody asked")
	}
	if m.SupersededBy != knowledge.Unconfirmed {
		m.SupersededBy = ""
	}
	if m.Supersedes == "" {
		old, err := e.told(ctx, m)
		if old == nil && err == nil && m.SupersededBy == knowledge.Unconfirmed {
			old, err = e.waits(ctx, m)
		}
		if old != nil || err != nil {
			return old, err
		}
	}
	m.Useful, m.Pinned, m.Strength, m.Created = 0, false, 0, time.Now()
	got, err := e.store.PutMemory(ctx, m, memoryTerms(m))
	if errors.Is(err, store.ErrNotFound) && m.Supersedes == "" {
		return nil, invalid("id %q is taken", m.ID)
	}
	if err != nil {
		return nil, err
	}
	e.wake()
	got.Strength = strength(*got, time.Now())
	return got, nil
}

func checkMemory(m knowledge.Memory) error {
	switch {
	case strings.TrimSpace(m.Text) == "":
		return invalid("text is empty")
	case !slices.Contains([]string{knowledge.MemoryFact, knowledge.MemoryEpisode, knowledge.MemorySkill}, m.Kind):
		return invalid("kind %q is not fact, episode or skill", m.Kind)
	case !slices.Contains(origins, m.Provenance.Origin):
		return invalid("provenance.origin %q is not one of %s", m.Provenance.Origin, strings.Join(origins, ", "))
	case m.Kind != knowledge.MemoryEpisode && (m.Outcome != "" || m.Critique != "" || m.Reward != nil):
		return invalid("only an episode has an outcome, a critique or a reward")
	case m.Kind != knowledge.MemorySkill && m.Body != "":
		return invalid("only a skill has a body")
	case m.Supersedes != "" && m.Supersedes == m.ID:
		return invalid("a memory cannot supersede itself")
	case m.SupersededBy == knowledge.Unconfirmed && m.Supersedes != "":
		return invalid("what waits to be confirmed supersedes nothing")
	case m.ID == knowledge.Decayed || m.ID == knowledge.Unconfirmed:
		return invalid("id %q means something else", m.ID)
	case len(memoryTerms(m)) == 0:
		return invalid("text has no word to find it by")
	}
	if why := unfit(m); why != "" {
		return invalid("%s", why)
	}
	return nil
}

func distinct(terms []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(terms, func(t string) bool {
		was := seen[t]
		seen[t] = true
		return was
	})
}

const (
	defaultRecall = 8
	maxRecall     = 100
)

// Recall searches memories: by what they say, then by their strength.
func (e *Engine) Recall(ctx context.Context, req knowledge.RecallRequest) (*knowledge.RecallResponse, error) {
	if req.Limit == 0 {
		req.Limit = defaultRecall
	}
	switch {
	case strings.TrimSpace(req.Query) == "":
		return nil, invalid("query is empty")
	case len(req.Query) > maxQuery:
		return nil, invalid("query has %d bytes, at most %d are taken", len(req.Query), maxQuery)
	case req.Limit < 0 || req.Limit > maxRecall:
		return nil, invalid("limit %d is not between 1 and %d", req.Limit, maxRecall)
	}
	ctx, cancel := context.WithTimeout(ctx, queryDeadline)
	defer cancel()
	// A question to one's own memory has no operators: it is all words.
	r, err := e.rank(ctx, store.MemoryCorpus, search.Verbatim(req.Query), store.Filter{Kinds: req.Kinds, Scope: &req.Scope}, knowledge.ModeHybrid, legDepth)
	if err != nil {
		return nil, err
	}
	score := map[int64]float64{}
	r.fused = slices.DeleteFunc(r.fused, func(f search.Fused) bool { return !fits(f, r) })
	for _, f := range r.fused {
		score[f.Unit] = f.Score
	}
	ms, err := e.store.MemoriesByUnit(ctx, units(r.fused))
	if err != nil {
		return nil, err
	}
	out := &knowledge.RecallResponse{Memories: []knowledge.Recalled{}}
	now := time.Now()
	for _, m := range ms {
		m.Strength = strength(m.Memory, now)
		out.Memories = append(out.Memories, knowledge.Recalled{Memory: m.Memory, Score: score[m.Unit] * (1 + m.Strength) / 2})
	}
	slices.SortStableFunc(out.Memories, func(a, b knowledge.Recalled) int { return cmp.Compare(b.Score, a.Score) })
	out.Memories = out.Memories[:min(req.Limit, len(out.Memories))]
	return out, nil
}

// nearAbout is how much a memory has to do with a question, at least, that shares
// no word with it.
const nearAbout = 0.32

// fits reports whether a memory has a word of the question, or means the same: the
// nearest of those that do not fit is no memory of it.
func fits(f search.Fused, r ranking) bool {
	return f.Lexical > 0 || f.Dense > 0 && about(r.space, r.dense[f.Dense-1].Score) >= nearAbout
}

// halfLife is how long an entry without feedback takes to lose half of its
// strength: a project's length. Each positive feedback adds another.
const halfLife = 180 * 24 * time.Hour

// strength is 1 for a new entry, halves with every half-life, and halves again
// for each point of negative feedback.
func strength(m knowledge.Memory, now time.Time) float64 {
	age := now.Sub(m.Created).Hours() / halfLife.Hours()
	s := math.Exp2(-max(0, age) / float64(1+max(0, m.Useful)))
	if m.Useful < 0 {
		s *= math.Exp2(float64(m.Useful))
	}
	return s
}

// Forget removes a memory for good, with what it superseded.
func (e *Engine) Forget(ctx context.Context, id string) error {
	if id == knowledge.Decayed || id == knowledge.Unconfirmed { // entries name it, and are not its history
		return store.ErrNotFound
	}
	return e.store.Forget(ctx, id)
}

// Memories lists entries with their strength, newest first.
func (e *Engine) Memories(ctx context.Context, sel knowledge.ListMemories) ([]knowledge.Memory, error) {
	q := store.ListMemories{Superseded: sel.Superseded || sel.Waiting}
	limit := min(sel.Limit, maxList)
	if limit <= 0 {
		limit = 100
	}
	if !sel.Waiting && sel.Session == "" {
		q.Limit = limit
	}
	if sel.Kind != "" {
		q.Kinds = []string{sel.Kind}
	}
	ms, err := e.store.ListMemories(ctx, q)
	ms = slices.DeleteFunc(ms, func(m knowledge.Memory) bool {
		return sel.Waiting && m.SupersededBy != knowledge.Unconfirmed || sel.Session != "" && m.Provenance.Session != sel.Session
	})
	ms = ms[:min(limit, len(ms))]
	for i := range ms {
		ms[i].Strength = strength(ms[i], time.Now())
	}
	return ms, err
}

// Feedback says once, under a key, that a memory helped or misled.
func (e *Engine) Feedback(ctx context.Context, id, key string, value int) error {
	switch {
	case key == "":
		return invalid("key is empty")
	case value != 1 && value != -1:
		return invalid("value %d is not 1 or -1", value)
	}
	return e.store.Feedback(ctx, id, key, value)
}
