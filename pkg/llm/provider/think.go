package provider

import (
	"strings"

	"panther/pkg/llm"
)

// thoughtTags are between what models write their thoughts into the text, where
// the server does not part them: DeepSeek, Qwen, MiniMax; Magistral; Kimi; gpt-oss.
var thoughtTags = [][2]string{{"<think>", "</think>"}, {"<thinking>", "</thinking>"}, {"<thought>", "</thought>"}, {"[THINK]", "[/THINK]"},
	{"◁think▷", "◁/think▷"}, {"<|channel|>analysis<|message|>", "<|channel|>final<|message|>"}}

// thoughts parts the thoughts at the beginning of a text, which comes in pieces,
// from the answer behind them. A tag further on is text, but for one that ends
// what never began: where the server has cut off its begin, as templates of
// DeepSeek and Qwen do, all before it was thoughts.
type thoughts struct {
	held  string
	close string          // of the open tag
	text  bool            // the answer has begun
	said  strings.Builder // of the answer, as long as it may turn out to be thoughts
	known bool            // it is none
}

// add returns what is certain with the next piece.
func (t *thoughts) add(s string) llm.Delta {
	if t.text && t.held == "" && t.known {
		return llm.Delta{Text: s}
	}
	t.held += s
	var d llm.Delta
	for {
		switch {
		case t.text && !t.known:
			return t.lone(d)
		case t.text:
			d.Text += t.held
			t.held = ""
			return d
		case t.close != "":
			before, after, found := strings.Cut(t.held, t.close)
			if !found {
				keep := overlap(t.held, t.close)
				d.Reasoning += t.held[:len(t.held)-keep]
				t.held = t.held[len(t.held)-keep:]
				return d
			}
			d.Reasoning += before
			t.close, t.held, t.known = "", after, true
		default:
			rest := strings.TrimLeft(t.held, " \t\r\n")
			if !t.open(rest) {
				if waits(rest) {
					return d
				}
				t.text = true
			}
		}
	}
}

// lone looks for the end of thoughts that had no begin.
func (t *thoughts) lone(d llm.Delta) llm.Delta {
	for _, tag := range thoughtTags {
		i := strings.Index(t.held, tag[1])
		if i < 0 {
			continue
		}
		t.known = true
		before := t.said.String() + t.held[:i]
		if inCode(before) || strings.Contains(before, tag[0]) {
			break // it is spoken of
		}
		rest := strings.TrimLeft(t.held[i+len(tag[1]):], " \t\r\n")
		t.held = ""
		return llm.Delta{Unsay: true, Reasoning: before, Text: d.Text + rest}
	}
	keep := 0
	if !t.known {
		for _, tag := range thoughtTags {
			keep = max(keep, overlap(t.held, tag[1]))
		}
	}
	text := t.held[:len(t.held)-keep]
	t.said.WriteString(text)
	t.held = t.held[len(text):]
	d.Text += text
	return d
}

// inCode reports whether a text ends within code.
func inCode(s string) bool {
	if strings.Count(s, "```")%2 == 1 {
		return true
	}
	line := s[strings.LastIndexByte(s, '\n')+1:]
	return strings.Count(line, "`")%2 == 1
}

func (t *thoughts) open(rest string) bool {
	for _, tag := range thoughtTags {
		if after, ok := strings.CutPrefix(rest, tag[0]); ok {
			t.close, t.held = tag[1], after
			return true
		}
	}
	return false
}

// waits reports whether a text may become a tag.
func waits(rest string) bool {
	for _, tag := range thoughtTags {
		if strings.HasPrefix(tag[0], rest) {
			return true
		}
	}
	return false
}

// overlap returns how many bytes at the end of s begin tag.
func overlap(s, tag string) int {
	for n := min(len(s), len(tag)-1); n > 0; n-- {
		if strings.HasSuffix(s, tag[:n]) {
			return n
		}
	}
	return 0
}

// end returns what was held back.
func (t *thoughts) end() llm.Delta {
	s := t.held
	t.held = ""
	switch {
	case t.close != "":
		return llm.Delta{Reasoning: s}
	case strings.TrimSpace(s) == "":
		return llm.Delta{}
	}
	return llm.Delta{Text: s}
}
