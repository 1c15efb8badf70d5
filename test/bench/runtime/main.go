// Command runtime measures opencoded with agentdb on SQLite, as real processes,
// against a scripted model that answers at once, so that the figures are the
// runtime's own; and OpenCode's own server beside it, where test/runtime-clients.sh
// has installed it. `scripts/bench runtime` runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/llm/provider"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
	"panther/test/runtime/unit"
)

func main() {
	turns := flag.Int("turns", 200, "turns of each measurement")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *turns); err != nil {
		fmt.Fprintf(os.Stderr, "bench runtime: %v\n", err)
		os.Exit(1)
	}
}

// script answers at once, but for sub-agents, whose tasks take a second.
func script(r scripted.Request) scripted.Reply {
	last := r.Last(llm.RoleUser)
	switch {
	case strings.HasPrefix(last, "at length"):
		return scripted.Reply{Text: longAnswer}
	case strings.HasPrefix(last, "a second"):
		return scripted.Reply{Text: "Done.", Delay: time.Second}
	case strings.HasPrefix(last, "delegate ") && r.Last(llm.RoleTool) == "":
		n, _ := strconv.Atoi(strings.Fields(last)[1])
		tasks := make([]map[string]string, n)
		for i := range tasks {
			tasks[i] = map[string]string{"description": "a task", "prompt": fmt.Sprintf("a second, task %d", i)}
		}
		return scripted.Reply{Calls: []llm.Call{scripted.Call("d", "delegate", map[string]any{"tasks": tasks})}}
	}
	return scripted.Reply{Text: "Use a WHERE clause [1]."}
}

func run(ctx context.Context, turns int) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	build := exec.CommandContext(ctx, "go", "build", "-o", dir, "panther/cmd/agentdb", "panther/cmd/opencoded")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	model := httptest.NewServer(scripted.Handler(script))
	defer model.Close()
	b := &bench{dir: dir, model: model.URL + "/v1", turns: turns}
	if err := b.ours(ctx); err != nil {
		return err
	}
	return b.theirs(ctx)
}

type bench struct {
	dir, model string
	turns      int
}

func line(what string, format string, args ...any) {
	fmt.Printf("%-58s %s\n", what, fmt.Sprintf(format, args...))
}

func (b *bench) file(name, text string) string {
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		panic(err) // a folder of our own
	}
	return path
}

