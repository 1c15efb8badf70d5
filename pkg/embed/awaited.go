package embed

import (
	"context"
	"errors"
	"sync"

	"panther/pkg/sd"
)

// errNoModel means that no model is installed, and so there are no vectors.
var errNoModel = errors.New("no embedding model is installed")

// awaitedProvider is the encoder of a model that is not installed yet. Whenever
// it is asked it looks for one, so that a model that comes is used without a
// restart.
type awaitedProvider struct {
	// open returns nil where there is still none.
	open func() (*encoderProvider, error)

	mu    sync.Mutex
	found *encoderProvider
}

func (p *awaitedProvider) get() (*encoderProvider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	found, err := p.open()
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, sd.Hint(errNoModel, "panther-embed pull installs one; until then search is by words alone")
	}
	p.found = found
	return found, nil
}

// Info implements Provider.
func (p *awaitedProvider) Info(ctx context.Context) (Info, error) {
	e, err := p.get()
	if err != nil {
		return Info{}, err
	}
	return e.Info(ctx)
}

// Embed implements Provider.
func (p *awaitedProvider) Embed(ctx context.Context, b Batch) (Result, error) {
	e, err := p.get()
	if err != nil {
		return Result{}, err
	}
	return e.Embed(ctx, b)
}

// Former implements former.
func (p *awaitedProvider) Former(name string) (Info, bool) {
	e, err := p.get()
	if err != nil {
		return Info{}, false
	}
	return e.Former(name)
}

// Close implements Provider.
func (p *awaitedProvider) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		return nil
	}
	return p.found.Close()
}
