package engine

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/agentdb/sqlite"
	"panther/pkg/knowledge"
)

// misled is an encoder to which a question is like whatever speaks of errors in
// general, and unlike the one that is named.
type misled struct{ stalling }

func (*misled) Embed(_ context.Context, _ string, texts []string, _ string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, s := range texts {
		far := float64(len(s)%8) / 8
		if strings.Contains(s, "0x80") {
			far = math.Pi / 2
		}
		out[i] = []float32{float32(math.Cos(far)), float32(math.Sin(far))}
	}
	return out, nil
}

// TestExactStaysOnTop names one thing that a single passage holds, among many
// that an encoder finds nearer.
func TestExactStaysOnTop(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e := New(s, &misled{}, slog.New(slog.DiscardHandler))
	for i := range 300 {
		text := fmt.Sprintf("What an error of service %d means, and what the code of an error says in general.", i)
		if i == 200 {
			text = "Raise the limit when 0x80070A is seen."
		}
		d := knowledge.Document{URI: fmt.Sprint("https://e.org/", i), Source: "s", Title: fmt.Sprint("Page ", i), Markdown: text}
		if _, err := e.Upsert(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.embedPending(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.ActivateSpace(ctx, "p/m/2"); err != nil { // which the canaries refuse
		t.Fatal(err)
	}
	e.Refresh()
	for _, tc := range []struct{ query, title string }{
		{"what does the error code 80070A mean", "Page 200"}, {"what does error 0x80070a mean in general", "Page 200"},
	} {
		res, err := e.Search(ctx, knowledge.SearchRequest{Query: strings.ReplaceAll(tc.query, "0x80", "0X80")})
		if err != nil {
			t.Fatal(err)
		}
		if res.Mode != knowledge.ModeHybrid || res.Hits[0].Title != tc.title {
			t.Errorf("%q: %s found %q", tc.query, res.Mode, res.Hits[0].Title)
		}
	}
}

func TestIsCode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"def f(x):\n    return {k: v for k, v in x.items()}":                     true,
		"```go\nfor i := range n { s.add(i) }\n```":                              true,
		"The planner uses an index where a condition is selective (see above).":  false,
		"Read [the guide](https://e.org/guide) and [the manual](https://e.org).": false,
		"": false,
	} {
		if got := isCode(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
