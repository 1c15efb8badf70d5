package encoder

import (
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tokenizer splits text into the tokens of a model, as its tokenizer.json
// describes it: BERT's WordPiece, or Unigram as SentencePiece trains it. It may
// be used by several goroutines.
type Tokenizer struct {
	vocab    map[string]int32
	raw      []specialToken // found in the text as it is, longest first
	after    []specialToken // found in the normalized text, longest first
	cls, sep int32          // what frames every text; <s> and </s> in some models
	alg      algorithm
}

// algorithm splits what lies between special tokens.
type algorithm interface {
	normalize(s string) string
	// tokens appends the ids of a normalized text that is not empty; first tells
	// that it begins where the whole text does.
	tokens(ids []int32, s string, first bool) []int32
}

// specialToken is a text that is one token wherever it stands.
type specialToken struct {
	text           string
	id             int32
	lstrip, rstrip bool // takes the space beside it
	word           bool // only between characters that are not of words
}

// Encode returns the token ids of text in their frame, [CLS] and [SEP] in BERT,
// at most max of them in all, and how many the whole text has. What is cut off
// is the end.
func (t *Tokenizer) Encode(text string, max int) (ids []int32, whole int) {
	ids = append(make([]int32, 0, 64), t.cls)
	text = strings.ToValidUTF8(text, "\uFFFD")
	for at := 0; at < len(text); {
		from, to, id := next(text, at, t.raw)
		ids = t.between(ids, text[at:from], at == 0)
		if id != nil {
			ids = append(ids, id.id)
		}
		at = to
	}
	whole = len(ids) + 1
	if whole > max {
		ids = ids[:max-1]
	}
	return append(ids, t.sep), whole
}

// between appends the tokens of a text without raw special tokens.
func (t *Tokenizer) between(ids []int32, text string, first bool) []int32 {
	if text == "" {
		return ids
	}
	text = t.alg.normalize(text)
	for at := 0; at < len(text); {
		from, to, sp := next(text, at, t.after)
		if from > at {
			ids = t.alg.tokens(ids, text[at:from], first && at == 0)
		}
		if sp != nil {
			ids = append(ids, sp.id)
		}
		at = to
	}
	return ids
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

// next returns the first special token of list in s[at:] and what it takes, or
// nil and the end of s. Of those that begin at one place the longest counts.
func next(s string, at int, list []specialToken) (from, to int, sp *specialToken) {
	for begin := at; begin < len(s); {
		from, sp = len(s), nil
		for i := range list {
			// Ended by the best so far: what begins later cannot be first.
			if p := strings.Index(s[begin:min(len(s), from+len(list[i].text))], list[i].text); p >= 0 && begin+p < from {
				from, sp = begin+p, &list[i]
			}
		}
		if sp == nil {
			break
		}
		to = from + len(sp.text)
		if sp.word && (wordBefore(s[:from]) || wordAfter(s[to:])) {
			begin = to
			continue
		}
		if sp.lstrip {
			from = max(at, len(strings.TrimRightFunc(s[:from], unicode.IsSpace)))
		}
		if sp.rstrip {
			to = len(s) - len(strings.TrimLeftFunc(s[to:], unicode.IsSpace))
		}
		return from, to, sp
	}
	return len(s), len(s), nil
}

func wordBefore(s string) bool { r, _ := utf8.DecodeLastRuneInString(s); return s != "" && isWord(r) }
func wordAfter(s string) bool  { r, _ := utf8.DecodeRuneInString(s); return s != "" && isWord(r) }

func isWord(r rune) bool {
	return r == '_' || unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Pc)
}

func longestFirst(s []specialToken) {
	sort.SliceStable(s, func(i, j int) bool { return len(s[i].text) > len(s[j].text) })
}

// highest returns the token with the highest id; a negative one is higher than
// all.
func (t *Tokenizer) highest() (name string, id uint32) {
	for n, i := range t.vocab {
		if uint32(i) > id {
			name, id = n, uint32(i)
		}
	}
	for _, s := range slices.Concat(t.raw, t.after, []specialToken{{text: "before a text", id: t.cls}, {text: "after a text", id: t.sep}}) {
		if uint32(s.id) > id {
			name, id = s.text, uint32(s.id)
		}
	}
	return name, id
}
