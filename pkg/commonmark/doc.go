// Package commonmark reads Markdown the way it is rendered: as the blocks of
// CommonMark with GFM's tables. Whoever cuts, titles or links Markdown asks
// here, so that a setext heading, a # in a comment or the # of C# is the same
// to all of them.
//
// The source of a block is kept as it was written. The package never fails and
// its work grows with the size of the text, whatever is nested in it.
package commonmark