func (b *bench) ours(ctx context.Context) error {
	fmt.Println("opencoded")
	db := &unit.Unit{Name: "agentdb", Binary: b.dir + "/agentdb", State: b.dir,
		Config: b.file("agentdb.toml", fmt.Sprintf("version = 1\ndatabase = \"sqlite:%s/a.db\"\n[embedding]\nurl = \"\"\n", b.dir))}
	oc := &unit.Unit{Name: "opencode", Binary: b.dir + "/opencoded", State: b.dir, Config: b.file("opencode.toml", fmt.Sprintf(
		"version = 1\nagents = \"\"\ntitles = false\n[subagents]\nsocket = \"\"\n[knowledge]\nurl = \"unix:%s/agentdb.sock\"\n[[provider]]\nname = \"test\"\n"+
			"kind = \"openai\"\nurl = %q\n[[provider.model]]\nid = \"m\"\n", b.dir, b.model))}
	for _, u := range []*unit.Unit{db, oc} {
		defer u.Close()
		defer u.Stop()
	}
	if _, err := db.Listen(b.dir, b.dir+"/agentdb.sock"); err != nil {
		return err
	}
	addrs, err := oc.Listen(b.dir, b.dir+"/opencode.sock", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ready, err := db.Start()
	if err != nil {
		return err
	}
	<-ready
	know := knowledge.NewClient("unix:"+b.dir+"/agentdb.sock", "")
	defer know.Close()
	if _, err := know.Upsert(ctx, knowledge.Document{URI: "https://docs.test.io/partial", Source: "docs", Title: "Partial Indexes",
		Markdown: "# Partial Indexes\n\nA partial index is built over the rows that satisfy a predicate: CREATE INDEX i ON t (a) WHERE b;\n"}); err != nil {
		return err
	}
	var starts []time.Duration
	for i := range 7 {
		if i > 0 {
			oc.Stop()
		}
		began := time.Now()
		ready, err := oc.Start()
		if err != nil {
			return err
		}
		<-ready
		starts = append(starts, time.Since(began))
	}
	line("start to READY, median", "%s", round(at(starts, 50)))
	time.Sleep(2 * time.Second) // idle, after its start
	line("memory idle (resident; of it private)", "%s", memory(oc.PID()))
	c := api.NewClient("http://"+addrs[1], "")
	defer c.Close()
	if err := b.measure(ctx, c); err != nil {
		return err
	}
	line("memory after that", "%s", memory(oc.PID()))
	return b.delegate(ctx, c)
}

// measure asks one after the other, many at once, and for the first token.
func (b *bench) measure(ctx context.Context, c *api.Client) error {
	direct, err := b.direct(ctx)
	if err != nil {
		return err
	}
	line("the model itself, asked directly, p50", "%s", round(direct))
	for _, at := range []int{1, 20, 200} {
		if err := b.atOnce(ctx, c, at, direct); err != nil {
			return err
		}
	}
	if err := b.firstToken(ctx, c); err != nil {
		return err
	}
	return b.gated(ctx, c)
}

// direct is what the model takes without a runtime.
func (b *bench) direct(ctx context.Context) (time.Duration, error) {
	m := provider.NewOpenAI(llm.Info{Provider: "test", ID: "m"}, provider.Endpoint{URL: b.model, Client: http.DefaultClient})
	var all []time.Duration
	for range 50 {
		began := time.Now()
		if _, err := m.Generate(ctx, &llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Text: "hello"}}}, func(llm.Delta) error { return nil }); err != nil {
			return 0, err
		}
		all = append(all, time.Since(began))
	}
	return at(all, 50), nil
}

