// Command serve runs a runtime for tests of its clients: agentdb on SQLite with
// a document and opencoded with a scripted model that speaks the real wire
// protocol, without a way out. A question with "slowly" in it gets a long answer
// word by word, one with "research" three sub-agents, and page.go has more. It prints the URL of the API and serves until it is ended.
//
// Its state is in a folder of its own; -dir and -listen keep both over a restart. -model asks a
// real server of OpenAI's API in place of the scripted one, whose model has -context tokens, and none no model at all.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"panther/pkg/agentdb"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/models"
	"panther/pkg/sd"
)

func main() { sd.Main(run) }

// long has what an answer may have: headings, a list, code, a table, citations.
const long = `A **partial index** covers only the rows that satisfy its predicate, so it is smaller and cheaper to keep up to date [1].

### How to make one

` + "```sql\nCREATE INDEX access_log_client_ip_ix ON access_log (client_ip)\nWHERE NOT (client_ip > inet '192.168.100.0' AND client_ip < inet '192.168.100.255');\n```" + `

1. Choose the rows that your queries ask for.
2. Repeat the predicate in the query, or one that implies it [1].
3. Look at the plan with ` + "`EXPLAIN`" + `.

| Index | Rows | Size |
|---|---|---|
| whole | 10,000,000 | 214 MB |
| partial | 81,000 | 1.8 MB |

> The predicate must be immutable.

See also *expression indexes*.`

// forClients answers what test/chat and test/runtime/tui ask: with a call of the
// client's tool or of one that is asked for, with JSON, of an image, or not at all.
func forClients(r scripted.Request, last, result string) (scripted.Reply, bool) {
	weather := strings.Contains(last, "weather in Rome")
	switch {
	case weather && result != "":
		return scripted.Reply{Text: "It is " + result + " there."}, true
	case weather:
		return scripted.Reply{Calls: []llm.Call{scripted.Call("w", "get_weather", map[string]any{"city": "Rome"})}}, true
	case strings.HasPrefix(last, "json please"):
		return scripted.Reply{Text: `{"city": "Rome", "n": 3}`}, true
	case strings.HasPrefix(last, "please keep") && result == "":
		return scripted.Reply{Calls: []llm.Call{scripted.Call("k", "remember", map[string]any{"text": "likes tea"})}}, true
	case strings.HasPrefix(last, "please keep"):
		return scripted.Reply{Text: "It is kept."}, true
	case strings.HasPrefix(last, "too much"):
		return scripted.Reply{Status: 429, Error: "slow down", RetryAfter: "600"}, true
	case strings.HasPrefix(last, "a picture") && strings.Contains(string(r.Body), "data:image/png;base64,UE5H"):
		return scripted.Reply{Text: "I see an image."}, true
	}
	return scripted.Reply{}, false
}

func run(ctx context.Context) error {
	var o options
	flag.StringVar(&o.dir, "dir", "", "keep the state in `FOLDER`")
	flag.StringVar(&o.listen, "listen", "127.0.0.1:0", "address")
	flag.StringVar(&o.model, "model", "", "`URL` of a real model server, none for no model")
	flag.IntVar(&o.context, "context", 0, "tokens of the model's context")
	flag.IntVar(&o.output, "output", 0, "tokens of an answer; sessions get no titles then")
	flag.Parse()
	if o.dir == "" {
		tmp, err := os.MkdirTemp("", "oc")
		if err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
		defer os.RemoveAll(tmp)
		o.dir = tmp
	}
	if o.model == "" {
		model := scriptedModel()
		defer model.Close()
		o.model = model.URL
	}
	return serve(ctx, o)
}

type options struct {
	dir, listen, model string
	context, output    int
}

func scriptedModel() *httptest.Server {
	return httptest.NewServer(scripted.Handler(func(r scripted.Request) scripted.Reply {
		if strings.HasPrefix(r.System, "Write a title") {
			return scripted.Reply{Text: "Making a partial index"}
		}
		last, result := r.Last(llm.RoleUser), r.Last(llm.RoleTool)
		switch {
		case strings.HasPrefix(last, "A part"):
			return scripted.Reply{Text: "Found what there is on it, word by word.", Delay: 400 * time.Millisecond}
		case strings.Contains(last, "research") && result == "":
			return scripted.Reply{Text: "I look into three parts.", Calls: []llm.Call{scripted.Call("d", "delegate", map[string]any{"tasks": []map[string]string{
				{"description": "Look into partial indexes", "prompt": "A part, first"}, {"description": "Compare their sizes", "prompt": "A part, second"},
				{"description": "Check the claims", "agent": "critic", "prompt": "A part, third"}}})}}
		}
		if reply, ok := forClients(r, last, result); ok {
			return reply
		}
		if reply, ok := forPage(last, result); ok {
			return reply
		}
		if strings.Contains(last, "slowly") {
			return scripted.Reply{Text: long, Delay: 30 * time.Millisecond}
		}
		return scripted.Reply{Text: "Hello there, use a WHERE clause [1].", Usage: llm.Usage{Input: 12, Output: 8}}
	}))
}

func serve(ctx context.Context, o options) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	acfg := agentdb.Default()
	acfg.Database, acfg.Embedding.URL = "sqlite:"+filepath.Join(o.dir, "agentdb.db"), ""
	aenv, err := sd.Local("agentdb", o.dir, log)
	if err != nil {
		return err
	}
	ended := make(chan error, 2)
	go func() { ended <- agentdb.Run(ctx, aenv, acfg) }()
	<-aenv.ReadyC()
	know := knowledge.NewClient("unix:"+sd.LocalSocket(o.dir, "agentdb"), "")
	defer know.Close()
	if _, err := know.Upsert(ctx, knowledge.Document{URI: "https://docs.test.io/partial", Source: "docs", Title: "Partial Indexes",
		Markdown: "# Partial Indexes\n\nA partial index is built over the rows that satisfy a predicate: CREATE INDEX i ON t (a) WHERE b;\n"}); err != nil {
		return fmt.Errorf("store document: %w", err)
	}

	cfg := opencode.Default()
	cfg.Agents, cfg.Listen, cfg.Titles = "", o.listen, o.output == 0
	cfg.Providers = []models.Provider{{Name: "test", Kind: "openai", URL: o.model + "/v1", Models: []models.Model{{ID: "scripted", Context: o.context, Output: o.output, Inputs: []string{"image"}}}}}
	if o.model == "none" {
		cfg.Providers = nil
	}
	env, err := sd.Local("opencode", o.dir, log)
	if err != nil {
		return err
	}
	go func() { ended <- opencode.Run(ctx, env, cfg) }()
	<-env.ReadyC()
	client := api.NewClient("unix:"+sd.LocalSocket(o.dir, "opencode"), "")
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
