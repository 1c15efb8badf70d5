package nix

import (
	"strings"
	"testing"
)

// Every wrong configuration is refused by evaluation, by an assertion or by the program's -check, and what is said names
// the setting and what to do.
func TestWrongConfigurations(t *testing.T) {
	t.Parallel()
	panther := func(s string) string { return `{ services.panther = { enable = true; ` + s + ` }; }` }
	secrets := func(s string) string { return `{ services.onepassword-secrets = { enable = true; ` + s + ` }; }` }
	for name, tc := range map[string]struct {
		configuration string
		want          []string
	}{
		"unknown option":             {panther(`agentDB.settings = { };`), []string{"services.panther.agentDB"}},
		"wrong type":                 {panther(`users = "hayden";`), []string{"services.panther.users", "list of"}},
		"no database":                {panther(`agentdb.createLocally = false;`), []string{"services.panther.agentdb.settings.database", "name a PostgreSQL server"}},
		"two databases":              {panther(`agentdb.settings.database = "postgres://db/agentdb";`), []string{"services.panther.agentdb.settings.database", "turn createLocally off"}},
		"sources as a list":          {panther(`crawl.settings.source = [ ];`), []string{"services.panther.crawl.settings.source", "list sources by name"}},
		"name of a source":           {panther(`crawl.sources."My Docs".urls = [ "https://a.example/" ];`), []string{"My Docs", "lower case"}},
		"two models":                 {panther(`embed.settings.model = "x";`), []string{"services.panther.embed.settings.model", "remove one"}},
		"open to a network":          {panther(`opencode.listen = [ "100.64.0.1:8080" ];`), []string{"services.panther.opencode.listen", "say who may use it"}},
		"open to nobody":             {panther(`opencode.listen = [ "100.64.0.1:8080" ]; opencode.settings.access.tailscale = [ "hayden@github" ];`), []string{"services.panther.interfaces", "tailscale0"}},
		"address without a port":     {panther(`interfaces = [ "tailscale0" ]; opencode.listen = [ "100.64.0.1" ]; opencode.settings.access.tailscale = [ "hayden@github" ];`), []string{"services.panther.opencode.listen", "100.64.0.1:8080"}},
		"agent that is no path":      {panther(`opencode.agents.critic = "critic.md";`), []string{"services.panther.opencode.agents.critic", "absolute path"}},
		"unknown key of agentdb":     {panther(`agentdb.settings.databse = "x";`), []string{"databse", "no such setting", "hint"}},
		"password in the database":   {panther(`agentdb.createLocally = false; agentdb.settings.database = "postgres://a:b@db/agentdb";`), []string{"database", "password", "hint"}},
		"no such database":           {panther(`agentdb.createLocally = false; agentdb.settings.database = "mysql://db/agentdb";`), []string{"database", "hint"}},
		"TCP address without a port": {panther(`agentdb.settings.listen = "127.0.0.1";`), []string{"listen", "hint"}},
		"unknown provider":           {panther(`embed.settings.provider = "word2vec";`), []string{"provider", "hint"}},
		"provider without a URL":     {panther(`embed.settings.provider = "openai";`), []string{"openai", "hint"}},
		"version of the future":      {panther(`agentdb.settings.version = 2;`), []string{"version", "hint"}},
		"schedule":                   {panther(`crawl.sources.a = { url = "https://a.example/"; schedule = "daily at two"; };`), []string{"schedule", "hint"}},
		"kind of source":             {panther(`crawl.sources.a = { kind = "gopher"; url = "https://a.example/"; };`), []string{"kind", "hint"}},
		"source without an address":  {panther(`crawl.sources.a = { kind = "web"; };`), []string{"url", "hint"}},
		"relative folder":            {panther(`crawl.sources.a = { kind = "files"; path = "notes"; };`), []string{"path", "hint"}},
		"address of a file":          {panther(`crawl.sources.a.url = "file:///etc/passwd";`), []string{"url", "hint"}},
		"permission":                 {panther(`opencode.settings.permission.shell = "maybe";`), []string{"permission.shell", "hint"}},
		"no sub-agents":              {panther(`opencode.settings.subagents.max = 0;`), []string{"subagents.max", "hint"}},
		"name of a secret":           {secrets(`secrets."database/password".reference = "op://a/b/c";`), []string{"database/password", "camelCase"}},
		"no secret":                  {secrets(``), []string{"services.onepassword-secrets.secrets", "declare one"}},
		"secret without reference":   {secrets(`secrets.key = { };`), []string{"reference"}},
		"no reference":               {secrets(`secrets.key.reference = "hunter2";`), []string{"services.onepassword-secrets.secrets.key.reference", "op://"}},
		"mode of a secret":           {secrets(`secrets.key = { reference = "op://a/b/c"; mode = "rw"; };`), []string{"services.onepassword-secrets.secrets.key.mode", "octal"}},
		"path out of the folder":     {secrets(`secrets.key = { reference = "op://a/b/c"; path = "../../etc/shadow"; };`), []string{"secrets[0].path", "hint"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := refusal(t, tc.configuration)
			if said == "" {
				t.Fatal("it was accepted")
			}
			for _, want := range tc.want {
				if !strings.Contains(said, want) {
					t.Errorf("what is said does not hold %q:\n%s", want, said)
				}
			}
		})
	}
}

// refusal returns what is said against a configuration, "" if nothing is.
func refusal(t *testing.T, configuration string) string {
	t.Helper()
	m, problem := configure(t, configuration, "")
	if problem != "" {
		return problem
	}
	if len(m.Failed) > 0 {
		return strings.Join(m.Failed, "\n")
	}
	for name := range readers {
		if content, ok := m.Files[name]; ok {
			if out, err := check(t, name, content); err != nil {
				return out
			}
		}
	}
	return ""
}
