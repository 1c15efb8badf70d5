package tools

import (
	"context"
	"errors"

	"github.com/google/jsonschema-go/jsonschema"

	"panther/pkg/llm"
	"panther/pkg/opencode/loop"
)

// Delegate is the name of the tool that starts sub-agents, which have it not.
const Delegate = "delegate"

// maxTasks bounds the tasks of one call.
const maxTasks = 16

// Task is a task for a sub-agent.
type Task struct {
	Agent       string `json:"agent,omitempty"`
	Description string `json:"description" jsonschema:"Three to six words"`
	Prompt      string `json:"prompt"`
}

type delegateArguments struct {
	Tasks []Task `json:"tasks"`
}

func delegate() Tool {
	return define(Delegate,
		"Have sub-agents work on several independent tasks at once. Each knows only its prompt, so put everything it needs into it.",
		func(ctx context.Context, t *Turn, a delegateArguments, call llm.Call) (loop.Result, error) {
			if len(a.Tasks) == 0 || len(a.Tasks) > maxTasks {
				return loop.Result{}, errors.New("give 1 to 16 tasks")
			}
			return t.Delegate(ctx, call, a.Tasks)
		}, func(s *jsonschema.Schema) {
			least, most := 1, maxTasks
			s.Properties["tasks"].MinItems, s.Properties["tasks"].MaxItems = &least, &most
		})
}
