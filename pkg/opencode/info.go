package opencode

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"panther/pkg/opencode/models"

	"panther/pkg/gate"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
)

// infoRoutes serves what clients ask about the server. Much of it concerns
// coding and is empty here; clients want an answer all the same.
func (r *server) infoRoutes(get, post route) {
	fixed := func(v any) func(http.ResponseWriter, *http.Request) error {
		return func(w http.ResponseWriter, _ *http.Request) error { answer(w, 200, v); return nil }
	}
	get("/global/health", func(w http.ResponseWriter, _ *http.Request) error {
		answer(w, 200, api.Health{Healthy: true, Version: r.version})
		return nil
	})
	get("/healthz", fixed(map[string]string{"status": "ok"}))
	get("/readyz", func(w http.ResponseWriter, q *http.Request) error {
		if err := r.know.Ready(q.Context()); err != nil {
			return err
		}
		answer(w, 200, map[string]string{"status": "ok"})
		return nil
	})
	get("/panther/status", r.serveStatus)
	get("/agent", func(w http.ResponseWriter, _ *http.Request) error { answer(w, 200, r.agentList()); return nil })
	get("/config", func(w http.ResponseWriter, _ *http.Request) error { answer(w, 200, r.publicConfig()); return nil })
	get("/global/config", func(w http.ResponseWriter, _ *http.Request) error { answer(w, 200, r.publicConfig()); return nil })
	get("/config/providers", func(w http.ResponseWriter, _ *http.Request) error {
		list, def := r.providers()
		answer(w, 200, map[string]any{"providers": list, "default": def})
		return nil
	})
	get("/provider", func(w http.ResponseWriter, _ *http.Request) error {
		list, def := r.providers()
		connected := make([]string, len(list))
		for i, p := range list {
			connected[i] = p["id"].(string)
		}
		answer(w, 200, map[string]any{"all": list, "default": def, "connected": connected})
		return nil
	})
	get("/path", func(w http.ResponseWriter, _ *http.Request) error {
		d := r.directory()
		answer(w, 200, map[string]string{"home": d, "state": d, "config": "/etc/panther", "worktree": "/", "directory": d})
		return nil
	})
	project := map[string]any{"id": projectID, "worktree": "/", "sandboxes": []any{},
		"time": map[string]int64{"created": r.started.UnixMilli(), "updated": r.started.UnixMilli()}}
	get("/project", fixed([]any{project}))
	get("/project/current", fixed(project))
	get("/command", fixed(commands))
	for _, path := range []string{"/lsp", "/formatter", "/skill", "/file", "/file/status", "/find", "/find/file", "/find/symbol",
		"/experimental/tool/ids", "/experimental/session", "/experimental/workspace", "/experimental/worktree"} {
		get(path, fixed([]any{}))
	}
	get("/mcp", func(w http.ResponseWriter, _ *http.Request) error { answer(w, 200, r.mcp.Status()); return nil })
	get("/vcs", fixed(map[string]any{"branch": nil}))
	get("/provider/auth", fixed(map[string]any{}))
	post("/log", fixed(true)) // accepted and dropped: clients must not write into the journal
	post("/instance/dispose", fixed(true))
}

func (r *server) serveStatus(w http.ResponseWriter, q *http.Request) error {
	s := api.Status{Version: r.version, Started: r.started, Line: r.env.StatusLine(), Knowledge: "ok", Running: len(r.sessions.running()), Addresses: r.addresses, Access: r.gate.Doors()}
	s.Tokens, s.Cost = r.account.total()
	r.count.mu.Lock()
	s.Turns = r.count.turns
	r.count.mu.Unlock()
	if err := r.know.Ready(q.Context()); err != nil {
		s.Knowledge = err.Error()
	}
	s.Model = api.Extractive
	for _, i := range r.models.Infos() {
		s.Models = append(s.Models, api.ModelRef{ProviderID: i.Provider, ModelID: i.ID})
	}
	if i, ok := r.models.Find(""); ok {
		s.Model = api.ModelRef{ProviderID: i.Provider, ModelID: i.ID}
	}
	for _, a := range r.agents {
		s.Agents = append(s.Agents, a.Name)
	}
	answer(w, 200, s)
	return nil
}

