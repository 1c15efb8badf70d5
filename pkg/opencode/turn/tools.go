package turn

import (
	"context"
	"errors"
	"slices"

	"panther/pkg/llm"
	"panther/pkg/opencode/loop"
	"panther/pkg/opencode/permission"
	"panther/pkg/opencode/tools"
)

// tools returns what the model may call in this turn: what no rule denies.
func (t *Turn) tools() []loop.Tool {
	out := t.clientTools()
	if t.Plain || len(out) > 0 && (t.NoCalls || t.Choice != "") {
		return out
	}
	env := t.env()
	for _, b := range tools.All() {
		if b.Name == tools.Delegate {
			b.Description += t.rt.delegates()
		}
		if tool, ok := t.tool(env, b.Tool, func(ctx context.Context, call llm.Call) (loop.Result, error) { return b.Run(ctx, env, call) }); ok {
			out = append(out, tool)
		}
	}
	for _, m := range t.rt.MCP.Tools(t.Owner) {
		if tool, ok := t.tool(env, m.Tool, func(ctx context.Context, call llm.Call) (loop.Result, error) {
			text, err := m.Call(ctx, call.Arguments)
			if err != nil {
				return loop.Result{}, err
			}
			t.src.AllowText(text)
			t.hasRead("tool " + m.Name)
			return loop.Result{Title: call.Name, Output: t.src.Data("result", text)}, nil
		}); ok {
			out = append(out, tool)
		}
	}
	return out
}

// readTokens is how much of a document one call reads.
const readTokens = 4000

// env is what the tools know of the turn.
func (t *Turn) env() *tools.Turn {
	k := t.rt.Config.Knowledge
	return &tools.Turn{Knowledge: t.rt.Knowledge, Sources: k.Sources, Tokens: t.room(k.Tokens), Read: 4 * t.room(readTokens), Agent: t.Agent.Name, Session: t.Session, Person: t.person().Session,
		Found: t.src, Recalled: t.recalled, Provenance: t.provenance, Note: t.note, Delegate: t.delegate}
}

// tool returns a tool behind its permission; ok is false where it is denied
// whatever it is used on. What was judged is what runs: the same arguments, and
// none but those that the tool declares.
func (t *Turn) tool(env *tools.Turn, spec llm.Tool, run func(context.Context, llm.Call) (loop.Result, error)) (loop.Tool, bool) {
	if t.Disabled[spec.Name] || slices.ContainsFunc(t.Options.Tools, func(c llm.Tool) bool { return c.Name == spec.Name }) || t.never(spec.Name) {
		return loop.Tool{}, false
	}
	return loop.Tool{Tool: spec, Run: func(ctx context.Context, call llm.Call) (loop.Result, error) {
		call, u, err := permission.Read(spec, call)
		if err != nil {
			return loop.Result{}, err
		}
		by, err := t.permit(ctx, call, u)
		switch {
		case spec.Name == tools.Remember && errors.Is(err, permission.ErrNobody):
			return loop.Result{}, tools.RememberLater(ctx, env, call, err)
		case err != nil:
			return loop.Result{}, err
		}
		return run(tools.Allowed(ctx, by), call)
	}}, true
}
