// Package postings is the inverted index of the PostgreSQL store without its
// tables: how postings are encoded into blocks, merged, and ranked with BM25. It
// keeps nothing and reads nothing; package postgres does both. Bytes that are no
// block give ErrCorrupt and never a panic.
//
// # Blocks
//
// A block holds up to 2048 postings of one term in order of units. It begins with
// its peaks, the postings that no other beats in both frequency and length:
//
//	uvarint  number of peaks
//	each     uvarint freq, uvarint length
//
// What BM25 makes of the best of them bounds every score of the block, whatever
// the averages of the corpus have become since it was written. Groups of 64
// postings follow, bit-packed in columns as in Lucene and PISA:
//
//	3 bytes  widths of the columns in bits
//	uvarint  last unit - last unit of the group before, or Block.First
//	column   unit - unit before
//	column   freq - 1
//	column   length of the unit in terms
//
// Columns end at whole bytes. A posting of a common term takes under two bytes,
// and a group is passed over by its first five.
//
// # Ranking
//
// Top is MaxScore (Turtle and Flood 1995) by windows of 4096 units with the block
// maxima of each window (Ding and Suel 2011), which is how Lucene ranks
// disjunctions too. Terms are in order of weight. From some term on (the
// non-essential lists) all of them together cannot lift a unit into the best that
// are known so far; a window scores the lists before completely, which leaves
// candidates, and looks up only those in the others, one list after another,
// while they can still get there. A score is the same sum in the same order as
// without all this, so the result is that of scoring everything, bit for bit.
package postings

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// BlockSize is how many postings a block has at most. PostgreSQL sends large rows
// faster than small ones: blocks of 512 took half as long again to read.
const BlockSize = 2048

// blockBytes is how long a block is at most, of whatever postings: two make a
// page.
const blockBytes = 4000

// ErrCorrupt says that the bytes of a block are not what Encode wrote.
var ErrCorrupt = errors.New("corrupt block of postings")

// Posting says how often a term occurs in a unit.
type Posting struct {
	Unit int64
	Freq uint32 // at least 1
	Len  uint32 // of the unit, in terms
}

// Block is a run of postings of one term. Gone blocks hold units that are no
// longer there; they cancel the same units in other blocks.
type Block struct {
	First, Last int64
	N           int
	Gone        bool
	Data        []byte
}

// Encode makes one block of postings, which are not empty and ordered by unit.
func Encode(ps []Posting) Block {
	b := Block{First: ps[0].Unit, Last: ps[len(ps)-1].Unit, N: len(ps)}
	b.Data = appendPeaks(make([]byte, 0, 2*len(ps)+16), ps)
	last := b.First
	for group := range slices.Chunk(ps, groupSize) {
		b.Data = appendGroup(b.Data, group, last)
		last = group[len(group)-1].Unit
	}
	return b
}

// Blocks makes as many blocks as the postings need.
func Blocks(ps []Posting) (out []Block) {
	for len(ps) > 0 {
		n := min(len(ps), BlockSize)
		b := Encode(ps[:n])
		for len(b.Data) > blockBytes {
			n /= 2
			b = Encode(ps[:n])
		}
		out, ps = append(out, b), ps[n:]
	}
	return out
}

// maxPeaks is how many peaks a block keeps: most have two to four.
const maxPeaks = 8

// appendPeaks writes the postings that no other beats, the most frequent first.
// Beyond maxPeaks the rest become one that beats them all.
func appendPeaks(data []byte, ps []Posting) []byte {
	var peaks []Posting
	beats := func(x, y Posting) bool { return x.Freq >= y.Freq && x.Len <= y.Len }
	for _, p := range ps {
		if !slices.ContainsFunc(peaks, func(q Posting) bool { return beats(q, p) }) {
			peaks = append(slices.DeleteFunc(peaks, func(q Posting) bool { return beats(p, q) }), p)
		}
	}
	slices.SortFunc(peaks, func(x, y Posting) int { return cmp.Compare(y.Freq, x.Freq) })
	if n := len(peaks); n > maxPeaks {
		peaks[maxPeaks-1].Len = peaks[n-1].Len // the shortest
		peaks = peaks[:maxPeaks]
	}
	data = binary.AppendUvarint(data, uint64(len(peaks)))
	for _, p := range peaks {
		data = binary.AppendUvarint(data, uint64(p.Freq))
		data = binary.AppendUvarint(data, uint64(p.Len))
	}
	return data
}

// Decode appends the postings of a block to dst.
func (b *Block) Decode(dst []Posting) ([]Posting, error) {
	start := len(dst)
	var c cursor
	if err := c.open(b, nil); err != nil {
		return dst, err
	}
	for {
		if !c.decode() {
			return dst, c.corrupt()
		}
		for i, u := range c.units[:c.n] {
			freq := c.freqs.at(i) + 1
			if len(dst) > start && u <= dst[len(dst)-1].Unit || freq > maxFreq {
				return dst, c.corrupt()
			}
			dst = append(dst, Posting{Unit: u, Freq: uint32(freq), Len: uint32(c.lens.at(i))})
		}
		if c.left == 0 {
			break
		}
		if !c.next() {
			return dst, c.corrupt()
		}
	}
	if len(c.data) > 0 || c.last != b.Last {
		return dst, fmt.Errorf("%w: %d bytes too many, last unit %d instead of %d", ErrCorrupt, len(c.data), c.last, b.Last)
	}
	return dst, nil
}

// Merge returns the postings of all blocks without those that are gone, in order
// of units.
func Merge(blocks []Block) ([]Posting, error) {
	var here, gone []Posting
	var err error
	for i := range blocks {
		into := &here
		if blocks[i].Gone {
			into = &gone
		}
		if *into, err = blocks[i].Decode(*into); err != nil {
			return nil, err
		}
	}
	byUnit := func(a, b Posting) int { return cmp.Compare(a.Unit, b.Unit) }
	slices.SortFunc(here, byUnit)
	slices.SortFunc(gone, byUnit)
	out := here[:0]
	for _, p := range here {
		for len(gone) > 0 && gone[0].Unit < p.Unit {
			gone = gone[1:]
		}
		if len(gone) == 0 || gone[0].Unit != p.Unit {
			out = append(out, p)
		}
	}
	return out, nil
}