func (b *bench) atOnce(ctx context.Context, c *api.Client, sessions int, direct time.Duration) error {
	var mu sync.Mutex
	var all []time.Duration
	var failure error
	var wg sync.WaitGroup
	each := max(2, b.turns/sessions)
	began := time.Now()
	for range sessions {
		wg.Go(func() {
			s, err := c.CreateSession(ctx, api.CreateSession{})
			for range each {
				if err != nil {
					break
				}
				began := time.Now()
				_, err = c.Prompt(ctx, s.ID, api.Ask("How do I make a partial index?"))
				mu.Lock()
				all = append(all, time.Since(began)-direct)
				mu.Unlock()
				if sessions == 1 && err == nil && len(all)%10 == 0 { // short sessions, as they are
					s, err = c.CreateSession(ctx, api.CreateSession{})
				}
			}
			if err != nil {
				mu.Lock()
				failure = err
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if failure != nil {
		return failure
	}
	line(fmt.Sprintf("own time of a turn, %d at once: p50, p99, turns a second", sessions), "%s  %s  %.0f", round(at(all, 50)), round(at(all, 99)),
		float64(len(all))/time.Since(began).Seconds())
	return nil
}

func (b *bench) firstToken(ctx context.Context, c *api.Client) error {
	var all []time.Duration
	for range min(b.turns, 50) {
		s, err := c.CreateSession(ctx, api.CreateSession{})
		if err != nil {
			return err
		}
		var began time.Time
		for e, err := range c.Events(ctx, api.Subscribe{Session: s.ID}) {
			if err != nil {
				return err
			}
			if e.Type == api.EventServerConnected {
				began = time.Now()
				if err := c.PromptAsync(ctx, s.ID, api.Ask("How do I make a partial index?")); err != nil {
					return err
				}
			}
			if p, err := e.Decode(); err == nil && (e.Type == api.EventPartDelta || e.Type == api.EventPartUpdated && p.Part.Type == api.PartText && p.Part.Text != "" &&
				!strings.HasPrefix(p.Part.Text, "How")) {
				all = append(all, time.Since(began))
				break
			}
		}
	}
	line("first token at the client, p50, p99", "%s  %s", round(at(all, 50)), round(at(all, 99)))
	return nil
}

// delegate compares eight tasks of a second at once with one after the other.
func (b *bench) delegate(ctx context.Context, c *api.Client) error {
	took := func(question string) (time.Duration, error) {
		s, err := c.CreateSession(ctx, api.CreateSession{})
		if err != nil {
			return 0, err
		}
		began := time.Now()
		m, err := c.Prompt(ctx, s.ID, api.Ask(question))
		if err == nil && m.Info.Error != nil {
			err = fmt.Errorf("delegate: %s", m.Info.Error.Message())
		}
		return time.Since(began), err
	}
	together, err := took("delegate 8")
	if err != nil {
		return err
	}
	var apart time.Duration
	for range 8 {
		d, err := took("delegate 1")
		if err != nil {
			return err
		}
		apart += d
	}
	line("8 sub-agents of a second: at once, one by one", "%s  %s  %.1f times faster", round(together), round(apart), apart.Seconds()/together.Seconds())
	return nil
}

// theirs measures OpenCode's own server with the same model.
func (b *bench) theirs(ctx context.Context) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	found, _ := filepath.Glob(filepath.Join(cache, "panther/runtime-clients/node_modules/opencode-linux-*/bin/opencode"))
	if len(found) == 0 {
		fmt.Println("skipped: OpenCode's own server is not installed; test/runtime-clients.sh does that")
		return nil
	}
	fmt.Println("opencode serve 1.18.33")
	home := filepath.Join(b.dir, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	config := b.file("opencode.json", fmt.Sprintf(`{"provider":{"test":{"npm":"@ai-sdk/openai-compatible","name":"test","options":{"baseURL":%q,"apiKey":"none"},"models":{"m":{"name":"m"}}}},
"model":"test/m","small_model":"test/m","autoupdate":false,"share":"disabled"}`, b.model))
	const addr = "127.0.0.1:18097"
	cmd := exec.CommandContext(ctx, found[0], "serve", "--port", "18097")
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home+"/.config", "XDG_DATA_HOME="+home+"/.local", "XDG_CACHE_HOME="+home+"/.cache",
		"OPENCODE_CONFIG="+config, "OPENCODE_DISABLE_AUTOUPDATE=1", "OPENCODE_DISABLE_MODELS_FETCH=1")
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	c := api.NewClient("http://"+addr, "")
	defer c.Close()
	for {
		// It never answers a request that arrives while it starts.
		once, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		_, err = c.Health(once)
		cancel()
		if err == nil {
			break
		}
		if time.Since(began) > 30*time.Second {
			fmt.Println("skipped: it does not answer:", err)
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	line("start to the first answer", "%s", round(time.Since(began)))
	time.Sleep(2 * time.Second)
	line("memory idle (resident; of it private)", "%s", memory(cmd.Process.Pid))
	short, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	few := *b
	few.turns = min(b.turns, 40)
	if err := few.measure(short, c); err != nil {
		fmt.Println("ended:", err)
	}
	line("memory after that", "%s", memory(cmd.Process.Pid))
	return nil
}

func at(d []time.Duration, percent int) time.Duration {
	slices.Sort(d)
	return d[min(len(d)*percent/100, len(d)-1)]
}

func round(d time.Duration) string { return d.Round(100 * time.Microsecond).String() }

func memory(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return err.Error()
	}
	mb := func(key string) int {
		_, rest, _ := strings.Cut(string(b), "\n"+key+":")
		f := strings.Fields(rest)
		if len(f) == 0 {
			return 0
		}
		n, _ := strconv.Atoi(f[0])
		return n / 1024
	}
	return fmt.Sprintf("%d MB; %d MB, at most %d MB so far", mb("VmRSS"), mb("RssAnon"), mb("VmHWM"))
}
