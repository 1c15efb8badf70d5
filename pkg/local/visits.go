package local

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"path/filepath"
	"slices"

	"panther/pkg/crawl"
	"panther/pkg/crawl/control"
	"panther/pkg/crawl/source"
	"panther/pkg/opencode/api"
)

// desk does what is asked of the crawler over its socket.
func (i *instance) desk() *crawl.Desk {
	return &crawl.Desk{Visitor: i, File: SourcesFile(i.opt.Config), Load: i.crawlConfig,
		Uploads: filepath.Join(i.opt.Dir, "state", crawl.Name, "uploads")}
}

func named(name string) func(source.Source) bool {
	return func(s source.Source) bool { return s.Name == name }
}

// Visit implements control.Visitor: the visits go on without the caller.
func (i *instance) Visit(_ context.Context, sources []string) error {
	cfg, err := i.crawlConfig()
	if err != nil {
		return &control.Error{Status: http.StatusConflict, Text: err.Error()}
	}
	for _, name := range sources {
		if !slices.ContainsFunc(cfg.Sources, named(name)) {
			return &control.Error{Status: http.StatusNotFound, Text: "there is no source " + name}
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, name := range sources {
		if i.ctx.Err() != nil {
			return &control.Error{Status: http.StatusServiceUnavailable, Text: "the local Panther ends"}
		}
		if _, wanted := i.wanted[name]; wanted {
			continue
		}
		ctx, cancel := context.WithCancel(i.ctx)
		i.wanted[name] = cancel
		i.visits[name] = Progress{Source: name, Phase: "waiting", Counts: map[string]int{}}
		i.jobs.Go(func() {
			defer cancel()
			err := i.runCrawl(ctx, CrawlRequest{Sources: []string{name}}, func(CrawlEvent) {})
			i.mu.Lock()
			defer i.mu.Unlock()
			delete(i.wanted, name)
			if p := i.visits[name]; !p.Finished { // it never began, or was interrupted
				p.Finished = true
				if err != nil {
					p.Error = err.Error()
				}
				i.visits[name] = p
			}
		})
	}
	return nil
}

// Interrupt implements control.Visitor. Sources that are visited together are
// interrupted together.
func (i *instance) Interrupt(source string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if cancel := i.wanted[source]; cancel != nil {
		cancel()
	}
	if i.job == nil {
		return
	}
	if p, ok := i.job.snapshot()[source]; ok && !p.Finished {
		i.job.cancel()
	}
}

// Visits implements control.Visitor.
func (i *instance) Visits() []control.Progress {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.job != nil {
		maps.Copy(i.visits, i.job.snapshot())
	}
	out := slices.Collect(maps.Values(i.visits))
	slices.SortFunc(out, func(a, b Progress) int { return cmp.Compare(a.Source, b.Source) })
	return out
}

// runtimeServices tells the runtime how the services are.
func (i *instance) runtimeServices(context.Context) ([]api.UnitState, error) {
	st := i.status()
	if len(st.Services) == 0 {
		return nil, errors.New("they are starting")
	}
	out := make([]api.UnitState, 0, len(st.Services))
	for _, s := range st.Services {
		u := api.UnitState{Name: s.Name, Description: descriptions[s.Name], Installed: true, Active: "active", Sub: s.State, Status: s.Status, Since: s.Since,
			Restarts: uint32(max(s.Restarts, 0))} //nolint:gosec // a count of restarts
		switch s.State {
		case StateStarting:
			u.Active = "activating"
		case StateFailed:
			u.Active, u.Status = "failed", cmp.Or(s.Error, s.Status)
		case StateStopped:
			u.Active = "inactive"
		}
		out = append(out, u)
	}
	crawling := api.UnitState{Name: crawl.Name, Description: "visits the sources", Installed: true, Active: "inactive", Sub: "waiting"}
	if st.Crawling {
		crawling.Active, crawling.Sub = "active", "running"
	}
	return append(out, crawling), nil
}

// descriptions are what services are for.
var descriptions = map[string]string{"panther-embed": "turns text into vectors", "agentdb": "keeps documents, memories and sessions", agentName: "answers"}
