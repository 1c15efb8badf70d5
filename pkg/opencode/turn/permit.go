package turn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"panther/pkg/llm"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/permission"
	"panther/pkg/opencode/tools"
)

// permit decides on a call, asking the user where the rules say so, and returns
// who allowed it, "" where the rules do. Whatever goes wrong, it is no permission.
func (t *Turn) permit(ctx context.Context, call llm.Call, u agents.Use) (by string, err error) {
	switch t.decide(u) {
	case api.ActionAllow:
		return "", nil
	case api.ActionAsk:
		if u.Tool == tools.Remember && t.refuse(false) {
			return "", permission.ErrRefused
		}
		by, err = t.askUser(ctx, call, u)
		if u.Tool == tools.Remember {
			t.refuse(errors.Is(err, permission.ErrRefused))
		}
		return by, err
	}
	return "", fmt.Errorf("use %s: permission is denied", call.Name)
}

// decide returns what the rules say; a sub-agent may nothing that the turn above
// it may not.
func (t *Turn) decide(u agents.Use) string {
	action := agents.Strictest(t.rules.Decide(u), t.afterReading(u))
	if t.above != nil {
		action = agents.Strictest(action, t.above.decide(u))
	}
	return action
}

// never reports whether a tool is denied whatever it is used on.
func (t *Turn) never(tool string) bool {
	return t.rules.Never(tool) || t.above != nil && t.above.never(tool)
}

func (t *Turn) askUser(ctx context.Context, call llm.Call, u agents.Use) (by string, err error) {
	if t.Session == "" {
		return "", fmt.Errorf("use %s: %w", call.Name, permission.ErrNobody)
	}
	always := api.PermissionRule{Permission: call.Name, Pattern: u.Whole, Action: api.ActionAllow}
	// The same call may have been answered with "always" since the turn began.
	if s, err := t.rt.Sessions.Get(ctx, t.Session); err == nil && slices.Contains(s.Permission, always) {
		return "", nil
	}
	var input map[string]any
	_ = json.Unmarshal(call.Arguments, &input)
	metadata := map[string]any{"input": input}
	if u.Tool == tools.Remember {
		metadata["read"] = t.read()
	}
	by, err = t.rt.Requests.Ask(ctx, t.Owner, api.PermissionRequest{SessionID: t.Session, Permission: call.Name, Patterns: permission.Shown(u),
		Metadata: metadata, Always: []string{always.Pattern}, Tool: &api.RequestingTool{MessageID: t.id, CallID: call.ID}})
	if errors.Is(err, permission.ErrNobody) {
		err = fmt.Errorf("use %s: %w", call.Name, err)
	}
	return by, err
}
