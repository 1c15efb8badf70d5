//go:build !amd64 && !arm64

package encoder

// engines returns what this processor can run, the fastest first.
func engines() []engine { return []engine{portable} }
