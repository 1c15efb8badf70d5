package opencode

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/loop"
)

// builtin describes a built-in tool; the fields of its arguments are in schema.
type builtin struct {
	llm.Tool
	run func(t *turn, ctx context.Context, args toolArgs, call llm.Call) (loop.Result, error)
}

// toolArgs are the arguments of the built-in tools.
type toolArgs struct {
	Query  string `json:"query"`
	Limit  int    `json:"limit"`
	Source string `json:"source"`
	URI    string `json:"uri"`
	Offset int    `json:"offset"`
	Text   string `json:"text"`
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Useful bool   `json:"useful"`
	Tasks  []task `json:"tasks"`
	Body   string `json:"body"`
}

// task is one task of delegate.
type task struct {
	Agent       string `json:"agent"`
	Description string `json:"description"`
	Prompt      string `json:"prompt"`
}

func schema(s string) json.RawMessage { return json.RawMessage(s) }

// builtins are the tools that there always are, in the order in which models
// see them.
func builtins() []builtin {
	return []builtin{
		{llm.Tool{Name: "knowledge_search", Description: "Search the knowledge base. Returns numbered passages to cite. Use other words than before when a search found little.",
			Schema: schema(`{"type":"object","properties":{"query":{"type":"string","description":"Words, a question, or \"exact phrases\""},"source":{"type":"string","description":"Only this source"},"limit":{"type":"integer","minimum":1,"maximum":20}},"required":["query"]}`)}, (*turn).toolSearch},
		{llm.Tool{Name: "knowledge_read", Description: "Read a document of the knowledge base by its uri, from an offset in bytes on; for when a passage is cut off.",
			Schema: schema(`{"type":"object","properties":{"uri":{"type":"string"},"offset":{"type":"integer","minimum":0}},"required":["uri"]}`)}, (*turn).toolRead},
		{llm.Tool{Name: "recall", Description: "Search what was remembered in earlier conversations.",
			Schema: schema(`{"type":"object","properties":{"query":{"type":"string"}},"required":["query"]}`)}, (*turn).toolRecall},
		{llm.Tool{Name: rememberTool, Description: "Remember a fact, or how to do something, for later conversations. Only what the user said or wants kept.",
			Schema: schema(`{"type":"object","properties":{"text":{"type":"string"},"kind":{"type":"string","enum":["fact","skill"]},"body":{"type":"string","description":"The steps of a skill"}},"required":["text"]}`)}, (*turn).toolRemember},
		{llm.Tool{Name: "feedback", Description: "Say whether a memory was useful or misleading, by its id.",
			Schema: schema(`{"type":"object","properties":{"id":{"type":"string"},"useful":{"type":"boolean"}},"required":["id","useful"]}`)}, (*turn).toolFeedback},
		{llm.Tool{Name: "delegate", Description: "Have sub-agents work on several independent tasks at once. Each knows only its prompt, so put everything it needs into it.",
			Schema: schema(`{"type":"object","properties":{"tasks":{"type":"array","minItems":1,"maxItems":16,"items":{"type":"object","properties":{"agent":{"type":"string"},"description":{"type":"string","description":"Three to six words"},"prompt":{"type":"string"}},"required":["description","prompt"]}}},"required":["tasks"]}`)}, (*turn).toolDelegate},
	}
}

