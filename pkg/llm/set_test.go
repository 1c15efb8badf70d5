package llm_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"panther/pkg/llm"
	"panther/pkg/llm/provider"
	"panther/pkg/llm/scripted"
)

func question(text string) *llm.Request {
	return &llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Text: text}}}
}

// A Set waits as it is asked, voids what a broken stream said, and goes on to
// the fallback only when the model stays away.
func TestSetRetriesAndFallsBack(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	srv := httptest.NewServer(scripted.Handler(func(r scripted.Request) scripted.Reply {
		switch {
		case r.Model == "good":
			return scripted.Reply{Text: "fine"}
		case r.Model == "keyless":
			return scripted.Reply{Status: http.StatusUnauthorized, Error: "who are you"}
		}
		switch n.Add(1) {
		case 1:
			return scripted.Reply{Status: 503, Error: "later", RetryAfter: "0.01"}
		case 2:
			return scripted.Reply{Text: "half of it", Cut: 2}
		}
		return scripted.Reply{Text: "whole"}
	}))
	defer srv.Close()
	s := &llm.Set{Fallbacks: []string{"p/good"}}
	for _, id := range []string{"shaky", "keyless", "good"} {
		i := llm.Info{Provider: "p", ID: id}
		s.Add(i, provider.NewOpenAI(i, provider.Endpoint{URL: srv.URL + "/v1", Client: srv.Client()}))
	}
	var text string
	var retries int
	o := llm.Observer{
		Delta: func(d llm.Delta) error { text += d.Text; return nil },
		Retry: func(_ llm.Info, _ int, _ time.Duration, _ error) { text = ""; retries++ },
	}
	r, who, err := s.Generate(t.Context(), "", question("hi"), o)
	if err != nil || r.Message.Text != "whole" || text != "whole" || who.ID != "shaky" || retries != 2 {
		t.Errorf("got %+v by %s after %d retries, streamed %q, %v", r, who.Ref(), retries, text, err)
	}
	if r, who, err = s.Generate(t.Context(), "p/keyless", question("hi"), llm.Observer{}); err != nil || who.ID != "good" {
		t.Errorf("got %+v by %s, %v", r, who.Ref(), err)
	}
	if _, _, err = s.Generate(t.Context(), "p/none", question("hi"), llm.Observer{}); !errors.Is(err, llm.ErrNoModel) {
		t.Errorf("got %v", err)
	}
}

func TestPrice(t *testing.T) {
	t.Parallel()
	p := llm.Price{Input: 3, Output: 15, CacheRead: 0.3, CacheWrite: 3.75}
	if got := p.Of(llm.Usage{Input: 1e6, Output: 1e5, CacheRead: 1e6, CacheWrite: 1e6}); got != 3+1.5+0.3+3.75 {
		t.Errorf("price %g", got)
	}
}

// eyes is a model that keeps what it is shown.
type eyes struct{ seen *llm.Request }

func (m eyes) Generate(_ context.Context, req *llm.Request, _ func(llm.Delta) error) (*llm.Response, error) {
	*m.seen = *req
	return &llm.Response{}, nil
}

// A model is shown what it reads, and told of what is left out.
func TestSetLeavesOutFiles(t *testing.T) {
	t.Parallel()
	req := question("look")
	req.Messages[0].Files = []llm.File{{Type: "image/webp"}, {Type: "application/pdf"}}
	for _, i := range []llm.Info{{}, {Images: true}, {PDFs: true}, {Images: true, PDFs: true}} {
		var got llm.Request
		s := &llm.Set{}
		s.Add(i, eyes{&got})
		if _, _, err := s.Generate(t.Context(), "", req, llm.Observer{}); err != nil {
			t.Fatal(err)
		}
		for _, f := range req.Messages[0].Files {
			if n := len(got.Messages[0].Files); i.Takes(f) != (n == 2 || n == 1 && got.Messages[0].Files[0].Type == f.Type) {
				t.Errorf("%+v was shown %+v", i, got.Messages[0].Files)
			}
		}
		if told := strings.Contains(got.Messages[0].Text, "left out"); told == (i.Images && i.PDFs) || len(req.Messages[0].Files) != 2 || req.Messages[0].Text != "look" {
			t.Errorf("%+v was told %q", i, got.Messages[0].Text)
		}
	}
}

// A probe is one request, to the model that it names.
func TestProbeAsksOnceAndNobodyElse(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	srv := httptest.NewServer(scripted.Handler(func(r scripted.Request) scripted.Reply {
		n.Add(1)
		if r.Model == "good" {
			return scripted.Reply{Text: "ok"}
		}
		return scripted.Reply{Status: http.StatusServiceUnavailable, Error: "later"}
	}))
	t.Cleanup(srv.Close)
	set := &llm.Set{Fallbacks: []string{"s/good"}}
	for _, id := range []string{"away", "good"} {
		i := llm.Info{Provider: "s", ID: id}
		set.Add(i, provider.NewOpenAI(i, provider.Endpoint{URL: srv.URL + "/v1", Client: srv.Client()}))
	}
	if resp, err := set.Probe(t.Context(), "s/away"); err == nil || !strings.Contains(err.Error(), "ask s/away: later (503)") || n.Load() != 1 {
		t.Errorf("away: %+v, %v after %d requests", resp, err, n.Load())
	}
	if resp, err := set.Probe(t.Context(), "s/good"); err != nil || resp.Message.Text != "ok" {
		t.Errorf("good: %+v, %v", resp, err)
	}
}
