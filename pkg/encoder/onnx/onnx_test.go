package onnx

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"panther/pkg/encoder"
	"panther/pkg/encoder/encodertest"
)

func TestConvertedModelGivesTheSameVectors(t *testing.T) {
	t.Parallel()
	dir := encodertest.Tiny(t)
	want := vector(t, dir)
	export := encodertest.Export(t, dir)
	var b bytes.Buffer
	if err := Convert(&b, export); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "model.safetensors"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := vector(t, dir); !slices.Equal(got, want) {
		t.Errorf("vector %v, want %v", got[:4], want[:4])
	}
}

func vector(t *testing.T, dir string) []float32 {
	t.Helper()
	e, err := encoder.Open(dir, encoder.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	r, err := e.Embed(t.Context(), []encoder.Input{{Text: "running cafe"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.Vectors[0]
}

// message is a field of bytes.
func message(field protowire.Number, content ...byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), content)
}

// weights is a model with one initializer of these fields.
func weights(fields ...[]byte) []byte {
	return message(modelGraph, message(graphInitializer, slices.Concat(fields...)...)...)
}

func TestConvertRefuses(t *testing.T) {
	t.Parallel()
	name, one := message(tensorName, 'w'), []byte{tensorDims << 3, 1}
	float := []byte{tensorType << 3, 1}
	for _, c := range []struct {
		name   string
		export []byte
		want   string
	}{
		{"nothing", nil, "no float weights"},
		{"no protocol buffers", []byte("PK\x03\x04 and more"), "read ONNX export"},
		{"cut off", weights(name, float, one, message(tensorRaw, 0, 0, 0, 0))[:12], "read ONNX export"},
		{"short data", weights(name, float, one, message(tensorRaw, 0, 0)), "has 2 bytes"},
		{"negative shape", weights(name, float, protowire.AppendVarint([]byte{tensorDims << 3}, 1<<64-1), message(tensorRaw)), "has shape"},
		{"huge shape", weights(name, float, message(tensorDims, slices.Repeat([]byte{0xff, 0xff, 0xff, 0xff, 7}, 3)...), message(tensorRaw)), "has shape"},
		{"quantized", weights(name, []byte{tensorType << 3, 3}, one, message(tensorRaw, 7)), "no float weights"},
		{"data in another file", weights(name, float, one, message(tensorExternal), message(tensorRaw, 0, 0, 0, 0)), "no float weights"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := Convert(io.Discard, c.export); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestConvertReadsPackedNumbers(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	err := Convert(&b, weights(message(tensorName, 'w'), []byte{tensorType << 3, 10}, message(tensorDims, 2, 1), message(tensorRaw, 1, 2, 3, 4)))
	if err != nil || !strings.Contains(b.String(), `"w":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]}`) || !bytes.HasSuffix(b.Bytes(), []byte{1, 2, 3, 4}) {
		t.Errorf("wrote %q, error %v", b.String(), err)
	}
}

func FuzzConvert(f *testing.F) {
	f.Add(encodertest.Export(f, encodertest.Tiny(f))[:4096])
	f.Add(weights(message(tensorName, 'w'), []byte{tensorType << 3, 1}, []byte{tensorDims << 3, 1}, message(tensorRaw, 0, 0, 0, 0)))
	f.Fuzz(func(_ *testing.T, b []byte) { _ = Convert(io.Discard, b) })
}
