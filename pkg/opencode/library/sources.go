package library

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"panther/pkg/crawl/control"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
)

type sourcePath struct {
	Name string `path:"name"`
}

func (s *Server) sourceRoutes(a *rest.API) {
	handle(a, "GET /panther/v1/sources", "List the sources with what they are doing", s.listSources)
	handle(a, "POST /panther/v1/sources", "Look at a place, and add it as a source", s.addSource)
	rest.Receive[upload, control.Source](a, "POST /panther/v1/uploads", "Keep a file, which is the body, as part of a source; visit that when all are there", control.MaxUpload, s.upload)
	handle(a, "GET /panther/v1/sources/{name}", "Read a source with its settings and last runs", s.source)
	handle(a, "PATCH /panther/v1/sources/{name}", "Change settings of a source; enabled pauses its schedule", s.editSource)
	handle(a, "DELETE /panther/v1/sources/{name}", "Remove a source with its documents", s.removeSource)
	handle(a, "POST /panther/v1/sources/{name}/crawl", "Visit a source now", s.visitSource)
	handle(a, "DELETE /panther/v1/sources/{name}/crawl", "Interrupt the visit of a source; the next one goes on where it was", s.interruptSource)
	handle(a, "GET /panther/v1/sources/{name}/runs", "List the runs of a source, newest first", s.listRuns)
	handle(a, "GET /panther/v1/sources/{name}/pages", "List what became of the pages of a run", s.listPages)
}

// crawling is what the crawler says; why is set where it does not answer.
type crawling struct {
	sources map[string]control.Source
	visits  map[string]control.Progress
	why     error
}

func (s *Server) crawling(ctx context.Context) crawling {
	c := crawling{sources: map[string]control.Source{}, visits: map[string]control.Progress{}}
	list, err := s.Crawler.Sources(ctx)
	visits := []control.Progress{}
	if err == nil {
		visits, err = s.Crawler.Visits(ctx)
	}
	c.why = err
	for _, src := range list {
		c.sources[src.Name] = src
	}
	for _, v := range visits {
		c.visits[v.Source] = v
	}
	return c
}

// note says why settings cannot be seen or changed.
func (c crawling) note() string {
	if c.why == nil {
		return ""
	}
	return "the crawler cannot be asked, so settings are neither shown nor changed: " + c.why.Error()
}

// state is a source as the page shows it.
func (c crawling) state(src knowledge.Source) api.SourceState {
	set, known := c.sources[src.Name]
	st := api.SourceState{Source: src, Enabled: !known || set.Settings.Enabled, Editable: known && set.Editable}
	if p, ok := c.visits[src.Name]; ok && !p.Finished {
		st.Progress = &p
	} else if r := src.LastRun; r != nil && r.Status == "running" {
		st.Progress = progressOf(r, time.Now())
	}
	return st
}

// progressOf is what agentdb knows of a visit that another process makes.
func progressOf(r *knowledge.Run, now time.Time) *control.Progress {
	p := &control.Progress{Source: r.Source, Counts: map[string]int{}, Known: r.Counts["known"], Seconds: now.Sub(r.Started).Seconds()}
	for outcome, n := range r.Counts {
		if outcome != "known" {
			p.Counts[outcome] = n
			p.Done += n
		}
	}
	if p.Done > 0 && p.Seconds >= 1 {
		p.Rate = float64(p.Done) / p.Seconds
		p.ETASeconds = float64(max(p.Known-p.Done, 0)) / p.Rate
	}
	return p
}

func (s *Server) listSources(ctx context.Context, _ *rest.None) (*api.SourceList, error) {
	list, err := s.Knowledge.Sources(ctx)
	if err != nil {
		return nil, err
	}
	c := s.crawling(ctx)
	out := &api.SourceList{Sources: []api.SourceState{}, Operator: s.Operator(identity.Of(ctx)), Crawler: c.why == nil, Note: c.note()}
	for _, src := range c.with(list) {
		out.Sources = append(out.Sources, c.state(src))
	}
	return out, nil
}

