package mcp

import (
	"regexp"
	"strconv"
	"strings"

	"panther/pkg/config"
)

// Server is how a server is reached.
type Server struct {
	Name       string   `toml:"name"`
	Command    []string `toml:"command"`    // started, spoken to over its standard streams
	URL        string   `toml:"url"`        // or reached by streamable HTTP
	Credential string   `toml:"credential"` // bearer token for the URL
}

// Prefix begins the names of a server's tools, as models see them.
func (m Server) Prefix() string { return toolName.ReplaceAllString(m.Name, "_") + "_" }

var nameRule = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$`)

// Validate reports what is wrong with the configuration of servers; builtins
// gives the names of the runtime's own tools.
func Validate(servers []Server, builtins func() []string) error {
	for i, m := range servers {
		key := "mcp." + strconv.Itoa(i)
		if !nameRule.MatchString(m.Name) {
			return config.Errorf(key+".name", "use letters, digits, - and _", "%q is no name", m.Name)
		}
		if (len(m.Command) == 0) == (m.URL == "") {
			return config.Errorf(key, "give the one or the other", "has not exactly one of command and url")
		}
		if other := sharesTools(servers, i, builtins()); other != "" {
			return config.Errorf(key+".name", "choose a name that does not begin another one", "%q makes names of tools that %s makes", m.Name, other)
		}
	}
	return nil
}

// sharesTools says who besides a server may name tools that begin with the
// server's name, "" if nobody: a permission of the one would be the other's too.
func sharesTools(servers []Server, i int, builtins []string) string {
	prefix := servers[i].Prefix()
	for _, name := range builtins {
		if strings.HasPrefix(name, prefix) {
			return "the runtime (" + name + ")"
		}
	}
	for j, m := range servers {
		if j != i && strings.HasPrefix(m.Prefix(), prefix) {
			return "the server " + m.Name
		}
	}
	return ""
}
