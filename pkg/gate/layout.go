package gate

import (
	"bytes"
	"strings"
)

// container is a quotation or an item of a list.
type container struct {
	marker  string // of the item; "" for a quotation
	width   int    // columns of the source before the text of the item
	written bool   // the marker
}

// maxDepth bounds how deep containers lie in each other, and so what a line
// costs; deeper marks are text.
const maxDepth = 16

// layout is where the next block begins.
type layout struct {
	any     bool // something was written
	blank   bool // the source has a blank line here
	blankIn int  // containers that the blank line was in
	decided bool // gap is
	gap     bool // a blank line comes before the next block
	common  int  // containers that have been open since the last block
	sibling int  // depth at which an item was closed since, plus one
}

// open enters a container.
func (g *Gate) open(k container) {
	g.space(k.marker != "" && g.sibling == len(g.containers)+1)
	g.containers = append(g.containers, k)
}

// space decides whether a blank line is written before what comes next: where
// the source has one, and between blocks outside of lists, where it changes
// nothing.
func (g *Gate) space(sibling bool) {
	if g.decided {
		return
	}
	g.decided = true
	item := false
	for _, k := range g.containers[:min(g.common, len(g.containers))] {
		item = item || k.marker != ""
	}
	g.gap = g.blank || !item && !sibling
}

// leave closes containers down to a depth. An item in which there was nothing
// is written.
func (g *Gate) leave(depth int) {
	for len(g.containers) > depth {
		n := len(g.containers) - 1
		if k := g.containers[n]; k.marker != "" {
			if !k.written {
				g.block()
				g.out = bytes.TrimRight(g.out, " ")
			}
			g.sibling = n + 1
		} else if g.blankIn > n { // the blank line ended the quotation and is its own
			g.blank = false
		}
		g.containers = g.containers[:n]
		g.common = min(g.common, n)
	}
}

// block begins a block on a line of its own.
func (g *Gate) block() {
	g.space(false)
	if g.any {
		if g.gap {
			g.emptyLine(g.common)
		}
		g.out = append(g.out, '\n')
	}
	g.prefix()
	g.any, g.blank, g.decided, g.sibling, g.common = true, false, false, 0, len(g.containers)
	g.pend, g.prev, g.bol, g.digits = "", ' ', true, false
}

// newline goes on with a block on another line.
func (g *Gate) newline() {
	g.out = append(g.out, '\n')
	g.prefix()
	g.prev, g.bol, g.digits = ' ', true, false
}

// prefix writes what stands before a line in its containers.
func (g *Gate) prefix() {
	for i := range g.containers {
		k := &g.containers[i]
		switch {
		case k.marker == "":
			g.out = append(g.out, "> "...)
		case k.written:
			g.out = append(g.out, strings.Repeat(" ", len(k.marker)+1)...)
		default:
			g.out = append(append(g.out, k.marker...), ' ')
			k.written = true
		}
	}
	g.last = '\n'
}

// emptyLine writes a line that has nothing but what its containers need.
func (g *Gate) emptyLine(depth int) {
	line := ""
	for _, k := range g.containers[:min(depth, len(g.containers))] {
		if k.marker == "" {
			line += "> "
		} else {
			line += strings.Repeat(" ", len(k.marker)+1)
		}
	}
	g.out = append(append(g.out, '\n'), strings.TrimRight(line, " ")...)
}

// inItem reports whether the innermost container is an item of a list.
func (g *Gate) inItem() bool {
	n := len(g.containers)
	return n > 0 && g.containers[n-1].marker != ""
}
