package crawl

import (
	"fmt"
	"strconv"
	"strings"

	"panther/pkg/config"
	"panther/pkg/crawl/source"
	"panther/pkg/knowledge"
)

// Name is the unit's, the binary's and the log component's name.
const Name = "panther-crawl"

// Config is panther-crawl.toml.
type Config struct {
	Version   int             `toml:"version"`
	AgentDB   string          `toml:"agentdb"`    // "unix:/path", or a URL and the credential agentdb-token
	UserAgent string          `toml:"user_agent"` // what servers are told; name a way to reach you
	Parallel  int             `toml:"parallel"`   // sources visited at a time
	Sources   []source.Source `toml:"source"`
}

// Default returns the configuration that a missing file means: no sources.
func Default() Config {
	return Config{Version: config.Version, AgentDB: knowledge.CrawlSocket, UserAgent: "panther-crawl", Parallel: 3}
}

// Validate checks the configuration.
func (c *Config) Validate() error {
	switch {
	case !strings.HasPrefix(c.AgentDB, "unix:/") && !strings.HasPrefix(c.AgentDB, "http://") && !strings.HasPrefix(c.AgentDB, "https://"):
		return config.Errorf("agentdb", "write unix:/path or a URL", "%q is no address", c.AgentDB)
	case c.Parallel < 1 || c.Parallel > 64:
		return config.Errorf("parallel", "it is 1 to 64", "%d is out of range", c.Parallel)
	case strings.TrimSpace(c.UserAgent) == "" || strings.ContainsAny(c.UserAgent, "\r\n"):
		return config.Errorf("user_agent", "one line, for example: panther-crawl (admin@example.com)", "is empty or not one line")
	}
	seen := map[string]bool{}
	for i, s := range c.Sources {
		key := "source." + strconv.Itoa(i)
		if err := s.Validate(key); err != nil {
			return err
		}
		if seen[s.Name] {
			return config.Errorf(key+".name", "give every source a name of its own", "%q is the name of another source too", s.Name)
		}
		seen[s.Name] = true
	}
	return nil
}

// userAgent is what servers are told: robots.txt files look for our own name in
// it, so it is there whatever the operator writes.
func (c *Config) userAgent() string {
	if strings.Contains(c.UserAgent, Name) {
		return c.UserAgent
	}
	return fmt.Sprintf("%s (%s)", Name, c.UserAgent)
}

// find returns the configured source of a name.
func (c *Config) find(name string) (source.Source, bool) {
	for _, s := range c.Sources {
		if s.Name == name {
			return s.Complete(), true
		}
	}
	return source.Source{}, false
}
