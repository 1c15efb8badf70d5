package texinfo

import "strings"

// command returns the command with which a line begins, and the rest of the
// line without blanks around it and without a comment.
func command(line string) (name, arg string) {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "@") {
		return "", ""
	}
	name, arg = nameOf(line[1:])
	if name != "c" && name != "comment" {
		arg = uncommented(arg)
	}
	return name, strings.TrimSpace(arg)
}

// uncommented cuts a comment off a line.
func uncommented(line string) string {
	for i := 0; i+1 < len(line); i++ {
		if line[i] != '@' {
			continue
		}
		switch name, _ := nameOf(line[i+1:]); name {
		case "c", "comment":
			return line[:i]
		case "":
			i++ // @@
		}
	}
	return line
}

// nameOf cuts the name of a command; "" is one that has no letters.
func nameOf(s string) (name, rest string) {
	i := 0
	for i < len(s) && (s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' || i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '_')) {
		i++
	}
	return s[:i], s[i:]
}

// braced cuts the argument in braces with which s begins. One that has no end
// goes to the end of s.
func braced(s string) (arg, rest string) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '@':
			i++
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s[1:i], s[i+1:]
			}
		}
	}
	return s[1:], ""
}

// arguments splits an argument at its commas, into n parts at most.
func arguments(s string, n int) []string {
	var out []string
	depth, from := 0, 0
	for i := 0; i < len(s) && len(out) < n-1; i++ {
		switch s[i] {
		case '@':
			i++
		case '{':
			depth++
		case '}':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(s[from:i]))
				from = i + 1
			}
		}
	}
	return append(out, strings.TrimSpace(s[from:]))
}

// words splits the line of a definition: what is in braces is one word.
func words(s string) []string {
	var out []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if s[0] == '{' {
			var w string
			w, s = braced(s)
			out = append(out, strings.TrimSpace(w))
			continue
		}
		depth, i := 0, 0
		for ; i < len(s); i++ {
			if s[i] == '{' {
				depth++
			} else if s[i] == '}' {
				depth--
			} else if depth <= 0 && (s[i] == ' ' || s[i] == '\t') {
				break
			}
		}
		out = append(out, s[:i])
		s = s[i:]
	}
	return out
}

// maxVerbatim bounds the argument of @verb, in bytes.
const maxVerbatim = 2000

// verbatim cuts the argument of @verb, which a sign of its own ends: {|text|}.
func verbatim(s string) (text, rest string) {
	if len(s) < 2 || s[0] != '{' {
		return "", s
	}
	n := strings.Index(s[2:min(len(s), maxVerbatim)], s[1:2]+"}")
	if n < 0 {
		return "", s
	}
	return s[2 : 2+n], s[n+4:]
}
