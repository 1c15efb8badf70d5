package encoder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Encoder is an opened model. Embed may be called by several goroutines; Close
// only when none is left.
type Encoder struct {
	Tokenizer *Tokenizer
	cfg       modelConfig
	maxTokens int
	cls       bool // pool by the first token instead of the mean
	file      *weights
	engine    *engine
	int8s     bool      // the layers' products are of int8
	free      sync.Pool // of *part

	query, passage string // prefixes

	words                 tensor // stays in the file
	positions, types      []float32
	embedGamma, embedBeta []float32
	firstPosition         int // of a text; those before are the padding's in RoBERTa
	layers                []layer
}

type modelConfig struct {
	Type         string  `json:"model_type"`
	Hidden       int     `json:"hidden_size"`
	Layers       int     `json:"num_hidden_layers"`
	Heads        int     `json:"num_attention_heads"`
	Intermediate int     `json:"intermediate_size"`
	Positions    int     `json:"max_position_embeddings"`
	Types        int     `json:"type_vocab_size"`
	Vocab        int     `json:"vocab_size"`
	Eps          float32 `json:"layer_norm_eps"`
	Act          string  `json:"hidden_act"`
	PositionType string  `json:"position_embedding_type"`
	Pad          int     `json:"pad_token_id"`
}

type layer struct {
	qkv, out, up, down matrix
	gamma1, beta1      []float32
	gamma2, beta2      []float32
}

// Open loads the model in dir. The layers' weights are packed for the kernels
// of this processor, about 20 ms for 20 million; the embedding table stays in
// the mapped file, so that only the words in use take memory.
func Open(dir string, opt Options) (*Encoder, error) {
	eng := engines()[0]
	if opt.Kernels != "" {
		var ok bool
		if eng, ok = named(opt.Kernels); !ok {
			return nil, fmt.Errorf("this processor has no kernels %q, it has %s", opt.Kernels, strings.Join(Kernels(), ", "))
		}
	}
	return openWith(dir, &eng, !opt.Float32)
}

// Options refine how a model is run; the zero value leaves it to the processor.
type Options struct {
	// Float32 keeps the products in float32 where they would be of int8: vectors
	// are then those of the reference, at two to three times the work.
	Float32 bool
	// Kernels names one of Kernels instead of the best.
	Kernels string
}

// Kernels are the names of those that this processor can run, the best first.
func Kernels() []string {
	var names []string
	for _, e := range engines() {
		names = append(names, e.name)
	}
	return names
}

func openWith(dir string, eng *engine, int8s bool) (*Encoder, error) {
	e := &Encoder{engine: eng, int8s: int8s && eng.bytes != nil}
	if err := e.configure(dir); err != nil {
		return nil, fmt.Errorf("open model %s: %w", dir, err)
	}
	var err error
	if e.Tokenizer, err = OpenTokenizer(filepath.Join(dir, "tokenizer.json")); err != nil {
		return nil, fmt.Errorf("open model %s: %w", dir, err)
	}
	if name, id := e.Tokenizer.highest(); int(id) >= e.cfg.Vocab {
		return nil, fmt.Errorf("open model %s: token %q has id %d, the model has %d", dir, name, id, e.cfg.Vocab)
	}
	if e.file, err = openWeights(filepath.Join(dir, "model.safetensors")); err != nil {
		return nil, fmt.Errorf("open model %s: %w", dir, err)
	}
	if err := e.load(); err != nil {
		_ = e.file.Close()
		return nil, fmt.Errorf("open model %s: model.safetensors: %w", dir, err)
	}
	return e, nil
}

// Close releases the weights.
func (e *Encoder) Close() error { return e.file.Close() }

// Precision is what the layers' products are computed in: int8 or float32.
func (e *Encoder) Precision() string {
	if e.int8s {
		return "int8"
	}
	return "float32"
}

// Engine names the kernels that run.
func (e *Encoder) Engine() string { return e.engine.name }

// Dimensions is the length of every vector.
func (e *Encoder) Dimensions() int { return e.cfg.Hidden }

// MaxTokens is how many tokens of a text count, [CLS] and [SEP] included.
func (e *Encoder) MaxTokens() int { return e.maxTokens }

// Limit lowers MaxTokens to n, before the first Embed. More than the model has
// positions for changes nothing.
func (e *Encoder) Limit(n int) { e.maxTokens = min(e.maxTokens, max(n, 3)) }

func (e *Encoder) configure(dir string) error {
	c := &e.cfg
	if err := readJSON(filepath.Join(dir, "config.json"), c); err != nil {
		return err
	}
	switch {
	case c.Type != "bert" && c.Type != "xlm-roberta":
		return fmt.Errorf("config.json: architecture %q is not supported, only bert and xlm-roberta", c.Type)
	case c.Act != "gelu":
		return fmt.Errorf("config.json: activation %q is not supported, only gelu", c.Act)
	case c.PositionType != "" && c.PositionType != "absolute":
		return fmt.Errorf("config.json: %s positions are not supported", c.PositionType)
	case c.Hidden < panelWidth || c.Hidden > 4096 || c.Heads < 1 || c.Hidden%c.Heads != 0 || c.Hidden/c.Heads%panelWidth != 0:
		return fmt.Errorf("config.json: %d dimensions in %d heads are not supported", c.Hidden, c.Heads)
	case c.Intermediate < panelWidth || c.Intermediate > 1<<16 || c.Intermediate%panelWidth != 0 || c.Layers < 1 || c.Layers > 128:
		return fmt.Errorf("config.json: %d layers of %d are not supported", c.Layers, c.Intermediate)
	case c.Types < 1 || c.Vocab < 1 || c.Pad < 0 || c.Pad >= c.Vocab:
		return errors.New("config.json: types or vocabulary are missing, or the padding token is not in it")
	}
	if c.Type == "xlm-roberta" {
		e.firstPosition = c.Pad + 1
	}
	if e.maxTokens = c.Positions - e.firstPosition; e.maxTokens < 3 {
		return fmt.Errorf("config.json: %d positions are too few", c.Positions)
	}
	var sent struct {
		Max int `json:"max_seq_length"`
	}
	if err := readJSON(filepath.Join(dir, "sentence_bert_config.json"), &sent); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if sent.Max > 2 {
		e.maxTokens = min(e.maxTokens, sent.Max)
	}
	if err := e.prompts(dir); err != nil {
		return err
	}
	return e.modules(dir)
}

