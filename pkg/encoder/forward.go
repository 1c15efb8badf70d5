package encoder

import (
	"context"
	"fmt"
	"math"
	"sort"
)

// batchTokens is how many tokens one pass computes at most, unless one text has
// more: enough rows to pay for streaming the weights, small enough that a
// waiting query is never far behind.
const batchTokens = 512

// Input is one text, or the ids of its tokens.
type Input struct {
	Text string
	IDs  []int32 // if not nil, used instead of Text; [CLS] and [SEP] are added
}

// Result is what Embed returns: a vector and the number of tokens for each
// input, in order.
type Result struct {
	Vectors [][]float32
	Tokens  []int  // counted, after truncation
	Cut     []bool // whether the input was longer than MaxTokens
}

// Embed returns one vector for each input. Inputs are computed by length, so
// that neighbours cost alike. Between layers it calls between, if that is not
// nil, where a server lets urgent work go first, and looks whether ctx has
// ended, whose error it then returns. An id outside of the vocabulary is an
// error.
func (e *Encoder) Embed(ctx context.Context, in []Input, between func()) (Result, error) {
	r := Result{Vectors: make([][]float32, len(in)), Tokens: make([]int, len(in)), Cut: make([]bool, len(in))}
	seqs := make([][]int32, len(in))
	order := make([]int, len(in))
	for i, t := range in {
		ids, whole, err := e.encode(t)
		if err != nil {
			return Result{}, err
		}
		seqs[i], r.Tokens[i], r.Cut[i], order[i] = ids, len(ids), whole > len(ids), i
	}
	sort.SliceStable(order, func(a, b int) bool { return len(seqs[order[a]]) < len(seqs[order[b]]) })
	for len(order) > 0 {
		n, tokens := 0, 0
		for n < len(order) && (n == 0 || tokens+len(seqs[order[n]]) <= batchTokens) {
			tokens += len(seqs[order[n]])
			n++
		}
		p := e.newPass(seqs, order[:n], tokens)
		if err := p.run(ctx, between); err != nil {
			return Result{}, err
		}
		p.pool(r.Vectors)
		order = order[n:]
	}
	return r, nil
}

func (e *Encoder) encode(in Input) (ids []int32, whole int, err error) {
	if in.IDs == nil {
		ids, whole = e.Tokenizer.Encode(in.Text, e.maxTokens)
		return ids, whole, nil
	}
	for _, id := range in.IDs {
		if id < 0 || int(id) >= e.cfg.Vocab {
			return nil, 0, fmt.Errorf("token id %d is outside of the vocabulary of %d", id, e.cfg.Vocab)
		}
	}
	ids, whole = e.Tokenizer.Frame(in.IDs, e.maxTokens)
	return ids, whole, nil
}

// pass is the state of one batch: the tokens of its texts one after another.
type pass struct {
	e                *Encoder
	which            []int // text of each span
	spans            [][2]int
	rows             int
	x, qkv, ctx, ffn []float32
}

func (e *Encoder) newPass(seqs [][]int32, which []int, rows int) *pass {
	h, padded := e.cfg.Hidden, roundUp(rows, tileRows)+tileRows
	p := &pass{e: e, which: which, rows: rows,
		x: make([]float32, padded*h), qkv: make([]float32, padded*3*h),
		ctx: make([]float32, padded*h), ffn: make([]float32, padded*e.cfg.Intermediate)}
	at := 0
	for _, w := range which {
		for pos, id := range seqs[w] {
			row := p.x[at*h : (at+1)*h]
			copy(row, e.words[int(id)*h:])
			for i, v := range e.positions[pos*h : (pos+1)*h] {
				row[i] += v
			}
			addNorm(row, e.types[:h], e.embedGamma, e.embedBeta, e.cfg.Eps)
			at++
		}
		p.spans = append(p.spans, [2]int{at - len(seqs[w]), at})
	}
	return p
}

