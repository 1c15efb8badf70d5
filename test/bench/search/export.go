package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// write puts into dir what peers.py reads: passages and queries as float32 in
// rows, little-endian, the places of the nearest ten passages of the first
// queries, and the dimensions.
func (b *bench) write(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	err := writeVectors(filepath.Join(dir, "passages.f32"), b.passages, b.corpus.Vector)
	if err == nil {
		err = writeVectors(filepath.Join(dir, "queries.f32"), len(b.queries), func(i int) []float32 { return b.queries[i].vector })
	}
	if err != nil {
		return err
	}
	about := struct {
		Dimensions int       `json:"dimensions"`
		Nearest    [][]int64 `json:"nearest"`
	}{Dimensions: b.dimensions}
	for _, q := range b.queries[:min(b.truth, len(b.queries))] {
		places := make([]int64, len(q.best))
		for i, unit := range q.best {
			places[i] = unit - 1
		}
		about.Nearest = append(about.Nearest, places)
	}
	text, err := json.Marshal(about)
	if err != nil {
		return fmt.Errorf("encode the nearest passages: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, "about.json"), text, 0o600)
}

func writeVectors(path string, n int, vector func(int) []float32) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for i := range n {
		if err = binary.Write(w, binary.LittleEndian, vector(i)); err != nil {
			break
		}
	}
	if err == nil {
		err = w.Flush()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
