package models

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"time"

	"panther/pkg/llm"
	"panther/pkg/llm/provider"
	"panther/pkg/sd"
)

// ContextSize is taken for a model whose context is not configured, in tokens:
// what the common ones of today have at least.
const ContextSize = 128_000

// both is what the models below read besides text.
var both = []string{"image", "pdf"}

// wellKnown are the providers that are there as soon as their credential is,
// with no configuration at all.
var wellKnown = []Provider{
	{Name: "anthropic", Kind: "anthropic", Credential: "anthropic-api-key", Models: []Model{
		{ID: "claude-sonnet-4-5", Name: "Claude Sonnet 4.5", Context: 200_000, Output: 16_000, Inputs: both,
			Price: llm.Price{Input: 3, Output: 15, CacheRead: 0.3, CacheWrite: 3.75}},
		{ID: "claude-haiku-4-5", Name: "Claude Haiku 4.5", Context: 200_000, Output: 16_000, Inputs: both,
			Price: llm.Price{Input: 1, Output: 5, CacheRead: 0.1, CacheWrite: 1.25}},
	}},
	{Name: "openai", Kind: "openai", Credential: "openai-api-key", Models: []Model{
		{ID: "gpt-5", Name: "GPT-5", Context: 400_000, Output: 32_000, Inputs: both, Price: llm.Price{Input: 1.25, Output: 10, CacheRead: 0.125}},
		{ID: "gpt-5-mini", Name: "GPT-5 mini", Context: 400_000, Output: 32_000, Inputs: both, Price: llm.Price{Input: 0.25, Output: 2, CacheRead: 0.025}},
	}},
}

// Load makes the set of the models of providers or, if there is none, of the
// well-known ones whose key is there. What the configuration does not say of a
// model is taken from the list in a file, if there is one, and from ours.
func Load(env *sd.Env, providers []Provider, byDefault string, fallbacks []string, list string) (*llm.Set, error) {
	set := &llm.Set{Default: byDefault, Fallbacks: fallbacks}
	told, err := readKnown(list)
	if err != nil {
		return nil, sd.ConfigError(err, "put models.dev's api.json there, or nothing")
	}
	automatic := len(providers) == 0
	if automatic {
		providers = wellKnown
	}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64,
		IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 5 * time.Minute}}
	for _, p := range providers {
		key, err := providerKey(env, p, automatic)
		if err != nil {
			return nil, err
		}
		if automatic && key == "" {
			continue
		}
		for _, m := range p.Models {
			told.fill(p.Name, &m)
			i := llm.Info{Images: slices.Contains(m.Inputs, "image"), PDFs: slices.Contains(m.Inputs, "pdf"), Provider: p.Name, ID: m.ID, Name: m.Name, Context: m.Context, Output: m.Output, Thinking: m.Thinking, Effort: m.Effort, Price: m.Price}
			if i.Name == "" {
				i.Name = m.ID
			}
			if i.Context == 0 {
				i.Context = ContextSize
			}
			ep := provider.Endpoint{URL: p.URL, Key: key, Credential: p.Credential, Client: client, Header: p.Headers, Query: p.Query}
			if p.Kind == "anthropic" {
				set.Add(i, provider.NewAnthropic(i, ep))
			} else {
				set.Add(i, provider.NewOpenAI(i, ep))
			}
		}
	}
	return set, nil
}

// providerKey returns the key of a provider. A configured one whose credential
// is missing is no reason not to start: the answer to a prompt says what to do.
// On a laptop the usual environment variables count too, where nobody
// configured anything.
func providerKey(env *sd.Env, p Provider, automatic bool) (string, error) {
	if p.Credential == "" {
		return "", nil
	}
	key, err := env.Credential(p.Credential)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key = ""
	case err != nil:
		return "", fmt.Errorf("load key of %s: %w", p.Name, err)
	}
	if key == "" && automatic && env.IsLocal() {
		key = os.Getenv(map[string]string{"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}[p.Name])
	}
	if key == "" && !automatic {
		env.Log.Warn("key of provider is missing", "provider", p.Name, "credential", p.Credential)
	}
	return key, nil
}
