package embed

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"panther/pkg/config"
	"panther/pkg/encoder/encodertest"
	"panther/pkg/sd"
)

// providers are all implementations, opened on what needs no download.
func providers(t *testing.T) map[string]func(t *testing.T) Provider {
	encoderOf := func(t *testing.T) Provider {
		p, err := openEncoder(encodertest.Tiny(t), EncoderConfig{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	return map[string]func(t *testing.T) Provider{
		ProviderEncoder: encoderOf,
		ProviderBuiltin: func(*testing.T) Provider { return &builtinProvider{} },
		ProviderOpenAI: func(t *testing.T) Provider {
			s := newService(encoderOf(t), Default())
			srv := httptest.NewServer(s.handler(""))
			t.Cleanup(srv.Close)
			cfg := Default().OpenAI
			cfg.URL, cfg.Model, cfg.Batch = srv.URL+"/v1", modelOf(t, s.provider), 2
			p, err := openOpenAI(localEnv(t), cfg)
			if err != nil {
				t.Fatal(err)
			}
			return p
		},
	}
}

func localEnv(t *testing.T) *sd.Env {
	t.Helper()
	env, err := sd.Local(Name, t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func modelOf(t *testing.T, p Provider) string {
	t.Helper()
	i, err := p.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return i.Model
}

// TestProviders is the suite that every provider passes.
func TestProviders(t *testing.T) {
	t.Parallel()
	for name, open := range providers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t)
			defer p.Close()
			i, err := p.Info(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if i.Provider != name || i.Model == "" || i.Dimensions < 1 || i.FusionWeight <= 0 || i.FusionWeight > 1 {
				t.Errorf("info %+v", i)
			}
			texts := []string{"running a cafe", "東京 running", "cafe", "running a cafe", strings.Repeat("ab ", 40)}
			in := make([]Input, len(texts))
			for j, s := range texts {
				in[j].Text = s
			}
			r, err := p.Embed(t.Context(), Batch{Inputs: in})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Vectors) != len(in) || len(r.Tokens) != len(in) {
				t.Fatalf("%d vectors, %d counts for %d texts", len(r.Vectors), len(r.Tokens), len(in))
			}
			for j, v := range r.Vectors {
				if len(v) != i.Dimensions || math.Abs(dot(v, v)-1) > 1e-5 {
					t.Errorf("vector %d: %d dimensions, length² %g", j, len(v), dot(v, v))
				}
				if r.Tokens[j] < 1 {
					t.Errorf("text %d has %d tokens", j, r.Tokens[j])
				}
			}
			if dot(r.Vectors[0], r.Vectors[3]) < 1-1e-6 || dot(r.Vectors[0], r.Vectors[1]) > 1-1e-4 {
				t.Error("the same text has two vectors, or two texts have one")
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := p.Embed(ctx, Batch{Inputs: in}); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
			if _, err := p.Embed(t.Context(), Batch{Inputs: []Input{{IDs: []int{1 << 20}}}}); !errors.Is(err, ErrInput) {
				t.Errorf("impossible tokens: %v", err)
			}
		})
	}
}

func dot(a, b []float32) float64 {
	var s float64
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}

// tinyServer serves the tiny model in memory.
func tinyServer(t *testing.T) (*service, http.Handler) {
	t.Helper()
	p, err := openEncoder(encodertest.Tiny(t), EncoderConfig{})
	if err != nil {
		t.Fatal(err)
	}
	s := newService(p, Default())
	t.Cleanup(func() { _ = s.close() })
	return s, s.handler("")
}

func post(h http.Handler, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/embeddings", strings.NewReader(body)))
	return w
}

type reply struct {
	Object string
	Model  string
	Data   []struct {
		Index     int
		Embedding json.RawMessage
	}
	Usage     struct{ Prompt_tokens, Total_tokens int }
	Truncated int
	Error     struct{ Message, Type, Param, Code string }
}

func replyOf(t *testing.T, w *httptest.ResponseRecorder) reply {
	t.Helper()
	var r reply
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	return r
}

func TestEmbeddings(t *testing.T) {
	t.Parallel()
	_, h := tinyServer(t)
	r := replyOf(t, post(h, `{"input":["running","cafe a"],"user":"x"}`))
	if r.Object != "list" || len(r.Data) != 2 || r.Data[1].Index != 1 || r.Usage.Prompt_tokens != 4+4 || r.Usage.Total_tokens != 8 {
		t.Fatalf("reply %+v", r)
	}
	var floats []float32
	if err := json.Unmarshal(r.Data[0].Embedding, &floats); err != nil || len(floats) != 64 {
		t.Fatalf("%d floats, %v", len(floats), err)
	}
	same := map[string]string{
		"base64":       `{"input":"running","encoding_format":"base64"}`,
		"tokens":       `{"input":[4,5],"encoding_format":"base64"}`,
		"token arrays": `{"input":[[4,5]],"encoding_format":"base64"}`,
		"query":        `{"input":"running","encoding_format":"base64","input_type":"query"}`,
	}
	for name, body := range same {
		var raw []byte
		if err := json.Unmarshal(replyOf(t, post(h, body)).Data[0].Embedding, &raw); err != nil || len(raw) != 4*64 {
			t.Fatalf("%s: %d bytes, %v", name, len(raw), err)
		}
		for i, f := range floats {
			if g := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])); g != f {
				t.Fatalf("%s: value %d is %g, as float %g", name, i, g, f)
			}
		}
	}
	short := replyOf(t, post(h, `{"input":"running","dimensions":8,"encoding_format":"base64"}`))
	if want := base64.StdEncoding.EncodedLen(32) + 2; len(short.Data[0].Embedding) != want {
		t.Errorf("8 dimensions take %d bytes of base64, want %d", len(short.Data[0].Embedding), want)
	}
	if cut := replyOf(t, post(h, `{"input":"`+strings.Repeat("a ", 50)+`"}`)); cut.Truncated != 1 || cut.Usage.Total_tokens != 16 {
		t.Errorf("a long text: %+v", cut)
	}
}

