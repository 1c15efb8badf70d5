package models

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"panther/pkg/llm"
	"panther/pkg/sd"
)

// What the configuration does not say of a model, a list in the form of models.dev's
// does, and where it has none of it, ours.
func TestKnownModels(t *testing.T) {
	t.Parallel()
	list := filepath.Join(t.TempDir(), "models.json")
	if err := os.WriteFile(list, []byte(`{"near":{"id":"near","name":"Near","models":{"small":{"id":"small","name":"Small","reasoning":true,
		"modalities":{"input":["text","image","audio"],"output":["text"]},"limit":{"context":32768,"output":4096},"cost":{"input":0.5,"output":2,"cache_read":0.1}}}},
		"far":{"models":{"large":{"name":"Large","limit":{"context":1000000,"output":64000},"cost":{"input":9}},"gpt-5":{"name":"Five","limit":{"context":500000}}}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	env, err := sd.Local("opencode", t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	load := func(list, provider string, m Model) (llm.Info, error) {
		set, err := Load(env, []Provider{{Name: provider, Kind: "openai", URL: "http://127.0.0.1:1/v1", Models: []Model{m}}}, "", nil, list)
		if err != nil {
			return llm.Info{}, err
		}
		i, _ := set.Find("")
		return i, nil
	}
	small := llm.Price{Input: 0.5, Output: 2, CacheRead: 0.1}
	for name, tc := range map[string]struct {
		provider string
		model    Model
		want     llm.Info
	}{
		"of the provider": {"near", Model{ID: "small"}, llm.Info{Name: "Small", Context: 32768, Output: 4096, Images: true, Price: small}},
		"of another":      {"proxy", Model{ID: "small"}, llm.Info{Name: "Small", Context: 32768, Output: 4096, Images: true}},
		"with a prefix":   {"proxy", Model{ID: "vendor/large"}, llm.Info{Name: "Large", Context: 1_000_000, Output: 64_000}},
		"configured":      {"near", Model{ID: "small", Name: "Mine", Context: 8192, Output: 100, Inputs: []string{"pdf"}, Price: llm.Price{Input: 1}}, llm.Info{Name: "Mine", Context: 8192, Output: 100, PDFs: true, Price: llm.Price{Input: 1}}},
		"nothing is read": {"near", Model{ID: "small", Inputs: []string{}}, llm.Info{Name: "Small", Context: 32768, Output: 4096, Price: small}},
		"in part ours":    {"openai", Model{ID: "gpt-5"}, llm.Info{Name: "Five", Context: 500_000, Output: 32_000, Images: true, PDFs: true, Price: llm.Price{Input: 1.25, Output: 10, CacheRead: 0.125}}},
		"nowhere":         {"near", Model{ID: "unheard"}, llm.Info{Name: "unheard", Context: ContextSize}},
	} {
		tc.want.Provider, tc.want.ID = tc.provider, tc.model.ID
		if got, err := load(list, tc.provider, tc.model); err != nil || got != tc.want {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	if got, err := load(filepath.Join(t.TempDir(), "none"), "near", Model{ID: "small"}); err != nil || got.Context != ContextSize {
		t.Errorf("without a list: %+v, %v", got, err)
	}
	for _, bad := range []string{"[]", "{", `{"near":[]}`} {
		if err := os.WriteFile(list, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := load(list, "near", Model{ID: "small"}); err == nil {
			t.Errorf("%s was taken for a list", bad)
		}
	}
}
