package permission

import (
	"cmp"
	"slices"
	"strings"

	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/subagent"
)

// Policy is what the configuration says about the use of tools.
type Policy struct {
	Foreign    []string     // what the names of the tools of other servers begin with
	Shell      bool         // sub-agents may run commands
	Configured agents.Rules // of [permission]
}

// Of returns what an agent may: all that is built in, the tools of other servers
// when the user allows each, since what they are given leaves this machine, and
// over that what its definition and the configuration say.
func (p Policy) Of(a *agents.Agent) agents.Rules {
	out := append(agents.Rules{}, a.Rules[:1]...) // what a definition begins with: everything is allowed
	for _, prefix := range p.Foreign {
		out = append(out, api.PermissionRule{Permission: prefix + "*", Pattern: "*", Action: api.ActionAsk})
	}
	out = append(out, a.Rules[1:]...)
	shell := func(p api.PermissionRule) bool { return p.Permission == subagent.ShellName }
	if p.Shell && !slices.ContainsFunc(a.Rules, shell) { // else the definition decides
		out = append(out, api.PermissionRule{Permission: subagent.ShellName, Pattern: "*", Action: api.ActionAllow})
	}
	return append(out, p.Configured...)
}

// Configured orders the settings of [permission], which a table does not: one of
// a single tool comes behind one of several, and a longer name behind a shorter.
func Configured(permission map[string]string) agents.Rules {
	var out agents.Rules
	for tool, action := range permission {
		out = append(out, api.PermissionRule{Permission: tool, Pattern: "*", Action: action})
	}
	several := func(r api.PermissionRule) int { return -min(1, strings.Count(r.Permission, "*")) }
	slices.SortFunc(out, func(a, b api.PermissionRule) int {
		return cmp.Or(several(a)-several(b), len(a.Permission)-len(b.Permission), strings.Compare(a.Permission, b.Permission))
	})
	return out
}

// Check refuses rules of a client that decide nothing.
func Check(rules []api.PermissionRule) error {
	for _, p := range rules {
		if p.Action != api.ActionAllow && p.Action != api.ActionAsk && p.Action != api.ActionDeny {
			return api.BadRequest("permission %q: action %q is not allow, ask or deny", p.Permission, p.Action)
		}
	}
	return nil
}