func TestRequestErrors(t *testing.T) {
	t.Parallel()
	_, h := tinyServer(t)
	for body, want := range map[string]struct {
		status      int
		param, part string
	}{
		`{`:                                   {400, "", "not the JSON"},
		`{}`:                                  {400, "input", "missing"},
		`{"input":7}`:                         {400, "input", "must be a string"},
		`{"input":[]}`:                        {400, "input", "0 texts"},
		`{"input":[[]]}`:                      {400, "input", "no tokens"},
		`{"input":["a",1]}`:                   {400, "input", "must be"},
		`{"input":[12]}`:                      {400, "input", "outside of the vocabulary"},
		`{"input":[-1]}`:                      {400, "input", "outside of the vocabulary"},
		`{"input":"a","encoding_format":"x"}`: {400, "encoding_format", "float or base64"},
		`{"input":"a","dimensions":65}`:       {400, "dimensions", "has 64"},
		`{"input":"a","dimensions":0}`:        {400, "dimensions", "has 64"},
		`{"input":"a","input_type":"x"}`:      {400, "input_type", "query or passage"},
		`{"input":"a","model":"ada"}`:         {404, "model", "does not exist"},
		`{"input":[` + strings.Repeat(`"a",`, maxInputs) + `"a"]}`: {400, "input", "2049 texts"},
	} {
		w := post(h, body)
		r := replyOf(t, w)
		if w.Code != want.status || r.Error.Param != want.param || !strings.Contains(r.Error.Message, want.part) || r.Error.Type != "invalid_request_error" {
			t.Errorf("%.60s: %d %s", body, w.Code, w.Body)
		}
	}
}

func TestModelsListTheSpace(t *testing.T) {
	t.Parallel()
	s, h := tinyServer(t)
	s.weight = 0.25
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/models", nil))
	var list struct{ Data []modelObject }
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	want := modelObject{ID: modelOf(t, s.provider), Object: "model", OwnedBy: "panther", Provider: "encoder", Dimensions: 64, MaxTokens: 16, FusionWeight: 0.25}
	if len(list.Data) != 1 || list.Data[0] != want {
		t.Errorf("got %+v, want %+v", list.Data, want)
	}
}

func TestTokenIsAsked(t *testing.T) {
	t.Parallel()
	s, _ := tinyServer(t)
	h := s.handler("secret")
	for header, want := range map[string]int{"": 401, "Bearer wrong": 401, "Bearer secret": 200, "secret": 401} {
		r := httptest.NewRequest(http.MethodPost, "/v1/embeddings", strings.NewReader(`{"input":"a"}`))
		r.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d, want %d", header, w.Code, want)
		}
	}
}

// blocking computes when told to.
type blocking struct {
	Provider
	step  chan struct{}
	order chan string
}

func (b *blocking) Embed(ctx context.Context, batch Batch) (Result, error) {
	b.order <- "begin " + batch.Inputs[0].Text
	if !batch.Query {
		<-b.step
		batch.Yield()
	}
	b.order <- "end " + batch.Inputs[0].Text
	return b.Provider.Embed(ctx, Batch{Inputs: batch.Inputs, Query: batch.Query})
}

func TestQueriesOvertake(t *testing.T) {
	t.Parallel()
	b := &blocking{Provider: &builtinProvider{}, step: make(chan struct{}), order: make(chan string, 9)}
	s := newService(b, Default())
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = s.embed(t.Context(), "", []Input{{Text: "bulk"}}, false) })
	if got := <-b.order; got != "begin bulk" {
		t.Fatal(got)
	}
	wg.Go(func() { _, _ = s.embed(t.Context(), "", []Input{{Text: "late"}}, false) })
	waitFor(t, func() bool { _, n := s.gate.waiting(); return n == 1 })
	wg.Go(func() { _, _ = s.embed(t.Context(), "", []Input{{Text: "query"}}, true) })
	waitFor(t, func() bool { n, _ := s.gate.waiting(); return n == 1 })
	close(b.step)
	wg.Wait()
	close(b.order)
	var got []string
	for o := range b.order {
		got = append(got, o)
	}
	if want := "begin query,end query,end bulk,begin late,end late"; strings.Join(got, ",") != want {
		t.Errorf("order %v, want %s", got, want)
	}
}

