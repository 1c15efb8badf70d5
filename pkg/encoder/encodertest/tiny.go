// Package encodertest makes models for tests that need no download.
package encodertest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Tiny writes a random model of two layers with 64 dimensions, a vocabulary of
// 12 and 16 positions, or with these words and 256 positions, to a folder of its
// own, and returns that.
func Tiny(t testing.TB, words ...string) string {
	t.Helper()
	dir := t.TempDir()
	const h, f = 64, 128
	positions := 16
	if len(words) > 0 {
		positions = 256
	}
	known := `"[UNK]":0,"[CLS]":1,"[SEP]":2,"[MASK]":3,"run":4,"##ning":5,"cafe":6,",":7,"東":8,"京":9,"a":10,"##b":11`
	vocab := 12
	for _, w := range words {
		known += fmt.Sprintf(",%q:%d", w, vocab)
		vocab++
	}
	Write(t, dir, "config.json", fmt.Sprintf(`{"model_type":"bert","hidden_size":64,"num_hidden_layers":2,"num_attention_heads":2,
		"intermediate_size":128,"max_position_embeddings":%d,"type_vocab_size":2,"vocab_size":%d,"layer_norm_eps":1e-12,"hidden_act":"gelu"}`, positions, vocab))
	Write(t, dir, "modules.json", `[{"type":"a.Transformer","path":""},{"type":"a.Pooling","path":"1_Pooling"},{"type":"a.Normalize","path":"2"}]`)
	Write(t, dir, "1_Pooling/config.json", `{"pooling_mode_mean_tokens":true}`)
	Write(t, dir, "tokenizer.json", `{"added_tokens":[{"id":3,"content":"[MASK]","normalized":false}],
		"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"lowercase":true},
		"pre_tokenizer":{"type":"BertPreTokenizer"},
		"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":20,
		"vocab":{`+known+`}}}`)
	r := rand.New(rand.NewPCG(3, 4))
	header, body := map[string]any{}, []byte{}
	add := func(name string, shape ...int) {
		n := 1
		for _, s := range shape {
			n *= s
		}
		start := len(body)
		for range n {
			v := float32(r.NormFloat64() / 4)
			if len(words) > 0 && strings.Contains(name, "LayerNorm") { // so that texts of other words lie apart
				v = 1
			}
			if len(words) > 0 && strings.HasSuffix(name, ".bias") {
				v = 0
			}
			body = binary.LittleEndian.AppendUint32(body, math.Float32bits(v))
		}
		header[name] = map[string]any{"dtype": "F32", "shape": shape, "data_offsets": []int{start, len(body)}}
	}
	add("embeddings.word_embeddings.weight", vocab, h)
	add("embeddings.position_embeddings.weight", positions, h)
	add("embeddings.token_type_embeddings.weight", 2, h)
	add("embeddings.LayerNorm.weight", h)
	add("embeddings.LayerNorm.bias", h)
	for _, p := range []string{"encoder.layer.0.", "encoder.layer.1."} {
		for _, s := range []string{"attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"} {
			add(p+s+".weight", h, h)
			add(p+s+".bias", h)
		}
		add(p+"intermediate.dense.weight", f, h)
		add(p+"intermediate.dense.bias", f)
		add(p+"output.dense.weight", h, f)
		add(p+"output.dense.bias", h)
		for _, s := range []string{"attention.output.LayerNorm", "output.LayerNorm"} {
			add(p+s+".weight", h)
			add(p+s+".bias", h)
		}
	}
	head, _ := json.Marshal(header)
	for len(head)%8 != 0 {
		head = append(head, ' ')
	}
	all := binary.LittleEndian.AppendUint64(nil, uint64(len(head)))
	Write(t, dir, "model.safetensors", string(all)+string(head)+string(body))
	return dir
}

// Write writes a file of the model, or over it.
func Write(t testing.TB, dir, name, content string) {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
