package encodertest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// Export returns the weights of the folder dir as an ONNX export: the weight of
// a linear layer transposed, nameless, and known only by the bias that is added
// to its product.
func Export(t testing.TB, dir string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	n := binary.LittleEndian.Uint64(file)
	var tensors map[string]struct {
		Shape   []int
		Offsets [2]int `json:"data_offsets"`
	}
	if err := json.Unmarshal(file[8:8+n], &tensors); err != nil {
		t.Fatal(err)
	}
	var graph []byte
	for name, x := range tensors {
		data := file[int(8+n)+x.Offsets[0] : int(8+n)+x.Offsets[1]]
		layer, linear := strings.CutSuffix(name, ".weight")
		if !linear || !strings.HasPrefix(name, "encoder.") || strings.HasSuffix(layer, "LayerNorm") {
			graph = message(graph, 5, initializer(name, x.Shape, data))
			continue
		}
		nameless := "onnx::MatMul_" + fmt.Sprint(x.Offsets[0])
		graph = message(graph, 5, initializer(nameless, []int{x.Shape[1], x.Shape[0]}, transpose(data, x.Shape)))
		graph = message(graph, 1, operation("MatMul", layer+"/product", layer+"/input", nameless))
		graph = message(graph, 1, operation("Add", layer+"/sum", layer+".bias", layer+"/product"))
	}
	return message(protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 8), 7, graph)
}

func message(b []byte, field protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), content)
}

func operation(op, output string, inputs ...string) []byte {
	var b []byte
	for _, in := range inputs {
		b = message(b, 1, []byte(in))
	}
	return message(message(b, 2, []byte(output)), 4, []byte(op))
}

func initializer(name string, shape []int, data []byte) []byte {
	var b []byte
	for _, d := range shape {
		b = protowire.AppendVarint(protowire.AppendTag(b, 1, protowire.VarintType), uint64(d))
	}
	b = protowire.AppendVarint(protowire.AppendTag(b, 2, protowire.VarintType), 1)
	return message(message(b, 8, []byte(name)), 9, data)
}

func transpose(data []byte, shape []int) []byte {
	out := make([]byte, len(data))
	for r := range shape[0] {
		for c := range shape[1] {
			copy(out[4*(c*shape[0]+r):][:4], data[4*(r*shape[1]+c):])
		}
	}
	return out
}
