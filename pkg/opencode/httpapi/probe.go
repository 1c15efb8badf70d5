package httpapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
	"panther/pkg/sd"
)

// probeWithin bounds how long a model is waited for: a server that loads its
// weights first takes this long and not much longer.
const probeWithin = 30 * time.Second

// probe asks every model a short question at the same time.
func (s *Server) probe(ctx context.Context, _ *rest.None) ([]api.Probe, error) {
	out := make([]api.Probe, len(s.Models.Infos()))
	var all sync.WaitGroup
	for n, i := range s.Models.Infos() {
		all.Go(func() { out[n] = s.probeOne(ctx, i) })
	}
	all.Wait()
	return out, ctx.Err()
}

func (s *Server) probeOne(ctx context.Context, i llm.Info) api.Probe {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	began := time.Now()
	resp, err := s.Models.Probe(ctx, i.Ref())
	p := api.Probe{Model: api.ModelRef{ProviderID: i.Provider, ModelID: i.ID}, Millis: time.Since(began).Milliseconds()}
	if resp != nil {
		s.Account.Charge(resp.Usage, i)
		p.Text = strings.TrimSpace(resp.Message.Text)
	}
	switch {
	case ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded):
		p.Error = fmt.Sprintf("did not answer within %s", probeWithin)
	case err != nil:
		p.Error = err.Error()
	}
	p.Hint = sd.HintOf(err)
	if p.Error != "" {
		p.Hint = cmp.Or(p.Hint, "see provider and model in opencode.toml")
	}
	return p
}
