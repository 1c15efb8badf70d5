// Package texinfo turns Texinfo, the language of the GNU manuals, into plain HTML
// that says the same.
//
// It reads the language itself, since its own processor has no mode in which a
// manual may not read other files: macros, values, conditionals and includes,
// then sections, lists, tables, definitions, examples and the commands within
// text. Sections carry the anchors that the manual has on the web. What is for
// print, menus and indices are left out; a command that it does not know keeps
// its text. A conditional holds as it does for HTML.
//
// ToHTML is total: any bytes give HTML, in time linear in their number but for
// nesting, macros and includes, which are bounded.
package texinfo
