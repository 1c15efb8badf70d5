package encoder

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Tokenizer is the WordPiece tokenizer of a BERT model, as its tokenizer.json
// describes it. It may be used by several goroutines.
type Tokenizer struct {
	vocab     map[string]int32
	special   []specialToken // longest first
	prefix    string
	unk       int32
	cls, sep  int32
	maxChars  int
	clean     bool
	chinese   bool
	accents   bool // strip them
	lowercase bool
}

type specialToken struct {
	text string
	id   int32
}

type tokenizerFile struct {
	Added []struct {
		ID         int32  `json:"id"`
		Content    string `json:"content"`
		Normalized bool   `json:"normalized"`
	} `json:"added_tokens"`
	Normalizer struct {
		Type    string `json:"type"`
		Clean   bool   `json:"clean_text"`
		Chinese bool   `json:"handle_chinese_chars"`
		Accents *bool  `json:"strip_accents"`
		Lower   bool   `json:"lowercase"`
	} `json:"normalizer"`
	PreTokenizer struct {
		Type string `json:"type"`
	} `json:"pre_tokenizer"`
	Model struct {
		Type     string          `json:"type"`
		Unk      string          `json:"unk_token"`
		Prefix   string          `json:"continuing_subword_prefix"`
		MaxChars int             `json:"max_input_chars_per_word"`
		Vocab    json.RawMessage `json:"vocab"`
	} `json:"model"`
}

// OpenTokenizer reads a tokenizer.json. One that is not a BERT WordPiece
// tokenizer is an error.
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
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, err
	}
	if f.Model.Type != "WordPiece" || f.Normalizer.Type != "BertNormalizer" || f.PreTokenizer.Type != "BertPreTokenizer" {
		return nil, fmt.Errorf("a tokenizer of %q, %q and %q is not supported, only BERT's WordPiece",
			f.Model.Type, f.Normalizer.Type, f.PreTokenizer.Type)
	}
	t := &Tokenizer{prefix: f.Model.Prefix, maxChars: f.Model.MaxChars, clean: f.Normalizer.Clean,
		chinese: f.Normalizer.Chinese, lowercase: f.Normalizer.Lower, accents: f.Normalizer.Lower}
	if f.Normalizer.Accents != nil {
		t.accents = *f.Normalizer.Accents
	}
	if t.maxChars <= 0 {
		t.maxChars = 100
	}
	if err := json.Unmarshal(f.Model.Vocab, &t.vocab); err != nil {
		return nil, fmt.Errorf("vocabulary: %w", err)
	}
	for _, a := range f.Added {
		if !a.Normalized && a.Content != "" {
			t.special = append(t.special, specialToken{a.Content, a.ID})
		}
	}
	sort.SliceStable(t.special, func(i, j int) bool { return len(t.special[i].text) > len(t.special[j].text) })
	for name, id := range map[string]*int32{f.Model.Unk: &t.unk, "[CLS]": &t.cls, "[SEP]": &t.sep} {
		v, ok := t.vocab[name]
		if !ok {
			return nil, fmt.Errorf("token %q is not in the vocabulary", name)
		}
		*id = v
	}
	return t, nil
}

// Encode returns the token ids of text between [CLS] and [SEP], at most max of
// them in all, and how many the whole text has. What is cut off is the end.
func (t *Tokenizer) Encode(text string, max int) (ids []int32, whole int) {
	ids = append(make([]int32, 0, 64), t.cls)
	rest := text
	for rest != "" {
		at, sp := t.nextSpecial(rest)
		ids = t.words(ids, rest[:at])
		rest = rest[at:]
		if sp != nil {
			ids = append(ids, sp.id)
			rest = rest[len(sp.text):]
		}
	}
	whole = len(ids) + 1
	if whole > max {
		ids = ids[:max-1]
	}
	return append(ids, t.sep), whole
}

// Frame puts ids between [CLS] and [SEP], where they are not yet, as Encode
// does with those of a text.
func (t *Tokenizer) Frame(ids []int32, max int) (framed []int32, whole int) {
	if len(ids) >= 2 && ids[0] == t.cls && ids[len(ids)-1] == t.sep {
		ids = ids[1 : len(ids)-1]
	}
	whole = len(ids) + 2
	ids = ids[:min(len(ids), max-2)]
	framed = append(make([]int32, 0, len(ids)+2), t.cls)
	return append(append(framed, ids...), t.sep), whole
}

// nextSpecial returns the first special token in s and where it begins, or
// len(s) and nil.
func (t *Tokenizer) nextSpecial(s string) (int, *specialToken) {
	best, at := (*specialToken)(nil), len(s)
	if !strings.Contains(s, "[") && len(t.special) > 0 && allBracketed(t.special) {
		return at, nil
	}
	for i := range t.special {
		if p := strings.Index(s, t.special[i].text); p >= 0 && p < at {
			best, at = &t.special[i], p
		}
	}
	return at, best
}

func allBracketed(s []specialToken) bool {
	for _, x := range s {
		if x.text[0] != '[' {
			return false
		}
	}
	return true
}

func (t *Tokenizer) words(ids []int32, s string) []int32 {
	s = t.normalize(s)
	begin := -1
	for i, r := range s {
		space, punct := unicode.IsSpace(r), isPunct(r)
		if !space && !punct {
			if begin < 0 {
				begin = i
			}
			continue
		}
		if begin >= 0 {
			ids = t.pieces(ids, s[begin:i])
			begin = -1
		}
		if punct {
			ids = t.pieces(ids, s[i:i+utf8.RuneLen(r)])
		}
	}
	if begin >= 0 {
		ids = t.pieces(ids, s[begin:])
	}
	return ids
}

// pieces appends the greedy longest-match pieces of one word.
func (t *Tokenizer) pieces(ids []int32, word string) []int32 {
	if utf8.RuneCountInString(word) > t.maxChars {
		return append(ids, t.unk)
	}
	n := len(ids)
	buf := make([]byte, 0, 64)
	for start := 0; start < len(word); {
		found := false
		for end := len(word); end > start; {
			buf = buf[:0]
			if start > 0 {
				buf = append(buf, t.prefix...)
			}
			buf = append(buf, word[start:end]...)
			if id, ok := t.vocab[string(buf)]; ok {
				ids, start, found = append(ids, id), end, true
				break
			}
			_, size := utf8.DecodeLastRuneInString(word[start:end])
			end -= size
		}
		if !found {
			return append(ids[:n], t.unk)
		}
	}
	return ids
}

func (t *Tokenizer) normalize(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	var b strings.Builder
	b.Grow(len(s) + 8)
	for _, r := range s {
		switch {
		case t.clean && (r == 0 || r == 0xFFFD || isControl(r)):
		case t.clean && unicode.IsSpace(r):
			b.WriteByte(' ')
		case t.chinese && isChinese(r):
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	s = b.String()
	if t.accents && !isASCII(s) {
		s = strings.Map(func(r rune) rune {
			if isMark(r) {
				return -1
			}
			return r
		}, norm.NFD.String(s))
	}
	if t.lowercase {
		s = strings.Map(unicode.ToLower, strings.ReplaceAll(s, "\u0130", "i\u0307"))
	}
	return s
}
