package local

import (
	"context"
	"path/filepath"

	"panther/pkg/agentdb"
	"panther/pkg/crawl"
	"panther/pkg/embed"
	"panther/pkg/opencode"
	"panther/pkg/sd"
)

// agentName is the runtime's unit, configuration file and log component.
const agentName = "opencode"

// parts reads the configuration and returns the services in the order of their
// start. An address of another service that is a server's default becomes the
// socket in this folder.
func (i *instance) parts() ([]part, error) {
	embedder := embed.Default()
	if err := i.load(embed.Name, &embedder); err != nil {
		return nil, err
	}
	database := agentdb.Default()
	if err := i.load(agentdb.Name, &database); err != nil {
		return nil, err
	}
	i.redirect(&database.Embedding.URL, agentdb.Default().Embedding.URL, embed.Name)
	agent := opencode.Default()
	if err := i.load(agentName, &agent); err != nil {
		return nil, err
	}
	if agent.Agents == opencode.Default().Agents {
		agent.Agents = filepath.Join(i.opt.Config, "agents")
	}
	if i.opt.Listen == "" && agent.Listen != DefaultListen {
		i.opt.Listen = agent.Listen
	}
	var err error
	if i.listen, err = freeAddress(i.opt.Listen); err != nil {
		return nil, err
	}
	agent.Listen, agent.Services = i.listen, i.runtimeServices
	return []part{
		{embed.Name, i.env(embed.Name), func(ctx context.Context, env *sd.Env) error { return embed.Run(ctx, env, embedder) }},
		{agentdb.Name, i.env(agentdb.Name), func(ctx context.Context, env *sd.Env) error { return agentdb.Run(ctx, env, database) }},
		{agentName, i.env(agentName), func(ctx context.Context, env *sd.Env) error { return opencode.Run(ctx, env, agent) }},
	}, nil
}

// redirect points an address at a socket of this folder if it is the default.
func (i *instance) redirect(addr *string, def, socket string) {
	if *addr == def {
		*addr = "unix:" + sd.LocalSocket(i.opt.Dir, socket)
	}
}

func (i *instance) env(name string) func() (*sd.Env, error) {
	return func() (*sd.Env, error) { return sd.Local(name, i.opt.Dir, i.opt.Log) }
}

// crawlConfig reads the sources anew for each crawl, so that one that was added
// counts at once.
func (i *instance) crawlConfig() (crawl.Config, error) {
	cfg := crawl.Default()
	if err := i.load(crawl.Name, &cfg); err != nil {
		return cfg, err
	}
	i.redirect(&cfg.AgentDB, crawl.Default().AgentDB, agentdb.Name)
	return cfg, nil
}

// SourcesFile is the configuration file that lists the sources, in a folder of
// configuration files.
func SourcesFile(dir string) string { return filepath.Join(dir, crawl.Name+".toml") }