func (r *server) agentList() []api.Agent {
	out := make([]api.Agent, 0, len(r.agents))
	for _, a := range r.agents {
		v := api.Agent{Name: a.Name, Description: a.Description, Mode: a.Mode, Native: a.BuiltIn, BuiltIn: a.BuiltIn, Hidden: a.Hidden,
			Temperature: a.Temperature, TopP: a.TopP, Permission: append([]api.PermissionRule{}, a.Rules...), Prompt: a.Prompt,
			Tools: map[string]bool{}, Options: map[string]any{}, Steps: a.Steps}
		if a.Model != "" {
			v.Model = &api.ModelRef{}
			v.Model.ProviderID, v.Model.ModelID = llm.SplitRef(a.Model)
		}
		out = append(out, v)
	}
	return out
}

// publicConfig is the configuration as OpenCode's clients know it. It holds
// nothing secret.
func (r *server) publicConfig() map[string]any {
	c := map[string]any{"$schema": "https://opencode.ai/config.json", "username": "panther", "share": "disabled", "autoupdate": false,
		"agent": map[string]any{}, "mode": map[string]any{}, "command": map[string]any{}, "plugin": []any{}}
	c["model"] = api.Extractive.String()
	if i, ok := r.models.Find(""); ok {
		c["model"] = i.Ref()
	}
	return c
}

// providers lists the configured models as OpenCode does, with the one that
// needs no model at the end.
func (r *server) providers() (list []map[string]any, byDefault map[string]string) {
	byDefault = map[string]string{}
	index := map[string]int{}
	add := func(i llm.Info, reasoning, tools bool) {
		n, ok := index[i.Provider]
		if !ok {
			n = len(list)
			index[i.Provider] = n
			byDefault[i.Provider] = i.ID
			list = append(list, map[string]any{"id": i.Provider, "name": i.Provider, "source": "config", "env": []string{}, "options": map[string]any{}, "models": map[string]any{}})
		}
		text := map[string]bool{"text": true, "audio": false, "image": false, "video": false, "pdf": false}
		list[n]["models"].(map[string]any)[i.ID] = map[string]any{"id": i.ID, "providerID": i.Provider, "name": i.Name, "status": "active",
			"api":          map[string]string{"id": i.ID, "url": "", "npm": ""},
			"capabilities": map[string]any{"temperature": true, "reasoning": reasoning, "attachment": false, "toolcall": tools, "input": text, "output": text, "interleaved": false},
			"cost":         map[string]any{"input": i.Price.Input, "output": i.Price.Output, "cache": map[string]float64{"read": i.Price.CacheRead, "write": i.Price.CacheWrite}},
			"limit":        map[string]int{"context": i.Context, "output": i.Output}, "options": map[string]any{}, "headers": map[string]string{},
			"release_date": "", "attachment": false, "reasoning": reasoning, "temperature": true, "tool_call": tools}
	}
	for _, i := range r.models.Infos() {
		add(i, i.Thinking > 0, true)
	}
	add(llm.Info{Provider: api.Extractive.ProviderID, ID: api.Extractive.ModelID, Name: "Quotations, no model", Context: models.ContextSize, Output: 4096}, false, false)
	return list, byDefault
}

// commands are the prompts that clients offer as /name.
var commands = []api.Command{
	{Name: "sources", Description: "What the knowledge base says about something, by source", Source: "command", Hints: []string{"$ARGUMENTS"},
		Template: "List what the knowledge base has about the following, grouped by source, one line and a citation each: $ARGUMENTS"},
	{Name: "research", Description: "Look into something thoroughly with sub-agents", Source: "command", Hints: []string{"$ARGUMENTS"},
		Template: "Research this thoroughly: break it into independent questions, delegate them to researchers at once, and put the findings together with their citations: $ARGUMENTS"},
	{Name: "check", Description: "Check a statement against the knowledge base", Source: "command", Hints: []string{"$ARGUMENTS"},
		Template: "Check this against the knowledge base, and say what supports and what contradicts it: $ARGUMENTS"},
}

