package panther

import (
	"path/filepath"

	"panther/pkg/agentdb"
	"panther/pkg/config"
	"panther/pkg/crawl"
	"panther/pkg/embed"
	"panther/pkg/opencode"
)

// configurations are the files that services read, with what reads them.
func configurations() map[string]config.Validator {
	d, e, c, o := agentdb.Default(), embed.Default(), crawl.Default(), opencode.Default()
	return map[string]config.Validator{agentdb.Name: &d, embed.Name: &e, crawl.Name: &c, "opencode": &o}
}

// configuration reads every configuration file as its service does.
func (c *checkup) configuration(dir string) {
	n, bad := 0, 0
	for name, into := range configurations() {
		path := filepath.Join(dir, name+".toml")
		if !exists(path) {
			continue
		}
		n++
		if err := config.Load(path, into); err != nil {
			bad++
			c.failErr("configuration", err, "")
		}
	}
	switch {
	case n == 0:
		c.ok("configuration", "no files in %s: defaults", dir)
	case bad == 0:
		c.ok("configuration", "%s in %s", plural(n, "file", "files"), dir)
	}
}
