package embed

import (
	"context"

	"panther/pkg/embed/wordvec"
)

// builtinProvider embeds without downloaded weights.
type builtinProvider struct {
	model *wordvec.Model
}

func openBuiltin() *builtinProvider { return &builtinProvider{model: wordvec.Hashed()} }

func (p *builtinProvider) Info(context.Context) (Info, error) {
	m := p.model
	return Info{Model: m.Name(), Provider: ProviderBuiltin, Dimensions: m.Dimensions(), FusionWeight: m.Weight()}, nil
}

func (p *builtinProvider) Embed(ctx context.Context, b Batch) (Result, error) {
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
		r.Vectors[i], r.Tokens[i] = p.model.Embed(in.Text)
	}
	return r, nil
}

func (p *builtinProvider) Close() error { return nil }
