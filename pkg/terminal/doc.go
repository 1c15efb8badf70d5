// Package terminal writes for people: styled text, aligned columns, Markdown
// rendered as it streams in, and a live area at the end of the output that is
// redrawn in place. On a pipe or in a file the same calls give plain lines
// without a single escape sequence.
//
// What is written often comes from crawled pages and language models, so every
// string passes Clean first: nothing in it can move the cursor, set the title
// or write to the clipboard. The package reads no input and keeps no state but
// the size of the live area.
package terminal
