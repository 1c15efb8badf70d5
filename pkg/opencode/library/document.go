package library

import (
	"context"
	"errors"
	"slices"
	"strings"

	"panther/pkg/commonmark"
	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
)

type readDocument struct {
	URI     string `query:"uri" doc:"Of the document; a link to a heading of it will do"`
	Passage string `query:"passage" doc:"Identifier of the passage to mark"`
}

const (
	// maxURI is what agentdb takes, in bytes.
	maxURI = 4096
	// maxShown bounds the Markdown that a reader is sent, in bytes: more than a
	// book.
	maxShown = 4 << 20
	// maxHeadings bounds the outline.
	maxHeadings = 2000
)

func (s *Server) document(ctx context.Context, in *readDocument) (*api.DocumentView, error) {
	if in.URI == "" || len(in.URI) > maxURI {
		return nil, api.BadRequest("give the uri of a document, of at most %d bytes", maxURI)
	}
	d, err := s.Knowledge.Document(ctx, in.URI)
	if err != nil {
		if base, _, ok := strings.Cut(in.URI, "#"); ok && isNotFound(err) {
			d, err = s.Knowledge.Document(ctx, base)
		}
	}
	if isNotFound(err) {
		return nil, api.NotFound("document", in.URI)
	} else if err != nil {
		return nil, err
	}
	v := &api.DocumentView{URI: d.URI, Source: d.Source, Title: gate.Line(d.Title, 300), Language: d.Language, Version: d.Meta[knowledge.MetaVersion],
		Tags: d.Tags, Fetched: when(d.FetchedAt), Published: when(d.PublishedAt), Modified: gate.Line(d.LastModified, 80), Deleted: d.DeletedAt,
		Headings: []api.DocumentHeading{}, Passages: []api.DocumentPassage{}, Versions: []api.DocumentVersion{}}
	sources, err := s.Knowledge.Sources(ctx)
	if err != nil {
		return nil, err
	}
	for _, src := range sources {
		if src.Name == d.Source {
			v.Kind = src.Kind
		}
	}
	src := grounding.NewSources()
	src.Add(knowledge.Passage{URI: d.URI, Link: d.URI, Text: d.Markdown})
	v.Link, _ = src.Address(d.URI)
	if v.Deleted != nil {
		return v, nil
	}
	show(v, d.Markdown, src)
	return v, s.surround(ctx, d, in.Passage, v)
}

// surround adds the passages and the versions of a document.
func (s *Server) surround(ctx context.Context, d *knowledge.Document, wanted string, v *api.DocumentView) error {
	passages, err := s.Knowledge.DocumentPassages(ctx, d.URI)
	if err != nil {
		return err
	}
	p, u := newPlaces(v.Markdown), newUnits(v.Markdown)
	for _, k := range passages {
		if from, to, ok := p.find(k.Text); ok {
			v.Passages = append(v.Passages, api.DocumentPassage{ID: k.ChunkID, Anchor: k.Anchor, Start: u.of(from), End: u.of(to)})
			if k.ChunkID == wanted {
				v.Passage = wanted
			}
		}
	}
	editions, err := s.Knowledge.Editions(ctx, d.URI)
	if err != nil {
		return err
	}
	for _, e := range editions {
		if len(editions) > 1 {
			v.Versions = append(v.Versions, api.DocumentVersion{Version: e.Meta[knowledge.MetaVersion], URI: e.URI, Title: gate.Line(e.Title, 300), Fetched: when(e.FetchedAt)})
		}
	}
	return nil
}

// show passes the text through the gate and makes its outline, whose anchors are
// those that links to the document have.
func show(v *api.DocumentView, markdown string, src gate.Sources) {
	if len(markdown) > maxShown {
		markdown, v.Truncated = strings.ToValidUTF8(markdown[:maxShown], ""), true
	}
	g := gate.Quote(src)
	v.Markdown = g.Write(markdown) + g.Close()
	type heading struct {
		api.DocumentHeading
		letters string
	}
	var shown []heading
	u := newUnits(v.Markdown)
	at, missed := 0, 0
	for _, b := range commonmark.Blocks(v.Markdown, nil) {
		if i := strings.Index(v.Markdown[at:], b.Source); i >= 0 {
			at += i
		} else if missed++; missed > maxMissed {
			break
		}
		if b.Kind == commonmark.Heading && len(shown) < maxHeadings {
			title, _ := letters(b.Title)
			shown = append(shown, heading{api.DocumentHeading{Level: b.Level, Title: gate.Line(b.Title, 200), Offset: u.of(at)}, title})
		}
	}
	for _, b := range commonmark.Blocks(markdown, commonmark.SlugAt(v.URI)) {
		if b.Kind != commonmark.Heading || len(shown) == 0 {
			continue
		}
		title, _ := letters(b.Title)
		if i := slices.IndexFunc(shown, func(h heading) bool { return h.letters == title }); i >= 0 {
			h := shown[i].DocumentHeading
			h.Anchor = b.Anchor
			v.Headings, shown = append(v.Headings, h), shown[i+1:]
		}
	}
}

func isNotFound(err error) bool { return errors.Is(err, knowledge.ErrNotFound) }
