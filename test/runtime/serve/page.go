package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
)

// forPage answers what test/web asks: with a call that needs a permission, with a
// text that the test made up, or with as many words as it wants.
func forPage(last, result string) (scripted.Reply, bool) {
	what, rest, _ := strings.Cut(strings.TrimSpace(last), " ")
	switch what {
	case "remember":
		if result == "" {
			return scripted.Reply{Text: "I make a note of it.", Calls: []llm.Call{scripted.Call("r", "remember", map[string]any{"text": rest})}}, true
		}
		return scripted.Reply{Text: "It was decided."}, true
	case "base64":
		text, err := base64.StdEncoding.DecodeString(rest)
		if err != nil {
			return scripted.Reply{Text: "That is no base64."}, true
		}
		return scripted.Reply{Text: string(text)}, true
	case "words":
		var n int
		if _, err := fmt.Sscan(rest, &n); err != nil {
			return scripted.Reply{Text: "How many?"}, true
		}
		return scripted.Reply{Text: words(n), Delay: time.Millisecond}, true
	case "fail":
		return scripted.Reply{Status: 401, Error: "the key is not valid"}, true
	}
	return scripted.Reply{}, false
}

// words is a long text as models write them: sections, lists and code.
func words(n int) string {
	var b strings.Builder
	for i := 0; i < n; i += 50 {
		switch {
		case i%1000 == 0:
			fmt.Fprintf(&b, "## Section %d\n\n", i/1000+1)
		case i%500 == 0:
			b.WriteString("```go\nfunc main() { fmt.Println(1) }\n```\n\n")
		case i%300 == 0:
			b.WriteString("- one thing\n- and **another** [1]\n\n")
		}
		fmt.Fprintf(&b, "Paragraph %d.%s\n\n", i/50, strings.Repeat(" word", 48))
	}
	return b.String() + "That is all."
}
