package library

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strconv"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/rest"
	"panther/pkg/sd"
)

func (s *Server) overview(ctx context.Context, _ *rest.None) (*api.Overview, error) {
	you := identity.Of(ctx)
	o := &api.Overview{Crawling: []string{}, Starters: []api.Starter{}, Mode: s.Mode, You: string(you), Name: accountName(you), Operator: s.Operator(you)}
	if i, ok := s.Models.Find(""); ok {
		o.Model = i.Ref()
	}
	sources, err := s.Knowledge.Sources(ctx)
	var stats *knowledge.Stats
	if err == nil {
		stats, err = s.Knowledge.Stats(ctx)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		// The page says what is wrong where it would say what is known.
		o.Next = &api.NextStep{Kind: "knowledge-away", Text: "the knowledge base does not answer: " + gate.Line(err.Error(), 200), Hint: sd.HintOf(err)}
		return o, nil
	}
	o.Documents, o.Passages, o.Sources = stats.Documents, stats.Chunks, len(sources)
	o.Embedding = embedding(stats)
	for _, src := range sources {
		r := src.LastRun
		if r == nil {
			continue
		}
		if o.Failed += r.Counts["failed"]; r.Status == "running" {
			o.Crawling = append(o.Crawling, src.Name)
		}
		if o.LastRead == nil || r.Started.After(*o.LastRead) {
			o.LastRead = &r.Started
		}
	}
	o.Starters = s.starters(ctx, sources, time.Now())
	waiting, err := s.Knowledge.Memories(ctx, knowledge.ListMemories{Waiting: true, Limit: 1000})
	if err != nil && !errors.Is(err, knowledge.ErrNotFound) {
		return nil, err
	}
	o.Waiting, o.Next = len(waiting), nextStep(o, sources)
	return o, nil
}

// accountName is what a caller is called on this machine.
func accountName(id identity.Identity) string {
	if uid, ok := id.Account(); ok {
		if u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10)); err == nil {
			return u.Username
		}
	}
	_, name, _ := strings.Cut(string(id), ":")
	return name
}

// embedding is how far the space is that searches use or will use.
func embedding(stats *knowledge.Stats) api.Embedding {
	e := api.Embedding{Total: stats.Chunks, Problem: stats.Lexical}
	for _, sp := range stats.Spaces {
		if !sp.Active && sp.Pending == 0 {
			continue
		}
		if e.Space != "" && sp.Pending == 0 {
			continue // the one that is being built has news
		}
		e.Space, e.Done, e.Total, e.ETASeconds = sp.ID, sp.Embedded, sp.Embedded+sp.Pending, sp.ETASeconds
		if sp.Error != "" || sp.Held != "" {
			e.Problem = sp.Error + sp.Held
		}
	}
	return e
}

// nextStep is what is missing most, or nil.
func nextStep(o *api.Overview, sources []knowledge.Source) *api.NextStep {
	if len(sources) == 0 {
		return &api.NextStep{Kind: "add-source", Text: "there is no source yet: nothing can be found", Hint: "panther sources add https://docs.example.org/"}
	}
	for _, src := range sources {
		if src.LastRun == nil && src.Documents == 0 {
			return &api.NextStep{Kind: "crawl", Text: "the source " + src.Name + " was not read yet", Hint: "panther crawl " + src.Name}
		}
	}
	for _, src := range sources {
		if r := src.LastRun; r != nil && r.Status == "failed" {
			return &api.NextStep{Kind: "failed", Text: fmt.Sprintf("the last crawl of %s failed: %s", src.Name, gate.Line(r.Error, 200)), Hint: "panther sources show " + src.Name}
		}
	}
	if o.Model == "" {
		return &api.NextStep{Kind: "model", Text: "no language model is configured: answers quote passages", Hint: "panther doctor says how to get one"}
	}
	return nil
}

// started is how many questions a person is offered, and listed how many
// documents of a source they are chosen from.
const (
	started = 3
	listed  = 50
)

// starters are questions that documents answer, others each day, of as many
// sources as there are.
func (s *Server) starters(ctx context.Context, sources []knowledge.Source, now time.Time) []api.Starter {
	out := []api.Starter{}
	day := now.YearDay()
	seen := map[string]bool{}
	for round := 0; round < started && len(out) < started; round++ {
		for i := range sources {
			src := sources[(i+day)%len(sources)]
			if len(out) == started || src.Documents == 0 {
				continue
			}
			if st, ok := s.starter(ctx, src, day+round*7, seen); ok {
				out = append(out, st)
			}
		}
	}
	return out
}

func (s *Server) starter(ctx context.Context, src knowledge.Source, n int, seen map[string]bool) (api.Starter, bool) {
	l, err := s.Knowledge.Documents(ctx, knowledge.ListDocuments{Source: src.Name, Limit: listed})
	if err != nil {
		return api.Starter{}, false // there are fewer then
	}
	for i := range l.Documents {
		d := l.Documents[(i+n)%len(l.Documents)]
		title := topic(d.Title)
		if title == "" || seen[title] {
			continue
		}
		seen[title] = true
		q := "What is there to know about " + title + "?"
		if strings.HasSuffix(title, "?") {
			q = title
		}
		return api.Starter{Question: q, Title: title, URI: d.URI, Source: d.Source}, true
	}
	return api.Starter{}, false
}

// topic is what a title is about, without the name of its site, or "" for one
// that says nothing.
func topic(title string) string {
	t := gate.Plain(grounding.NewSources(), title, 80)
	for _, mark := range []string{" | ", " — ", " – ", " · ", " :: ", " ¦ "} {
		t, _, _ = strings.Cut(t, mark)
	}
	switch strings.ToLower(t) {
	case "index", "home", "contents", "table of contents", "introduction", "overview", "search", "readme", "changelog", "untitled", "license":
		return ""
	}
	if len([]rune(t)) < 4 || strings.Contains(t, "…") {
		return ""
	}
	return t
}