// with adds what is configured and was never visited.
func (c crawling) with(list []knowledge.Source) []knowledge.Source {
	for _, set := range c.sources {
		if !slices.ContainsFunc(list, func(k knowledge.Source) bool { return k.Name == set.Name }) {
			list = append(list, knowledge.Source{Name: set.Name, Kind: set.Kind, Location: set.Location, Schedule: set.Settings.Schedule, Tags: set.Settings.Tags})
		}
	}
	slices.SortFunc(list, func(a, b knowledge.Source) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// find returns a source by its name.
func (s *Server) find(ctx context.Context, name string) (knowledge.Source, crawling, error) {
	list, err := s.Knowledge.Sources(ctx)
	if err != nil {
		return knowledge.Source{}, crawling{}, err
	}
	c := s.crawling(ctx)
	for _, src := range c.with(list) {
		if src.Name == name {
			return src, c, nil
		}
	}
	return knowledge.Source{}, c, api.NotFound("source", name)
}

// shownRuns is how many runs come with a source.
const shownRuns = 10

func (s *Server) source(ctx context.Context, in *sourcePath) (*api.SourceDetail, error) {
	src, c, err := s.find(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	out := &api.SourceDetail{SourceState: c.state(src)}
	if set, ok := c.sources[in.Name]; ok {
		out.Settings, out.Table, out.File = &set.Settings, set.Table, set.File
	}
	if out.Runs, err = s.Knowledge.Runs(ctx, in.Name, shownRuns); err != nil {
		return nil, err
	}
	out.Runs = orEmpty(out.Runs)
	return out, nil
}

type addSource struct{ Body api.AddSource }

// addSource may take as long as a look at a site does.
func (s *Server) addSource(ctx context.Context, in *addSource) (*api.AddedSource, error) {
	if err := s.operator(ctx); err != nil {
		return nil, err
	}
	if in.Body.Place.Place == "" || len(in.Body.Place.Place) > 4096 {
		return nil, api.BadRequest("give the address of a site, a feed or a repository, or the path of a folder")
	}
	if in.Body.DryRun {
		seen, err := s.Crawler.Look(ctx, in.Body.Place)
		if err != nil {
			return nil, crawlError(err)
		}
		return &api.AddedSource{Seen: *seen}, nil
	}
	seen, err := s.Crawler.Add(ctx, in.Body.Place)
	if err != nil {
		return nil, crawlError(err)
	}
	if in.Body.Crawl {
		if err := s.Crawler.Visit(ctx, seen.Source.Name); err != nil {
			seen.Note = "it was added, but its first visit did not begin: " + err.Error()
		}
	}
	return &api.AddedSource{Seen: *seen, Added: !seen.Exists}, nil
}

type editSource struct {
	Name string `path:"name"`
	Body control.Change
}

func (s *Server) editSource(ctx context.Context, in *editSource) (*api.SourceDetail, error) {
	if err := s.operator(ctx); err != nil {
		return nil, err
	}
	if _, err := s.Crawler.Edit(ctx, in.Name, in.Body); err != nil {
		return nil, crawlError(err)
	}
	return s.source(ctx, &sourcePath{in.Name})
}

func (s *Server) removeSource(ctx context.Context, in *sourcePath) (rest.None, error) {
	err := s.operator(ctx)
	if err == nil {
		err = crawlError(s.Crawler.Remove(ctx, in.Name))
	}
	return rest.None{}, err
}

func (s *Server) visitSource(ctx context.Context, in *sourcePath) (*api.SourceState, error) {
	if err := s.operator(ctx); err != nil {
		return nil, err
	}
	if err := s.Crawler.Visit(ctx, in.Name); err != nil {
		return nil, crawlError(err)
	}
	src, c, err := s.find(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	st := c.state(src)
	return &st, nil
}

func (s *Server) interruptSource(ctx context.Context, in *sourcePath) (rest.None, error) {
	err := s.operator(ctx)
	if err == nil {
		err = crawlError(s.Crawler.Interrupt(ctx, in.Name))
	}
	return rest.None{}, err
}

type listRuns struct {
	Name  string `path:"name"`
	Limit int    `query:"limit" doc:"At most 100; default 20"`
}

func (s *Server) listRuns(ctx context.Context, in *listRuns) (*api.RunList, error) {
	if _, _, err := s.find(ctx, in.Name); err != nil {
		return nil, err
	}
	runs, err := s.Knowledge.Runs(ctx, in.Name, bounded(in.Limit, 20, 100))
	return &api.RunList{Runs: orEmpty(runs)}, err
}

// bounded is a limit, or the usual one.
func bounded(n, usual, most int) int {
	if n == 0 {
		n = usual
	}
	return min(n, most)
}

type listPages struct {
	Name    string `path:"name"`
	Run     string `query:"run" doc:"Default the last one"`
	Outcome string `query:"outcome" doc:"Only new, changed, unchanged, gone, refused or failed ones"`
	Cursor  string `query:"cursor" doc:"The next of the page before"`
	Limit   int    `query:"limit" doc:"At most 1000; default 100"`
}

func (s *Server) listPages(ctx context.Context, in *listPages) (*api.PageList, error) {
	if _, _, err := s.find(ctx, in.Name); err != nil {
		return nil, err
	}
	runs, err := s.Knowledge.Runs(ctx, in.Name, 100)
	if err != nil {
		return nil, err
	}
	out := &api.PageList{Counts: map[string]int{}, Pages: []knowledge.PageOutcome{}}
	if len(runs) == 0 {
		return out, nil
	}
	i := 0
	if in.Run != "" {
		if i = slices.IndexFunc(runs, func(r knowledge.Run) bool { return r.ID == in.Run }); i < 0 {
			return nil, api.NotFound("run", in.Run)
		}
	}
	from, err := strconv.Atoi(cmp.Or(in.Cursor, "0"))
	if err != nil || from < 0 {
		return nil, api.BadRequest("cursor is none that was given")
	}
	pages, err := s.Knowledge.Pages(ctx, runs[i].ID, in.Outcome)
	if errors.Is(err, knowledge.ErrNotFound) {
		pages, err = nil, nil // of an old run, whose pages were purged
	}
	if err != nil {
		return nil, err
	}
	out.Run, out.Total = runs[i].ID, len(pages)
	for outcome, n := range runs[i].Counts {
		if outcome != "known" {
			out.Counts[outcome] = n
		}
	}
	from = min(from, len(pages))
	to := min(from+bounded(in.Limit, 100, 1000), len(pages))
	out.Pages = append(out.Pages, pages[from:to]...)
	if to < len(pages) {
		out.Next = strconv.Itoa(to)
	}
	return out, nil
}
