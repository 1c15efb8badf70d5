package permission

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"panther/pkg/llm"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/tools"
)

// Only what a tool declares is judged and executed, and what was judged is what
// is executed.
func TestArguments(t *testing.T) {
	t.Parallel()
	schemas := map[string]string{
		"fetch":  `{"type":"object","properties":{"url":{"type":"string"},"number":{"type":"integer"}}}`,
		"none":   `{"type":"object"}`,
		"any":    `{}`,
		"open":   `{"type":"object","properties":{"url":{}},"additionalProperties":true}`,
		"map":    `{"type":"object","properties":{"headers":{"type":"object","additionalProperties":{"type":"string"}},"free":{"type":"object"},"shut":{"type":"object","additionalProperties":false}}}`,
		"nested": `{"type":"object","$defs":{"step":{"type":"object","properties":{"path":{"type":"string"},"next":{"$ref":"#/$defs/step"}}}},"properties":{"steps":{"type":"array","items":{"$ref":"#/$defs/step"}}}}`,
		"either": `{"properties":{"to":{"anyOf":[{"type":"null"},{"type":"object","properties":{"url":{}}}]}},"allOf":[{"properties":{"also":{}}}]}`,
		"loop":   `{"$ref":"#","properties":{"a":{"$ref":"#/properties/a"}}}`,
	}
	for _, tc := range []struct{ tool, args, want string }{
		{"fetch", `{"url":"https://a.io/"}`, `{"url":"https://a.io/"} [{url https://a.io/}]`},
		{"fetch", ` { "url" : "\u0061", "number" : 9007199254740993 } `, `{"number":9007199254740993,"url":"a"} [{number 9007199254740993} {url a}]`},
		{"fetch", `{"url":{"href":"x","uri":"y"}}`, `{"url":{"href":"x","uri":"y"}} [{url.href x} {url.uri y}]`},
		{"fetch", `{"url":["x",null,true,[],{}]}`, `{"url":["x",null,true,[],{}]} [{url x} {url null} {url true} {url []} {url {}}]`},
		{"fetch", `{}`, `{} []`},
		{"fetch", `{"url":"https://evil.io/","uri":"https://docs.test.io/"}`, `no parameter "uri"; there are number, url`},
		{"fetch", `{"url":"https://evil.io/","URL":"https://docs.test.io/"}`, `no parameter "URL"`},
		{"fetch", `{"url":"https://evil.io/","url ":"x"}`, `no parameter "url "`},
		{"fetch", `{"url":"https://evil.io/","ur\u217c":"x"}`, `no parameter`},
		{"fetch", `{"url":"https://docs.test.io/","url":"https://evil.io/"}`, `duplicate`},
		{"fetch", `{"url":"https://docs.test.io/","\u0075rl":"https://evil.io/"}`, `duplicate`},
		{"fetch", "{\"url\":\"\xff\"}", `UTF-8`},
		{"fetch", `{"url":"\ud800"}`, `surrogate`},
		{"fetch", `{"url":"x"}{"url":"y"}`, `read arguments`},
		{"fetch", `[{"url":"x"}]`, `not an object`},
		{"fetch", `"url"`, `not an object`},
		{"fetch", `null`, `not an object`},
		{"fetch", ``, `read arguments`},
		{"fetch", strings.Repeat(`{"url":`, 20000) + "1" + strings.Repeat("}", 20000), `read arguments`},
		{"none", `{"url":"x"}`, `no parameter "url"; there is none`},
		{"any", `{"url":"x"}`, `no parameter "url"`},
		{"any", `{}`, `{} []`},
		{"open", `{"url":"x","more":"y"}`, `{"more":"y","url":"x"} [{more y} {url x}]`},
		{"map", `{"headers":{"A":"b"},"free":{"x":{"y":1}}}`, `[{free.x.y 1} {headers.A b}]`},
		{"map", `{"shut":{"x":1}}`, `no parameter "shut.x"`},
		{"nested", `{"steps":[{"path":"a","next":{"path":"b"}}]}`, `[{steps.next.path b} {steps.path a}]`},
		{"nested", `{"steps":[{"path":"a","next":{"uri":"b"}}]}`, `no parameter "steps.next.uri"`},
		{"either", `{"to":{"url":"x"},"also":"y"}`, `[{also y} {to.url x}]`},
		{"either", `{"to":{"uri":"x"}}`, `no parameter "to.uri"`},
		{"loop", `{"a":{"b":1}}`, `[{a.b 1}]`},
		{"loop", `{"b":1}`, `no parameter "b"`},
	} {
		tool := llm.Tool{Name: tc.tool, Schema: json.RawMessage(schemas[tc.tool])}
		call, u, err := Read(tool, llm.Call{Name: tc.tool, Arguments: json.RawMessage(tc.args)})
		got := fmt.Sprint(string(call.Arguments), " ", u.Values)
		if err != nil {
			got = err.Error()
		} else if u.Whole != string(call.Arguments) {
			t.Errorf("%s %.80s: judged %s, runs %s", tc.tool, tc.args, u.Whole, call.Arguments)
		}
		if !strings.Contains(got, tc.want) {
			t.Errorf("%s %.80s gave %s, not %s", tc.tool, tc.args, got, tc.want)
		}
	}
}

