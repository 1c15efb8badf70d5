package encoder

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unigram is SentencePiece's algorithm: of all ways to cut a word into pieces
// of the vocabulary it takes the one whose scores, logarithms of probabilities,
// add up to most (Kudo 2018, arXiv:1804.10959).
type unigram struct {
	vocab    map[string]int32
	scores   []float64
	unk      int32
	unkScore float64               // of a character that is in no piece
	fallback []int32               // tokens of the 256 bytes, for what is in no piece; nil is unk instead
	longest  []uint16              // bytes of the longest piece that begins with two bytes, by pair
	steps    []func(string) string // of the normalizer
	space    metaspace
}

// metaspace says how words are cut out of a text.
type metaspace struct {
	words  bool   // cut at white space and drop it, first of all
	mark   string // stands for a space
	prefix string // always, first or never: whether a word begins with mark
	split  bool   // before every mark
}

// unkPenalty is how much less an unknown character scores than the rarest
// piece, as in SentencePiece.
const unkPenalty = 10

func newUnigram(v vocabulary, unk *int, byteFallback bool) (*unigram, error) {
	if unk == nil || *unk < 0 || *unk >= len(v.scores) {
		return nil, errors.New("the Unigram model names no unknown token of its vocabulary")
	}
	u := &unigram{vocab: v.ids, scores: v.scores, unk: int32(*unk), longest: make([]uint16, 1<<16)}
	for _, s := range v.scores {
		u.unkScore = min(u.unkScore, s-unkPenalty)
	}
	for p := range v.ids {
		if len(p) >= 2 {
			at := pair(p)
			u.longest[at] = max(u.longest[at], uint16(min(len(p), 1<<16-1)))
		}
	}
	if byteFallback {
		u.fallback = make([]int32, 256)
		for b := range u.fallback {
			id, ok := v.ids[fmt.Sprintf("<0x%02X>", b)]
			if !ok {
				return nil, fmt.Errorf("byte_fallback without a token for byte %d", b)
			}
			u.fallback[b] = id
		}
	}
	return u, nil
}

// pair is the index of u.longest for what begins like s.
func pair(s string) int { return int(s[0])<<8 | int(s[1]) }

func (u *unigram) normalize(s string) string {
	for _, step := range u.steps {
		s = step(s)
	}
	return s
}

func (u *unigram) tokens(ids []int32, s string, first bool) []int32 {
	if !u.space.words {
		return u.marked(ids, s, first)
	}
	for at := 0; at < len(s); {
		rest := strings.TrimLeftFunc(s[at:], unicode.IsSpace)
		at = len(s) - len(rest)
		n := strings.IndexFunc(rest, unicode.IsSpace)
		if n < 0 {
			n = len(rest)
		}
		if n > 0 {
			ids = u.marked(ids, rest[:n], first && at == 0)
		}
		at += n
	}
	return ids
}

// marked puts marks for spaces and before s, and appends the tokens.
func (u *unigram) marked(ids []int32, s string, first bool) []int32 {
	m := &u.space
	if m.mark != "" {
		s = strings.ReplaceAll(s, " ", m.mark)
		if (m.prefix == "always" || m.prefix == "first" && first) && !strings.HasPrefix(s, m.mark) {
			s = m.mark + s
		}
		for m.split && s != "" {
			n := strings.Index(s[1:], m.mark) + 1
			if n == 0 {
				break
			}
			ids = u.best(ids, s[:n])
			s = s[n:]
		}
	}
	return u.best(ids, s)
}

// node is the best way to cut a word up to some byte.
type node struct {
	score float64
	start int32 // of the last piece, -1 where no piece ends
	id    int32
}

// best appends the tokens of one word by Viterbi's algorithm. Of equal sums the
// one found first stays, the one with the earlier start of its last piece.
func (u *unigram) best(ids []int32, s string) []int32 {
	var small [64]node
	nodes := small[:]
	if len(s) >= len(nodes) {
		nodes = make([]node, len(s)+1)
	}
	for i := 1; i <= len(s); i++ {
		nodes[i].start = -1
	}
	for start := 0; start < len(s); {
		_, first := utf8.DecodeRuneInString(s[start:])
		limit := start + first
		if start+2 <= len(s) {
			limit = max(limit, start+int(u.longest[pair(s[start:])]))
		}
		single := false
		for end := start + first; end <= limit && end <= len(s); {
			if id, ok := u.vocab[s[start:end]]; ok {
				nodes[end].take(nodes[start].score+u.scores[id], start, id)
				single = single || end == start+first
			}
			if end == len(s) {
				break
			}
			_, n := utf8.DecodeRuneInString(s[end:])
			end += n
		}
		if !single {
			nodes[start+first].take(nodes[start].score+u.unkScore, start, u.unk)
		}
		start += first
	}
	return u.back(ids, s, nodes)
}

func (n *node) take(score float64, start int, id int32) {
	if n.start < 0 || score > n.score {
		*n = node{score, int32(start), id}
	}
}

// back appends the tokens of the best cut. Unknown characters in a row are one
// token, or the tokens of their bytes.
func (u *unigram) back(ids []int32, s string, nodes []node) []int32 {
	begin := len(ids)
	for end := len(s); end > 0; {
		start, id := int(nodes[end].start), nodes[end].id
		if id == u.unk {
			for start > 0 && nodes[start].id == u.unk {
				start = int(nodes[start].start)
			}
			if known, ok := u.vocab[s[start:end]]; ok {
				id = known
			} else if u.fallback != nil {
				for i := end - 1; i >= start; i-- {
					ids = append(ids, u.fallback[s[i]])
				}
				end = start
				continue
			}
		}
		ids = append(ids, id)
		end = start
	}
	for i, j := begin, len(ids)-1; i < j; i, j = i+1, j-1 {
		ids[i], ids[j] = ids[j], ids[i]
	}
	return ids
}
