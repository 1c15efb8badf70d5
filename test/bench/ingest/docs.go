package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"panther/pkg/agentdb/engine"
	"panther/pkg/agentdb/store"
	"panther/pkg/embed"
	"panther/pkg/embed/remote"
	"panther/pkg/knowledge"
	"panther/pkg/markdown"
	"panther/pkg/sd"
)

// readDocs converts the HTML pages of a folder, before any clock runs.
func readDocs(dir string) ([]knowledge.Document, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(err, fmt.Errorf("no HTML pages in %s", dir))
	}
	var out []knowledge.Document
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		u := "file://" + name
		page, err := markdown.Extract(f, markdown.Options{URL: u})
		_ = f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, knowledge.Document{URI: u, Source: "docs", Title: page.Title, Markdown: page.Markdown, FetchedAt: time.Now()})
	}
	return out, nil
}

// measureDocs stores real documents as agentdb does: cut, indexed, and embedded
// with the model that is installed, if there is one.
func measureDocs(ctx context.Context, o options, s store.Store, dir string) error {
	docs, err := readDocs(o.docs)
	if err != nil {
		return err
	}
	p, stop, err := embedder(ctx, dir)
	if err != nil {
		return err
	}
	defer stop()
	e := engine.New(s, p, slog.New(slog.DiscardHandler))
	report := func(step string, do func() error) error {
		begin := time.Now()
		if err := do(); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
		t := time.Since(begin).Seconds()
		st, err := s.Stats(ctx)
		if err == nil {
			fmt.Printf("%-9s %-22s %10d %9.2f %14.0f\n", s.Kind(), step, st.Chunks, t, float64(st.Chunks)/t)
		}
		return err
	}
	upsert := func() error {
		for i := 0; i < len(docs); i += batchDocuments {
			rs, err := e.Upsert(ctx, docs[i:min(i+batchDocuments, len(docs))]...)
			if err != nil {
				return err
			}
			for _, r := range rs {
				if r.Error != "" {
					return fmt.Errorf("%s: %s", r.URI, r.Error)
				}
			}
		}
		return nil
	}
	if err := report(fmt.Sprintf("%d documents, new", len(docs)), upsert); err != nil {
		return err
	}
	if err := report("unchanged", upsert); err != nil {
		return err
	}
	m, err := p.Model(ctx)
	if err != nil {
		fmt.Println("not embedded:", err)
		return nil
	}
	return report("embedded by "+m.ID, func() error { return embedAll(ctx, e) })
}

// embedAll lets the engine work until nothing is pending.
func embedAll(ctx context.Context, e *engine.Engine) error {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { e.Embed(ctx); close(done) }()
	defer func() { stop(); <-done }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		st, err := e.Stats(ctx)
		if err != nil || len(st.Spaces) == 1 && st.Spaces[0].Active && st.Spaces[0].Pending == 0 {
			return err
		}
		<-tick.C
	}
}

// embedder serves panther-embed in this process.
func embedder(ctx context.Context, dir string) (engine.Provider, func(), error) {
	env, err := sd.Local(embed.Name, dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- embed.Run(ctx, env, embed.Default()) }()
	select {
	case <-env.ReadyC():
	case err := <-done:
		cancel()
		return nil, nil, err
	}
	p := engine.NewHTTPProvider(remote.Options{URL: "unix:" + sd.LocalSocket(dir, embed.Name), Batch: 64, SendInputType: true})
	return p, func() { p.Close(); cancel(); <-done }, nil
}
