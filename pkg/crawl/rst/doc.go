// Package rst turns reStructuredText, as docutils and Sphinx read it, into plain
// HTML that says the same.
//
// It covers what documentation is written with: sections, lists of every kind,
// literal and code blocks, tables (grid, simple, list and CSV), admonitions,
// figures, links and their targets, footnotes, substitutions, roles, and the
// descriptions of Sphinx's domains. What other files bring comes by Expand
// (include, literalinclude) and from a Tree (:ref:, :doc:); what only code brings
// (autodoc) is left out. A directive that it does not know keeps its content, and
// a role keeps its text.
//
// ToHTML is total: any bytes give HTML, in time linear in their number but for
// nesting, which is bounded.
package rst
