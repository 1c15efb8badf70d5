package local

import (
	"context"
	"errors"

	"panther/pkg/embed"
	"panther/pkg/sd"
)

// parts reads the configuration and returns the services in the order of their
// start.
func (i *instance) parts() ([]part, error) {
	embedder := embed.Default()
	if err := i.load(embed.Name, &embedder); err != nil {
		return nil, err
	}
	return []part{
		{embed.Name, i.env(embed.Name), func(ctx context.Context, env *sd.Env) error { return embed.Run(ctx, env, embedder) }},
	}, nil
}

func (i *instance) env(name string) func() (*sd.Env, error) {
	return func() (*sd.Env, error) { return sd.Local(name, i.opt.Dir, i.opt.Log) }
}

func (i *instance) runCrawl(context.Context, CrawlRequest, func(CrawlEvent)) error {
	return errors.New("crawling is not part of this build yet")
}

func (i *instance) schedule(context.Context) {}
