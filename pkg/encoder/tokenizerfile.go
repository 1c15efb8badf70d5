package encoder

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// tokenizerFile is the tokenizer.json of the tokenizers library, as far as
// encoders use it.
type tokenizerFile struct {
	Added []struct {
		ID         int32  `json:"id"`
		Content    string `json:"content"`
		Word       bool   `json:"single_word"`
		LStrip     bool   `json:"lstrip"`
		RStrip     bool   `json:"rstrip"`
		Normalized bool   `json:"normalized"`
	} `json:"added_tokens"`
	Normalizer    normalizerFile    `json:"normalizer"`
	PreTokenizer  preTokenizerFile  `json:"pre_tokenizer"`
	PostProcessor postProcessorFile `json:"post_processor"`
	Model         struct {
		Type     string     `json:"type"`
		Unk      string     `json:"unk_token"`
		UnkID    *int       `json:"unk_id"`
		Prefix   string     `json:"continuing_subword_prefix"`
		MaxChars int        `json:"max_input_chars_per_word"`
		Bytes    bool       `json:"byte_fallback"`
		Vocab    vocabulary `json:"vocab"`
	} `json:"model"`
}

type normalizerFile struct {
	Type     string           `json:"type"`
	Clean    bool             `json:"clean_text"`
	Chinese  bool             `json:"handle_chinese_chars"`
	Accents  *bool            `json:"strip_accents"`
	Lower    bool             `json:"lowercase"`
	Charsmap []byte           `json:"precompiled_charsmap"`
	Steps    []normalizerFile `json:"normalizers"`
	Pattern  struct {
		Text  *string `json:"String"`
		Regex *string `json:"Regex"`
	} `json:"pattern"`
	Content string `json:"content"`
	Left    bool   `json:"strip_left"`
}

type preTokenizerFile struct {
	Type   string             `json:"type"`
	Mark   string             `json:"replacement"`
	Prefix string             `json:"prepend_scheme"`
	Add    *bool              `json:"add_prefix_space"` // what older files have instead
	Split  *bool              `json:"split"`
	Steps  []preTokenizerFile `json:"pretokenizers"`
}

type postProcessorFile struct {
	Type   string         `json:"type"`
	CLS    jsontext.Value `json:"cls"` // [token, id]
	SEP    jsontext.Value `json:"sep"`
	Single []struct {
		Special *struct {
			ID string `json:"id"`
		} `json:"SpecialToken"`
	} `json:"single"`
	Special map[string]struct {
		IDs []int32 `json:"ids"`
	} `json:"special_tokens"`
}

// vocabulary is an object of ids, or a list of pieces with their scores, whose
// ids are their places.
type vocabulary struct {
	ids    map[string]int32
	scores []float64
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom: a list of 250,000 pairs
// takes a fifth of what it would by reflection.
func (v *vocabulary) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '[' {
		return json.UnmarshalDecode(dec, &v.ids)
	}
	v.ids = make(map[string]int32, 1<<12)
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		for _, kind := range []jsontext.Kind{'[', '"', '0', ']'} {
			t, err := dec.ReadToken()
			if err != nil {
				return err
			}
			if t.Kind() != kind {
				return errors.New("a piece is not a pair of text and score")
			}
			if kind == '"' {
				v.ids[t.String()] = int32(len(v.scores))
			}
			if kind == '0' {
				v.scores = append(v.scores, t.Float())
			}
		}
	}
	_, err := dec.ReadToken()
	return err
}

// OpenTokenizer reads a tokenizer.json. One with parts that are not known here
// is an error, since other tokens would be other vectors.
func OpenTokenizer(path string) (*Tokenizer, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t, err := parseTokenizer(b)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return t, nil
}

func parseTokenizer(b []byte) (*Tokenizer, error) {
	var f tokenizerFile
	if err := json.Unmarshal(b, &f, jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, err
	}
	t := &Tokenizer{vocab: f.Model.Vocab.ids}
	var err error
	switch f.Model.Type {
	case "WordPiece":
		t.alg, err = f.wordPiece()
	case "Unigram":
		t.alg, err = f.unigram()
	default:
		return nil, fmt.Errorf("a tokenizer of %q is not supported, only WordPiece and Unigram", f.Model.Type)
	}
	if err != nil {
		return nil, err
	}
	for _, a := range f.Added {
		s := specialToken{a.Content, a.ID, a.LStrip, a.RStrip, a.Word}
		switch {
		case a.Content == "":
		case !a.Normalized:
			t.raw = append(t.raw, s)
		default:
			if s.text = t.alg.normalize(s.text); s.text != "" {
				t.after = append(t.after, s)
			}
		}
	}
	longestFirst(t.raw)
	longestFirst(t.after)
	return t, t.frame(&f.PostProcessor)
}

