package embed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"panther/pkg/embed/wordvec"
	"panther/pkg/sd"
)

// builtinProvider embeds without downloaded weights: by word vectors learned
// from the owner's corpus, or by hashes until there are some. The zero value
// starts with hashes and keeps nothing.
type builtinProvider struct {
	path   string // of the trained model; "" keeps it in memory only
	model  atomic.Pointer[wordvec.Model]
	former atomic.Pointer[wordvec.Model] // that it replaced, for queries until its space is replaced too
}

// formerPath is where the replaced model is kept.
func (p *builtinProvider) formerPath() string {
	return strings.TrimSuffix(p.path, ".bin") + "-before.bin"
}

// openBuiltin loads the model that was trained last. A damaged one is an error:
// hashes instead would be another space without anybody asking for it.
func openBuiltin(dir string) (*builtinProvider, error) {
	p := &builtinProvider{}
	if dir == "" {
		return p, nil
	}
	p.path = filepath.Join(dir, "words.bin")
	m, err := wordvec.Load(p.path)
	switch {
	case err == nil:
		p.model.Store(m)
		if m, err := wordvec.Load(p.formerPath()); err == nil { // without it queries wait for the new space, no more
			p.former.Store(m)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, sd.ConfigError(err, fmt.Sprintf("remove %s; the next training makes it again", p.path))
	}
	return p, nil
}

func (p *builtinProvider) current() *wordvec.Model {
	if m := p.model.Load(); m != nil {
		return m
	}
	return wordvec.Hashed()
}

func (p *builtinProvider) Info(context.Context) (Info, error) { return infoOf(p.current()), nil }

func infoOf(m *wordvec.Model) Info {
	return Info{Model: m.Name(), Provider: ProviderBuiltin, Dimensions: m.Dimensions(), FusionWeight: m.Weight()}
}

// Former describes a model that still embeds queries: the one that was replaced
// last, and hashes.
func (p *builtinProvider) Former(name string) (Info, bool) {
	m := p.queries(name)
	return infoOf(m), m.Name() == name
}

// queries returns the model of that name if queries may use it, else the
// current one.
func (p *builtinProvider) queries(name string) *wordvec.Model {
	for _, m := range []*wordvec.Model{p.former.Load(), wordvec.Hashed()} {
		if m != nil && m.Name() == name {
			return m
		}
	}
	return p.current()
}

func (p *builtinProvider) Embed(ctx context.Context, b Batch) (Result, error) {
	m := p.current()
	if b.Query {
		m = p.queries(b.Model)
	}
	if b.Model != "" && b.Model != m.Name() {
		return Result{}, fmt.Errorf("%w from %s to %s", errModelChanged, b.Model, m.Name())
	}
	r := Result{Vectors: make([][]float32, len(b.Inputs)), Tokens: make([]int, len(b.Inputs))}
	for i, in := range b.Inputs {
		if in.IDs != nil {
			return Result{}, inputError("the builtin provider has no tokens; send text")
		}
		if i%64 == 0 {
			if b.Yield != nil {
				b.Yield()
			}
			if err := ctx.Err(); err != nil {
				return Result{}, err
			}
		}
		r.Vectors[i], r.Tokens[i] = m.Embed(in.Text)
	}
	return r, nil
}

// Train learns from texts and then embeds with what it learned, which is a new
// space: clients see it in /v1/models and embed again.
func (p *builtinProvider) Train(ctx context.Context, next func() (string, error)) (TrainReport, error) {
	start := time.Now()
	m, texts, err := wordvec.Train(ctx, next)
	if errors.Is(err, wordvec.ErrSmall) {
		return TrainReport{}, fmt.Errorf("%w: %w", ErrInput, err)
	}
	if err != nil {
		return TrainReport{}, fmt.Errorf("train word vectors: %w", err)
	}
	r := TrainReport{Model: m.Name(), Texts: texts, Words: m.Words()}
	if r.Unchanged = m.Name() == p.current().Name(); !r.Unchanged {
		if err := p.keep(m); err != nil {
			return TrainReport{}, err
		}
	}
	r.Seconds = time.Since(start).Seconds()
	return r, nil
}

// keep makes m the current model. A kill at any moment leaves a current one.
func (p *builtinProvider) keep(m *wordvec.Model) error {
	old := p.model.Load()
	if p.path != "" {
		if old != nil {
			if err := old.Save(p.formerPath()); err != nil {
				return err
			}
		}
		if err := m.Save(p.path); err != nil {
			return err
		}
	}
	p.former.Store(old)
	p.model.Store(m)
	return nil
}

func (p *builtinProvider) Close() error { return nil }