func (e *Encoder) modules(dir string) error {
	var mods []struct{ Type, Path string }
	if err := readJSON(filepath.Join(dir, "modules.json"), &mods); err != nil {
		return err
	}
	pooled := false
	for _, m := range mods {
		switch m.Type[strings.LastIndexByte(m.Type, '.')+1:] {
		case "Transformer":
		case "Normalize": // whether a folder says so or not, vectors have length 1
		case "Pooling":
			var p struct {
				CLS  bool `json:"pooling_mode_cls_token"`
				Mean bool `json:"pooling_mode_mean_tokens"`
			}
			if err := readJSON(filepath.Join(dir, filepath.Base(m.Path), "config.json"), &p); err != nil {
				return err
			}
			if p.CLS == p.Mean {
				return errors.New("pooling must be either by mean or by the first token")
			}
			e.cls, pooled = p.CLS, true
		default:
			return fmt.Errorf("modules.json: module %q is not supported", m.Type)
		}
	}
	if !pooled {
		return errors.New("modules.json names no pooling")
	}
	return nil
}

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	return nil
}

// load takes the tensors by the names that transformers gives them.
func (e *Encoder) load() error {
	prefix := ""
	for _, p := range []string{"bert.", "roberta."} {
		if _, ok := e.file.byName[p+"embeddings.word_embeddings.weight"]; ok {
			prefix = p
		}
	}
	var (
		first error
		pack  []func()
	)
	find := func(name string, shape ...int) tensor {
		t, err := e.file.tensor(prefix+name, shape...)
		if err != nil && first == nil {
			first = err
		}
		return t
	}
	get := func(name string, shape ...int) []float32 { return find(name, shape...).floats() }
	c := e.cfg
	e.words = find("embeddings.word_embeddings.weight", c.Vocab, c.Hidden)
	e.positions = get("embeddings.position_embeddings.weight", c.Positions, c.Hidden)
	e.types = get("embeddings.token_type_embeddings.weight", c.Types, c.Hidden)
	e.embedGamma = get("embeddings.LayerNorm.weight", c.Hidden)
	e.embedBeta = get("embeddings.LayerNorm.bias", c.Hidden)
	if first != nil {
		return first
	}
	e.layers = make([]layer, c.Layers)
	linear := func(m *matrix, k, n int, names ...string) {
		*m = newMatrix(k, n*len(names), e.int8s)
		for i, name := range names {
			w := find(name+".weight", n, k)
			b := get(name+".bias", n)
			if first != nil {
				return
			}
			pack = append(pack, func() { m.packTransposed(w.floats(), b, i*n, e.engine.limit) })
		}
	}
	for i := range e.layers {
		l, p := &e.layers[i], fmt.Sprintf("encoder.layer.%d.", i)
		s := p + "attention.self."
		linear(&l.qkv, c.Hidden, c.Hidden, s+"query", s+"key", s+"value")
		linear(&l.out, c.Hidden, c.Hidden, p+"attention.output.dense")
		linear(&l.up, c.Hidden, c.Intermediate, p+"intermediate.dense")
		linear(&l.down, c.Intermediate, c.Hidden, p+"output.dense")
		l.up.gelu = true
		l.gamma1, l.beta1 = get(p+"attention.output.LayerNorm.weight", c.Hidden), get(p+"attention.output.LayerNorm.bias", c.Hidden)
		l.gamma2, l.beta2 = get(p+"output.LayerNorm.weight", c.Hidden), get(p+"output.LayerNorm.bias", c.Hidden)
		if first != nil {
			return first
		}
	}
	t := newTeam(threads())
	t.run(len(pack), func(_, i int) { pack[i]() })
	t.stop()
	e.file.release()
	return nil
}

// Prefixes returns what the folder wants before questions and passages: the
// prompts of config_sentence_transformers.json, if it has any.
func (e *Encoder) Prefixes() (query, passage string) { return e.query, e.passage }

// prompts reads the names that sentence-transformers' encode_query and
// encode_document look for.
func (e *Encoder) prompts(dir string) error {
	var c struct {
		Prompts map[string]string `json:"prompts"`
	}
	err := readJSON(filepath.Join(dir, "config_sentence_transformers.json"), &c)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	e.query = c.Prompts["query"]
	for _, name := range []string{"document", "passage", "corpus"} {
		if p := c.Prompts[name]; p != "" {
			e.passage = p
			break
		}
	}
	return nil
}