// frame finds the tokens around every text.
func (t *Tokenizer) frame(p *postProcessorFile) (err error) {
	switch p.Type {
	case "": // as the first converters of BERT left it
		for name, id := range map[string]*int32{"[CLS]": &t.cls, "[SEP]": &t.sep} {
			v, ok := t.vocab[name]
			if !ok {
				return fmt.Errorf("token %q is not in the vocabulary", name)
			}
			*id = v
		}
		return nil
	case "BertProcessing", "RobertaProcessing":
		if t.cls, err = tokenID(p.CLS); err == nil {
			t.sep, err = tokenID(p.SEP)
		}
		return err
	case "TemplateProcessing":
		if len(p.Single) != 3 || p.Single[0].Special == nil || p.Single[1].Special != nil || p.Single[2].Special == nil {
			return errors.New("post_processor: only one token before and one after the text are supported")
		}
		for i, id := range map[int]*int32{0: &t.cls, 2: &t.sep} {
			name := p.Single[i].Special.ID
			ids := p.Special[name].IDs
			if len(ids) != 1 {
				return fmt.Errorf("post_processor: %q is not one token", name)
			}
			*id = ids[0]
		}
		return nil
	}
	return fmt.Errorf("a post_processor of %q is not supported", p.Type)
}

// tokenID reads a pair of token and id.
func tokenID(pair jsontext.Value) (id int32, err error) {
	var two [2]jsontext.Value
	if err := json.Unmarshal(pair, &two); err != nil {
		return 0, fmt.Errorf("post_processor: %w", err)
	}
	if err := json.Unmarshal(two[1], &id); err != nil {
		return 0, fmt.Errorf("post_processor: %w", err)
	}
	return id, nil
}

func (f *tokenizerFile) wordPiece() (algorithm, error) {
	n := &f.Normalizer
	if n.Type != "BertNormalizer" || f.PreTokenizer.Type != "BertPreTokenizer" {
		return nil, fmt.Errorf("a WordPiece tokenizer with %q and %q is not supported, only BERT's", n.Type, f.PreTokenizer.Type)
	}
	w := &wordPiece{vocab: f.Model.Vocab.ids, prefix: f.Model.Prefix, maxChars: f.Model.MaxChars,
		clean: n.Clean, chinese: n.Chinese, lowercase: n.Lower, accents: n.Lower}
	if n.Accents != nil {
		w.accents = *n.Accents
	}
	if w.maxChars <= 0 {
		w.maxChars = 100
	}
	var ok bool
	if w.unk, ok = w.vocab[f.Model.Unk]; !ok {
		return nil, fmt.Errorf("token %q is not in the vocabulary", f.Model.Unk)
	}
	return w, nil
}

func (f *tokenizerFile) unigram() (algorithm, error) {
	u, err := newUnigram(f.Model.Vocab, f.Model.UnkID, f.Model.Bytes)
	if err != nil {
		return nil, err
	}
	if u.steps, err = f.Normalizer.steps(nil); err != nil {
		return nil, err
	}
	parts := f.PreTokenizer.Steps
	if f.PreTokenizer.Type != "Sequence" {
		parts = []preTokenizerFile{f.PreTokenizer}
	}
	for _, p := range parts {
		switch {
		case p.Type == "WhitespaceSplit" && u.space.mark == "":
			u.space.words = true
		case p.Type == "Metaspace" && u.space.mark == "" && p.Mark != "":
			u.space.mark, u.space.split = p.Mark, p.Split == nil || *p.Split
			u.space.prefix = cmp.Or(p.Prefix, "always")
			if p.Prefix == "" && p.Add != nil && !*p.Add {
				u.space.prefix = "never"
			}
		default:
			return nil, fmt.Errorf("a Unigram tokenizer with a pre_tokenizer of %q is not supported", p.Type)
		}
	}
	return u, nil
}

// steps appends what a normalizer does.
func (n *normalizerFile) steps(to []func(string) string) ([]func(string) string, error) {
	switch n.Type {
	case "":
		return to, nil
	case "Sequence":
		var err error
		for i := range n.Steps {
			if to, err = n.Steps[i].steps(to); err != nil {
				return nil, err
			}
		}
		return to, nil
	case "Precompiled":
		c, err := parseCharsmap(n.Charsmap)
		if err != nil {
			return nil, err
		}
		return append(to, c.normalize), nil
	case "Replace":
		return n.replace(to)
	case "Strip":
		if n.Left {
			return nil, errors.New("a normalizer that strips on the left is not supported")
		}
		return append(to, func(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) }), nil
	}
	return nil, fmt.Errorf("a normalizer of %q is not supported", n.Type)
}

func (n *normalizerFile) replace(to []func(string) string) ([]func(string) string, error) {
	switch {
	case n.Pattern.Text != nil && *n.Pattern.Text != "":
		return append(to, strings.NewReplacer(*n.Pattern.Text, n.Content).Replace), nil
	case n.Pattern.Regex != nil:
		re, err := regexp.Compile(*n.Pattern.Regex)
		if err != nil {
			return nil, fmt.Errorf("a normalizer replaces %q: %w", *n.Pattern.Regex, err)
		}
		return append(to, func(s string) string { return re.ReplaceAllLiteralString(s, n.Content) }), nil
	}
	return nil, errors.New("a normalizer replaces nothing")
}
