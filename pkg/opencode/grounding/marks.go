package grounding

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Mark is the number of a source in an answer. Start and End count characters.
type Mark struct{ N, Start, End int }

var mark = regexp.MustCompile("`+|\\[([1-9][0-9]{0,3})\\]")

// Marks finds the numbers of sources in an answer that the gate has written: in
// brackets that are neither escaped nor in code nor the text of a link.
func Marks(answer string) []Mark {
	var out []Mark
	chars, fence := 0, ""
	for line := range strings.Lines(answer) {
		trimmed := strings.TrimLeft(line, " >\t")
		switch run := leading(trimmed); {
		case fence != "":
			if len(run) >= len(fence) && run[0] == fence[0] && strings.TrimSpace(trimmed[len(run):]) == "" {
				fence = ""
			}
		case len(run) >= 3:
			fence = run
		default:
			out = append(out, marksOf(line, chars)...)
		}
		chars += utf8.RuneCountInString(line)
	}
	return out
}

// leading returns the marks of a fence at the beginning of a line.
func leading(s string) string {
	n := 0
	for n < len(s) && s[n] == s[0] && (s[0] == '`' || s[0] == '~') {
		n++
	}
	return s[:n]
}

// marksOf finds the marks of one line, at whose beginning chars characters are
// before it.
func marksOf(line string, chars int) (out []Mark) {
	code := "" // the backticks that a code span began with
	for _, m := range mark.FindAllStringSubmatchIndex(line, -1) {
		from, to := m[0], m[1]
		switch {
		case line[from] == '`':
			if run := line[from:to]; code == "" && strings.Contains(line[to:], run) {
				code = run
			} else if code == run {
				code = ""
			}
		case code != "", from > 0 && line[from-1] == '\\', to < len(line) && line[to] == '(':
		default:
			n, _ := strconv.Atoi(line[m[2]:m[3]])
			start := chars + utf8.RuneCountInString(line[:from])
			out = append(out, Mark{n, start, start + to - from})
		}
	}
	return out
}
