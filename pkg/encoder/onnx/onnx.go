// Package onnx reads the weights out of an ONNX export of an encoder, so that a
// model that is published only in that format runs in pkg/encoder. The graph is
// used for one thing: exporters store the weight of a linear layer transposed
// and without its name, which is that of the bias added to its product. Nothing
// is executed.
//
// The file comes from outside: its lengths are checked, and what is not a plain
// tensor of float32, float16 or bfloat16 inside of the file is left out, so that
// a quantized export lacks its weights rather than giving others.
package onnx

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Fields of onnx.proto3, version 1.16.
const (
	modelGraph = 7

	graphNode, graphInitializer = 1, 5

	nodeInput, nodeOutput, nodeOp = 1, 2, 4

	tensorDims, tensorType, tensorFloats, tensorName, tensorRaw, tensorExternal, tensorLocation = 1, 2, 4, 8, 9, 13, 14
)

// kinds are the safetensors types of the data types that are read.
var kinds = map[int64]kind{1: {"F32", 4}, 10: {"F16", 2}, 16: {"BF16", 2}}

type kind struct {
	name string
	size int
}

// tensor is an initializer where it lies in the file.
type tensor struct {
	kind       kind
	dims       []int
	data       []byte
	transposed bool // as a linear layer of torch has it
}

type node struct {
	op             string
	inputs, output []string
}

// Convert writes the weights of the export model as a safetensors file: each
// parameter under its name in torch and, where it is a linear layer's, with rows
// of outputs.
func Convert(w io.Writer, model []byte) error {
	nodes, tensors, err := readModel(model)
	if err != nil {
		return fmt.Errorf("read ONNX export: %w", err)
	}
	nameWeights(nodes, tensors)
	maps.DeleteFunc(tensors, func(name string, _ tensor) bool { return strings.HasPrefix(name, "onnx::") })
	if len(tensors) == 0 {
		return errors.New("read ONNX export: it has no float weights")
	}
	return write(w, tensors)
}

func readModel(model []byte) ([]node, map[string]tensor, error) {
	var (
		nodes   []node
		tensors = map[string]tensor{}
	)
	err := fields(model, func(n protowire.Number, _ uint64, graph []byte) error {
		if n != modelGraph {
			return nil
		}
		return fields(graph, func(n protowire.Number, _ uint64, b []byte) error {
			switch n {
			case graphNode:
				x, err := readNode(b)
				nodes = append(nodes, x)
				return err
			case graphInitializer:
				name, t, err := readTensor(b)
				if err == nil && t.data != nil {
					tensors[name] = t
				}
				return err
			}
			return nil
		})
	})
	return nodes, tensors, err
}

// fields calls f for each field of a message with its number, or its bytes.
func fields(b []byte, f func(n protowire.Number, v uint64, data []byte) error) error {
	for len(b) > 0 {
		n, typ, size := protowire.ConsumeTag(b)
		if size < 0 {
			return protowire.ParseError(size)
		}
		b = b[size:]
		var (
			v    uint64
			data []byte
		)
		switch typ {
		case protowire.VarintType:
			v, size = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			data, size = protowire.ConsumeBytes(b)
		default:
			size = protowire.ConsumeFieldValue(n, typ, b)
		}
		if size < 0 {
			return protowire.ParseError(size)
		}
		if err := f(n, v, data); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

func readNode(b []byte) (x node, err error) {
	return x, fields(b, func(n protowire.Number, _ uint64, data []byte) error {
		switch n {
		case nodeInput:
			x.inputs = append(x.inputs, string(data))
		case nodeOutput:
			x.output = append(x.output, string(data))
		case nodeOp:
			x.op = string(data)
		}
		return nil
	})
}

// readTensor returns a tensor without data if it is of another kind, or not in
// this file.
func readTensor(b []byte) (name string, t tensor, err error) {
	elsewhere := false
	err = fields(b, func(n protowire.Number, v uint64, data []byte) error {
		switch n {
		case tensorDims:
			dims, err := integers(v, data)
			t.dims = append(t.dims, dims...)
			return err
		case tensorType:
			t.kind = kinds[int64(v)]
		case tensorFloats, tensorRaw: // packed floats are little-endian, as raw data is
			t.data = data
		case tensorName:
			name = string(data)
		case tensorExternal:
			elsewhere = true
		case tensorLocation:
			elsewhere = elsewhere || v != 0
		}
		return nil
	})
	if err != nil || elsewhere || t.kind.size == 0 {
		t.data = nil
		return name, t, err
	}
	want := t.kind.size
	for _, d := range t.dims {
		if d < 0 || d > math.MaxInt32 || want > math.MaxInt32 {
			return name, t, fmt.Errorf("tensor %q has shape %v", name, t.dims)
		}
		want *= d
	}
	if want != len(t.data) {
		return name, t, fmt.Errorf("tensor %q has %d bytes, its shape needs %d", name, len(t.data), want)
	}
	return name, t, nil
}

// integers reads a repeated number, packed or not.
func integers(v uint64, packed []byte) ([]int, error) {
	if packed == nil {
		return []int{int(v)}, nil
	}
	var out []int
	for len(packed) > 0 {
		v, n := protowire.ConsumeVarint(packed)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		out, packed = append(out, int(v)), packed[n:]
	}
	return out, nil
}

// nameWeights gives the weight of every product that a named bias is added to
// that bias's name.
func nameWeights(nodes []node, tensors map[string]tensor) {
	weightOf := map[string]string{} // by the product's name
	for _, x := range nodes {
		if x.op == "MatMul" && len(x.inputs) == 2 && len(x.output) == 1 {
			if t, ok := tensors[x.inputs[1]]; ok && len(t.dims) == 2 {
				weightOf[x.output[0]] = x.inputs[1]
			}
		}
	}
	for _, x := range nodes {
		if x.op != "Add" || len(x.inputs) != 2 {
			continue
		}
		for i, bias := range x.inputs {
			layer, named := strings.CutSuffix(bias, ".bias")
			weight, product := weightOf[x.inputs[1-i]]
			if named && product {
				t := tensors[weight]
				t.transposed = true
				tensors[layer+".weight"] = t
			}
		}
	}
}

// write writes the tensors by name.
func write(w io.Writer, tensors map[string]tensor) error {
	type entry struct {
		Type    string `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
	}
	header, at := map[string]entry{}, 0
	names := slices.Sorted(maps.Keys(tensors))
	for _, name := range names {
		t := tensors[name]
		shape := append([]int{}, t.dims...)
		if t.transposed {
			slices.Reverse(shape)
		}
		header[name] = entry{t.kind.name, shape, [2]int{at, at + len(t.data)}}
		at += len(t.data)
	}
	b, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("write weights: %w", err)
	}
	for len(b)%8 != 0 { // aligns what follows
		b = append(b, ' ')
	}
	b = append(binary.LittleEndian.AppendUint64(nil, uint64(len(b))), b...)
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("write weights: %w", err)
	}
	for _, name := range names {
		if _, err := w.Write(tensors[name].rows()); err != nil {
			return fmt.Errorf("write weights: %w", err)
		}
	}
	return nil
}

// rows returns the values in the order in which they are written.
func (t tensor) rows() []byte {
	if !t.transposed {
		return t.data
	}
	from, to, size := t.dims[0], t.dims[1], t.kind.size
	out := make([]byte, 0, len(t.data))
	for c := range to {
		for r := range from {
			at := (r*to + c) * size
			out = append(out, t.data[at:at+size]...)
		}
	}
	return out
}