// tools returns what the model may call in this turn: what no rule denies.
func (t *turn) tools() []loop.Tool {
	var out []loop.Tool
	for _, b := range builtins() {
		if b.Name == "delegate" {
			b.Description += t.r.delegates()
		}
		if tool, ok := t.tool(b.Tool, func(ctx context.Context, call llm.Call) (loop.Result, error) {
			var args toolArgs
			if err := json.Unmarshal(call.Arguments, &args); err != nil {
				return loop.Result{}, fmt.Errorf("read arguments of %s: %w", call.Name, err)
			}
			return b.run(t, ctx, args, call)
		}); ok {
			out = append(out, tool)
		}
	}
	for _, m := range t.r.mcp.Tools() {
		if tool, ok := t.tool(m.Tool, func(ctx context.Context, call llm.Call) (loop.Result, error) {
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

// tool returns a tool behind its permission; ok is false where it is denied
// whatever it is used on. What was judged is what runs: the same arguments, and
// none but those that the tool declares.
func (t *turn) tool(spec llm.Tool, run func(context.Context, llm.Call) (loop.Result, error)) (loop.Tool, bool) {
	if t.disabled[spec.Name] || t.never(spec.Name) {
		return loop.Tool{}, false
	}
	return loop.Tool{Tool: spec, Run: func(ctx context.Context, call llm.Call) (loop.Result, error) {
		call, u, err := use(spec, call)
		if err != nil {
			return loop.Result{}, err
		}
		by, err := t.permit(ctx, call, u)
		switch {
		case spec.Name == rememberTool && errors.Is(err, errNobody):
			return t.rememberLater(ctx, call, err)
		case err != nil:
			return loop.Result{}, err
		}
		return run(confirmed(ctx, by), call)
	}}, true
}

func (t *turn) toolSearch(ctx context.Context, a toolArgs, _ llm.Call) (loop.Result, error) {
	if strings.TrimSpace(a.Query) == "" {
		return loop.Result{}, errors.New("the query is empty")
	}
	req := knowledge.ContextRequest{SearchRequest: knowledge.SearchRequest{Query: grounding.Query(a.Query, nil), Limit: a.Limit, Sources: t.r.cfg.Knowledge.Sources}, Tokens: t.r.cfg.Knowledge.Tokens}
	if a.Source != "" {
		if len(req.Sources) > 0 && !contains(req.Sources, a.Source) {
			return loop.Result{}, fmt.Errorf("there is no source %q", a.Source)
		}
		req.Sources = []string{a.Source}
	}
	resp, err := t.r.know.Context(ctx, req)
	if err != nil {
		return loop.Result{}, fmt.Errorf("search the knowledge base: %w", err)
	}
	list := t.src.Add(resp.Passages...)
	out := t.src.Render(list)
	switch {
	case len(list) == 0:
		out = "Nothing was found."
	case resp.Weak:
		out += "(The search is not confident that these passages fit.)"
	}
	return loop.Result{Title: fmt.Sprintf("%d passages for %s", len(list), gate.Line(a.Query, 60)), Output: out}, nil
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// readSize is how much of a document one call reads, about 4000 tokens.
const readSize = 16 << 10

func (t *turn) toolRead(ctx context.Context, a toolArgs, _ llm.Call) (loop.Result, error) {
	d, err := t.r.know.Document(ctx, a.URI)
	if errors.Is(err, knowledge.ErrNotFound) || err == nil && (d.DeletedAt != nil || len(t.r.cfg.Knowledge.Sources) > 0 && !contains(t.r.cfg.Knowledge.Sources, d.Source)) {
		return loop.Result{}, fmt.Errorf("there is no document %q", gate.Line(a.URI, 200))
	} else if err != nil {
		return loop.Result{}, fmt.Errorf("read document: %w", err)
	}
	text := d.Markdown
	from := min(max(a.Offset, 0), len(text))
	text = text[from:]
	rest := ""
	if len(text) > readSize {
		text = text[:readSize]
		rest = fmt.Sprintf("(It goes on at offset %d of %d.)", from+readSize, len(d.Markdown))
	}
	text = strings.ToValidUTF8(text, "")
	list := t.src.Add(knowledge.Passage{ChunkIDs: []string{fmt.Sprintf("%s@%d", d.URI, from)}, URI: d.URI, Link: d.URI, Source: d.Source, Title: d.Title, Text: text})
	return loop.Result{Title: "Read " + gate.Line(d.Title, 80), Output: t.src.Render(list) + rest}, nil
}

func (t *turn) toolRecall(ctx context.Context, a toolArgs, _ llm.Call) (loop.Result, error) {
	resp, err := t.r.know.Recall(ctx, knowledge.RecallRequest{Query: grounding.Query(a.Query, nil), Scope: knowledge.Scope{Agent: t.agent.Name, Session: t.session}})
	if err != nil {
		return loop.Result{}, fmt.Errorf("recall: %w", err)
	}
	t.recalled(resp.Memories)
	out := t.src.RenderMemories(resp.Memories)
	if out == "" {
		out = "Nothing is remembered about that."
	}
	return loop.Result{Title: fmt.Sprintf("%d memories", len(resp.Memories)), Output: out}, nil
}

func (t *turn) toolFeedback(ctx context.Context, a toolArgs, _ llm.Call) (loop.Result, error) {
	v := -1
	if a.Useful {
		v = 1
	}
	key := knowledge.NewID("fb")
	if s := t.user().session; s != "" { // one voice for each conversation: a page must not talk a memory away
		sum := sha256.Sum256([]byte(s + "\x00" + a.ID))
		key = hex.EncodeToString(sum[:16])
	}
	if err := t.r.know.FeedbackOnce(ctx, a.ID, key, v); err != nil {
		return loop.Result{}, fmt.Errorf("give feedback: %w", err)
	}
	return loop.Result{Title: "Feedback given", Output: "Noted."}, nil
}

func toolNames() []string {
	var names []string
	for _, b := range builtins() {
		names = append(names, b.Name)
	}
	return names
}
