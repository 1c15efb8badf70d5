package opencode

import (
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"

	"panther/pkg/config"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/access"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
)

// Config is /etc/panther/opencode.toml.
type Config struct {
	Version    int               `toml:"version"`
	Listen     string            `toml:"listen"`     // TCP address where systemd passes no socket; "" means none
	Agents     string            `toml:"agents"`     // folder of agent definitions
	Agent      string            `toml:"agent"`      // the one that answers by default
	Model      string            `toml:"model"`      // provider/model; "" means the first
	Small      string            `toml:"small"`      // model for titles and summaries; "" means the answering one
	Fallbacks  []string          `toml:"fallbacks"`  // tried in order when a model stays away
	Titles     bool              `toml:"titles"`     // let a model write titles
	Steps      int               `toml:"steps"`      // answers of the model in a turn
	Providers  []Provider        `toml:"provider"`   // none: those whose credential is there
	MCP        []MCP             `toml:"mcp"`        // servers whose tools agents may use
	Permission map[string]string `toml:"permission"` // tool to allow, ask or deny, over the agents'; tools of MCP servers ask

	TurnTime  config.Duration `toml:"turn_time"` // deadline of a turn
	Knowledge Knowledge       `toml:"knowledge"`
	Memory    Memory          `toml:"memory"`
	Budget    Budget          `toml:"budget"`
	Subagents Subagents       `toml:"subagents"`
	Access    access.Config   `toml:"access"`
}

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
	Context  int       `toml:"context"`  // tokens; 0 means 128000
	Output   int       `toml:"output"`   // tokens of an answer; 0 means the provider's limit
	Thinking int       `toml:"thinking"` // tokens it may think; 0 means none
	Effort   string    `toml:"effort"`   // of its thoughts, as low or high; "" means its own
	Price    llm.Price `toml:"price"`    // US dollars for a million tokens
}

// MCP is a Model Context Protocol server.
type MCP struct {
	Name       string   `toml:"name"`
	Command    []string `toml:"command"`    // started, spoken to over its standard streams
	URL        string   `toml:"url"`        // or reached by streamable HTTP
	Credential string   `toml:"credential"` // bearer token for the URL
}

// prefix begins the names of a server's tools, as models see them.
func (m MCP) prefix() string { return toolName.ReplaceAllString(m.Name, "_") + "_" }

// Knowledge is how agentdb is reached and asked.
type Knowledge struct {
	URL        string   `toml:"url"`
	Credential string   `toml:"credential"` // bearer token for http(s)
	Tokens     int      `toml:"tokens"`     // of passages that go with a question
	Memories   int      `toml:"memories"`   // that go with a question
	Sources    []string `toml:"sources"`    // only these; none means all
}

// Memory is what agents may remember.
type Memory struct {
	// AfterReading is allow, ask or deny, for agents that have read what the
	// person did not write: passages, results of tools and sub-agents, files.
	AfterReading string `toml:"after_reading"`
}

// Budget is what may be spent, in US dollars; 0 means no limit. A day's account
// begins anew with the process.
type Budget struct {
	Session float64 `toml:"session"`
	Day     float64 `toml:"day"`
}

// Subagents is how delegated tasks are run.
type Subagents struct {
	Socket string          `toml:"socket"` // "" runs them in this process, without a sandbox
	Max    int             `toml:"max"`    // at once
	Time   config.Duration `toml:"time"`   // deadline of a task
	Shell  bool            `toml:"shell"`  // lets them run commands in their sandbox
}

// Default returns the settings of an installed system.
func Default() Config {
	return Config{
		Version: config.Version, Listen: "127.0.0.1:8080", Agents: config.Dir + "/agents", Agent: agents.Default,
		Titles: true, Steps: 16, TurnTime: config.Duration(15 * time.Minute),
		Knowledge: Knowledge{URL: knowledge.DefaultSocket, Credential: "agentdb-token", Tokens: 5000, Memories: 5},
		Memory:    Memory{AfterReading: api.ActionAsk},
		Subagents: Subagents{Socket: "/run/opencode/subagent.sock", Max: 8, Time: config.Duration(5 * time.Minute)},
		Access:    access.Default(),
	}
}

var nameRule = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$`)

// Validate implements config.Validator.
func (c *Config) Validate() error {
	if c.Listen != "" {
		if _, _, err := net.SplitHostPort(c.Listen); err != nil {
			return config.Errorf("listen", "write it like 127.0.0.1:8080", "%q is no address", c.Listen)
		}
	}
	if !okURL(c.Knowledge.URL) {
		return config.Errorf("knowledge.url", "write it like "+knowledge.DefaultSocket, "%q is neither unix:/path nor a URL", c.Knowledge.URL)
	}
	if c.Subagents.Max < 1 {
		return config.Errorf("subagents.max", "set at least 1", "is %d", c.Subagents.Max)
	}
	if a := c.Memory.AfterReading; a != "allow" && a != "ask" && a != "deny" {
		return config.Errorf("memory.after_reading", "write allow, ask or deny", "is %q", a)
	}
	for tool, action := range c.Permission {
		if action != "allow" && action != "ask" && action != "deny" {
			return config.Errorf("permission."+tool, "write allow, ask or deny", "is %q", action)
		}
	}
	if err := c.validateProviders(); err != nil {
		return err
	}
	for i, m := range c.MCP {
		key := "mcp." + itoa(i)
		if !nameRule.MatchString(m.Name) {
			return config.Errorf(key+".name", "use letters, digits, - and _", "%q is no name", m.Name)
		}
		if (len(m.Command) == 0) == (m.URL == "") {
			return config.Errorf(key, "give the one or the other", "has not exactly one of command and url")
		}
		if other := c.sharesTools(i); other != "" {
			return config.Errorf(key+".name", "choose a name that does not begin another one", "%q makes names of tools that %s makes", m.Name, other)
		}
	}
	return nil
}

// sharesTools says who besides a server may name tools that begin with the
// server's name, "" if nobody: a permission of the one would be the other's too.
func (c *Config) sharesTools(i int) string {
	prefix := c.MCP[i].prefix()
	for _, b := range builtins() {
		if strings.HasPrefix(b.Name, prefix) {
			return "the runtime (" + b.Name + ")"
		}
	}
	for j, m := range c.MCP {
		if j != i && strings.HasPrefix(m.prefix(), prefix) {
			return "the server " + m.Name
		}
	}
	return ""
}

func (c *Config) validateProviders() error {
	refs := map[string]bool{}
	for i, p := range c.Providers {
		key := "provider." + itoa(i)
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
				return config.Errorf(key+".model."+itoa(j)+".id", "give the id by which the provider knows it", "is empty")
			}
			refs[p.Name+"/"+m.ID] = true
		}
	}
	for key, ref := range map[string]string{"model": c.Model, "small": c.Small} {
		if ref != "" && len(refs) > 0 && !refs[ref] {
			return config.Errorf(key, "name it provider/model, as they are configured below", "%q is not configured", ref)
		}
	}
	for i, ref := range c.Fallbacks {
		if len(refs) > 0 && !refs[ref] {
			return config.Errorf("fallbacks."+itoa(i), "name it provider/model, as they are configured below", "%q is not configured", ref)
		}
	}
	return nil
}

func okURL(s string) bool {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		return strings.HasPrefix(path, "/")
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
