// Package encoder turns text into vectors with a sentence encoder of the BERT
// family, XLM-RoBERTa included, in pure Go with assembly kernels. It reads a
// folder as sentence-transformers writes it: config.json, tokenizer.json
// (WordPiece or Unigram), model.safetensors with float32, float16 or bfloat16
// weights, and the pooling that 1_Pooling/config.json names. The folder is
// authoritative for everything; nothing is downloaded and nothing guessed.
//
// Products run on the best kernels of the processor: bfloat16 with float32
// accumulators where AVX-512 has it, float32 on AVX-512, AVX2 and NEON, and
// portable Go elsewhere. float32 agrees with the reference to 1e-7 by cosine,
// bfloat16 to 1e-4.
//
// An architecture, shape or type that it does not know is an error from Open,
// before any work is done.
package encoder
