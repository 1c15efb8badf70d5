package system

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/rest"
	"panther/pkg/sd"
)

func (s *Server) models(context.Context, *rest.None) (*api.ModelList, error) {
	out := &api.ModelList{Models: []api.ModelState{}}
	for _, i := range s.Models.Infos() {
		out.Models = append(out.Models, api.ModelState{ID: i.Ref(), Name: i.Name, Context: i.Context, Output: i.Output, Images: i.Images, PDFs: i.PDFs,
			Cost: api.ModelCost{Input: i.Price.Input, Output: i.Price.Output, Cache: api.CacheCost{Read: i.Price.CacheRead, Write: i.Price.CacheWrite}}})
	}
	if i, ok := s.Models.Find(""); ok {
		out.Model = i.Ref()
		return out, nil
	}
	out.Hint = "give opencode.service a key by /etc/opnix/secrets.json, or name a server in /etc/panther/opencode.toml"
	if s.Local {
		out.Hint = "write a key to " + s.Dir + "/credentials/anthropic-api-key (or openai-api-key), or name a server in opencode.toml; panther doctor names the files"
	}
	return out, nil
}

const (
	// testEvery is how often somebody may have a model asked, and testsAtOnce how
	// many may be asked at a time: it costs money.
	testEvery   = 5 * time.Second
	testsAtOnce = 2
	// testTime bounds one question. A model that is loaded first takes its time.
	testTime = time.Minute
)

// tests limits how often models are asked. The zero value is ready.
type tests struct {
	mu      sync.Mutex
	running int
	last    map[identity.Identity]time.Time
}

// enter counts a test until leave, or refuses it.
func (t *tests) enter(id identity.Identity, now time.Time) (leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.last[id]) < testEvery || t.running >= testsAtOnce {
		return nil, api.Refuse(http.StatusTooManyRequests, api.NameUnknown, "a model was just asked: try again in %d seconds", int(testEvery.Seconds()))
	}
	if t.last == nil || len(t.last) > 1000 {
		t.last = map[identity.Identity]time.Time{}
	}
	t.last[id] = now
	t.running++
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.running--
	}, nil
}

type testModel struct{ Body api.TestModel }

// test asks a model one word. Its failure is the answer, and no failure.
func (s *Server) test(ctx context.Context, in *testModel) (*api.ModelTest, error) {
	info, ok := s.Models.Find(in.Body.Model)
	if !ok {
		return nil, api.BadRequest("there is no model %q", gate.Line(in.Body.Model, 80)).WithHint("GET /panther/v1/models lists them")
	}
	if s.Limit > 0 && s.Account.Today() >= s.Limit {
		return nil, api.Refuse(http.StatusPaymentRequired, api.NameBudgetExhausted, "the day has used up its budget of $%.2f", s.Limit)
	}
	leave, err := s.tests.enter(identity.Of(ctx), time.Now())
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := context.WithTimeoutCause(ctx, testTime, fmt.Errorf("it gave no answer within %s", testTime))
	defer cancel()
	began := time.Now()
	out := &api.ModelTest{Model: info.Ref()}
	resp, err := s.Models.Probe(ctx, info.Ref())
	out.Millis = time.Since(began).Milliseconds()
	if resp != nil {
		out.Tokens, out.Cost = s.Account.Charge(resp.Usage, info)
		out.Answer = gate.Plain(grounding.NewSources(), resp.Message.Text, 200)
	}
	switch {
	case err == nil:
		out.OK = true
	case errors.Is(context.Cause(ctx), context.Canceled):
		return nil, err
	default:
		out.Error, out.Hint = gate.Line(err.Error(), 400), sd.HintOf(err)
	}
	return out, nil
}
