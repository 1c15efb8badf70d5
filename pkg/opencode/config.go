package opencode

import (
	"context"
	"net"
	"net/url"
	"strings"
	"time"

	"panther/pkg/opencode/mcp"
	"panther/pkg/opencode/models"
	"panther/pkg/opencode/tools"
	"panther/pkg/opencode/turn"

	"panther/pkg/config"
	"panther/pkg/crawl/control"
	"panther/pkg/knowledge"
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
	Known      string            `toml:"known"`      // file with models.dev's list of models; "" or none means ours
	Providers  []models.Provider `toml:"provider"`   // none: those whose credential is there
	MCP        []mcp.Server      `toml:"mcp"`        // servers whose tools agents may use
	Permission map[string]string `toml:"permission"` // tool to allow, ask or deny, over the agents'; tools of MCP servers ask

	TurnTime  config.Duration `toml:"turn_time"` // deadline of a turn
	Knowledge turn.Knowledge  `toml:"knowledge"`
	Memory    turn.Memory     `toml:"memory"`
	Budget    turn.Budget     `toml:"budget"`
	Subagents turn.Subagents  `toml:"subagents"`
	Access    access.Config   `toml:"access"`

	Crawler string `toml:"crawler"` // socket of the crawler, which is asked to change and visit sources

	// Services tells how the services of the process are that this one runs in.
	Services func(context.Context) ([]api.UnitState, error) `toml:"-"`
}

// Default returns the settings of an installed system.
func Default() Config {
	return Config{
		Version: config.Version, Listen: "127.0.0.1:8080", Agents: config.Dir + "/agents", Agent: agents.Default,
		Titles: true, Steps: 16, Known: config.Dir + "/models.json", TurnTime: config.Duration(15 * time.Minute),
		Knowledge: turn.Knowledge{URL: knowledge.DefaultSocket, Credential: "agentdb-token", Tokens: 5000, Memories: 5},
		Memory:    turn.Memory{AfterReading: api.ActionAsk},
		Subagents: turn.Subagents{Socket: "/run/opencode/subagent.sock", Max: 8, Time: config.Duration(5 * time.Minute)},
		Access:    access.Default(),
		Crawler:   control.DefaultSocket,
	}
}

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
	if !okURL(c.Crawler) {
		return config.Errorf("crawler", "write it like "+control.DefaultSocket, "%q is neither unix:/path nor a URL", c.Crawler)
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
	if err := models.Validate(c.Providers, map[string]string{"model": c.Model, "small": c.Small}, c.Fallbacks); err != nil {
		return err
	}
	return mcp.Validate(c.MCP, tools.Names)
}

func okURL(s string) bool {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		return strings.HasPrefix(path, "/")
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
