package agentdb

import (
	"net"
	"net/url"
	"strings"
	"time"

	"panther/pkg/agentdb/engine"
	"panther/pkg/agentdb/rights"
	"panther/pkg/config"
)

// Config is agentdb.toml.
type Config struct {
	Version   int             `toml:"version"`
	Database  string          `toml:"database"`   // "postgres://…" or "sqlite:/path"
	Listen    string          `toml:"listen"`     // another address: TCP, with the credential agentdb-token, or "unix:/path"; "" for none
	SlowQuery config.Duration `toml:"slow_query"` // requests that take longer are logged, PostgreSQL's queries with their plan
	Embedding Embedding       `toml:"embedding"`
	Accounts  rights.Accounts `toml:"accounts"`
	Canaries  Canaries        `toml:"canaries"`
}

// Canaries says what questions with a known page decide.
type Canaries struct {
	// MaxLost is how large a share of the canaries that are found another
	// embedding model may lose; 1 lets every model in.
	MaxLost float64 `toml:"max_lost"`
}

// Embedding says who makes vectors.
type Embedding struct {
	URL        string `toml:"url"`        // "unix:/path" or up to and with /v1; "" for none
	Model      string `toml:"model"`      // "" takes the first that the server has
	Credential string `toml:"credential"` // name of the credential that holds the API key; "" for none
	PerMinute  int    `toml:"per_minute"` // calls; 0 is no limit
}

// Default returns the configuration of an installed system.
func Default() Config {
	return Config{
		Version:   config.Version,
		Database:  "postgres:///agentdb?host=/run/postgresql",
		SlowQuery: config.Duration(time.Second),
		Accounts:  rights.Accounts{People: "panther", Runtime: "opencode", Crawl: "panther-crawl"},
		Embedding: Embedding{URL: "unix:/run/panther-embed/panther-embed.sock"},
		Canaries:  Canaries{MaxLost: engine.DefaultMaxLost},
	}
}

// Validate checks what can be checked without opening anything.
func (c *Config) Validate() error {
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		if path == "" {
			return config.Errorf("database", "write it like sqlite:/var/lib/agentdb/agentdb.db", "%q names no file", c.Database)
		}
	} else if u, err := url.Parse(c.Database); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return config.Errorf("database", "write it like postgres:///agentdb?host=/run/postgresql or sqlite:/path", "%q is no database", c.Database)
	} else if _, ok := u.User.Password(); ok {
		return config.Errorf("database", "use peer authentication, or a password file (PGPASSFILE)", "holds a password")
	}
	if c.Listen != "" && !strings.HasPrefix(c.Listen, "unix:/") {
		if _, _, err := net.SplitHostPort(c.Listen); err != nil {
			return config.Errorf("listen", "write it like 127.0.0.1:7777", "%q is no address with a port", c.Listen)
		}
	}
	if e := c.Embedding.URL; e != "" && !strings.HasPrefix(e, "unix:/") {
		if u, err := url.Parse(e); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return config.Errorf("embedding.url", "write it like unix:/run/panther-embed/panther-embed.sock or https://host/v1", "%q is no address", e)
		}
	}
	if l := c.Canaries.MaxLost; l < 0 || l > 1 {
		return config.Errorf("canaries.max_lost", "it is a share; 1 lets every model in", "%g is not from 0 to 1", l)
	}
	if c.Embedding.PerMinute < 0 {
		return config.Errorf("embedding.per_minute", "0 is no limit", "%d is negative", c.Embedding.PerMinute)
	}
	return nil
}
