package encoder

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// BenchmarkEmbed measures the real model: passages of fixed length in batches
// of 16, on one core and on all, and a query alone.
//
//	go test ./pkg/encoder -run '^$' -bench Embed -cpu 1,2
func BenchmarkEmbed(b *testing.B) {
	e, err := Open(modelDir(b), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	for _, tokens := range []int{10, 32, 128, 256} {
		batch := 16
		if tokens == 10 {
			batch = 1
		}
		in := make([]Input, batch)
		for i := range in {
			in[i].Text = strings.Repeat("the ", tokens-2)
		}
		b.Run(fmt.Sprintf("tokens=%d/batch=%d", tokens, batch), func(b *testing.B) {
			for b.Loop() {
				if _, err := e.Embed(b.Context(), in, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "texts/s")
		})
	}
}

// BenchmarkEngines compares the kernels on passages of 128 tokens.
func BenchmarkEngines(b *testing.B) {
	for _, name := range Kernels() {
		for _, float := range []bool{true, false} {
			e, err := Open(modelDir(b), Options{Kernels: name, Float32: float})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			if !float && !e.int8s {
				continue
			}
			b.Run(name+"/"+e.Precision(), func(b *testing.B) {
				in := make([]Input, 4)
				for i := range in {
					in[i].Text = strings.Repeat("the ", 126)
				}
				for b.Loop() {
					if _, err := e.Embed(b.Context(), in, nil); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(len(in)*b.N)/b.Elapsed().Seconds(), "texts/s")
			})
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	dir := modelDir(b)
	for b.Loop() {
		e, err := Open(dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		runtime.KeepAlive(e)
		_ = e.Close()
	}
}
