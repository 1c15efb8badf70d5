// Package changes tells what differs between two versions of a page, by section
// and by what it means to a reader: a default, a signature, a deprecation. It
// needs no model and no store: the rules look at the parsed Markdown alone.
//
//	Markdown ── pieces ──┐
//	                     ├── pairs ── kinds ── changes
//	Markdown ── pieces ──┘
//
// A piece is a heading, a paragraph, a row of a table, an entry of a list or a
// block of code. Pieces that read the same are the same, wherever they stand, so
// that another line length, a section that moved, a date of the last edit or
// another navigation is no change. What remains is paired by name, then by
// likeness, and the pairs are judged.
//
// Whatever differs in code or in a table is in the result. The package never
// fails; its work is bounded for texts of any size.
package changes