func (p *pass) run(ctx context.Context, between func()) error {
	h, f := p.e.cfg.Hidden, p.e.cfg.Intermediate
	for i := range p.e.layers {
		if between != nil {
			between()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		l := &p.e.layers[i]
		multiply(p.x, h, p.rows, &l.qkv, p.qkv, 3*h)
		p.attend()
		multiply(p.ctx, h, p.rows, &l.out, p.qkv, h)
		p.norm(p.qkv, l.gamma1, l.beta1)
		multiply(p.x, h, p.rows, &l.up, p.ffn, f)
		p.each(func(r int) { gelu(p.ffn[r*f : (r+1)*f]) })
		multiply(p.ffn, f, p.rows, &l.down, p.qkv, h)
		p.norm(p.qkv, l.gamma2, l.beta2)
	}
	return nil
}

func (p *pass) norm(add, gamma, beta []float32) {
	h := p.e.cfg.Hidden
	p.each(func(r int) { addNorm(p.x[r*h:(r+1)*h], add[r*h:(r+1)*h], gamma, beta, p.e.cfg.Eps) })
}

// each calls f for every row, in parallel blocks.
func (p *pass) each(f func(row int)) {
	const block = 16
	parallel((p.rows+block-1)/block, func(b int) {
		for r := b * block; r < min(p.rows, (b+1)*block); r++ {
			f(r)
		}
	})
}

// attend computes the attention of every text and head from qkv into ctx.
func (p *pass) attend() {
	heads := p.e.cfg.Heads
	parallel(len(p.spans)*heads, func(i int) { p.attendHead(p.spans[i/heads], i%heads) })
}

func (p *pass) attendHead(span [2]int, head int) {
	h, d := p.e.cfg.Hidden, p.e.cfg.Hidden/p.e.cfg.Heads
	n := span[1] - span[0]
	wide, tall := roundUp(n, panelWidth), roundUp(n, tileRows)
	buf := make([]float32, d*wide+n*d+tall*wide+tall*d)
	keys := matrix{k: d, n: wide, panels: buf[:d*wide]}
	buf = buf[d*wide:]
	values := matrix{k: n, n: d, panels: buf[:n*d]}
	scores := buf[n*d : n*d+tall*wide]
	out := buf[n*d+tall*wide:]
	for t := range n {
		row := p.qkv[(span[0]+t)*3*h:]
		k := row[h+head*d : h+(head+1)*d]
		dst := keys.panels[(t/panelWidth)*d*panelWidth+t%panelWidth:]
		for i, v := range k {
			dst[i*panelWidth] = v
		}
		v := row[2*h+head*d : 2*h+(head+1)*d]
		for c := 0; c < d; c += panelWidth {
			copy(values.panels[(c/panelWidth)*n*panelWidth+t*panelWidth:][:panelWidth], v[c:])
		}
	}
	q := p.qkv[span[0]*3*h+head*d:]
	scale := float32(1 / math.Sqrt(float64(d)))
	for r := 0; r < n; r += tileRows {
		for c := range wide / panelWidth {
			tileOf(q, r, 3*h, &keys, c, scores, wide)
		}
		for i := r; i < min(n, r+tileRows); i++ {
			softmax(scores[i*wide:i*wide+n], scale)
		}
		for c := range d / panelWidth {
			tileOf(scores, r, wide, &values, c, out, d)
		}
	}
	for t := range n {
		copy(p.ctx[(span[0]+t)*h+head*d:][:d], out[t*d:(t+1)*d])
	}
}

// pool writes one vector for each text.
func (p *pass) pool(vectors [][]float32) {
	h := p.e.cfg.Hidden
	for i, s := range p.spans {
		v := make([]float32, h)
		if p.e.cls {
			copy(v, p.x[s[0]*h:])
		} else {
			for r := s[0]; r < s[1]; r++ {
				for j, x := range p.x[r*h : (r+1)*h] {
					v[j] += x
				}
			}
			inv := 1 / float32(s[1]-s[0])
			for j := range v {
				v[j] *= inv
			}
		}
		if p.e.unit {
			normalize(v)
		}
		vectors[p.which[i]] = v
	}
}
