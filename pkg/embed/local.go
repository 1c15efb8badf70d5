package embed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"panther/pkg/embed/model"
	"panther/pkg/encoder"
	"panther/pkg/sd"
)

// encoderWeight is the dense leg's share with a sentence encoder, which measured
// best over four judged collections. Searches raise and lower it by the query.
const encoderWeight = 0.55

// encoderProvider runs a model folder in this process.
type encoderProvider struct {
	enc            *encoder.Encoder
	name, revision string
	query, passage string // prefixes
	formers        formers
}

func openEncoder(dir string, cfg EncoderConfig) (*encoderProvider, error) {
	enc, err := encoder.Open(dir, encoder.Options{Float32: cfg.Precision == PrecisionFloat32, Kernels: cfg.Kernels})
	if err != nil {
		return nil, sd.ConfigError(err, fmt.Sprintf("run `panther-embed verify`; a damaged folder is replaced by removing %s and `panther-embed pull`", dir))
	}
	if cfg.MaxTokens > 0 {
		enc.Limit(cfg.MaxTokens)
	}
	p := &encoderProvider{enc: enc, name: filepath.Base(dir),
		formers: formers{dir: filepath.Dir(dir), cfg: EncoderConfig{Precision: cfg.Precision, Kernels: cfg.Kernels}}}
	p.query, p.passage = enc.Prefixes()
	if p.query == "" && p.passage == "" {
		p.query, p.passage = familyPrefixes(p.name)
	}
	if cfg.QueryPrefix != nil {
		p.query = *cfg.QueryPrefix
	}
	if cfg.PassagePrefix != nil {
		p.passage = *cfg.PassagePrefix
	}
	st, err := os.Stat(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		_ = enc.Close()
		return nil, fmt.Errorf("open model: %w", err)
	}
	// Hashing 90 MB would cost a third of a cold start; a file of the same size
	// and time is the same file.
	p.revision = fmt.Sprintf("%d-%d-%d-%s-%s-%s", st.Size(), st.ModTime().UnixNano(), enc.MaxTokens(), enc.Precision(), enc.Engine(), p.passage)
	return p, nil
}

// familyPrefixes returns the prefixes that a family of models was trained with,
// as their authors' cards give them, for folders that do not say so themselves.
func familyPrefixes(name string) (query, passage string) {
	name = strings.ToLower(name)
	switch {
	case strings.HasPrefix(name, "bge-") && strings.Contains(name, "-en"):
		return "Represent this sentence for searching relevant passages: ", ""
	case strings.HasPrefix(name, "e5-"), strings.HasPrefix(name, "multilingual-e5-") && !strings.HasSuffix(name, "-instruct"):
		return "query: ", "passage: "
	}
	return "", ""
}

func (p *encoderProvider) Info(context.Context) (Info, error) {
	return Info{Model: p.name, Provider: ProviderEncoder, Dimensions: p.enc.Dimensions(),
		MaxTokens: p.enc.MaxTokens(), FusionWeight: encoderWeight}, nil
}

func (p *encoderProvider) Embed(ctx context.Context, b Batch) (Result, error) {
	if b.Model != "" && b.Model != p.name {
		o := p.formers.get(b.Model)
		if o == nil || !b.Query {
			return Result{}, fmt.Errorf("%w from %s to %s", errModelChanged, b.Model, p.name)
		}
		return o.Embed(ctx, b)
	}
	prefix := p.passage
	if b.Query {
		prefix = p.query
	}
	in := make([]encoder.Input, len(b.Inputs))
	for i, x := range b.Inputs {
		if x.IDs == nil {
			in[i].Text = prefix + x.Text
			continue
		}
		in[i].IDs = make([]int32, len(x.IDs))
		for j, id := range x.IDs {
			if id < 0 || id > 1<<30 {
				return Result{}, inputError("token id %d is outside of the vocabulary", id)
			}
			in[i].IDs[j] = int32(id)
		}
	}
	r, err := p.enc.Embed(ctx, in, b.Yield)
	if err != nil {
		if ctx.Err() == nil {
			err = fmt.Errorf("%w: %w", ErrInput, err)
		}
		return Result{}, err
	}
	return Result{Vectors: r.Vectors, Tokens: r.Tokens, Cut: r.Cut}, nil
}

func (p *encoderProvider) Close() error { return errors.Join(p.formers.close(), p.enc.Close()) }

// findModel returns the folder of the configured model, or the folders that
// were looked at.
func findModel(env *sd.Env, name string) (dir string, looked []string, err error) {
	names := []string{name}
	if name == model.Auto {
		names = model.Names()
	}
	for _, n := range names {
		if filepath.IsAbs(n) {
			looked = append(looked, n)
			continue
		}
		if env.StateDir != "" {
			looked = append(looked, filepath.Join(env.StateDir, "models", n))
		}
		if env.IsLocal() || env.StateDir == "" {
			cache, err := model.CacheDir()
			if err != nil {
				return "", nil, err
			}
			looked = append(looked, filepath.Join(cache, n))
		}
	}
	for _, d := range looked {
		_, err := os.Stat(filepath.Join(d, "config.json"))
		if err == nil {
			return d, looked, nil
		}
		if !os.IsNotExist(err) && !strings.HasSuffix(err.Error(), "not a directory") {
			return "", looked, fmt.Errorf("find model %s: %w", name, err)
		}
	}
	return "", looked, nil
}
