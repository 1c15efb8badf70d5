package texinfo

import (
	"html"
	"strings"
)

// form is what the line of a definition has in front of the name and its
// arguments.
type form struct {
	category     string // "": the first word
	class, typed bool   // the next words are a class, a type
}

var definitions = map[string]*form{
	"deffn": {}, "defvr": {}, "deftp": {}, "defline": {}, "deftypefn": {typed: true}, "deftypevr": {typed: true}, "deftypeline": {typed: true},
	"defcv": {class: true}, "defop": {class: true}, "deftypecv": {class: true, typed: true}, "deftypeop": {class: true, typed: true},
	"defun": {category: "Function"}, "defmac": {category: "Macro"}, "defspec": {category: "Special Form"}, "defvar": {category: "Variable"},
	"defopt": {category: "User Option"}, "deftypefun": {category: "Function", typed: true}, "deftypevar": {category: "Variable", typed: true},
	"defmethod": {category: "Method", class: true}, "defivar": {category: "Instance Variable", class: true},
	"deftypemethod": {category: "Method", class: true, typed: true}, "deftypeivar": {category: "Instance Variable", class: true, typed: true},
}

// definition writes what a manual says of a function, a variable or a type.
func (w *writer) definition(cmd, arg string) {
	f := definitions[cmd]
	w.put("<dl>")
	w.signature(f, arg)
	for ; w.at < len(w.lines); w.at++ {
		next, arg := command(w.lines[w.at])
		if next == cmd+"x" {
			w.signature(f, arg)
		} else if do, is := isBlock(next); !is || do != nil || next == "end" {
			break
		}
	}
	w.put("<dd>")
	w.inside(cmd, func() { w.blocks(false) })
	w.put("</dd></dl>\n")
}

func (w *writer) signature(f *form, arg string) {
	for strings.HasSuffix(arg, "@") && w.at < len(w.lines) { // goes on in the next line
		arg = strings.TrimSuffix(arg, "@") + " " + strings.TrimSpace(w.lines[w.at])
		if w.at++; w.at == len(w.lines) {
			break
		}
	}
	parts := words(arg)
	take := func() (word string) {
		if len(parts) > 1 {
			word, parts = parts[0], parts[1:]
		}
		return word
	}
	category := f.category
	if category == "" {
		category = take()
	}
	if f.class {
		category += " of " + take()
	}
	w.code++
	text := strings.TrimSpace(w.inline(strings.Join(parts, " ")))
	w.code--
	w.put("<dt><code>%s</code>", text)
	if c := strings.TrimSpace(w.inline(category)); c != "" {
		w.put(" (%s)", c)
	}
	w.put("</dt>")
}

// escape writes text as HTML, with the quotes and dashes that Texinfo makes of
// what is typed.
func escape(s string) string { return html.EscapeString(typed.Replace(s)) }

var typed = strings.NewReplacer("---", "\u2014", "--", "\u2013", "``", "\u201c", "''", "\u201d")
