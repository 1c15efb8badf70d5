// Package address says when two web addresses are the same page, which
// addresses belong to a source, and which look like the endless ones that a
// calendar or a broken link makes.
//
// Everything is decided from the text of an address; nothing is fetched.
package address
