// Package encoder turns text into vectors with a BERT-family sentence encoder,
// in pure Go with assembly kernels. It reads a folder as sentence-transformers
// writes it: config.json, tokenizer.json (WordPiece), model.safetensors with
// float32 weights, and the pooling that 1_Pooling/config.json names. The folder
// is authoritative for everything; nothing is downloaded and nothing guessed.
// An architecture, shape or type that it does not know is an error from Open,
// before any work is done.
package encoder
