// Package models makes the language models of the configuration, or those of
// the well-known providers whose credential is there. The configuration is
// authoritative for prices and limits. A model whose key is missing is there all
// the same: its answer says what to do.
package models

import (
	"regexp"
	"strconv"
	"strings"

	"panther/pkg/config"
	"panther/pkg/llm"
)

// Provider is a place where models are.
type Provider struct {
	Name       string            `toml:"name"`
	Kind       string            `toml:"kind"`       // openai (and what is compatible) or anthropic
	URL        string            `toml:"url"`        // "" means the provider's own
	Credential string            `toml:"credential"` // name of the key's credential; "" means no key
	Headers    map[string]string `toml:"headers"`    // added to each request
	Query      map[string]string `toml:"query"`      // added to the URL, as Azure's api-version
	Models     []Model           `toml:"model"`
}

// Model is a model of a provider.
type Model struct {
	ID       string    `toml:"id"`
	Name     string    `toml:"name"`
	Context  int       `toml:"context"`  // tokens; 0 means what is known, or 128000
	Output   int       `toml:"output"`   // tokens of an answer; 0 means what is known, or the provider's limit
	Inputs   []string  `toml:"inputs"`   // what it reads besides text: image, pdf; nil means what is known
	Thinking int       `toml:"thinking"` // tokens it may think; 0 means none
	Effort   string    `toml:"effort"`   // of its thoughts, as low or high; "" means its own
	Price    llm.Price `toml:"price"`    // US dollars for a million tokens
}

var nameRule = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$`)

// Validate reports what is wrong with providers, and with references to their
// models: chosen by their setting, and fallbacks.
func Validate(providers []Provider, chosen map[string]string, fallbacks []string) error {
	refs := map[string]bool{}
	for i, p := range providers {
		key := "provider." + strconv.Itoa(i)
		if !nameRule.MatchString(p.Name) {
			return config.Errorf(key+".name", "use letters, digits, - and _", "%q is no name", p.Name)
		}
		if p.Kind != "openai" && p.Kind != "anthropic" {
			return config.Errorf(key+".kind", "write openai (also for compatible servers) or anthropic", "%q is no kind of provider", p.Kind)
		}
		if p.URL != "" && !strings.HasPrefix(p.URL, "http") {
			return config.Errorf(key+".url", "write it like http://127.0.0.1:11434/v1", "%q is no URL", p.URL)
		}
		if len(p.Models) == 0 {
			return config.Errorf(key, "add a [[provider.model]] with its id", "has no model")
		}
		for j, m := range p.Models {
			if m.ID == "" {
				return config.Errorf(key+".model."+strconv.Itoa(j)+".id", "give the id by which the provider knows it", "is empty")
			}
			refs[p.Name+"/"+m.ID] = true
		}
	}
	for key, ref := range chosen {
		if ref != "" && len(refs) > 0 && !refs[ref] {
			return config.Errorf(key, "name it provider/model, as they are configured below", "%q is not configured", ref)
		}
	}
	for i, ref := range fallbacks {
		if len(refs) > 0 && !refs[ref] {
			return config.Errorf("fallbacks."+strconv.Itoa(i), "name it provider/model, as they are configured below", "%q is not configured", ref)
		}
	}
	return nil
}
