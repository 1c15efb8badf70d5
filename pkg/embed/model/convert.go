package model

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"

	"panther/pkg/encoder/onnx"
)

// maxExport is what one message of protocol buffers can have, and so an ONNX
// export with its weights in it.
const maxExport = 2 << 30

// convert replaces the ONNX export in dir, if there is no model.safetensors, by
// one. A tokenizer that the model's name stands before gets its usual name.
func convert(dir string) error {
	if Present(dir) {
		return nil
	}
	export := findExport(dir)
	if export == "" {
		return nil // the encoder says what is missing
	}
	st, err := os.Stat(export)
	if err != nil {
		return err
	}
	if st.Size() > maxExport {
		return fmt.Errorf("%s: larger than any export with its weights", filepath.Base(export))
	}
	b, err := os.ReadFile(export)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, "model.safetensors"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := onnx.Convert(w, b); err != nil {
		return fmt.Errorf("convert %s: %w", filepath.Base(export), err)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("convert %s: %w", filepath.Base(export), err)
	}
	if err := os.Remove(export); err != nil {
		return err
	}
	named, err := filepath.Glob(filepath.Join(dir, "*-tokenizer.json"))
	if err == nil && len(named) == 1 {
		err = os.Rename(named[0], filepath.Join(dir, "tokenizer.json"))
	}
	return err
}

// findExport returns the ONNX export of a folder, "" if there is none or which
// one is meant is not clear.
func findExport(dir string) string {
	for _, name := range []string{"onnx/model.onnx", "model.onnx"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return filepath.Join(dir, name)
		}
	}
	if found, err := filepath.Glob(filepath.Join(dir, "*.onnx")); err == nil && len(found) == 1 {
		return found[0]
	}
	return ""
}

// hasModel reports whether dir has weights beside a config.json.
func hasModel(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "config.json"))
	return Present(dir) || err == nil && findExport(dir) != ""
}
