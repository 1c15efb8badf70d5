package texinfo

import (
	"regexp"
	"slices"
	"strings"
)

const (
	// maxCalls bounds how deep macros and files bring each other; real ones stay
	// below five.
	maxCalls = 16
	// maxArguments bounds the text of the arguments of one macro, in bytes.
	maxArguments = 64 << 10
)

type macro struct {
	params []string
	body   string
}

// preparer replaces what stands for other text: files, macros, values. What is
// not for a reader of HTML goes.
type preparer struct {
	include func(name string) (string, bool)
	left    int // bytes that macros and files may bring yet
	calls   int
	ended   bool // by @bye

	out     strings.Builder
	values  map[string]string
	macros  map[string]macro
	aliases map[string]string
	title   string
}

var (
	// left out with all that is in them: the first are not for HTML, the rest
	// lead to what is in the manual anyway
	dropped = regexp.MustCompile(`^(?:ignore|iftex|ifinfo|ifplaintext|ifdocbook|ifxml|iflatex|ifnothtml|tex|html|docbook|xml|latex|menu|detailmenu|direntry|` +
		`titlepage|copying|documentdescription|publication|nodedescriptionblock)$`)
	conditional = regexp.MustCompile(`^if(?:html|not\w+|set|clear|commanddefined|commandnotdefined)$`)
	titleLine   = regexp.MustCompile(`(?m)^[ \t]*@title[ \t]+(.*)$`)
	titleParts  = regexp.MustCompile(`(?m)^[ \t]*@node[ \t]`)
)

// text prepares one file or the body of a macro.
func (p *preparer) text(src string) {
	for src != "" && !p.ended {
		line, rest, _ := strings.Cut(src, "\n")
		if strings.HasPrefix(line, `\input `) { // for TeX
			src = rest
			continue
		}
		if cmd, arg := command(line); cmd != "" {
			if next, done := p.line(cmd, arg, rest); done {
				src = next
				continue
			}
		}
		src = p.inline(src)
	}
}

// line does a command that takes its line, or the lines up to its end. It
// returns what follows, and whether it was one.
func (p *preparer) line(cmd, arg, rest string) (string, bool) {
	name, value, _ := strings.Cut(arg, " ")
	switch {
	case cmd == "c" || cmd == "comment":
	case cmd == "bye":
		p.ended = true
	case cmd == "set":
		p.values[name] = strings.TrimSpace(value)
	case cmd == "clear":
		delete(p.values, name)
	case cmd == "settitle":
		p.title = arg
	case cmd == "alias":
		if to, of, ok := strings.Cut(strings.ReplaceAll(arg, " ", ""), "="); ok {
			p.aliases[to] = of
		}
	case cmd == "include" || cmd == "verbatiminclude":
		p.file(cmd, arg)
	case cmd == "macro" || cmd == "rmacro":
		body, after := until(rest, "macro", "rmacro")
		p.define(arg, body)
		return after, true
	case cmd == "verbatim":
		body, after := until(rest, cmd)
		p.out.WriteString("@verbatim\n" + body + "@end verbatim\n")
		return after, true
	case dropped.MatchString(cmd):
		body, after := until(rest, cmd)
		if m := titleLine.FindStringSubmatch(body); m != nil && p.title == "" {
			p.title = uncommented(m[1])
		}
		return after, true
	case conditional.MatchString(cmd):
		if !p.holds(cmd, name) {
			_, after := until(rest, cmd)
			return after, true
		}
	case cmd == "end" && conditional.MatchString(name):
	default:
		return "", false
	}
	return rest, true
}

func (p *preparer) holds(cmd, name string) bool {
	_, set := p.values[name]
	_, isMacro := p.macros[name]
	switch cmd {
	case "ifset":
		return set
	case "ifclear":
		return !set
	case "ifcommanddefined":
		return isMacro || known(name)
	case "ifcommandnotdefined":
		return !isMacro && !known(name)
	}
	return true
}