// waitFor waits for what another goroutine does, without a fixed time.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatal("waited in vain")
		case <-tick.C:
		}
	}
}

func TestFullQueueAndCancelledWait(t *testing.T) {
	t.Parallel()
	cfg := Default()
	cfg.Queue = 1
	b := &blocking{Provider: &builtinProvider{}, step: make(chan struct{}), order: make(chan string, 9)}
	s := newService(b, cfg)
	h := s.handler("")
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(b.step)
	wg.Go(func() { post(h, `{"input":"first"}`) })
	<-b.order
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	wg.Go(func() { _, err := s.embed(ctx, "", []Input{{Text: "second"}}, false); gone <- err })
	waitFor(t, func() bool { _, n := s.gate.waiting(); return n == 1 })
	w := post(h, `{"input":"third"}`)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("a full queue: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled wait: %v", err)
	}
	if _, n := s.gate.waiting(); n != 0 {
		t.Errorf("%d still wait", n)
	}
}

// counting counts what reaches the provider.
type counting struct {
	Provider
	texts []string
}

func (c *counting) Embed(ctx context.Context, b Batch) (Result, error) {
	for _, in := range b.Inputs {
		c.texts = append(c.texts, in.Text)
	}
	return c.Provider.Embed(ctx, b)
}

func TestCacheSparesWork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := &counting{Provider: &builtinProvider{}}
	s := newService(c, Default())
	var err error
	if s.cache, err = openCache(dir, "space", 256, 4<<20); err != nil {
		t.Fatal(err)
	}
	texts := make([]Input, 100)
	for i := range texts {
		texts[i].Text = fmt.Sprintf("text number %d", i)
	}
	first, err := s.embed(t.Context(), "", texts, false)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.cache.close()
	if s.cache, err = openCache(dir, "space", 256, 4<<20); err != nil {
		t.Fatal(err)
	}
	again, err := s.embed(t.Context(), "", append(texts, Input{Text: "new"}), false)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.texts) != 101 || c.texts[100] != "new" {
		t.Errorf("%d texts computed, want 101", len(c.texts))
	}
	for i := range texts {
		if dot(first.Vectors[i], again.Vectors[i]) < 1-1e-6 || first.Tokens[i] != again.Tokens[i] {
			t.Fatalf("text %d came back different", i)
		}
	}
	// A slot that a crash tore counts as empty.
	_, set := s.cache.key(texts[7].Text)
	at := set * int64(cacheWays*s.cache.slot())
	for w := range cacheWays {
		if _, err := s.cache.file.WriteAt([]byte("torn"), at+int64(w*s.cache.slot()+slotHead+40)); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := s.cache.get(texts[7].Text); ok {
		t.Error("a torn slot was believed")
	}
	if other, err := openCache(dir, "other space", 256, 4<<20); err != nil {
		t.Fatal(err)
	} else if _, ok := other.get(texts[8].Text); ok {
		t.Error("another space has the same vectors")
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(left) != 1 {
		t.Errorf("caches left: %v", left)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := openCache(dir, "s", 8, 64<<10)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for i := range 5000 {
		c.put(fmt.Sprint(i), cached{vec: make([]float32, 8), tokens: i, cut: i%2 == 1})
	}
	if st, err := c.file.Stat(); err != nil || st.Size() > 64<<10 {
		t.Errorf("size %d, %v", st.Size(), err)
	}
	if v, ok := c.get("4999"); !ok || v.tokens != 4999 || !v.cut {
		t.Errorf("the last entry is %+v, %v", v, ok)
	}
}

func TestRunLocal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env, err := sd.Local(Name, dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.Model = encodertest.Tiny(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, env, cfg) }()
	select {
	case <-env.ReadyC():
	case err := <-done:
		t.Fatal(err)
	}
	if !strings.Contains(env.StatusLine(), "(encoder, 64 dimensions)") {
		t.Errorf("status %q", env.StatusLine())
	}
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", sd.LocalSocket(dir, Name))
	}}}
	resp, err := client.Post("http://x/v1/embeddings", "application/json", strings.NewReader(`{"input":"running"}`))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 200 || !bytes.Contains(b, []byte(`"embedding"`)) {
		t.Errorf("%d %s", resp.StatusCode, b)
	}
	client.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
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

func FuzzReadRequest(f *testing.F) {
	f.Add([]byte(`{"input":"a"}`))
	f.Add([]byte(`{"input":[[1,2],[3]],"dimensions":1,"encoding_format":"base64"}`))
	f.Add([]byte(`{"input":[1,"a"]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := readRequest(bytes.NewReader(b))
		if err == nil && (len(r.inputs) < 1 || len(r.inputs) > maxInputs) {
			t.Errorf("%q: %d inputs", b, len(r.inputs))
		}
	})
}