// Every built-in tool takes what it declares, and a decoy of another one decides
// nothing.
func TestDecoys(t *testing.T) {
	t.Parallel()
	rules := agents.Rules{{Permission: "*", Pattern: "*", Action: api.ActionDeny}, {Permission: "*", Pattern: "https://docs.test.io/*", Action: api.ActionAllow}}
	for _, b := range tools.All() {
		for _, args := range []string{`{"uri":"https://docs.test.io/a","query":"secret","text":"secret","id":"x","useful":true,"tasks":[]}`,
			`{"query":"secret","source":"https://docs.test.io/a"}`, `{"text":"secret","kind":"https://docs.test.io/a"}`, `{"id":"secret","useful":true,"uri":"https://docs.test.io/a"}`,
			`{"tasks":[{"description":"https://docs.test.io/a","prompt":"secret"}]}`, `{"tasks":[{"description":"x","prompt":"secret","uri":"https://docs.test.io/a"}],"uri":"https://docs.test.io/a"}`,
			`{"uri":"https://secret.test.io/","Uri":"https://docs.test.io/a"}`, `{"uri":["https://docs.test.io/a","https://secret.test.io/"]}`} {
			_, u, err := Read(b.Tool, llm.Call{Name: b.Name, Arguments: json.RawMessage(args)})
			if err == nil && rules.Decide(u) != api.ActionDeny {
				t.Errorf("%s may be used with %s", b.Name, args)
			}
		}
	}
}

func TestShown(t *testing.T) {
	t.Parallel()
	for want, u := range map[string]agents.Use{
		`[*]`:                     {},
		`[a\u{202e}b\u{e0041}]`:   {Values: []agents.Value{{Name: "x", Text: "a\u202eb\U000e0041"}}},
		`[a="x\", b=\"y" b="\n"]`: {Values: []agents.Value{{Name: "a", Text: `x", b="y`}, {Name: "b", Text: "\n"}}},
	} {
		if got := fmt.Sprint(Shown(u)); got != want {
			t.Errorf("%v shows %s, not %s", u, got, want)
		}
	}
}

// A table has no order: the more exact setting wins, every time.
func TestConfiguredPermissions(t *testing.T) {
	t.Parallel()
	for range 20 {
		rules := Configured(map[string]string{"*": "deny", "tool_*": "ask", "tool_read": "allow"})
		for tool, want := range map[string]string{"x": "deny", "tool_x": "ask", "tool_read": "allow"} {
			if got := rules.Decide(agents.Use{Tool: tool}); got != want {
				t.Fatalf("%s is %s, not %s", tool, got, want)
			}
		}
	}
}