// file brings another one, unless it has sections of its own: it is a document
// then, as this one is.
func (p *preparer) file(cmd, name string) {
	if p.include == nil || p.calls >= maxCalls {
		return
	}
	body, ok := p.include(name)
	if p.left -= len(body); !ok || p.left < 0 {
		return
	}
	if cmd == "verbatiminclude" {
		p.out.WriteString("@verbatim\n" + strings.TrimSuffix(body, "\n") + "\n@end verbatim\n")
		return
	}
	if titleParts.MatchString(body) {
		return
	}
	p.calls++
	p.text(strings.TrimSuffix(body, "\n") + "\n")
	p.calls--
	p.ended = false
}

// until cuts the lines up to the end of an environment, which may hold others
// of its name.
func until(src string, names ...string) (body, after string) {
	depth := 1
	for i := 0; i < len(src); {
		end := len(src)
		if n := strings.IndexByte(src[i:], '\n'); n >= 0 {
			end = i + n + 1
		}
		cmd, arg := command(src[i:end])
		switch {
		case cmd == "end" && slices.Contains(names, arg):
			if depth--; depth == 0 {
				return src[:i], src[end:]
			}
		case slices.Contains(names, cmd) && cmd != "verbatim":
			depth++
		}
		i = end
	}
	return src, ""
}

func (p *preparer) define(head, body string) {
	name, params, _ := strings.Cut(head, "{")
	m := macro{body: strings.TrimSuffix(body, "\n")}
	for _, s := range strings.Split(strings.TrimRight(params, "} \t"), ",") {
		if s = strings.TrimSpace(s); s != "" {
			m.params = append(m.params, s)
		}
	}
	p.macros[strings.TrimSpace(name)] = m
}

// inline copies text up to and with the end of a line, and returns what follows.
// The arguments of a macro may take more lines.
func (p *preparer) inline(src string) string {
	for src != "" {
		i := strings.IndexAny(src, "@\n")
		if i < 0 {
			p.out.WriteString(src)
			return ""
		}
		p.out.WriteString(src[:i])
		if src = src[i:]; src[0] == '\n' {
			p.out.WriteByte('\n')
			return src[1:]
		}
		name, rest := nameOf(src[1:])
		if of, ok := p.aliases[name]; ok {
			name = of
		}
		m, isMacro := p.macros[name]
		switch {
		case name == "":
			n := min(2, len(src)) // @@, @{ and the like
			if src[n-1] == '\n' {
				n--
			}
			p.out.WriteString(src[:n])
			src = src[n:]
		case name == "verb" && len(rest) > 1:
			_, src = verbatim(rest)
			p.out.WriteString("@verb" + rest[:len(rest)-len(src)])
		case isMacro:
			src = p.call(m, rest)
		case name == "c" || name == "comment":
			_, after, _ := strings.Cut(src, "\n")
			p.out.WriteByte('\n')
			return after
		case name == "value" && strings.HasPrefix(rest, "{"):
			key, after := braced(rest)
			value, ok := p.values[key]
			if !ok {
				value = key
			}
			if p.left -= len(value); p.left > 0 {
				p.out.WriteString(value)
			}
			src = after
		default:
			p.out.WriteString("@" + name)
			src = rest
		}
	}
	return ""
}

// call puts the body of a macro, with its arguments, in the place of a call,
// and returns what follows it.
func (p *preparer) call(m macro, src string) string {
	arg, after := "", src
	if strings.HasPrefix(src, "{") {
		arg, after = braced(src[:min(len(src), maxArguments)])
		after = src[len(src[:min(len(src), maxArguments)])-len(after):]
	} else if len(m.params) > 0 {
		arg, _, _ = strings.Cut(src, "\n")
		after = src[len(arg):]
		arg = strings.TrimSpace(arg)
	}
	args := []string{arg}
	if len(m.params) > 1 {
		args = arguments(arg, len(m.params))
	}
	body := m.body
	for i, name := range m.params {
		value := ""
		if i < len(args) {
			value = args[i]
		}
		if len(body)+strings.Count(body, `\`+name+`\`)*len(value) > p.left {
			break
		}
		body = strings.ReplaceAll(body, `\`+name+`\`, value)
	}
	body = strings.ReplaceAll(body, `\\`, `\`)
	if p.left -= len(body); p.left < 0 || p.calls >= maxCalls {
		p.out.WriteString(arg)
		return after
	}
	p.calls++
	p.text(body)
	p.calls--
	return after
}
