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
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/subagent"
)

// asked holds the permission requests that wait for an answer. They do not
// outlive the process, as the turns that wait for them do not.
type asked struct {
	mu   sync.Mutex
	open map[string]*ask
}

type ask struct {
	owner identity.Identity
	req   api.PermissionRequest
	reply chan replied // takes one
}

// replied is an answer and who gave it.
type replied struct {
	api.PermissionReply
	by string
}

// list returns what waits for an answer of id.
func (a *asked) list(id identity.Identity) []api.PermissionRequest {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]api.PermissionRequest, 0, len(a.open))
	for _, v := range a.open {
		if id.Sees(v.owner) {
			out = append(out, v.req)
		}
	}
	slices.SortFunc(out, func(x, y api.PermissionRequest) int {
		if x.ID < y.ID {
			return -1
		}
		return 1
	})
	return out
}

// take removes a request that waits for an answer of id and returns it; only one
// answer counts.
func (a *asked) take(id identity.Identity, request string) *ask {
	a.mu.Lock()
	defer a.mu.Unlock()
	v := a.open[request]
	if v == nil || !id.Sees(v.owner) {
		return nil
	}
	delete(a.open, request)
	return v
}

var (
	errRefused = errors.New("the user does not allow it")
	errNobody  = errors.New("permission would have to be asked for, and nobody is there")
)

// answerTime is how long a question waits for a person: long enough to come back
// from another window, and below the time that a call may take.
const answerTime = 5 * time.Minute

// permit decides on a call, asking the user where the rules say so, and returns
// who allowed it, "" where the rules do. Whatever goes wrong, it is no permission.
func (t *turn) permit(ctx context.Context, call llm.Call, u agents.Use) (by string, err error) {
	switch t.decide(u) {
	case api.ActionAllow:
		return "", nil
	case api.ActionAsk:
		if u.Tool == rememberTool && t.refuse(false) {
			return "", errRefused
		}
		by, err = t.askUser(ctx, call, u)
		if u.Tool == rememberTool {
			t.refuse(errors.Is(err, errRefused))
		}
		return by, err
	}
	return "", fmt.Errorf("use %s: permission is denied", call.Name)
}

// rules returns what an agent may: all that is built in, the tools of other
// servers when the user allows each, since what they are given leaves this
// machine, and over that what its definition and the configuration say.
func (r *server) rules(a *agents.Agent) agents.Rules {
	out := append(agents.Rules{}, a.Rules[:1]...) // what a definition begins with: everything is allowed
	for _, m := range r.cfg.MCP {
		out = append(out, api.PermissionRule{Permission: m.Prefix() + "*", Pattern: "*", Action: api.ActionAsk})
	}
	out = append(out, a.Rules[1:]...)
	shell := func(p api.PermissionRule) bool { return p.Permission == subagent.ShellName }
	if r.cfg.Subagents.Shell && !slices.ContainsFunc(a.Rules, shell) { // else the definition decides
		out = append(out, api.PermissionRule{Permission: subagent.ShellName, Pattern: "*", Action: api.ActionAllow})
	}
	return append(out, r.configured...)
}

// configured orders the settings of [permission], which a table does not: one of
// a single tool comes behind one of several, and a longer name behind a shorter.
func configured(permission map[string]string) []api.PermissionRule {
	var out []api.PermissionRule
	for tool, action := range permission {
		out = append(out, api.PermissionRule{Permission: tool, Pattern: "*", Action: action})
	}
	several := func(r api.PermissionRule) int { return -min(1, strings.Count(r.Permission, "*")) }
	slices.SortFunc(out, func(a, b api.PermissionRule) int {
		return cmp.Or(several(a)-several(b), len(a.Permission)-len(b.Permission), strings.Compare(a.Permission, b.Permission))
	})
	return out
}

// decide returns what the rules say; a sub-agent may nothing that the turn above
// it may not.
func (t *turn) decide(u agents.Use) string {
	action := agents.Strictest(t.rules.Decide(u), t.afterReading(u))
	if t.above != nil {
		action = agents.Strictest(action, t.above.decide(u))
	}
	return action
}

// never reports whether a tool is denied whatever it is used on.
func (t *turn) never(tool string) bool {
	return t.rules.Never(tool) || t.above != nil && t.above.never(tool)
}

func (t *turn) askUser(ctx context.Context, call llm.Call, u agents.Use) (by string, err error) {
	if t.session == "" {
		return "", fmt.Errorf("use %s: %w", call.Name, errNobody)
	}
	always := api.PermissionRule{Permission: call.Name, Pattern: u.Whole, Action: api.ActionAllow}
	// The same call may have been answered with "always" since the turn began.
	if s, err := t.r.session(ctx, t.session); err == nil && slices.Contains(s.Permission, always) {
		return "", nil
	}
	var input map[string]any
	_ = json.Unmarshal(call.Arguments, &input)
	metadata := map[string]any{"input": input}
	if u.Tool == rememberTool {
		metadata["read"] = t.read()
	}
	a := &ask{owner: t.owner, reply: make(chan replied, 1), req: api.PermissionRequest{ID: knowledge.NewID("per"), SessionID: t.session,
		Permission: call.Name, Patterns: shown(u), Metadata: metadata, Always: []string{always.Pattern},
		Tool: &api.RequestingTool{MessageID: t.id, CallID: call.ID}}}
	r := t.r
	r.asked.mu.Lock()
	r.asked.open[a.req.ID] = a
	r.asked.mu.Unlock()
	defer r.asked.take(identity.Everyone, a.req.ID)
	if err := r.ledger.Write(ctx, ledger.Change{Events: []ledger.Event{{SessionID: t.session, Type: api.EventPermissionAsked, Data: a.req}}}); err != nil {
		return "", err
	}
	timer := time.NewTimer(answerTime)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case <-timer.C:
		return "", fmt.Errorf("use %s: %w", call.Name, errNobody)
	case reply := <-a.reply:
		switch {
		case reply.Reply != "reject":
			return reply.by, nil
		case reply.Message == api.Nobody:
			return "", fmt.Errorf("use %s: %w", call.Name, errNobody)
		case reply.Message != "":
			return "", fmt.Errorf("%w: %s", errRefused, reply.Message)
		}
		return "", errRefused
	}
}

// reply answers a request and tells the other clients.
func (r *server) reply(ctx context.Context, id string, in api.PermissionReply) error {
	if in.Reply != "once" && in.Reply != "always" && in.Reply != "reject" {
		return api.BadRequest("reply %q is not once, always or reject", gate.Line(in.Reply, 40))
	}
	a := r.asked.take(identity.Of(ctx), id)
	if a == nil {
		return api.NotFound("permission request", id)
	}
	a.reply <- replied{in, cmp.Or(string(identity.Of(ctx)), "user")}
	if in.Reply == "always" {
		if _, err := r.edit(ctx, a.req.SessionID, func(s *api.Session) {
			for _, p := range a.req.Always {
				s.Permission = append(s.Permission[:len(s.Permission):len(s.Permission)],
					api.PermissionRule{Permission: a.req.Permission, Pattern: p, Action: api.ActionAllow})
			}
		}); err != nil {
			return err
		}
	}
	return r.ledger.Write(ctx, ledger.Change{Events: []ledger.Event{{SessionID: a.req.SessionID, Type: api.EventPermissionReplied,
		Data: map[string]string{"sessionID": a.req.SessionID, "requestID": id, "permissionID": id, "reply": in.Reply, "response": in.Reply}}}})
}
