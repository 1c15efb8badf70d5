// Package code turns a file of source code into a document whose sections are
// its declarations: a function, a type, a method of a large class, each under a
// heading of its kind and name, with its leading comment as prose, its text
// verbatim in a fence, and its lines as anchor.
//
// A file is not parsed. Its comments and literals are found exactly, which is
// what a table says of each language; then brackets, ends of statements and
// indentation show where a declaration begins. So every text has sections, also
// one that no compiler takes, and together they are the file. The time is linear
// in its size. The package never fails; Refuse says what is better not read.
package code
