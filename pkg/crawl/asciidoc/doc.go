// Package asciidoc turns AsciiDoc, as Asciidoctor reads it, into plain HTML that
// says the same.
//
// It covers what documentation is written with: sections, lists of every kind
// with their continuations, listings with their language and callouts, tables,
// admonitions, quotes, images, links and cross-references, footnotes, attributes
// and conditions on them. Expand brings what other files include; a macro that it
// does not know keeps its text.
//
// ToHTML is total: any bytes give HTML, in time linear in their number but for
// nesting, which is bounded.
package asciidoc
