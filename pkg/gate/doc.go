// Package gate decides what a text that a model, a page, a tool or a sub-agent
// wrote may contain, and writes its Markdown anew.
//
//	text ─ clean ─ blocks, by the line ─ inlines, by goldmark ─ Markdown
//	       letters  containers, code,     the tree, on which     canonical and
//	       that are tables, paragraphs    all is decided         escaped
//	       seen
//
// What leaves it holds, in every renderer of CommonMark and GFM:
//
//   - the elements of Markdown and no other: HTML is text, an image is a link;
//   - links to addresses that the Sources allow, compared whole, and relative
//     ones; any other address is code, which nothing makes live, or taken out;
//   - citations [N] of sources that there are; an invented one is marked;
//   - no control character, no bidirectional override and no letter that no
//     screen shows.
//
// No definition of a reference is ever written, so nothing that follows can
// bind what was written before. A text is let go of word by word as it comes,
// a construct when it is closed. What is shown is the same whatever the pieces
// were: where a text is cut depends on the text alone.
//
// Two things give way to streaming: a reference never finds its definition,
// which is shown as a line of text, and the underline of a heading becomes a
// rule below the paragraph.
//
// The package keeps no state beyond a text and calls nothing.
package gate
