package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"panther/pkg/embed/remote"
	"panther/pkg/sd"
)

// Kinds of text that providers may embed differently.
const (
	KindQuery   = "query"
	KindPassage = "passage"
)

// Model is what a provider embeds with.
type Model struct {
	ID           string  `json:"id"`
	Provider     string  `json:"provider"`
	Dimensions   int     `json:"dimensions"`
	FusionWeight float64 `json:"fusion_weight"`
}

// Provider makes vectors of length 1. An error means that they are not to be
// had now; there is no substitute.
type Provider interface {
	// Model returns the model in use now.
	Model(ctx context.Context) (Model, error)
	// Embed fails if the provider has another model by now.
	Embed(ctx context.Context, model string, texts []string, kind string) ([][]float32, error)
}

// ErrNoModel means that the provider has no model yet: searches are lexical.
var ErrNoModel = errors.New("no embedding model is installed")

// HTTPProvider speaks to panther-embed or to any server of the OpenAI
// embeddings API.
type HTTPProvider struct {
	opt  remote.Options
	base string
	http *http.Client

	mu     sync.Mutex
	client *remote.Client // for client.Model
	model  string
}

// What a server that does not say more than OpenAI's is taken for.
const (
	foreignProvider = "openai"
	foreignWeight   = 0.55 // that of a strong encoder
)

// NewHTTPProvider returns a provider at opt.URL; opt.Model "" takes the first
// one that the server lists.
func NewHTTPProvider(opt remote.Options) *HTTPProvider {
	p := &HTTPProvider{opt: opt}
	p.http, p.base = remote.HTTPClient(opt.URL)
	return p
}

// Close closes idle connections.
func (p *HTTPProvider) Close() {
	p.http.CloseIdleConnections()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client != nil {
		p.client.Close()
	}
}

// modelTimeout bounds a question to the server that needs no computation.
const modelTimeout = 10 * time.Second

// Model asks the server what it has. A server that does not tell dimensions is
// asked for one vector.
func (p *HTTPProvider) Model(ctx context.Context) (Model, error) {
	ctx, cancel := context.WithTimeout(ctx, modelTimeout)
	defer cancel()
	var list struct {
		Data []Model `json:"data"`
	}
	if err := p.call(ctx, http.MethodGet, "/models", nil, &list); err != nil {
		return Model{}, err
	}
	for _, m := range list.Data {
		if p.opt.Model != "" && m.ID != p.opt.Model {
			continue
		}
		if m.Provider == "" {
			m.Provider, m.FusionWeight = foreignProvider, foreignWeight
		}
		if m.Dimensions == 0 {
			v, err := p.Embed(ctx, m.ID, []string{"dimensions"}, KindPassage)
			if err != nil {
				return Model{}, err
			}
			m.Dimensions = len(v[0])
		}
		return m, nil
	}
	if len(list.Data) == 0 {
		return Model{}, ErrNoModel
	}
	return Model{}, fmt.Errorf("the embedding server has %d models, none of them %q", len(list.Data), p.opt.Model)
}

// Embed asks for vectors of the model.
func (p *HTTPProvider) Embed(ctx context.Context, model string, texts []string, kind string) ([][]float32, error) {
	vs, _, err := p.clientFor(model).Embed(ctx, texts, kind)
	return vs, err
}

func (p *HTTPProvider) clientFor(model string) *remote.Client {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client == nil || p.model != model {
		opt := p.opt
		opt.Model = model
		p.client, p.model = remote.New(opt), model
	}
	return p.client
}

func (p *HTTPProvider) call(ctx context.Context, method, path string, body io.Reader, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, p.base+path, body)
	if err != nil {
		return fmt.Errorf("ask the embedding server: %w", err)
	}
	if p.opt.Key != "" {
		req.Header.Set("Authorization", "Bearer "+p.opt.Key)
	}
	resp, err := p.http.Do(req)
	if err != nil {
		return fmt.Errorf("reach the embedding server: %w", sd.Unreached(err))
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	switch {
	case err != nil:
		return fmt.Errorf("read the embedding server's answer: %w", err)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("the embedding server answered %s to %s", resp.Status, path)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("read the embedding server's answer: %w", err)
	}
	return nil
}
