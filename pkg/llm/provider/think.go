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
// from the answer behind them. A tag further on is text.
type thoughts struct {
	held  string
	close string // of the open tag
	text  bool   // the answer has begun
}

// add returns what is certain with the next piece.
func (t *thoughts) add(s string) llm.Delta {
	if t.text && t.held == "" {
		return llm.Delta{Text: s}
	}
	t.held += s
	var d llm.Delta
	for {
		switch {
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
			t.close, t.held = "", after
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
