package wordvec

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/google/renameio/v2"
)

// A model file is magic, the sha256 of the rest, then little-endian: dims and
// the number of terms as uint32, each term as a length byte and its bytes, the
// scales as float32, the vectors as int8.
const magic = "PANTHWV1"

// maxTermBytes is what the length byte allows; search.Terms makes none longer.
const maxTermBytes = 255

// body writes what follows the checksum.
func (m *Model) body(w io.Writer) error {
	b := bufio.NewWriter(w)
	_ = binary.Write(b, binary.LittleEndian, []uint32{uint32(m.dims), uint32(len(m.terms))})
	for _, t := range m.terms {
		if len(t) > maxTermBytes {
			return fmt.Errorf("term of %d bytes", len(t))
		}
		_ = b.WriteByte(byte(len(t)))
		_, _ = b.WriteString(t)
	}
	_ = binary.Write(b, binary.LittleEndian, m.scale)
	_ = binary.Write(b, binary.LittleEndian, m.vecs)
	return b.Flush() // repeats the first error of any write
}

// digest names the content.
func (m *Model) digest() string {
	h := sha256.New()
	_ = m.body(h)
	return hex.EncodeToString(h.Sum(nil))
}

// Save writes a trained model to path, whole or not at all.
func (m *Model) Save(path string) error {
	var b bytes.Buffer
	if err := m.body(&b); err != nil {
		return fmt.Errorf("save word vectors: %w", err)
	}
	sum := sha256.Sum256(b.Bytes())
	all := append([]byte(magic), sum[:]...)
	if err := renameio.WriteFile(path, append(all, b.Bytes()...), 0o600); err != nil {
		return fmt.Errorf("save word vectors: %w", err)
	}
	return nil
}

// Load reads a model that Save wrote. A file that is damaged is an error.
func Load(path string) (*Model, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load word vectors: %w", err)
	}
	m, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("load word vectors %s: %w", path, err)
	}
	return m, nil
}

var errDamaged = errors.New("the file is damaged")

func parse(b []byte) (*Model, error) {
	head := len(magic) + sha256.Size
	if len(b) < head+8 || string(b[:len(magic)]) != magic {
		return nil, errDamaged
	}
	body := b[head:]
	sum := sha256.Sum256(body)
	if !bytes.Equal(sum[:], b[len(magic):head]) {
		return nil, errDamaged
	}
	dims, n := int(binary.LittleEndian.Uint32(body)), int(binary.LittleEndian.Uint32(body[4:]))
	if dims < 1 || dims > 4096 || n > len(body) {
		return nil, errDamaged
	}
	m := &Model{dims: dims, weight: trainedFuse, trained: true, index: make(map[string]int32, n), terms: make([]string, n),
		name: fmt.Sprintf("words-%d-%.8s", dims, hex.EncodeToString(sum[:]))}
	rest := body[8:]
	for i := range n {
		if len(rest) < 1 || len(rest) < 1+int(rest[0]) {
			return nil, errDamaged
		}
		m.terms[i] = string(rest[1 : 1+int(rest[0])])
		m.index[m.terms[i]] = int32(i)
		rest = rest[1+int(rest[0]):]
	}
	if len(rest) != n*(4+dims) {
		return nil, errDamaged
	}
	m.scale, m.vecs = make([]float32, n), make([]int8, n*dims)
	for i := range m.scale {
		m.scale[i] = math.Float32frombits(binary.LittleEndian.Uint32(rest[4*i:]))
	}
	for i, x := range rest[4*n:] {
		m.vecs[i] = int8(x)
	}
	return m, nil
}
