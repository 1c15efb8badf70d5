package httpapi

import (
	"context"

	"panther/pkg/identity"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/models"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/sessions"
)

func (s *Server) serverRoutes(a *rest.API) {
	rest.Fixed(a, "GET /global/health", "Tell the version", api.Health{Healthy: true, Version: s.Version})
	rest.Fixed(a, "GET /healthz", "Tell that the server runs", api.Ready{Status: "ok"})
	rest.Handle(a, "GET /readyz", "Tell whether agentdb can be used", func(ctx context.Context, _ *rest.None) (api.Ready, error) {
		return api.Ready{Status: "ok"}, s.Knowledge.Ready(ctx)
	})
	rest.Handle(a, "GET /panther/status", "Tell how the server is", s.status)
	rest.Handle(a, "POST /panther/probe", "Ask each model a short question", s.probe)
	rest.Fixed(a, "GET /agent", "List the agents", s.agents())
	providers := s.providers()
	rest.Fixed(a, "GET /config/providers", "List the models", providers)
	list := api.ProviderList{All: providers.Providers, Default: providers.Default, Connected: []string{}}
	for _, p := range list.All {
		list.Connected = append(list.Connected, p.ID)
	}
	rest.Fixed(a, "GET /provider", "List the models", list)
	rest.Handle(a, "GET /mcp", "Tell how the MCP servers are", func(ctx context.Context, _ *rest.None) (map[string]api.MCPStatus, error) {
		return s.MCP.Status(identity.Of(ctx)), nil
	})
	rest.Handle(a, "POST /mcp/{name}/connect", "Use an MCP server in one's own turns again", s.switchMCP(true))
	rest.Handle(a, "POST /mcp/{name}/disconnect", "Use an MCP server in one's own turns no longer", s.switchMCP(false))
	dir := s.Sessions.Directory()
	rest.Fixed(a, "GET /path", "Tell where the server works", api.Paths{Home: dir, State: dir, Config: "/etc/panther", Worktree: "/", Directory: dir})
	project := api.Project{ID: sessions.Project, Worktree: "/", Sandboxes: []string{}, Time: api.ProjectTime{Created: s.Started.UnixMilli(), Updated: s.Started.UnixMilli()}}
	rest.Fixed(a, "GET /project", "List the projects", []api.Project{project})
	rest.Fixed(a, "GET /project/current", "Read the project", project)
	// Accepted and dropped: clients must not write into the journal.
	rest.Fixed(a, "POST /log", "Write to no log", true)
	rest.Fixed(a, "POST /instance/dispose", "End nothing", true)
	rest.Fixed(a, "POST /global/dispose", "End nothing", true)
}

type serverName struct {
	Name string `path:"name"`
}

// switchMCP lets the caller's turns use a server or not; those of others go on as
// they were.
func (s *Server) switchMCP(on bool) func(context.Context, *serverName) (bool, error) {
	return func(ctx context.Context, in *serverName) (bool, error) {
		if !s.MCP.Switch(identity.Of(ctx), in.Name, on) {
			return false, api.NotFound("MCP server", in.Name)
		}
		return s.MCP.Status(identity.Of(ctx))[in.Name].Status == "connected" || !on, nil
	}
}

func (s *Server) status(ctx context.Context, _ *rest.None) (api.Status, error) {
	v := api.Status{Version: s.Version, Started: s.Started, Line: s.Line(), Knowledge: "ok", Running: len(s.Sessions.Running()), Addresses: s.Addresses,
		Access: s.Gate.Doors(), Turns: s.Prompts.Begun(), Model: api.Extractive}
	v.Tokens, v.Cost = s.Account.Total()
	if err := s.Knowledge.Ready(ctx); err != nil {
		v.Knowledge = err.Error()
	}
	for _, i := range s.Models.Infos() {
		v.Models = append(v.Models, api.ModelRef{ProviderID: i.Provider, ModelID: i.ID})
	}
	if i, ok := s.Models.Find(""); ok {
		v.Model = api.ModelRef{ProviderID: i.Provider, ModelID: i.ID}
	}
	for _, a := range s.Agents.All() {
		v.Agents = append(v.Agents, a.Name)
	}
	return v, nil
}

func (s *Server) agents() []api.Agent {
	out := []api.Agent{}
	for _, a := range s.Agents.All() {
		v := api.Agent{Name: a.Name, Description: a.Description, Mode: a.Mode, Native: a.BuiltIn, Hidden: a.Hidden,
			Temperature: a.Temperature, TopP: a.TopP, Permission: append([]api.PermissionRule{}, a.Rules...), Prompt: a.Prompt,
			Options: map[string]any{}, Steps: a.Steps}
		if a.Model != "" {
			v.Model = &api.ModelRef{}
			v.Model.ProviderID, v.Model.ModelID = llm.SplitRef(a.Model)
		}
		out = append(out, v)
	}
	return out
}

// providers lists the configured models as OpenCode does, with the one that
// needs no model at the end.
func (s *Server) providers() api.Providers {
	out := api.Providers{Default: map[string]string{}}
	index := map[string]int{}
	add := func(i llm.Info, reasoning, tools bool) {
		n, ok := index[i.Provider]
		if !ok {
			n = len(out.Providers)
			index[i.Provider] = n
			out.Default[i.Provider] = i.ID
			out.Providers = append(out.Providers, api.Provider{ID: i.Provider, Name: i.Provider, Source: "config", Env: []string{},
				Options: map[string]any{}, Models: map[string]api.Model{}})
		}
		text := api.Media{Text: true}
		in := api.Media{Text: true, Image: i.Images, PDF: i.PDFs}
		files := i.Images || i.PDFs
		out.Providers[n].Models[i.ID] = api.Model{ID: i.ID, ProviderID: i.Provider, Name: i.Name, Status: "active", API: api.ModelAPI{ID: i.ID},
			Capabilities: api.Capabilities{Temperature: true, Reasoning: reasoning, ToolCall: tools, Attachment: files, Input: in, Output: text},
			Cost:         api.ModelCost{Input: i.Price.Input, Output: i.Price.Output, Cache: api.CacheCost{Read: i.Price.CacheRead, Write: i.Price.CacheWrite}},
			Limit:        api.ModelLimit{Context: i.Context, Output: i.Output}, Options: map[string]any{}, Headers: map[string]string{}}
	}
	for _, i := range s.Models.Infos() {
		add(i, i.Thinking > 0, true)
	}
	add(llm.Info{Provider: api.Extractive.ProviderID, ID: api.Extractive.ModelID, Name: "Quotations, no model", Context: models.ContextSize, Output: 4096}, false, false)
	return out
}