func (r *server) serveCommand(w http.ResponseWriter, q *http.Request) error {
	var in api.RunCommand
	if err := read(q, &in); err != nil {
		return err
	}
	for _, c := range commands {
		if c.Name != in.Command {
			continue
		}
		p := api.Ask(strings.ReplaceAll(c.Template, "$ARGUMENTS", in.Arguments))
		p.MessageID, p.Agent = in.MessageID, in.Agent
		if in.Model != "" {
			p.Model = &api.ModelRef{}
			p.Model.ProviderID, p.Model.ModelID = llm.SplitRef(in.Model)
		}
		a, err := r.prompt(q.Context(), q.PathValue("id"), p)
		if err != nil {
			return err
		}
		return r.await(w, q, a)
	}
	return api.BadRequest("there is no command %q", gate.Line(in.Command, 80))
}

func (r *server) serveExport(w http.ResponseWriter, q *http.Request) error {
	s, err := r.session(q.Context(), q.PathValue("id"))
	if err != nil {
		return err
	}
	list, err := r.messages(q.Context(), s.ID)
	if err != nil {
		return err
	}
	switch q.URL.Query().Get("format") {
	case "", "json":
		kids, err := r.listSessions(q.Context(), s.ID, "", 1000)
		if err != nil {
			return err
		}
		type child struct {
			Info     api.Session            `json:"info"`
			Messages []api.MessageWithParts `json:"messages"`
		}
		out := struct {
			Info     api.Session            `json:"info"`
			Messages []api.MessageWithParts `json:"messages"`
			Children []child                `json:"children"`
		}{*s, list, []child{}}
		for _, k := range kids {
			m, err := r.messages(q.Context(), k.ID)
			if err != nil {
				return err
			}
			out.Children = append(out.Children, child{k, m})
		}
		b, err := json.MarshalIndent(out, "", "  ")
		if err != nil {
			return fmt.Errorf("encode session: %w", err)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(append(b, '\n'))
	case "markdown":
		w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
		_, _ = w.Write([]byte(exportMarkdown(s, list)))
	default:
		return api.BadRequest("the format is markdown or json")
	}
	return nil
}

func exportMarkdown(s *api.Session, list []api.MessageWithParts) string {
	var b strings.Builder
	src := grounding.NewSources()
	fmt.Fprintf(&b, "# %s\n\n*%s, session %s*\n", gate.Text(src, s.Title), time.UnixMilli(s.Time.Created).UTC().Format("2006-01-02 15:04 UTC"), s.ID)
	for _, m := range list {
		who := "Question"
		if m.Info.Role == api.RoleAssistant {
			who = "Answer"
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", who, m.Text())
		for _, p := range m.Parts {
			if p.Type == api.PartTool && p.State != nil {
				fmt.Fprintf(&b, "\n- used %s: %s\n", p.Tool, gate.Text(src, gate.Line(p.State.Title+p.State.Error, 200)))
			}
		}
		if m.Info.Error != nil {
			fmt.Fprintf(&b, "\n*%s*\n", gate.Text(src, m.Info.Error.Message()))
		}
		if list := grounding.List(m.Sources()); list != "" {
			b.WriteString("\nSources:\n\n" + list)
		}
	}
	return b.String()
}

// dataURL reads the text that a data URL holds; opencoded fetches nothing for a
// prompt.
func dataURL(s string) (string, error) {
	rest, ok := strings.CutPrefix(s, "data:")
	if !ok {
		return "", errors.New("only files whose content comes along as a data: URL can be used")
	}
	head, body, ok := strings.Cut(rest, ",")
	if !ok {
		return "", errors.New("the data: URL has no content")
	}
	if !strings.HasPrefix(head, "text/") && !strings.HasPrefix(head, "application/json") && head != "" && head != ";base64" {
		return "", errors.New("only text files can be used")
	}
	if strings.HasSuffix(head, ";base64") {
		b, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			return "", errors.New("the data: URL is not valid base64")
		}
		return string(b), nil
	}
	text, err := url.PathUnescape(body)
	if err != nil {
		return "", errors.New("the data: URL is not escaped as one")
	}
	return text, nil
}

func asModelError(err error, le **llm.Error) bool { return errors.As(err, le) }
