package opnix

import (
	"bytes"
	"errors"
	"path"
	"strings"
	"unicode"
)

// writer is a template as it is rendered. A value stands where the template puts
// it and changes nothing around it: one of several lines is refused wherever
// its lines would become lines of the file, and in an environment file a value
// is escaped so that systemd reads it as it is.
type writer struct {
	bytes.Buffer
	env   bool     // the file is read as EnvironmentFile= of systemd.exec(5) is
	state envState // of env, behind what was written
}

var (
	errLines = errors.New("its value has several lines, or a control character, which would change the lines around it: put | env behind it where it is a " +
		"whole setting, or | json or | base64 if the reader takes that; | lines lets it in as it is")
	errQuote = errors.New("its value has a single quote and stands between single quotes: put it between double ones")
)

// isEnvironment reports whether a file of that name holds NAME=value lines.
func isEnvironment(name string) bool {
	b := path.Base(name)
	return b == "env" || b == "environment" || strings.HasPrefix(b, ".env") || strings.HasSuffix(b, ".env") || strings.HasSuffix(b, "-env") ||
		strings.HasSuffix(b, ".environment")
}

// text writes what the template itself says.
func (w *writer) text(s string) {
	w.WriteString(s)
	if w.env {
		for i := range len(s) {
			w.state = w.state.next(s[i])
		}
	}
}

// value writes a filtered value; alone says that it has a line of its own, on
// which one of several lines is what the template asks for.
func (w *writer) value(filter string, b []byte, alone bool) error {
	switch filter {
	case "lines", "json", "base64":
		w.text(string(b))
		return nil
	case "env":
		if !oneLine(b) && !w.startsValue() {
			return errLines
		}
		w.text(string(b))
		return nil
	case "":
		if alone && !w.env {
			w.text(string(b))
			return nil
		}
		b = bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	}
	if !oneLine(b) {
		return errLines
	}
	s := string(b)
	if w.env {
		switch w.state {
		case envSingle:
			if strings.Contains(s, "'") {
				return errQuote
			}
		case envDouble:
			s = inDouble.Replace(s)
		default:
			s = unquoted(s, w.state == envBefore)
		}
	}
	w.text(s)
	return nil
}

// startsValue reports whether a quoted value may begin here.
func (w *writer) startsValue() bool {
	if w.env {
		return w.state == envBefore
	}
	return bytes.HasSuffix(w.Bytes(), []byte("="))
}

// oneLine reports whether no reader takes the value for more than one line, nor
// for the end of the text.
func oneLine(b []byte) bool {
	return !strings.ContainsFunc(string(b), func(r rune) bool {
		return r != '\t' && unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}

// inDouble escapes what has a meaning between double quotes, for systemd and for
// shells.
var inDouble = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`")

// unquoted escapes what systemd.exec(5) takes away from a value without quotes:
// backslashes, blanks at its ends and, where it begins, a quote.
func unquoted(s string, begins bool) string {
	const blanks = " \t"
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		blank := strings.IndexByte(blanks, c) >= 0
		if c == '\\' || begins && i == 0 && (blank || c == '"' || c == '\'') || blank && strings.Trim(s[i:], blanks) == "" {
			out.WriteByte('\\')
		}
		out.WriteByte(c)
	}
	return out.String()
}

// envState is where systemd is in reading an environment file
// (parse_env_file_internal of its env-file.c).
type envState uint8

const (
	envLine    envState = iota // at the start of a line
	envComment                 // behind # or ;
	envCommentEscape
	envKey    // before the =
	envBefore // behind it, or behind a closing quote
	envValue
	envValueEscape
	envSingle
	envDouble
	envDoubleEscape
)

// next returns the state behind a further byte.
func (s envState) next(c byte) envState {
	newline, blank := c == '\n' || c == '\r', c == ' ' || c == '\t'
	switch s {
	case envLine:
		switch {
		case c == '#' || c == ';':
			return envComment
		case newline || blank:
			return envLine
		}
		return envKey
	case envKey:
		switch {
		case newline:
			return envLine
		case c == '=':
			return envBefore
		}
		return envKey
	case envComment:
		switch {
		case c == '\\':
			return envCommentEscape
		case newline:
			return envLine
		}
		return envComment
	case envCommentEscape:
		return envComment
	case envValueEscape:
		return envValue
	case envSingle:
		if c == '\'' {
			return envBefore
		}
		return envSingle
	case envDouble:
		switch c {
		case '"':
			return envBefore
		case '\\':
			return envDoubleEscape
		}
		return envDouble
	case envDoubleEscape:
		return envDouble
	}
	switch { // envBefore and envValue
	case newline:
		return envLine
	case c == '\\':
		return envValueEscape
	case s == envBefore && c == '\'':
		return envSingle
	case s == envBefore && c == '"':
		return envDouble
	case s == envBefore && blank:
		return envBefore
	}
	return envValue
}
