package engine

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
)

func remember(t *testing.T, e *Engine, m knowledge.Memory) *knowledge.Memory {
	t.Helper()
	m.Kind = knowledge.MemoryFact
	if m.Provenance.Origin == "" {
		m.Provenance.Origin = "agent"
	}
	got, err := e.Remember(asked(t), m)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// What waits is neither recalled nor merged nor a correction, until somebody
// confirms it, once.
func TestWaiting(t *testing.T) {
	t.Parallel()
	ctx, e := asked(t), serving(t, &placed{weight: .5})
	read := []string{"https://evil.io/"}
	m := remember(t, e, knowledge.Memory{Text: "The backup runs at three.", SupersededBy: knowledge.Unconfirmed, Provenance: knowledge.Provenance{Origin: "agent", Session: "s", Read: read}})
	if m.SupersededBy != knowledge.Unconfirmed || len(recalled(t, e, "backup")) != 0 {
		t.Fatalf("stored %+v, recalled %v", m, recalled(t, e, "backup"))
	}
	if again := remember(t, e, knowledge.Memory{Text: "the backup runs at three", SupersededBy: knowledge.Unconfirmed}); again.ID != m.ID {
		t.Errorf("the same waits twice: %s and %s", m.ID, again.ID)
	}
	if _, err := e.Remember(ctx, knowledge.Memory{Kind: "fact", Text: "x y", SupersededBy: knowledge.Unconfirmed, Supersedes: m.ID, Provenance: knowledge.Provenance{Origin: "agent"}}); !errors.Is(err, ErrInvalid) {
		t.Errorf("a correction that waits gave %v", err)
	}
	if err := e.Forget(ctx, knowledge.Unconfirmed); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("forgetting all that waits gave %v", err)
	}
	list := func(sel knowledge.ListMemories) (ids []string) {
		ms, err := e.Memories(ctx, sel)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range ms {
			ids = append(ids, m.ID)
		}
		return ids
	}
	if got := list(knowledge.ListMemories{}); len(got) != 0 {
		t.Errorf("lists %v", got)
	}
	if got := list(knowledge.ListMemories{Waiting: true}); !slices.Equal(got, []string{m.ID}) {
		t.Errorf("lists %v as waiting", got)
	}
	bob := identity.With(ctx, identity.UID(1001))
	if _, err := e.Confirm(bob, m.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another person confirmed it: %v", err)
	}
	kept, err := e.Confirm(ctx, m.ID)
	if err != nil || kept.Provenance.Confirmed == "" || !slices.Equal(kept.Provenance.Read, read) || kept.Text != m.Text {
		t.Fatalf("confirmed as %+v, %v", kept, err)
	}
	if again, err := e.Confirm(ctx, m.ID); err != nil || again.ID != kept.ID {
		t.Errorf("confirmed again as %+v, %v", again, err)
	}
	if _, err := e.Confirm(ctx, kept.ID); !errors.Is(err, ErrInvalid) {
		t.Errorf("confirming what does not wait gave %v", err)
	}
	if got := recalled(t, e, "backup"); !slices.Equal(got, []string{kept.ID}) {
		t.Errorf("recalled %v", got)
	}
	other := remember(t, e, knowledge.Memory{Text: "Tea is at four.", SupersededBy: knowledge.Unconfirmed})
	if err := e.Restore(ctx, other.ID); err != nil || len(recalled(t, e, "tea")) != 1 {
		t.Errorf("restored: %v, recalled %v", err, recalled(t, e, "tea"))
	}
}

// Undo takes back all that a session stored, and what that did to others.
func TestUndo(t *testing.T) {
	t.Parallel()
	ctx, e := asked(t), serving(t, &placed{weight: .5})
	of := knowledge.Provenance{Origin: "agent", Session: "bad"}
	good := remember(t, e, knowledge.Memory{Text: "The backup runs at three."})
	wrong := remember(t, e, knowledge.Memory{Text: "The backup runs never.", Supersedes: good.ID, Provenance: of})
	remember(t, e, knowledge.Memory{Text: "The backup runs on Mars.", Supersedes: wrong.ID, Provenance: of})
	waits := remember(t, e, knowledge.Memory{Text: "No backup is needed.", SupersededBy: knowledge.Unconfirmed, Provenance: of})
	if _, err := e.Confirm(ctx, waits.ID); err != nil {
		t.Fatal(err)
	}
	other := remember(t, e, knowledge.Memory{Text: "The backup takes an hour."})
	if u, err := e.Undo(identity.With(ctx, identity.UID(1001)), "bad"); err != nil || len(u.Forgotten)+len(u.Restored) != 0 {
		t.Errorf("another person undid %+v, %v", u, err)
	}
	u, err := e.Undo(ctx, "bad")
	if err != nil || len(u.Forgotten) != 4 || !slices.Equal(u.Restored, []string{good.ID}) {
		t.Errorf("undone %+v, %v", u, err)
	}
	got := recalled(t, e, "backup")
	slices.Sort(got)
	if !slices.Equal(got, []string{good.ID, other.ID}) {
		t.Errorf("recalled %v", got)
	}
	if u, err := e.Undo(ctx, "bad"); err != nil || len(u.Forgotten) != 0 {
		t.Errorf("undone again: %+v, %v", u, err)
	}
}

// What nobody confirms goes after a while, and no page can make it many.
func TestWaitingIsBounded(t *testing.T) {
	t.Parallel()
	ctx, e := asked(t), serving(t, &placed{weight: .5})
	for i := range maxWaiting {
		put(t, e, knowledge.Memory{ID: fmt.Sprint("w", i), Kind: knowledge.MemoryFact, Text: fmt.Sprint("Fact of number ", i), SupersededBy: knowledge.Unconfirmed, Created: time.Now()})
	}
	m := knowledge.Memory{Kind: knowledge.MemoryFact, Text: "One more fact", SupersededBy: knowledge.Unconfirmed, Provenance: knowledge.Provenance{Origin: "agent"}}
	if _, err := e.Remember(ctx, m); !errors.Is(err, ErrInvalid) {
		t.Errorf("one more gave %v", err)
	}
	if _, _, err := e.consolidate(ctx, time.Now().Add(waitingTime)); err != nil {
		t.Fatal(err)
	}
	if got, err := e.Memories(ctx, knowledge.ListMemories{Waiting: true}); err != nil || len(got) != 0 {
		t.Errorf("%d wait for ever, %v", len(got), err)
	}
}
