package turn

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/tools"
)

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
func (t *Turn) hasRead(what ...string) {
	t.reading.mu.Lock()
	defer t.reading.mu.Unlock()
	for _, w := range what {
		if w = gate.Line(gate.Visible(w), 500); !slices.Contains(t.reading.list, w) && len(t.reading.list) < maxRead {
			t.reading.list = append(t.reading.list, w)
		}
	}
}

// recalled notes memories that no person has vouched for.
func (t *Turn) recalled(list []knowledge.Recalled) {
	for _, m := range list {
		if !m.Provenance.Vouched() {
			t.hasRead("memory " + m.ID)
		}
	}
}

// read returns what of others was in the prompt, of a sub-agent with what the
// agent had read that gave it its task.
func (t *Turn) read() []string {
	for _, p := range t.src.Passages() {
		t.hasRead(p.URI)
	}
	if t.above != nil {
		t.hasRead(t.above.read()...)
	}
	t.reading.mu.Lock()
	defer t.reading.mu.Unlock()
	return slices.Clone(t.reading.list)
}

// afterReading is what the configuration says about remembering, where the turn
// has read what the person did not write.
func (t *Turn) afterReading(u agents.Use) string {
	if u.Tool != tools.Remember || len(t.read()) == 0 {
		return api.ActionAllow
	}
	return t.rt.Config.Memory.AfterReading
}

// refuse keeps a "no" for the rest of the person's turn: a page must not have the
// question asked until somebody is tired of it. It reports whether there was one.
func (t *Turn) refuse(now bool) bool {
	p := t.person()
	p.reading.mu.Lock()
	defer p.reading.mu.Unlock()
	p.reading.refused = p.reading.refused || now
	return p.reading.refused
}

// person is the person's turn that this one works for.
func (t *Turn) person() *Turn {
	for t.above != nil {
		t = t.above
	}
	return t
}

func (t *Turn) provenance() knowledge.Provenance {
	origin := "agent"
	if t.above != nil {
		origin = "subagent"
	}
	p := t.person()
	return knowledge.Provenance{Origin: origin, By: t.Agent.Name, Session: p.Session, Turn: p.id, Read: t.read()}
}

// note tells the person below the answer what became of a memory.
func (t *Turn) note(what string, m *knowledge.Memory) {
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
	p := t.person()
	p.reading.mu.Lock()
	defer p.reading.mu.Unlock()
	p.reading.noted = append(p.reading.noted, s+" ("+m.ID+").")
}

// notes returns what the person is to be told.
func (t *Turn) notes() string {
	t.reading.mu.Lock()
	defer t.reading.mu.Unlock()
	return strings.Join(t.reading.noted, "\n\n")
}
