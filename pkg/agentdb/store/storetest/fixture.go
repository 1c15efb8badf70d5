package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
)

var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// doc returns a document whose passages are the given texts; terms are their
// words.
func doc(uri, source string, texts ...string) store.DocumentWrite {
	md := strings.Join(texts, "\n\n")
	return store.DocumentWrite{
		Document: knowledge.Document{URI: uri, Source: source, Title: "Title of " + uri, Markdown: md,
			ContentHash: hash(md), FetchedAt: day},
		Fingerprint: hash("v1" + md),
		Passages: func() []store.Passage {
			var out []store.Passage
			for _, s := range texts {
				out = append(out, store.Passage{Hash: hash(uri + s), Headings: []string{"H", s}, Anchor: "a",
					Text: s, Tokens: len(strings.Fields(s)), Terms: strings.Fields(s)})
			}
			return out
		},
	}
}

func hash(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// everyone is a context that sees what belongs to anybody.
func everyone(t *testing.T) context.Context { return identity.With(t.Context(), identity.Everyone) }

// must ends the test on an error and returns v otherwise.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		check(t, err)
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put upserts and returns the outcomes.
func put(t *testing.T, s store.Store, docs ...store.DocumentWrite) []knowledge.Outcome {
	t.Helper()
	rs := must(s.Upsert(t.Context(), docs))(t)
	var out []knowledge.Outcome
	for _, r := range rs {
		check(t, r.Err)
		out = append(out, r.Outcome)
	}
	return out
}

// texts returns the texts of scored units in their order.
func texts(t *testing.T, s store.Store, hits []store.Scored) []string {
	t.Helper()
	var out []string
	for _, h := range hits {
		ps := must(s.Passages(t.Context(), []int64{h.Unit}))(t)
		if len(ps) != 1 {
			t.Fatalf("unit %d has %d passages", h.Unit, len(ps))
		}
		out = append(out, ps[0].Text)
	}
	return out
}

// vector returns a vector of length 1 in four dimensions that depends on the
// text.
func vector(s string) []float32 {
	h := sha256.Sum256([]byte(s))
	v := make([]float32, 4)
	var n float64
	for i := range v {
		x := float64(h[i])/127.5 - 1
		v[i] = float32(x)
		n += x * x
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(n))
	}
	return v
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Errorf("%s: got %s, want %s", what, g, w)
	}
}
