package test

import (
	"os"
	"testing"

	"panther/pkg/agentdb"
	"panther/pkg/config"
	"panther/pkg/crawl"
	"panther/pkg/embed"
	"panther/pkg/opencode"
	"panther/pkg/opnix"
)

// TestExamples reads the example configurations as the services do.
func TestExamples(t *testing.T) {
	t.Parallel()
	db, em, cr, oc := agentdb.Default(), embed.Default(), crawl.Default(), opencode.Default()
	for name, into := range map[string]config.Validator{
		"agentdb": &db, "panther-embed": &em, "panther-crawl": &cr, "opencode": &oc,
	} {
		file := "../units/examples/" + name + ".toml"
		if _, err := os.Stat(file); err != nil { // a missing file would be the defaults
			t.Error(err)
		}
		if err := config.Load(file, into); err != nil {
			t.Error(err)
		}
	}
	// What an example calls a default is one.
	if db != agentdb.Default() {
		t.Errorf("agentdb.toml changes the defaults: %+v", db)
	}
	if d := embed.Default(); em.Provider != d.Provider || em.Model != d.Model || em.IdleExit != d.IdleExit {
		t.Errorf("panther-embed.toml changes the defaults: %+v", em)
	}
	if c, err := opnix.Load("../units/examples/secrets.json"); err != nil || len(c.Secrets) != 7 {
		t.Errorf("secrets.json: %v", err)
	}
}
