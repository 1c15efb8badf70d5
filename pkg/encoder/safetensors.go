package encoder

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"syscall"
	"unsafe"

	"github.com/x448/float16"
)

// maxHeader bounds the JSON header of a weights file; real ones have 10 to 100 KB.
const maxHeader = 16 << 20

// weights is a memory-mapped safetensors file.
type weights struct {
	data   []byte // the whole mapping
	body   []byte // what follows the header
	byName map[string]tensorInfo
}

type tensorInfo struct {
	Type    string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

func openWeights(path string) (*weights, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.Size() < 8 {
		return nil, fmt.Errorf("%s: the file is truncated: %d bytes", path, st.Size())
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(st.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	w := &weights{data: data}
	if w.byName, w.body, err = parseHeader(data); err != nil {
		_ = w.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return w, nil
}

// Close unmaps the file.
func (w *weights) Close() error { return syscall.Munmap(w.data) }

// release lets the kernel take back the pages that were read: what is needed
// again, as the embeddings of words in use, comes back from the page cache.
func (w *weights) release() { _ = syscall.Madvise(w.data, syscall.MADV_DONTNEED) }

// parseHeader reads the header of the safetensors format: its length as a
// little-endian uint64, then JSON, then the tensors.
func parseHeader(data []byte) (map[string]tensorInfo, []byte, error) {
	if len(data) < 8 {
		return nil, nil, errors.New("the file is truncated")
	}
	n := binary.LittleEndian.Uint64(data)
	if n > maxHeader || n > uint64(len(data)-8) {
		return nil, nil, fmt.Errorf("the header claims %d bytes: truncated, or not a safetensors file", n)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data[8:8+n], &raw); err != nil {
		return nil, nil, fmt.Errorf("read header: %w", err)
	}
	body := data[8+n:]
	infos := make(map[string]tensorInfo, len(raw))
	for name, r := range raw {
		if name == "__metadata__" {
			continue
		}
		var t tensorInfo
		if err := json.Unmarshal(r, &t); err != nil {
			return nil, nil, fmt.Errorf("read header of %s: %w", name, err)
		}
		if t.Offsets[0] < 0 || t.Offsets[1] < t.Offsets[0] || t.Offsets[1] > int64(len(body)) {
			return nil, nil, fmt.Errorf("tensor %s ends at byte %d of %d: the file is truncated", name, t.Offsets[1], len(body))
		}
		infos[name] = t
	}
	return infos, body, nil
}

// tensor is the values of a tensor where they lie in the file.
type tensor struct {
	kind string // F32, F16 or BF16
	data []byte
}

// tensor returns the tensor of that name, which must have that shape.
func (w *weights) tensor(name string, shape ...int) (tensor, error) {
	t, ok := w.byName[name]
	if !ok {
		return tensor{}, fmt.Errorf("tensor %s is missing", name)
	}
	size := 2
	switch t.Type {
	case "F16", "BF16":
	case "F32":
		size = 4
	default:
		return tensor{}, fmt.Errorf("tensor %s is %s, only F32, F16 and BF16 are supported", name, t.Type)
	}
	if !slices.Equal(t.Shape, shape) {
		return tensor{}, fmt.Errorf("tensor %s has shape %v, config.json asks for %v", name, t.Shape, shape)
	}
	n := size
	for _, s := range shape {
		n *= s
	}
	b := w.body[t.Offsets[0]:t.Offsets[1]]
	if len(b) != n {
		return tensor{}, fmt.Errorf("tensor %s has %d bytes, its shape needs %d", name, len(b), n)
	}
	return tensor{t.Type, b}, nil
}

// floats returns all values, without a copy where the file has them as this
// processor does.
func (t tensor) floats() []float32 {
	if t.kind == "F32" && uintptr(unsafe.Pointer(unsafe.SliceData(t.data)))%4 == 0 && littleEndian {
		return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(t.data))), len(t.data)/4)
	}
	n := len(t.data) / 2
	if t.kind == "F32" {
		n /= 2
	}
	out := make([]float32, n)
	t.row(out, 0)
	return out
}

// row sets dst to the values of row i of a table that is as wide as dst.
func (t tensor) row(dst []float32, i int) {
	n := len(dst)
	switch t.kind {
	case "F32":
		for j, b := 0, t.data[4*i*n:]; j < n; j++ {
			dst[j] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*j:]))
		}
	case "F16":
		for j, b := 0, t.data[2*i*n:]; j < n; j++ {
			dst[j] = float16.Frombits(binary.LittleEndian.Uint16(b[2*j:])).Float32()
		}
	case "BF16":
		for j, b := 0, t.data[2*i*n:]; j < n; j++ {
			dst[j] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(b[2*j:])) << 16)
		}
	}
}

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1
