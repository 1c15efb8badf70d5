package embed

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
)

// cache keeps vectors of passages in a file of fixed size: a hash table of sets
// of cacheWays slots, so that opening costs nothing, nothing has to be written
// back, and the bound holds by construction. A slot that a crash tore fails its
// checksum and counts as empty. A nil cache keeps nothing. Slots are read and
// written with pread and pwrite, so that several goroutines may use it; two
// writers of one slot at worst tear it.
type cache struct {
	file *os.File
	salt [32]byte
	dims int
	sets uint64
}

const (
	cacheWays = 4
	keySize   = 16              // of a sha256; 2^-64 is the chance of two texts in 2^32 to collide
	slotHead  = keySize + 4 + 4 // key, checksum, tokens with cutBit
	cutBit    = 1 << 31         // the text was longer than what was embedded
)

// cached is what the cache keeps of a passage.
type cached struct {
	vec    []float32
	tokens int
	cut    bool
}

// openCache opens the cache of an embedding space in dir and removes those of
// other spaces, which nobody asks for any more. space must change whenever the
// vectors would.
func openCache(dir, space string, dims int, size int64) (*cache, error) {
	if dir == "" || size == 0 || dims == 0 {
		return nil, nil
	}
	c := &cache{salt: sha256.Sum256([]byte(space)), dims: dims}
	c.sets = uint64(size) / uint64(c.slot()*cacheWays)
	if c.sets == 0 {
		return nil, nil
	}
	name := filepath.Join(dir, fmt.Sprintf("vectors-%x-%d.cache", c.salt[:8], c.sets))
	old, err := filepath.Glob(filepath.Join(dir, "vectors-*.cache"))
	if err != nil {
		return nil, fmt.Errorf("open cache: %w", err)
	}
	for _, o := range old {
		if o != name {
			_ = os.Remove(o)
		}
	}
	if c.file, err = os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, fmt.Errorf("open cache: %w", err)
	}
	return c, nil
}

func (c *cache) slot() int { return slotHead + 4*c.dims }

func (c *cache) key(in string) (key [keySize]byte, set int64) {
	h := sha256.New()
	h.Write(c.salt[:])
	_, _ = io.WriteString(h, in)
	var sum [32]byte
	h.Sum(sum[:0])
	copy(key[:], sum[:])
	return key, int64(binary.LittleEndian.Uint64(sum[16:]) % c.sets)
}

// get returns what is kept of a text.
func (c *cache) get(text string) (v cached, ok bool) {
	if c == nil {
		return v, false
	}
	key, set := c.key(text)
	buf := make([]byte, cacheWays*c.slot())
	n, err := c.file.ReadAt(buf, set*int64(len(buf)))
	if err != nil && !errors.Is(err, io.EOF) {
		return v, false
	}
	for at := 0; at+c.slot() <= n; at += c.slot() {
		s := buf[at : at+c.slot()]
		if [keySize]byte(s[:keySize]) == key && binary.LittleEndian.Uint32(s[keySize:]) == checksum(s) {
			v.vec = make([]float32, c.dims)
			for i := range v.vec {
				v.vec[i] = math.Float32frombits(binary.LittleEndian.Uint32(s[slotHead+4*i:]))
			}
			n := binary.LittleEndian.Uint32(s[keySize+4:])
			v.tokens, v.cut = int(n&^cutBit), n&cutBit != 0
			return v, true
		}
	}
	return v, false
}

// put stores v for a text. A full set loses the slot that the key's first byte
// picks. Errors lose only the entry.
func (c *cache) put(text string, v cached) {
	if c == nil || len(v.vec) != c.dims {
		return
	}
	key, set := c.key(text)
	base := set * int64(cacheWays*c.slot())
	way := int(key[0]) % cacheWays
	head := make([]byte, keySize)
	for w := range cacheWays {
		n, _ := c.file.ReadAt(head, base+int64(w*c.slot()))
		if n < keySize || [keySize]byte(head) == [keySize]byte{} || [keySize]byte(head) == key {
			way = w
			break
		}
	}
	s := make([]byte, c.slot())
	copy(s, key[:])
	for i, x := range v.vec {
		binary.LittleEndian.PutUint32(s[slotHead+4*i:], math.Float32bits(x))
	}
	n := uint32(v.tokens)
	if v.cut {
		n |= cutBit
	}
	binary.LittleEndian.PutUint32(s[keySize+4:], n)
	binary.LittleEndian.PutUint32(s[keySize:], checksum(s))
	_, _ = c.file.WriteAt(s, base+int64(way*c.slot()))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum covers everything but itself.
func checksum(slot []byte) uint32 {
	return crc32.Update(crc32.Checksum(slot[:keySize], castagnoli), castagnoli, slot[keySize+4:])
}

func (c *cache) close() error {
	if c == nil {
		return nil
	}
	return c.file.Close()
}
