package opencode

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
	"panther/pkg/subagent"
)

// asked holds the permission requests that wait for an answer. They do not
// outlive the process, as the turns that wait for them do not.
type asked struct {
	mu   sync.Mutex
	open map[string]*ask
}

type ask struct {
	req   api.PermissionRequest
	reply chan api.PermissionReply // takes one
}

func (a *asked) list() []api.PermissionRequest {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]api.PermissionRequest, 0, len(a.open))
	for _, v := range a.open {
		out = append(out, v.req)
	}
	slices.SortFunc(out, func(x, y api.PermissionRequest) int {
		if x.ID < y.ID {
			return -1
		}
		return 1
	})
	return out
}

// take removes a request and returns it; only one answer counts.
func (a *asked) take(id string) *ask {
	a.mu.Lock()
	defer a.mu.Unlock()
	v := a.open[id]
	delete(a.open, id)
	return v
}

var errRefused = errors.New("the user does not allow it")

// permit decides on a call, asking the user where the rules say so. Whatever
// goes wrong, it is no permission.
func (t *turn) permit(ctx context.Context, call llm.Call) error {
	subject := subjectOf(call)
	switch t.decide(call.Name, subject) {
	case api.ActionAllow:
		return nil
	case api.ActionAsk:
		return t.askUser(ctx, call, subject)
	}
	return fmt.Errorf("use %s: permission is denied", call.Name)
}

// rules returns what an agent may: all that is built in, the tools of other
// servers when the user allows each, since what they are given leaves this
// machine, and over that what its definition and the configuration say.
func (r *server) rules(a *agents.Agent) agents.Rules {
	out := append(agents.Rules{}, a.Rules[:1]...) // what a definition begins with: everything is allowed
	for _, m := range r.cfg.MCP {
		out = append(out, api.PermissionRule{Permission: toolName.ReplaceAllString(m.Name, "_") + "_*", Pattern: "*", Action: api.ActionAsk})
	}
	out = append(out, a.Rules[1:]...)
	shell := func(p api.PermissionRule) bool { return p.Permission == subagent.ShellName }
	if r.cfg.Subagents.Shell && !slices.ContainsFunc(a.Rules, shell) { // else the definition decides
		out = append(out, api.PermissionRule{Permission: subagent.ShellName, Pattern: "*", Action: api.ActionAllow})
	}
	return append(out, r.configured...)
}

// decide returns what the rules say; a sub-agent may nothing that the turn above
// it may not.
func (t *turn) decide(tool, subject string) string {
	own := t.rules.Decide(tool, subject)
	if t.above == nil || own == api.ActionDeny {
		return own
	}
	if above := t.above.decide(tool, subject); above != api.ActionAllow {
		return above
	}
	return own
}

// subjectOf returns what a tool is used on, for the patterns of rules.
func subjectOf(call llm.Call) string {
	var a struct {
		URI    string `json:"uri"`
		Source string `json:"source"`
		Query  string `json:"query"`
		Text   string `json:"text"`
	}
	_ = json.Unmarshal(call.Arguments, &a)
	for _, s := range []string{a.URI, a.Source, a.Query, a.Text} {
		if s != "" {
			return s
		}
	}
	return "*"
}

func (t *turn) askUser(ctx context.Context, call llm.Call, subject string) error {
	if t.session == "" {
		return fmt.Errorf("use %s: permission would have to be asked for, and nobody is there", call.Name)
	}
	// Another call may have been answered with "always" since the turn began.
	if s, err := t.r.session(ctx, t.session); err == nil && append(t.rules[:len(t.rules):len(t.rules)], s.Permission...).Decide(call.Name, subject) == api.ActionAllow {
		return nil
	}
	var input map[string]any
	_ = json.Unmarshal(call.Arguments, &input)
	a := &ask{reply: make(chan api.PermissionReply, 1), req: api.PermissionRequest{ID: knowledge.NewID("per"), SessionID: t.session,
		Permission: call.Name, Patterns: []string{subject}, Metadata: map[string]any{"input": input}, Always: []string{"*"},
		Tool: &api.RequestingTool{MessageID: t.id, CallID: call.ID}}}
	r := t.r
	r.asked.mu.Lock()
	r.asked.open[a.req.ID] = a
	r.asked.mu.Unlock()
	defer r.asked.take(a.req.ID)
	if err := r.ledger.Write(ctx, ledger.Change{Events: []ledger.Event{{SessionID: t.session, Type: api.EventPermissionAsked, Data: a.req}}}); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case reply := <-a.reply:
		if reply.Reply == "reject" {
			if reply.Message != "" {
				return fmt.Errorf("%w: %s", errRefused, reply.Message)
			}
			return errRefused
		}
		return nil
	}
}

// reply answers a request and tells the other clients.
func (r *server) reply(ctx context.Context, id string, in api.PermissionReply) error {
	if in.Reply != "once" && in.Reply != "always" && in.Reply != "reject" {
		return badRequest("reply %q is not once, always or reject", oneLine(in.Reply, 40))
	}
	a := r.asked.take(id)
	if a == nil {
		return notFound("permission request", id)
	}
	a.reply <- in
	if in.Reply == "always" {
		if _, err := r.edit(ctx, a.req.SessionID, func(s *api.Session) {
			s.Permission = append(s.Permission[:len(s.Permission):len(s.Permission)],
				api.PermissionRule{Permission: a.req.Permission, Pattern: "*", Action: api.ActionAllow})
		}); err != nil {
			return err
		}
	}
	return r.ledger.Write(ctx, ledger.Change{Events: []ledger.Event{{SessionID: a.req.SessionID, Type: api.EventPermissionReplied,
		Data: map[string]string{"sessionID": a.req.SessionID, "requestID": id, "permissionID": id, "reply": in.Reply, "response": in.Reply}}}})
}
