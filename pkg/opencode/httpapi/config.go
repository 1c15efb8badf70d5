package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
)

// choices are what people chose for their sessions to come, until the process
// ends. The rest of the configuration is the owner's of the server. The zero value
// is ready.
type choices struct {
	mu sync.Mutex
	of map[identity.Identity]choice
}

type choice struct{ model, agent string }

func (c *choices) get(id identity.Identity) choice {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of[id]
}

func (c *choices) set(id identity.Identity, v choice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[identity.Identity]choice{}
	}
	c.of[id] = v
}

func (s *Server) configRoutes(a *rest.API) {
	for _, path := range []string{"/config", "/global/config"} {
		rest.Handle(a, "GET "+path, "Read the configuration", func(ctx context.Context, _ *rest.None) (api.Config, error) { return s.config(ctx), nil })
		rest.Handle(a, "PATCH "+path, "Choose the model and the agent of one's sessions to come", s.choose)
	}
}

// config is the configuration as the caller has it.
func (s *Server) config(ctx context.Context) api.Config {
	c := api.Config{Schema: "https://opencode.ai/config.json", Username: "panther", Share: "disabled", Model: api.Extractive.String(),
		DefaultAgent: s.Agents.Find("").Name, Agent: map[string]any{}, Mode: map[string]any{}, Command: map[string]any{}, Plugin: []string{}}
	if i, ok := s.Models.Find(""); ok {
		c.Model = i.Ref()
	}
	chosen := s.choices.get(identity.Of(ctx))
	if chosen.model != "" {
		c.Model = chosen.model
	}
	if chosen.agent != "" {
		c.DefaultAgent = chosen.agent
	}
	return c
}

// choose takes the caller's choice of a model and an agent. What is as it was may
// come along; anything else is not the caller's to change.
func (s *Server) choose(ctx context.Context, in *body[map[string]json.RawMessage]) (api.Config, error) {
	now, err := members(s.config(ctx))
	if err != nil {
		return api.Config{}, err
	}
	chosen := s.choices.get(identity.Of(ctx))
	for _, key := range slices.Sorted(maps.Keys(in.Body)) {
		var name string
		switch {
		case bytes.Equal(in.Body[key], now[key]):
			continue
		case json.Unmarshal(in.Body[key], &name) != nil, key != "model" && key != "default_agent":
			return api.Config{}, api.BadRequest("%s is set by the owner of the server", gate.Line(key, 40)).WithHint("the model and default_agent of one's own sessions can be chosen here; the rest is in opencode.toml")
		}
		if key == "default_agent" {
			chosen.agent, err = name, s.checkAgent(name)
		} else {
			chosen.model, err = name, s.checkModel(name)
		}
		if err != nil {
			return api.Config{}, err
		}
	}
	if id := identity.Of(ctx); id.Person() {
		s.choices.set(id, chosen)
	}
	return s.config(ctx), nil
}

func (s *Server) checkAgent(name string) error {
	if name == "" || s.Agents.Find(name) == nil {
		return api.BadRequest("there is no agent %q", gate.Line(name, 80)).WithHint("there are %s", s.Agents.Names())
	}
	return nil
}

func (s *Server) checkModel(ref string) error {
	if _, ok := s.Models.Find(ref); ref == "" || !ok && ref != api.Extractive.String() {
		return api.BadRequest("there is no model %q", gate.Line(ref, 80)).WithHint("panther status lists the models")
	}
	return nil
}

// members returns what an object has, encoded.
func members(v any) (map[string]json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var m map[string]json.RawMessage
	return m, json.Unmarshal(b, &m)
}

// preferring fills in what the caller chose where a new session says nothing.
func (s *Server) preferring(ctx context.Context, in api.CreateSession) api.CreateSession {
	chosen := s.choices.get(identity.Of(ctx))
	if in.Agent == "" {
		in.Agent = chosen.agent
	}
	if in.Model == nil && chosen.model != "" {
		in.Model = sessionModel(chosen.model)
	}
	return in
}
