package encoder

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"panther/pkg/encoder/encodertest"
)

// modelDir returns the folder of the real model, where it is installed.
func modelDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("PANTHER_MODEL")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Skip("no cache folder to look for the model in")
		}
		dir = filepath.Join(cache, "panther", "models", "all-MiniLM-L6-v2")
	}
	if _, err := os.Stat(filepath.Join(dir, "model.safetensors")); err != nil {
		t.Skip("all-MiniLM-L6-v2 is not installed; run scripts/model or set PANTHER_MODEL")
	}
	return dir
}

// TestReferenceVectors holds every engine to the reference: float32 to 1e-5 by
// cosine, int8 to 1e-2.
func TestReferenceVectors(t *testing.T) {
	t.Parallel()
	dir := modelDir(t)
	for _, name := range Kernels() {
		for precision, opt := range map[string]Options{"float32": {Kernels: name, Float32: true}, "int8": {Kernels: name}} {
			t.Run(name+"/"+precision, func(t *testing.T) {
				t.Parallel()
				compareWithReference(t, dir, opt)
			})
		}
	}
}

func compareWithReference(t *testing.T, dir string, opt Options) {
	e, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	tolerance := 1e-5
	switch {
	case e.int8s && e.engine.limit < 127: // weights of seven bits
		tolerance = 1.5e-2
	case e.int8s:
		tolerance = 1e-2
	}
	b, err := os.ReadFile("testdata/minilm.json")
	if err != nil {
		t.Fatal(err)
	}
	var refs []struct {
		Text   string
		Vector []float32
	}
	if err := json.Unmarshal(b, &refs); err != nil {
		t.Fatal(err)
	}
	texts := make([]Input, len(refs))
	for i, r := range refs {
		texts[i].Text = r.Text
	}
	got, err := e.Embed(t.Context(), texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Cut[len(texts)-1] || got.Tokens[len(texts)-1] != 256 {
		t.Errorf("cut %v, tokens %v", got.Cut, got.Tokens)
	}
	for i, r := range refs {
		if c := cosine(got.Vectors[i], r.Vector); c < 1-tolerance {
			t.Errorf("%.30q: cosine with the reference is %.7f", r.Text, c)
		} else {
			t.Logf("%.30q: 1 - cosine is %.1e", r.Text, 1-c)
		}
	}
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

func near(t *testing.T, got, want []float32, tolerance float64) {
	t.Helper()
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= tolerance) {
			t.Fatalf("value %d of %d is %g, want %g", i, len(want), got[i], want[i])
		}
	}
}

func TestElementaryFunctions(t *testing.T) {
	t.Parallel()
	for x := -80.0; x <= 0; x += 0.0137 {
		if got, want := float64(exp32(float32(x))), math.Exp(x); math.Abs(got-want) > 1e-5*want {
			t.Fatalf("exp(%g) = %g, want %g", x, got, want)
		}
	}
	for x := -8.0; x <= 8; x += 0.0137 {
		v := []float32{float32(x)}
		gelu(v)
		want := x * 0.5 * (1 + math.Erf(x/math.Sqrt2))
		if math.Abs(float64(v[0])-want) > 3e-6 {
			t.Fatalf("gelu(%g) = %g, want %g", x, v[0], want)
		}
	}
}

