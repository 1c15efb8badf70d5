package encoder

import (
	"context"
	"fmt"
	"math"
	"sort"
)

// partTokens is how many tokens a thread computes in one pass at most, unless
// one text has more: enough rows to pay for streaming the weights, small enough
// that they stay in the second-level cache and that a waiting query is never
// far behind.
const partTokens = 256

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

// Embed returns one vector of length 1 for each input. They are computed by
// length, so that neighbours cost alike. Twice a layer, so every few
// milliseconds, it calls between, if that is not nil, where a server lets urgent
// work go first, and looks whether ctx has ended, whose error it then returns.
// An id outside of the vocabulary is an error.
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
	budget := partTokens * threads()
	for len(order) > 0 {
		n, tokens := 0, 0
		for n < len(order) && (n == 0 || tokens+len(seqs[order[n]]) <= budget) {
			tokens += len(seqs[order[n]])
			n++
		}
		if err := e.pass(ctx, seqs, order[:n], r.Vectors, between); err != nil {
			return Result{}, err
		}
		order = order[n:]
	}
	return r, nil
}

// pass computes the vectors of the texts in which, divided over the threads by
// whole texts; a single text is divided inside of each product.
func (e *Encoder) pass(ctx context.Context, seqs [][]int32, which []int, vectors [][]float32, between func()) error {
	t := newTeam(threads())
	defer t.stop()
	parts := e.divide(seqs, which)
	defer func() {
		for _, p := range parts {
			p.team = nil
			e.free.Put(p)
		}
	}()
	if len(parts) == 1 {
		parts[0].team = t
	}
	each := func(f func(p *part)) {
		if len(parts) == 1 {
			f(parts[0])
			return
		}
		t.run(len(parts), func(_, i int) { f(parts[i]) })
	}
	each(func(p *part) { p.lookUp(seqs) })
	for l := range e.layers {
		for _, half := range []func(*part, *layer){(*part).attention, (*part).feedForward} {
			if between != nil {
				between()
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			each(func(p *part) { half(p, &e.layers[l]) })
		}
	}
	for _, p := range parts {
		p.pool(vectors)
	}
	return nil
}

// divide spreads texts over the threads, the longest first, each to the part
// that has least.
func (e *Encoder) divide(seqs [][]int32, which []int) []*part {
	parts := make([]*part, min(threads(), len(which)))
	for i := range parts {
		p, _ := e.free.Get().(*part)
		if p == nil {
			p = &part{e: e, product: product{engine: e.engine}}
		}
		p.which, p.rows = p.which[:0], 0
		parts[i] = p
	}
	for i := len(which) - 1; i >= 0; i-- {
		least := parts[0]
		for _, p := range parts[1:] {
			if p.rows < least.rows {
				least = p
			}
		}
		least.which = append(least.which, which[i])
		least.rows += len(seqs[which[i]])
	}
	return parts
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

// part is what one thread computes: the tokens of its texts one after another.
// Parts are used again, so that memory stays flat under load.
type part struct {
	product
	e       *Encoder
	which   []int // text of each span
	spans   [][2]int
	rows    int
	x       []float32 // one row a token: the hidden state
	qkv     []float32 // queries, keys and values; then the output of each half
	ctx     []float32 // attention's output
	ffn     []float32
	scratch [][]float32 // of attendHead, one a thread
}

// lookUp sets x to the embeddings of the texts' tokens.
func (p *part) lookUp(seqs [][]int32) {
	e, h := p.e, p.e.cfg.Hidden
	padded := p.rows + spareRows
	grow(&p.x, padded*h)
	grow(&p.qkv, padded*3*h)
	grow(&p.ctx, padded*h)
	grow(&p.ffn, padded*e.cfg.Intermediate)
	p.spans = p.spans[:0]
	at := 0
	for _, w := range p.which {
		next := e.firstPosition
		for _, id := range seqs[w] {
			row := p.x[at*h : (at+1)*h]
			e.words.row(row, int(id))
			pos := next
			if e.firstPosition > 0 && int(id) == e.cfg.Pad {
				pos = e.cfg.Pad // as in RoBERTa, even for one in a text
			} else {
				next++
			}
			for i, v := range e.positions[pos*h : (pos+1)*h] {
				row[i] += v
			}
			e.engine.addNorm(row, e.types[:h], e.embedGamma, e.embedBeta, e.cfg.Eps)
			at++
		}
		p.spans = append(p.spans, [2]int{at - len(seqs[w]), at})
	}
}

func grow(v *[]float32, n int) {
	if cap(*v) < n {
		*v = make([]float32, n)
	}
	*v = (*v)[:n]
}

// attention and feedForward are the two halves of a layer.
func (p *part) attention(l *layer) {
	h := p.e.cfg.Hidden
	p.multiply(p.x, h, p.rows, &l.qkv, p.qkv, 3*h)
	p.attend()
	p.multiply(p.ctx, h, p.rows, &l.out, p.qkv, h)
	p.norm(p.qkv, l.gamma1, l.beta1)
}

func (p *part) feedForward(l *layer) {
	h, f := p.e.cfg.Hidden, p.e.cfg.Intermediate
	p.multiply(p.x, h, p.rows, &l.up, p.ffn, f)
	p.multiply(p.ffn, f, p.rows, &l.down, p.qkv, h)
	p.norm(p.qkv, l.gamma2, l.beta2)
}

func (p *part) norm(add, gamma, beta []float32) {
	h := p.e.cfg.Hidden
	for r := range p.rows {
		p.addNorm(p.x[r*h:(r+1)*h], add[r*h:(r+1)*h], gamma, beta, p.e.cfg.Eps)
	}
}

// attend computes the attention of every text and head from qkv into ctx.
func (p *part) attend() {
	heads := p.e.cfg.Heads
	for len(p.scratch) < p.team.threads() {
		p.scratch = append(p.scratch, nil)
	}
	p.team.run(len(p.spans)*heads, func(thread, i int) {
		p.attendHead(&p.scratch[thread], p.spans[i/heads], i%heads)
	})
}

func (p *part) attendHead(scratch *[]float32, span [2]int, head int) {
	h, d := p.e.cfg.Hidden, p.e.cfg.Hidden/p.e.cfg.Heads
	n := span[1] - span[0]
	wide := roundUp(n, panelWidth)
	grow(scratch, d*wide+n*d+spareRows*wide+spareRows*d)
	buf := *scratch
	keys := matrix{k: d, n: wide, panels: buf[:d*wide]}
	buf = buf[d*wide:]
	values := matrix{k: n, n: d, panels: buf[:n*d]}
	scores := buf[n*d : n*d+spareRows*wide]
	out := buf[n*d+spareRows*wide:]
	p.packHead(&keys, &values, span, head)
	q := p.qkv[span[0]*3*h+head*d:]
	scale := float32(1 / math.Sqrt(float64(d)))
	for r := 0; r < n; r += p.tiles[0].rows {
		rows := min(n-r, p.tiles[0].rows)
		t := p.tile(rows)
		for c := range wide / panelWidth {
			t.run(d, q[r*3*h:(r+t.rows-1)*3*h+d], 3*h, keys.panels[c*d*panelWidth:(c+1)*d*panelWidth],
				scores[c*panelWidth:], wide, zeroBias[:])
		}
		var inverse [spareRows]float32
		for i := range rows {
			row := scores[i*wide : (i+1)*wide]
			for j := n; j < wide; j++ {
				row[j] = float32(math.Inf(-1)) // no key
			}
			inverse[i] = p.softmax(row, scale)
		}
		for c := range d / panelWidth {
			t.run(n, scores, wide, values.panels[c*n*panelWidth:(c+1)*n*panelWidth], out[c*panelWidth:], d, zeroBias[:])
		}
		for i := range rows {
			dst := p.ctx[(span[0]+r+i)*h+head*d:][:d]
			for j, v := range out[i*d : (i+1)*d] {
				dst[j] = v * inverse[i]
			}
		}
	}
}

var zeroBias [panelWidth]float32

// packHead packs the keys of a head, transposed, and its values. Columns
// beyond the last key keep what was there: nobody reads their scores.
func (p *part) packHead(keys, values *matrix, span [2]int, head int) {
	h, d, n := p.e.cfg.Hidden, keys.k, values.k
	for t := range n {
		row := p.qkv[(span[0]+t)*3*h:]
		dst := keys.panels[(t/panelWidth)*d*panelWidth+t%panelWidth:]
		for i, v := range row[h+head*d : h+(head+1)*d] {
			dst[i*panelWidth] = v
		}
		v := row[2*h+head*d : 2*h+(head+1)*d]
		for c := 0; c < d; c += panelWidth {
			copy(values.panels[(c/panelWidth)*n*panelWidth+t*panelWidth:][:panelWidth], v[c:])
		}
	}
}

// pool writes one vector for each text.
func (p *part) pool(vectors [][]float32) {
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
		normalize(v)
		vectors[p.which[i]] = v
	}
}
