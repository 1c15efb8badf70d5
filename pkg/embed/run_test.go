package embed

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/config"
	"panther/pkg/encoder/encodertest"
	"panther/pkg/sd"
)

// runLocal runs the service with a tiny encoder until the test ends.
func runLocal(t *testing.T) (*sd.Env, *http.Client) {
	t.Helper()
	dir := t.TempDir()
	env, err := sd.Local(Name, dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.Model = encodertest.Tiny(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, env, cfg) }()
	select {
	case <-env.ReadyC():
	case err := <-done:
		cancel()
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", sd.LocalSocket(dir, Name))
	}}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return env, client
}

func TestRunLocal(t *testing.T) {
	t.Parallel()
	env, client := runLocal(t)
	if !strings.Contains(env.StatusLine(), "(encoder, 64 dimensions)") {
		t.Errorf("status %q", env.StatusLine())
	}
	resp, err := client.Post("http://x/v1/embeddings", "application/json", strings.NewReader(`{"input":"running"}`))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 200 || !bytes.Contains(b, []byte(`"embedding"`)) {
		t.Errorf("%d %s", resp.StatusCode, b)
	}
}

func TestOpenChoosesProvider(t *testing.T) {
	t.Parallel()
	cfg := Default()
	cfg.Model = filepath.Join(t.TempDir(), "nothing")
	_, err := open(localEnv(t), cfg)
	if sd.ExitCode(err) != sd.ExitConfig || !strings.Contains(sd.HintOf(err), "panther-embed pull") {
		t.Errorf("a missing model: %v, hint %q", err, sd.HintOf(err))
	}
	cfg.Model = encodertest.Tiny(t)
	encodertest.Write(t, cfg.Model, "model.safetensors", "short")
	if _, err = open(localEnv(t), cfg); sd.ExitCode(err) != sd.ExitConfig || sd.HintOf(err) == "" {
		t.Errorf("a damaged model: %v, hint %q", err, sd.HintOf(err))
	}
}

// TestPrefixes embeds with the prefixes of the folder, of its family and of the
// configuration, each before the next.
func TestPrefixes(t *testing.T) {
	t.Parallel()
	tiny := encodertest.Tiny(t)
	openAs := func(name, prompts string, cfg EncoderConfig) *encoderProvider {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.CopyFS(dir, os.DirFS(tiny)); err != nil {
			t.Fatal(err)
		}
		if prompts != "" {
			encodertest.Write(t, dir, "config_sentence_transformers.json", prompts)
		}
		p, err := openEncoder(dir, cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.Close() })
		return p
	}
	own := "cafe "
	plain := openAs("tiny", "", EncoderConfig{})
	for _, c := range []struct {
		p              *encoderProvider
		query, passage string
	}{
		{plain, "", ""},
		{openAs("e5-small-v2", "", EncoderConfig{}), "query: ", "passage: "},
		{openAs("bge-small-en-v1.5", "", EncoderConfig{}), "Represent this sentence for searching relevant passages: ", ""},
		{openAs("e5-base", `{"prompts":{"query":"a ","document":"b "}}`, EncoderConfig{}), "a ", "b "},
		{openAs("e5-large", "", EncoderConfig{QueryPrefix: &own}), "cafe ", "passage: "},
	} {
		for _, query := range []bool{true, false} {
			prefix := map[bool]string{true: c.query, false: c.passage}[query]
			got, err := c.p.Embed(t.Context(), Batch{Inputs: []Input{{Text: "running"}}, Query: query})
			if err != nil {
				t.Fatal(err)
			}
			want, err := plain.Embed(t.Context(), Batch{Inputs: []Input{{Text: prefix + "running"}}})
			if err != nil {
				t.Fatal(err)
			}
			if d := dot(got.Vectors[0], want.Vectors[0]); d < 1-1e-5 {
				t.Errorf("%s, query %v: cosine %g with prefix %q", c.p.name, query, d, prefix)
			}
		}
	}
}

func TestConfigErrors(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`provider = "x"`:      "c.toml:2:1: provider:",
		`model = "../x"`:      "c.toml:2:1: model:",
		`queue = 0`:           "c.toml:2:1: queue:",
		`cache = "12KB"`:      "c.toml:2:1: cache:",
		`fusion_weight = 2.0`: "c.toml:2:1: fusion_weight:",
		`provider = "openai"`: "openai.url: is empty",
		"provider='openai'\n[openai]\nurl='ftp://x/v1'": "c.toml:4:1: openai.url:",
		`colour = 1`: "no such setting",
	} {
		c := Default()
		if err := config.Decode("c.toml", []byte("version = 1\n"+in), &c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", in, err, want)
		}
	}
}

// TestServerElsewhere finds a unit without a network, and is content with one
// that has the drop-in of the examples.
func TestServerElsewhere(t *testing.T) {
	t.Parallel()
	root, cfg := t.TempDir(), Default()
	cfg.Provider, cfg.OpenAI.URL = ProviderOpenAI, "https://api.example.org/v1"
	if err := cfg.Check(root); err != nil {
		t.Errorf("no unit is installed: %v", err)
	}
	encodertest.Write(t, root, "usr/lib/systemd/system/panther-embed.service", "[Service]\nPrivateNetwork=yes\n")
	encodertest.Write(t, root, "etc/systemd/system/panther-embed.service.d/other.conf", "[Service]\nNice=5\n")
	if err := cfg.Check(root); sd.ExitCode(err) != sd.ExitConfig || !strings.Contains(sd.HintOf(err), "panther-embed-remote.conf") {
		t.Errorf("a unit without a network: %v, hint %q", err, sd.HintOf(err))
	}
	cfg.OpenAI.URL = "unix:/run/other.sock"
	if err := cfg.Check(root); err != nil {
		t.Errorf("a unix socket: %v", err)
	}
	dropin, err := os.ReadFile("../../units/examples/panther-embed-remote.conf")
	if err != nil {
		t.Fatal(err)
	}
	cfg.OpenAI.URL = "http://127.0.0.1:11434/v1"
	encodertest.Write(t, root, "etc/systemd/system/panther-embed.service.d/remote.conf", string(dropin))
	if err := cfg.Check(root); err != nil {
		t.Errorf("with the drop-in: %v", err)
	}
}

// TestServerWithOtherDimensions refuses vectors of another length than was
// asked for, or than the ones before: they would be of no use in one space.
func TestServerWithOtherDimensions(t *testing.T) {
	t.Parallel()
	answers := []string{`[1,0,0]`, `[1,0]`}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"data":[{"index":0,"embedding":`+answers[0]+`}]}`)
		answers = answers[1:]
	}))
	defer srv.Close()
	cfg := Default().OpenAI
	cfg.URL, cfg.Model = srv.URL+"/v1", "m"
	p, err := openOpenAI(localEnv(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if i, err := p.Info(t.Context()); err != nil || i.Dimensions != 3 {
		t.Fatalf("%+v, %v", i, err)
	}
	_, err = p.Embed(t.Context(), Batch{Inputs: []Input{{Text: "a"}}})
	if err == nil || !strings.Contains(err.Error(), "have 2 dimensions, they had 3") {
		t.Errorf("other dimensions: %v", err)
	}
}
