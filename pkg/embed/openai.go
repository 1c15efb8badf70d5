package embed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"

	"panther/pkg/embed/remote"
	"panther/pkg/sd"
)

// openaiProvider asks a server of the OpenAI embeddings API.
type openaiProvider struct {
	cfg    OpenAIConfig
	client *remote.Client
	dims   atomic.Int64 // 0 until the first answer
}

func openOpenAI(env *sd.Env, cfg OpenAIConfig) (*openaiProvider, error) {
	key := ""
	if cfg.Credential != "" {
		var err error
		// A server on this machine needs no key, so that none is no error; the
		// server's own 401 says what is missing.
		if key, err = env.Credential(cfg.Credential); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	p := &openaiProvider{cfg: cfg, client: remote.New(remote.Options{
		URL: cfg.URL, Model: cfg.Model, Key: key, Dimensions: cfg.Dimensions, Batch: cfg.Batch,
		PerMinute: cfg.RequestsPerMinute, Retries: cfg.Retries, Timeout: cfg.Timeout.D(), SendInputType: cfg.SendInputType})}
	p.dims.Store(int64(cfg.Dimensions))
	return p, nil
}

func (p *openaiProvider) Info(ctx context.Context) (Info, error) {
	if p.dims.Load() == 0 {
		if _, err := p.embed(ctx, []string{"dimensions"}, "passage"); err != nil {
			return Info{}, err
		}
	}
	name := p.cfg.Model
	if name == "" {
		name = "default"
	}
	return Info{Model: name, Provider: ProviderOpenAI, Dimensions: int(p.dims.Load()),
		MaxTokens: p.cfg.MaxTokens, FusionWeight: encoderWeight}, nil
}

func (p *openaiProvider) Embed(ctx context.Context, b Batch) (Result, error) {
	kind, prefix := "passage", p.cfg.PassagePrefix
	if b.Query {
		kind, prefix = "query", p.cfg.QueryPrefix
	}
	texts := make([]string, len(b.Inputs))
	for i, in := range b.Inputs {
		if in.IDs != nil {
			return Result{}, inputError("token ids are not passed on to another server; send text")
		}
		texts[i] = prefix + in.Text
	}
	return p.embed(ctx, texts, kind)
}

func (p *openaiProvider) embed(ctx context.Context, texts []string, kind string) (Result, error) {
	vs, tokens, err := p.client.Embed(ctx, texts, kind)
	if err != nil {
		return Result{}, err
	}
	if dims := int64(len(vs[0])); !p.dims.CompareAndSwap(0, dims) && p.dims.Load() != dims {
		return Result{}, fmt.Errorf("the embedding server's vectors have %d dimensions, they had %d", dims, p.dims.Load())
	}
	// The server counts a call, not its texts; shares are as good as known.
	r := Result{Vectors: vs, Tokens: make([]int, len(texts))}
	for i := range r.Tokens {
		r.Tokens[i] = tokens*(i+1)/len(texts) - tokens*i/len(texts)
	}
	return r, nil
}

func (p *openaiProvider) Close() error {
	p.client.Close()
	return nil
}
