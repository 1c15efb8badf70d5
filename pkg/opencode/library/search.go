package library

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
)

type search struct {
	Query    string   `query:"q" doc:"At most 4096 bytes"`
	Sources  []string `query:"source" doc:"Only these; may be repeated"`
	Kinds    []string `query:"kind" doc:"Only sources of these kinds: web, git, confluence, feed, files"`
	Langs    []string `query:"lang" doc:"Only documents in these languages"`
	Versions []string `query:"version" doc:"Only pages of these versions; 17 includes 17.2"`
	After    string   `query:"after" doc:"Only documents read or published since this day, 2006-01-02"`
	Limit    int      `query:"limit" doc:"At most 100; default 20"`
	Explain  bool     `query:"explain" doc:"Say in words why each hit is there"`
}

// counted is how many of the best hits facets are counted over.
const counted = 100

// maxQuery is what agentdb takes, in bytes.
const maxQuery = 4096

func (s *Server) search(ctx context.Context, in *search) (*api.SearchResult, error) {
	out := &api.SearchResult{Hits: []api.SearchHit{}, Facets: []api.Facet{}, Mode: knowledge.ModeHybrid}
	query := strings.TrimSpace(in.Query)
	if query == "" {
		return out, nil
	}
	if len(query) > maxQuery {
		return nil, api.BadRequest("the query has %d bytes, at most %d are taken", len(query), maxQuery)
	}
	sources, err := s.Knowledge.Sources(ctx)
	if err != nil {
		return nil, err
	}
	kinds := map[string]string{}
	for _, src := range sources {
		kinds[src.Name] = src.Kind
	}
	all, err := s.Knowledge.Search(ctx, knowledge.SearchRequest{Query: query, Syntax: true, Limit: counted, Explain: in.Explain})
	if err != nil {
		return nil, err
	}
	out.Facets = facets(all.Hits, kinds)
	found := all
	if in.narrows() {
		req := knowledge.SearchRequest{Query: query, Syntax: true, Limit: bounded(in.Limit, 20, counted), Explain: in.Explain,
			Versions: in.Versions, Languages: in.Langs}
		if req.After, err = day(in.After); err != nil {
			return nil, err
		}
		if req.Sources = in.sources(kinds); req.Sources != nil && len(req.Sources) == 0 {
			return out, nil
		}
		if found, err = s.Knowledge.Search(ctx, req); err != nil {
			return nil, err
		}
	}
	out.Mode, out.Millis, out.Warnings = found.Mode, found.Millis, found.Warnings
	for _, h := range found.Hits[:min(len(found.Hits), bounded(in.Limit, 20, counted))] {
		out.Hits = append(out.Hits, hit(h, kinds[h.Source], in.Explain))
	}
	return out, nil
}

func (in *search) narrows() bool {
	return len(in.Sources)+len(in.Kinds)+len(in.Langs)+len(in.Versions) > 0 || in.After != ""
}

// sources are those that both the names and the kinds allow; nil allows all.
func (in *search) sources(kinds map[string]string) []string {
	if len(in.Kinds) == 0 {
		return in.Sources
	}
	out := []string{}
	for name, kind := range kinds {
		if slices.Contains(in.Kinds, kind) && (len(in.Sources) == 0 || slices.Contains(in.Sources, name)) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func day(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, api.BadRequest("after is no day like 2006-01-02")
}

// hit is a passage that passed the gate.
func hit(h knowledge.Hit, kind string, explain bool) api.SearchHit {
	src := grounding.NewSources()
	src.Add(knowledge.Passage{URI: h.URI, Link: h.Link, Source: h.Source, Title: h.Title, Text: h.Text})
	g := gate.Quote(src)
	out := api.SearchHit{ID: h.ChunkID, URI: h.URI, Source: h.Source, Kind: kind, Title: gate.Line(h.Title, 300), Text: g.Write(h.Text) + g.Close(),
		Score: h.Score, Version: gate.Line(h.Version, 60), Language: h.Language, Read: when(h.FetchedAt), Editions: h.Editions, Lexical: h.Lexical, Dense: h.Dense}
	out.Link, _ = src.Address(h.Link)
	for _, t := range h.Headings {
		out.Headings = append(out.Headings, gate.Line(t, 200))
	}
	if out.Title == "" {
		out.Title = gate.Line(h.URI, 300)
	}
	if explain {
		out.Why = why(h)
	}
	return out
}

// why says in words what found a passage.
func why(h knowledge.Hit) string {
	var legs []string
	if h.Lexical != nil {
		legs = append(legs, fmt.Sprintf("its words are the %s best match (BM25 %.2f)", nth(h.Lexical.Rank), h.Lexical.Score))
	}
	if h.Dense != nil {
		legs = append(legs, fmt.Sprintf("its meaning is the %s nearest (cosine %.2f)", nth(h.Dense.Rank), h.Dense.Score))
	}
	if len(legs) == 0 {
		return fmt.Sprintf("it is beside a passage that matched; together %.2f of 1", h.Score)
	}
	return fmt.Sprintf("%s; together %.2f of 1", strings.Join(legs, ", and "), h.Score)
}

func nth(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, suffix)
}

// ages are the values of the facet date.
var ages = []struct {
	label string
	days  int
}{{"last week", 7}, {"last month", 31}, {"last year", 366}}

// facets counts hits by what they can be narrowed by.
func facets(hits []knowledge.Hit, kinds map[string]string) []api.Facet {
	names := []string{"source", "kind", "lang", "version", "date"}
	counts := map[string]map[string]int{}
	for _, n := range names {
		counts[n] = map[string]int{}
	}
	now := time.Now()
	labels := map[string]string{}
	for _, h := range hits {
		for name, v := range map[string]string{"source": h.Source, "kind": kinds[h.Source], "lang": h.Language, "version": h.Version} {
			if v != "" {
				counts[name][v]++
			}
		}
		for _, a := range ages {
			since := now.AddDate(0, 0, -a.days)
			if date := laterOf(h); date.After(since) {
				v := since.UTC().Format(time.DateOnly)
				counts["date"][v]++
				labels[v] = a.label
			}
		}
	}
	out := []api.Facet{}
	for _, n := range names {
		f := api.Facet{Name: n, Values: []api.FacetValue{}}
		for v, c := range counts[n] {
			label := v
			if n == "date" {
				label = labels[v]
			}
			f.Values = append(f.Values, api.FacetValue{Value: v, Label: gate.Line(label, 80), Count: c})
		}
		slices.SortFunc(f.Values, func(a, b api.FacetValue) int {
			if a.Count != b.Count {
				return b.Count - a.Count
			}
			return strings.Compare(a.Value, b.Value)
		})
		out = append(out, f)
	}
	return out
}

// laterOf is the date of a document that After of a search looks at.
func laterOf(h knowledge.Hit) time.Time {
	if !h.PublishedAt.IsZero() {
		return h.PublishedAt
	}
	return h.FetchedAt
}