func TestBatchAgreesWithAlone(t *testing.T) {
	t.Parallel()
	e, err := Open(encodertest.Tiny(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	texts := []string{"running", "", "a, ab café", "東京 running a a a a a a a", "x", strings.Repeat("a ", 99)}
	in := make([]Input, len(texts))
	for i, s := range texts {
		in[i].Text = s
	}
	all, err := e.Embed(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !all.Cut[5] || all.Cut[3] || all.Tokens[5] != e.MaxTokens() {
		t.Errorf("cut %v, tokens %v", all.Cut, all.Tokens)
	}
	for i, s := range texts {
		one, err := e.Embed(t.Context(), []Input{{Text: s}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c := cosine(one.Vectors[0], all.Vectors[i]); c < 1-1e-6 {
			t.Errorf("%q: alone and in a batch differ: cosine %g", s, c)
		}
		if n := cosine(one.Vectors[0], all.Vectors[(i+1)%len(texts)]); n > 1-1e-6 {
			t.Errorf("%q has the vector of another text", s)
		}
	}
}

func TestEmbedTokenIDs(t *testing.T) {
	t.Parallel()
	e, err := Open(encodertest.Tiny(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	r, err := e.Embed(t.Context(), []Input{{Text: "running cafe"}, {IDs: []int32{4, 5, 6}}, {IDs: []int32{1, 4, 5, 6, 2}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if c := cosine(r.Vectors[0], r.Vectors[i+1]); c < 1-1e-6 || r.Tokens[i+1] != 5 {
			t.Errorf("ids %d: cosine with the text %g, %d tokens", i, c, r.Tokens[i+1])
		}
	}
	if _, err := e.Embed(t.Context(), []Input{{IDs: []int32{12}}}, nil); err == nil {
		t.Error("an id outside of the vocabulary was taken")
	}
}

func TestEmbedStopsWhenCancelled(t *testing.T) {
	t.Parallel()
	e, err := Open(encodertest.Tiny(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	_, err = e.Embed(ctx, []Input{{Text: "running"}}, func() { calls++; cancel() })
	if !errors.Is(err, context.Canceled) || calls != 1 {
		t.Errorf("error %v after %d layers", err, calls)
	}
}

func TestOpenRefusesDamage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, old, new, want string }{
		{"architecture", "config.json", `"bert"`, `"t5"`, `"t5" is not supported`},
		{"activation", "config.json", `"gelu"`, `"relu"`, `"relu" is not supported`},
		{"shape", "config.json", `"intermediate_size":128`, `"intermediate_size":256`, "has shape"},
		{"type", "model.safetensors", `"F32"`, `"I64"`, "only F32"},
		{"tokenizer", "tokenizer.json", `"WordPiece"`, `"BPE"`, `"BPE"`},
		{"identifier", "tokenizer.json", `"##b":11`, `"##b":99`, "has id 99"},
		{"pooling", "1_Pooling/config.json", "true", "false", "pooling must be"},
		{"module", "modules.json", "a.Normalize", "a.Dense", "is not supported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := encodertest.Tiny(t)
			b, err := os.ReadFile(filepath.Join(dir, c.file))
			if err != nil {
				t.Fatal(err)
			}
			encodertest.Write(t, dir, c.file, strings.Replace(string(b), c.old, c.new, 1))
			if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Open: %v, want an error with %q", err, c.want)
			}
		})
	}
	t.Run("truncated", func(t *testing.T) {
		t.Parallel()
		dir := encodertest.Tiny(t)
		p := filepath.Join(dir, "model.safetensors")
		if err := os.Truncate(p, 40_000); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "truncated") {
			t.Errorf("Open: %v", err)
		}
	})
}

func TestTokenizer(t *testing.T) {
	t.Parallel()
	tok, err := OpenTokenizer(filepath.Join(encodertest.Tiny(t), "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		want []int32
	}{
		{"", []int32{1, 2}},
		{"Running, CAFÉ", []int32{1, 4, 5, 7, 6, 2}},
		{"東京", []int32{1, 8, 9, 2}},
		{"ab\x00\u200b[MASK]zzz", []int32{1, 10, 11, 3, 0, 2}},
		{"a\xff\xfeb", []int32{1, 10, 11, 2}},
		{strings.Repeat("a", 21), []int32{1, 0, 2}},
	} {
		if got, _ := tok.Encode(c.text, 99); !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
	if got, whole := tok.Encode("a a a a", 4); len(got) != 4 || whole != 6 || got[3] != 2 {
		t.Errorf("cut to %v of %d", got, whole)
	}
}

func FuzzParseHeader(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		infos, body, err := parseHeader(b)
		if err != nil {
			return
		}
		w := weights{body: body, byName: infos}
		for name, i := range infos {
			if v, err := w.tensor(name, i.Shape...); err == nil {
				v.floats()
			}
		}
	})
}
