package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/loop"
)

// Turn is what a tool knows and may do of the turn that it works for.
type Turn struct {
	Knowledge *knowledge.Client
	Sources   []string // that may be searched; none means all
	Tokens    int      // of passages that a search gives
	Read      int      // bytes of a document that one call reads
	Agent     string
	Session   string             // "" where nothing is stored
	Person    string             // session of the person that the turn works for in the end; "" where nothing is stored
	Found     *grounding.Sources // what an answer may cite

	Recalled   func([]knowledge.Recalled)             // memories are in the prompt
	Provenance func() knowledge.Provenance            // of what is remembered now
	Note       func(what string, m *knowledge.Memory) // told to the person below the answer
	Delegate   func(context.Context, llm.Call, []Task) (loop.Result, error)
}

// Tool is a tool that there always is.
type Tool struct {
	llm.Tool
	// Run uses it. The context tells who allowed it, see Allowed.
	Run func(ctx context.Context, t *Turn, call llm.Call) (loop.Result, error)
}

// All lists the tools in the order in which models see them. It must not be
// changed.
var All = sync.OnceValue(func() []Tool {
	return []Tool{search(), read(), recall(), remember(), feedback(), delegate()}
})

// Names lists the names of the tools.
func Names() []string {
	var names []string
	for _, t := range All() {
		names = append(names, t.Name)
	}
	return names
}

// define makes a tool of a function; the schema is that of its arguments, which
// adjust may bound.
func define[A any](name, description string, run func(context.Context, *Turn, A, llm.Call) (loop.Result, error), adjust ...func(*jsonschema.Schema)) Tool {
	s, err := jsonschema.For[A](nil)
	if err != nil {
		panic(fmt.Sprintf("schema of %s: %v", name, err)) // our own types
	}
	plain(s)
	for _, f := range adjust {
		f(s)
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("schema of %s: %v", name, err))
	}
	return Tool{llm.Tool{Name: name, Description: description, Schema: b}, func(ctx context.Context, t *Turn, call llm.Call) (loop.Result, error) {
		var args A
		if err := json.Unmarshal(call.Arguments, &args); err != nil {
			return loop.Result{}, fmt.Errorf("read arguments of %s: %w", call.Name, err)
		}
		return run(ctx, t, args, call)
	}}
}

// plain gives every value one type, which is all that some servers understand.
// What else a call may have is refused before it comes here.
func plain(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	for _, t := range s.Types {
		if t != "null" {
			s.Type = t
		}
	}
	s.Types, s.AdditionalProperties = nil, nil
	plain(s.Items)
	for _, p := range s.Properties {
		plain(p)
	}
}

// within bounds a number.
func within(property string, least, most float64) func(*jsonschema.Schema) {
	return func(s *jsonschema.Schema) {
		p := s.Properties[property]
		p.Minimum = &least
		if most > 0 {
			p.Maximum = &most
		}
	}
}

type allowedKey struct{}

// Allowed returns a context of a call that somebody has allowed, "" if the rules
// did.
func Allowed(ctx context.Context, by string) context.Context {
	return context.WithValue(ctx, allowedKey{}, by)
}

func allowedBy(ctx context.Context) string {
	by, _ := ctx.Value(allowedKey{}).(string)
	return by
}
