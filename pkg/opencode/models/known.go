package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"panther/pkg/llm"
)

// maxKnown bounds a list of known models in bytes: models.dev's has some two
// million.
const maxKnown = 64 << 20

// known is what is told of models, by provider and model, in the form of
// models.dev's list (https://models.dev/api.json). What it has besides is left
// alone.
type known map[string]struct {
	Models map[string]knownModel `json:"models"`
}

type knownModel struct {
	Name       string `json:"name"`
	Modalities struct {
		Input []string `json:"input"`
	} `json:"modalities"`
	Limit struct {
		Context int `json:"context"`
		Output  int `json:"output"`
	} `json:"limit"`
	Cost llm.Price `json:"cost"`
}

// readKnown reads the list that the owner has put there; none is no error.
func readKnown(path string) (known, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read known models: %w", err)
	case f.Size() > maxKnown:
		return nil, fmt.Errorf("read known models: %s has more than %d bytes", path, maxKnown)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read known models: %w", err)
	}
	var k known
	if err := json.Unmarshal(b, &k); err != nil {
		return nil, fmt.Errorf("read known models: %s: %w", path, err)
	}
	return k, nil
}

// find returns what is known of a model: as its provider has it or, without a
// price, as any other does that calls it the same.
func (k known) find(provider, id string) (knownModel, bool) {
	if m, ok := k[provider].Models[id]; ok {
		return m, true
	}
	var providers []string
	for p := range k {
		providers = append(providers, p)
	}
	slices.Sort(providers)
	base := id[strings.LastIndexByte(id, '/')+1:]
	for _, name := range []string{id, base} {
		for _, p := range providers {
			if m, ok := k[p].Models[name]; ok {
				m.Cost = llm.Price{}
				return m, true
			}
		}
	}
	return knownModel{}, false
}

// fill sets what the configuration does not say of a model.
func (k known) fill(provider string, m *Model) {
	if f, ok := k.find(provider, m.ID); ok {
		m.fill(f.Name, f.Limit.Context, f.Limit.Output, f.Modalities.Input, f.Cost)
	}
	for _, p := range wellKnown {
		for _, w := range p.Models {
			if w.ID != m.ID {
				continue
			}
			price := llm.Price{}
			if p.Name == provider {
				price = w.Price
			}
			m.fill(w.Name, w.Context, w.Output, w.Inputs, price)
		}
	}
}

func (m *Model) fill(name string, context, output int, inputs []string, price llm.Price) {
	if m.Name == "" {
		m.Name = name
	}
	if m.Context == 0 {
		m.Context = context
	}
	if m.Output == 0 {
		m.Output = output
	}
	if m.Inputs == nil {
		m.Inputs = inputs
	}
	if m.Price == (llm.Price{}) {
		m.Price = price
	}
}
