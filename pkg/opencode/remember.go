package opencode

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/loop"
)

// rememberTool is the tool whose effect outlives the conversation. What others
// wrote may talk a model into it, so that it is asked for once something of theirs
// was in the prompt, and is told below the answer in any case.
const rememberTool = "remember"

// reading is what a turn has read that the person did not write, and what it
// remembered.
type reading struct {
	mu      sync.Mutex
	list    []string
	noted   []string
	refused bool // by the person, who is not asked again
}

// maxRead bounds what is kept of it, as agentdb does.
const maxRead = 64

// hasRead notes that something of others is in the prompt.
func (t *turn) hasRead(what ...string) {
	t.reading.mu.Lock()
	defer t.reading.mu.Unlock()
	for _, w := range what {
		if w = gate.Line(gate.Visible(w), 500); !slices.Contains(t.reading.list, w) && len(t.reading.list) < maxRead {
			t.reading.list = append(t.reading.list, w)
		}
	}
}

// recalled notes memories that no person has vouched for.
func (t *turn) recalled(list []knowledge.Recalled) {
	for _, m := range list {
		if !m.Provenance.Vouched() {
			t.hasRead("memory " + m.ID)
		}
	}
}

// read returns what of others was in the prompt, of a sub-agent with what the
// agent had read that gave it its task.
func (t *turn) read() []string {
	if t.src != nil {
		for _, p := range t.src.Passages() {
			t.hasRead(p.URI)
		}
	}
	if t.above != nil {
		t.hasRead(t.above.read()...)
	}
	t.reading.mu.Lock()
	defer t.reading.mu.Unlock()
	return slices.Clone(t.reading.list)
}

// readBefore notes what the messages of the conversation bring along: files, and
// what earlier turns had read. Their answers are in the prompt, and what a page
// asked for may come about later.
func (t *turn) readBefore(m api.MessageWithParts) {
	for _, p := range m.Parts {
		if p.Type == api.PartTool && p.Tool != rememberTool {
			t.hasRead("tool " + p.Tool)
		}
		if p.Type == api.PartFile {
			t.hasRead("file " + p.Filename)
		}
		for _, c := range p.Sources() {
			t.hasRead(c.URI)
		}
	}
}

// afterReading is what the configuration says about remembering, where the turn
// has read what the person did not write.
func (t *turn) afterReading(u agents.Use) string {
	if u.Tool != rememberTool || len(t.read()) == 0 {
		return api.ActionAllow
	}
	return t.r.cfg.Memory.AfterReading
}

// refuse keeps a "no" for the rest of the person's turn: a page must not have the
// question asked until somebody is tired of it. It reports whether there was one.
func (t *turn) refuse(now bool) bool {
	u := t.user()
	u.reading.mu.Lock()
	defer u.reading.mu.Unlock()
	u.reading.refused = u.reading.refused || now
	return u.reading.refused
}

// user is the person's turn that this one works for.
func (t *turn) user() *turn {
	for t.above != nil {
		t = t.above
	}
	return t
}

func (t *turn) toolRemember(ctx context.Context, a toolArgs, _ llm.Call) (loop.Result, error) {
	m := knowledge.Memory{Kind: cmp.Or(a.Kind, knowledge.MemoryFact), Text: a.Text, Body: a.Body, Provenance: t.provenance()}
	if m.Kind != knowledge.MemoryFact && m.Kind != knowledge.MemorySkill {
		return loop.Result{}, fmt.Errorf("there is no kind of memory %q", gate.Line(a.Kind, 40))
	}
	m.Provenance.Confirmed = confirmedBy(ctx)
	got, err := t.r.know.Remember(ctx, m)
	if err != nil {
		return loop.Result{}, fmt.Errorf("remember: %w", err)
	}
	t.note("Remembered", got)
	return loop.Result{Title: "Remembered", Output: "Remembered as " + got.ID + "."}, nil
}

// rememberLater stores what nobody was there to allow, to be confirmed.
func (t *turn) rememberLater(ctx context.Context, call llm.Call, cause error) (loop.Result, error) {
	var a toolArgs
	if err := json.Unmarshal(call.Arguments, &a); err != nil {
		return loop.Result{}, fmt.Errorf("read arguments of %s: %w", call.Name, err)
	}
	m, err := t.r.know.Remember(ctx, knowledge.Memory{Kind: cmp.Or(a.Kind, knowledge.MemoryFact), Text: a.Text, Body: a.Body, Provenance: t.provenance(),
		SupersededBy: knowledge.Unconfirmed})
	if err != nil {
		return loop.Result{}, errors.Join(cause, err)
	}
	if m.SupersededBy == knowledge.Unconfirmed {
		t.note("Not remembered, since nobody was there to allow it; it waits for `panther memories confirm`", m)
	}
	return loop.Result{}, fmt.Errorf("%w; it is not remembered, and waits to be confirmed by the user", cause)
}

func (t *turn) provenance() knowledge.Provenance {
	origin := "agent"
	if t.above != nil {
		origin = "subagent"
	}
	return knowledge.Provenance{Origin: origin, By: t.agent.Name, Session: t.user().session, Turn: t.user().id, Read: t.read()}
}

// note tells the person below the answer what became of a memory.
func (t *turn) note(what string, m *knowledge.Memory) {
	s := what + ": " + gate.CodeSpan(m.Text, 400)
	if m.Body != "" {
		s += " with the steps " + gate.CodeSpan(m.Body, 400)
	}
	if read := m.Provenance.Read; len(read) > 0 {
		var from []string
		for _, r := range read[:min(3, len(read))] {
			from = append(from, gate.CodeSpan(r, 200))
		}
		if n := len(read) - len(from); n > 0 {
			from = append(from, fmt.Sprintf("%d more", n))
		}
		s += ", from " + strings.Join(from, ", ")
	}
	u := t.user()
	u.reading.mu.Lock()
	defer u.reading.mu.Unlock()
	u.reading.noted = append(u.reading.noted, s+" ("+m.ID+").")
}

// notes returns what the person is to be told.
func (t *turn) notes() string {
	t.reading.mu.Lock()
	defer t.reading.mu.Unlock()
	return strings.Join(t.reading.noted, "\n\n")
}

type confirmKey struct{}

// confirmed returns a context of a call that somebody has allowed.
func confirmed(ctx context.Context, by string) context.Context {
	return context.WithValue(ctx, confirmKey{}, by)
}

func confirmedBy(ctx context.Context) string {
	by, _ := ctx.Value(confirmKey{}).(string)
	return by
}
