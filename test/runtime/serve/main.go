// Command serve runs a runtime for tests of its clients: agentdb on SQLite with
// two documents and opencoded with a scripted model that speaks the real wire
// protocol, in a folder of its own and without a way out. It prints the URL of
// the API and serves until it is ended.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"

	"panther/pkg/agentdb"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode"
	"panther/pkg/opencode/api"
	"panther/pkg/sd"
)

func main() { sd.Main(run) }

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "oc")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer os.RemoveAll(dir)
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	model := httptest.NewServer(scripted.Handler(func(r scripted.Request) scripted.Reply {
		return scripted.Reply{Text: "Hello there, use a WHERE clause [1].", Usage: llm.Usage{Input: 12, Output: 8}}
	}))
	defer model.Close()

	acfg := agentdb.Default()
	acfg.Database, acfg.Embedding.URL = "sqlite:"+filepath.Join(dir, "agentdb.db"), ""
	aenv, err := sd.Local("agentdb", dir, log)
	if err != nil {
		return err
	}
	ended := make(chan error, 2)
	go func() { ended <- agentdb.Run(ctx, aenv, acfg) }()
	<-aenv.ReadyC()
	know := knowledge.NewClient("unix:"+sd.LocalSocket(dir, "agentdb"), "")
	defer know.Close()
	if _, err := know.Upsert(ctx, knowledge.Document{URI: "https://docs.test.io/partial", Source: "docs", Title: "Partial Indexes",
		Markdown: "# Partial Indexes\n\nA partial index is built over the rows that satisfy a predicate: CREATE INDEX i ON t (a) WHERE b;\n"}); err != nil {
		return fmt.Errorf("store document: %w", err)
	}

	cfg := opencode.Default()
	cfg.Agents, cfg.Listen = "", "127.0.0.1:0"
	cfg.Providers = []opencode.Provider{{Name: "test", Kind: "openai", URL: model.URL + "/v1", Models: []opencode.Model{{ID: "scripted"}}}}
	env, err := sd.Local("opencode", dir, log)
	if err != nil {
		return err
	}
	go func() { ended <- opencode.Run(ctx, env, cfg) }()
	<-env.ReadyC()
	client := api.NewClient("unix:"+sd.LocalSocket(dir, "opencode"), "")
	s, err := client.Status(ctx)
	client.Close()
	if err != nil {
		return err
	}
	fmt.Println(s.Addresses[0])
	err = <-ended
	if e := <-ended; err == nil {
		err = e
	}
	return err
}
