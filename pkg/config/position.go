package config

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// position finds the line and column of a dotted key ("embed.url",
// "source.1.url" for the second table of an array) in a document that parses.
// It returns the place of the deepest prefix that is there, or 0, 0.
func position(b []byte, key string) (line, column int) {
	want := strings.Split(key, ".")
	var (
		p     unstable.Parser
		table []string
		count = map[string]int{}
		best  int
		at    = -1
	)
	p.Reset(b)
	for p.NextExpression() {
		e := p.Expression()
		path, off := keyPath(e)
		switch e.Kind {
		case unstable.ArrayTable:
			name := strings.Join(path, ".")
			table = append(path, strconv.Itoa(count[name]))
			count[name]++
			path = table
		case unstable.Table:
			table = path
		case unstable.KeyValue:
			path = append(append([]string(nil), table...), path...)
		default:
			continue
		}
		if n := commonPrefix(path, want); n == len(path) && n > best {
			best, at = n, off
		}
	}
	if at < 0 {
		return 0, 0
	}
	before := b[:at]
	return bytes.Count(before, []byte("\n")) + 1, at - bytes.LastIndexByte(before, '\n')
}

func keyPath(e *unstable.Node) (path []string, offset int) {
	offset = -1
	for it := e.Key(); it.Next(); {
		n := it.Node()
		if offset < 0 {
			offset = int(n.Raw.Offset)
		}
		path = append(path, string(n.Data))
	}
	return path, max(offset, 0)
}

func commonPrefix(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
