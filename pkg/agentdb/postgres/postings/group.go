package postings

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// groupSize is how many postings are packed together, and the least that is
// decoded to look at one.
const groupSize = 64

// What is taken for a unit, so that sums of units do not overflow, and for a
// frequency.
const (
	maxUnit = 1 << 62
	maxFreq = math.MaxUint32
)

// appendGroup packs up to 64 postings that follow a unit.
func appendGroup(data []byte, ps []Posting, last int64) []byte {
	var columns [3][groupSize]uint64
	var all [3]uint64
	unit := last
	for i, p := range ps {
		for c, v := range [3]uint64{uint64(p.Unit - unit), uint64(p.Freq - 1), uint64(p.Len)} {
			columns[c][i] = v
			all[c] |= v
		}
		unit = p.Unit
	}
	for _, v := range all {
		data = append(data, byte(bits.Len64(v)))
	}
	data = binary.AppendUvarint(data, uint64(unit-last))
	for c := range columns {
		data = pack(data, columns[c][:len(ps)], bits.Len64(all[c]))
	}
	return data
}

// pack appends values of some bits each, from the lowest bit of the first byte
// on.
func pack(data []byte, values []uint64, width int) []byte {
	start := len(data)
	data = append(data, make([]byte, packedSize(len(values), width))...)
	for i, v := range values {
		for bit, end := i*width, (i+1)*width; bit < end; {
			n := min(8-bit&7, end-bit)
			data[start+bit>>3] |= byte(v&(1<<n-1)) << (bit & 7)
			v >>= n
			bit += n
		}
	}
	return data
}

func packedSize(n, width int) int { return (n*width + 7) / 8 }

// column is values as pack left them, with nine bytes more behind them.
type column struct {
	data  []byte
	width int
	mask  uint64
}

func newColumn(data []byte, width int) column { return column{data, width, 1<<width - 1} }

// at returns a value of up to 56 bits.
func (c *column) at(i int) uint64 {
	bit := i * c.width
	return binary.LittleEndian.Uint64(c.data[bit>>3:]) >> (bit & 7) & c.mask
}

// wide returns a value of up to 64 bits.
func (c *column) wide(i int) uint64 {
	bit := i * c.width
	return (binary.LittleEndian.Uint64(c.data[bit>>3:])>>(bit&7) | uint64(c.data[bit>>3+8])<<(64-bit&7)) & c.mask
}

// cursor reads a block, group by group.
type cursor struct {
	end   int64   // last unit of the block
	dense float64 // postings in a window
	bound float64 // the most that one of its postings adds to a score for each unit of weight
	data  []byte  // behind the group
	left  int     // postings in data

	before, last int64 // units of the group are from the one to the other
	n            int   // postings of the group
	gaps         int   // width of the units
	packed       []byte
	decoded      bool
	units        [groupSize]int64 // if decoded, and so are the columns
	freqs, lens  column
	at           int // the posting that comes next, if decoded
	buf          []byte
}

// open moves to the first group of a block, and computes its bound if there is a
// model to do so.
func (c *cursor) open(b *Block, m *model) error {
	c.end, c.data, c.left, c.last = b.Last, b.Data, b.N, b.First
	if b.N <= 0 || b.First < 0 || b.Last < b.First || b.Last > maxUnit {
		return c.corrupt()
	}
	c.bound, c.dense = 0, float64(b.N)*window/float64(b.Last-b.First+1)
	for n := c.uvarint(); n > 0 && len(c.data) > 0; n-- {
		f, l := c.uvarint(), c.uvarint()
		if m != nil {
			c.bound = max(c.bound, m.gain(f, l))
		}
	}
	if !c.next() {
		return c.corrupt()
	}
	return nil
}

func (c *cursor) uvarint() uint64 {
	v, n := binary.Uvarint(c.data)
	if n <= 0 {
		c.data = nil
		return 0
	}
	c.data = c.data[n:]
	return v
}

// next moves to the next group without decoding it; ok is false if the bytes are
// no group.
func (c *cursor) next() (ok bool) {
	if len(c.data) < 4 {
		return false
	}
	gaps, freqs, lens := int(c.data[0]), int(c.data[1]), int(c.data[2])
	c.data = c.data[3:]
	span := c.uvarint()
	if gaps > 62 || freqs > 32 || lens > 32 || span > maxUnit {
		return false
	}
	c.n = min(c.left, groupSize)
	g, f, l := packedSize(c.n, gaps), packedSize(c.n, freqs), packedSize(c.n, lens)
	if len(c.data) < g+f+l {
		return false
	}
	c.packed, c.data = c.data[:g+f+l], c.data[g+f+l:]
	c.freqs, c.lens = newColumn(nil, freqs), newColumn(nil, lens)
	c.left -= c.n
	c.before, c.last = c.last, c.last+int64(span)
	c.gaps, c.decoded, c.at = gaps, false, 0
	return uint64(c.last) <= maxUnit
}

// seek moves to the first group that ends at a unit or behind it; ok is false if
// the bytes are no group. The block has such a group.
func (c *cursor) seek(unit int64) (ok bool) {
	for c.last < unit {
		if c.left == 0 || !c.next() {
			return false
		}
	}
	return true
}

// from returns a unit before which the block has none, of those that it has from
// a unit on. Over a long stretch without any it is the next that there is.
func (c *cursor) from(unit int64) (next int64, ok bool) {
	if !c.seek(unit) {
		return 0, false
	}
	if c.before >= unit || c.last-unit < 4*window {
		return max(unit, c.before), true
	}
	if !c.decode() {
		return 0, false
	}
	for c.units[c.at] < unit {
		c.at++
	}
	return c.units[c.at], true
}

// decode unpacks the units of the group; ok is false if they are none.
func (c *cursor) decode() (ok bool) {
	if c.decoded {
		return true
	}
	// A column is read eight bytes at a time, which may be beyond the end of the block.
	c.buf = append(append(c.buf[:0], c.packed...), 0, 0, 0, 0, 0, 0, 0, 0, 0)
	lens := len(c.packed) - packedSize(c.n, c.lens.width)
	c.lens.data = c.buf[lens:]
	c.freqs.data = c.buf[lens-packedSize(c.n, c.freqs.width):]
	unit, gaps := c.before, newColumn(c.buf, c.gaps)
	if c.gaps <= 50 { // so that the sum cannot overflow
		for i := range c.units[:c.n] {
			unit += int64(gaps.at(i))
			c.units[i] = unit
		}
	} else {
		for i := range c.units[:c.n] {
			if unit += int64(gaps.wide(i)); uint64(unit) > maxUnit {
				return false
			}
			c.units[i] = unit
		}
	}
	c.decoded = true
	return unit == c.last
}

func (c *cursor) corrupt() error {
	return fmt.Errorf("%w: %d postings are missing after unit %d", ErrCorrupt, c.left, c.last)
}
