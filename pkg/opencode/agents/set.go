package agents

import (
	"fmt"
	"slices"
	"strings"
)

// Set is the agents that there are, one of which is the default.
type Set struct {
	list      []Agent
	byDefault string
}

// NewSet returns a set of agents. It fails where the default one is not among
// them, with the set for a hint.
func NewSet(list []Agent, byDefault string) (*Set, error) {
	s := &Set{list, byDefault}
	if s.Find("") == nil {
		return s, fmt.Errorf("agent %q is not defined", byDefault)
	}
	return s, nil
}

// All lists the agents. It must not be changed.
func (s *Set) All() []Agent { return s.list }

// Names lists the names of the agents, for a hint.
func (s *Set) Names() string {
	names := make([]string, len(s.list))
	for i, a := range s.list {
		names[i] = a.Name
	}
	return strings.Join(names, ", ")
}

// Find returns the agent of a name, "" meaning the default one; nil if there
// is none.
func (s *Set) Find(name string) *Agent {
	if name == "" {
		name = s.byDefault
	}
	i := slices.IndexFunc(s.list, func(a Agent) bool { return a.Name == name })
	if i >= 0 {
		return &s.list[i]
	}
	// OpenCode's own clients ask for their default agents by name.
	if name != s.byDefault && (name == "build" || name == "plan" || name == "general") {
		return s.Find("")
	}
	return nil
}
