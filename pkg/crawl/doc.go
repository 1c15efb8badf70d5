// Package crawl visits the sources that an operator listed and hands what it
// reads to agentdb as Markdown.
//
// Run visits those that are due: each in a visit of its own (package visit),
// by the visitor of its kind (packages web, files), over a durable frontier in
// the state folder (package frontier). agentdb is authoritative for documents;
// the frontier only remembers what was delivered to it, and Run sends again
// what agentdb says it does not have. A run that was killed is taken up by the
// next one under the same identifier.
//
// Sources fail separately: one that cannot be reached does not keep the others
// from being visited, and Run then returns their errors together.
package crawl
