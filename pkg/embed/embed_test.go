package embed

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"panther/pkg/encoder/encodertest"
	"panther/pkg/sd"
)

// tinyProvider runs the tiny model; Close is the caller's.
func tinyProvider(t *testing.T) *encoderProvider {
	t.Helper()
	p, err := openEncoder(encodertest.Tiny(t), EncoderConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// providers are all implementations, opened on what needs no download.
func providers(t *testing.T) map[string]func(t *testing.T) Provider {
	encoderOf := func(t *testing.T) Provider { return tinyProvider(t) }
	return map[string]func(t *testing.T) Provider{
		ProviderEncoder: encoderOf,
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
