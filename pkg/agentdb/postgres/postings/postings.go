// Package postings is the inverted index of the PostgreSQL store without its
// tables: how postings are encoded into blocks, merged, and scored with BM25. It
// keeps nothing and reads nothing; package postgres does both. Bytes that are no
// block give ErrCorrupt and never a panic.
//
// A block holds postings of one term in order of units. Each is encoded as
//
//	uvarint  (unit - unit before) << 1 | (1 if freq > 1)    the first counts from Block.First
//	uvarint  freq - 2                                        only if freq > 1
//	uvarint  length of the unit in terms
//
// which is two or three bytes for a term that is common.
package postings

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// BlockSize is how many postings a block has at most: at three bytes each, a
// block stays below the 2 kB from which PostgreSQL would move it elsewhere.
const BlockSize = 512

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
	b := Block{First: ps[0].Unit, Last: ps[len(ps)-1].Unit, N: len(ps), Data: make([]byte, 0, 3*len(ps))}
	prev := b.First
	for _, p := range ps {
		gap := uint64(p.Unit-prev) << 1
		prev = p.Unit
		if p.Freq > 1 {
			b.Data = binary.AppendUvarint(b.Data, gap|1)
			b.Data = binary.AppendUvarint(b.Data, uint64(p.Freq-2))
		} else {
			b.Data = binary.AppendUvarint(b.Data, gap)
		}
		b.Data = binary.AppendUvarint(b.Data, uint64(p.Len))
	}
	return b
}

// Blocks makes as many blocks as the postings need.
func Blocks(ps []Posting) []Block {
	var out []Block
	for part := range slices.Chunk(ps, BlockSize) {
		out = append(out, Encode(part))
	}
	return out
}

// reader decodes a block from its start.
type reader struct {
	data []byte
	unit int64
	left int
}

func (b *Block) reader() reader { return reader{data: b.Data, unit: b.First, left: b.N} }

// maxUnit bounds what is taken for a unit, so that sums of units do not
// overflow.
const maxUnit = 1 << 62

// next decodes one posting; ok is false if the bytes are no posting.
func (r *reader) next() (p Posting, ok bool) {
	d := r.data
	if len(d) >= 3 && d[0]&1 == 0 && d[0] < 0x80 && r.unit >= 0 { // a near neighbour that has the term once
		if d[1] < 0x80 {
			r.unit += int64(d[0] >> 1)
			r.data = d[2:]
			r.left--
			return Posting{Unit: r.unit, Freq: 1, Len: uint32(d[1])}, r.unit <= maxUnit
		}
		if d[2] < 0x80 {
			r.unit += int64(d[0] >> 1)
			r.data = d[3:]
			r.left--
			return Posting{Unit: r.unit, Freq: 1, Len: uint32(d[1]&0x7f) | uint32(d[2])<<7}, r.unit <= maxUnit
		}
	}
	v, i := binary.Uvarint(d)
	if i <= 0 || v>>1 > maxUnit || r.unit < 0 {
		return p, false
	}
	r.unit += int64(v >> 1)
	freq := uint64(1)
	if v&1 != 0 {
		f, n := binary.Uvarint(d[i:])
		if n <= 0 {
			return p, false
		}
		i += n
		freq = f + 2
	}
	length, n := binary.Uvarint(d[i:])
	if n <= 0 || freq > math.MaxUint32 || length > math.MaxUint32 || r.unit > maxUnit {
		return p, false
	}
	r.data = d[i+n:]
	r.left--
	return Posting{Unit: r.unit, Freq: uint32(freq), Len: uint32(length)}, true
}

// Decode appends the postings of a block to dst.
func (b *Block) Decode(dst []Posting) ([]Posting, error) {
	r := b.reader()
	for r.left > 0 {
		p, ok := r.next()
		if !ok {
			return dst, fmt.Errorf("%w: %d of %d postings are missing", ErrCorrupt, r.left, b.N)
		}
		dst = append(dst, p)
	}
	if len(r.data) > 0 || r.unit != b.Last {
		return dst, fmt.Errorf("%w: %d bytes too many, last unit %d instead of %d", ErrCorrupt, len(r.data), r.unit, b.Last)
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
