package embed

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"panther/pkg/config"
)

// service embeds through one provider: cache, order and counts.
type service struct {
	provider Provider
	weight   float64 // overrides the provider's, if not 0
	gate     gate
	cache    *cache
	metrics  *metrics
	speed    speed

	passages, queries, cut atomic.Int64
}

// newService returns the service of an opened provider.
func newService(p Provider, cfg Config) *service {
	s := &service{provider: p, weight: cfg.FusionWeight, gate: gate{queue: cfg.Queue}}
	s.metrics = newMetrics(s)
	return s
}

func (s *service) info(ctx context.Context) (Info, error) {
	i, err := s.provider.Info(ctx)
	if s.weight > 0 {
		i.FusionWeight = s.weight
	}
	return i, err
}

// subBatch is how many passages are handed to the provider at once, so that
// what is done is cached even if the rest is cancelled, and a waiting request's
// memory stays bounded.
const subBatch = 64

// embed answers one request with vectors of that model, or of any if it is "".
func (s *service) embed(ctx context.Context, model string, inputs []Input, query bool) (Result, error) {
	if query {
		r, err := s.compute(ctx, Batch{Inputs: inputs, Query: true, Model: model})
		if err == nil {
			s.queries.Add(int64(len(inputs)))
		}
		return r, err
	}
	out := Result{Vectors: make([][]float32, len(inputs)), Tokens: make([]int, len(inputs)), Cut: make([]bool, len(inputs))}
	var missing []int
	for i, in := range inputs {
		v, ok := cached{}, false
		if in.IDs == nil {
			v, ok = s.cache.get(in.Text)
		}
		if !ok {
			missing = append(missing, i)
			continue
		}
		out.Vectors[i], out.Tokens[i], out.Cut[i] = v.vec, v.tokens, v.cut
	}
	s.metrics.cacheHits.Add(float64(len(inputs) - len(missing)))
	for len(missing) > 0 {
		part := missing[:min(subBatch, len(missing))]
		missing = missing[len(part):]
		batch := make([]Input, len(part))
		for j, i := range part {
			batch[j] = inputs[i]
		}
		r, err := s.compute(ctx, Batch{Inputs: batch, Model: model, Yield: s.gate.yield})
		if err != nil {
			return Result{}, err
		}
		for j, i := range part {
			out.Vectors[i], out.Tokens[i] = r.Vectors[j], r.Tokens[j]
			if r.Cut != nil {
				out.Cut[i] = r.Cut[j]
			}
			if inputs[i].IDs == nil {
				s.cache.put(inputs[i].Text, cached{vec: out.Vectors[i], tokens: out.Tokens[i], cut: out.Cut[i]})
			}
		}
	}
	for _, c := range out.Cut {
		if c {
			s.cut.Add(1)
		}
	}
	s.passages.Add(int64(len(inputs)))
	return out, nil
}

// compute hands a batch to the provider when its turn has come.
func (s *service) compute(ctx context.Context, b Batch) (Result, error) {
	if err := s.gate.enter(ctx, b.Query); err != nil {
		return Result{}, err
	}
	defer s.gate.leave()
	start := time.Now()
	r, err := s.provider.Embed(ctx, b)
	if err != nil {
		return Result{}, err
	}
	if len(r.Vectors) != len(b.Inputs) || len(r.Tokens) != len(b.Inputs) {
		return Result{}, fmt.Errorf("embed: the provider returned %d vectors for %d texts", len(r.Vectors), len(b.Inputs))
	}
	s.metrics.observe(b.Query, len(b.Inputs), r.Tokens, time.Since(start))
	s.speed.add(time.Now(), len(b.Inputs))
	return r, nil
}

// check reports whether the service can do its work: that a query gets through
// in time. It is the watchdog's question, and no work that keeps it from going
// idle.
func (s *service) check(ctx context.Context) error {
	if i, err := s.provider.Info(ctx); err != nil || i.Provider == ProviderOpenAI {
		return nil // a remote server that is away is not cured by restarting us
	}
	_, err := s.compute(ctx, Batch{Inputs: []Input{{Text: "watchdog"}}, Query: true})
	if errors.Is(err, errFull) {
		return nil // it has work to do, and does it
	}
	return err
}

// status is the line for `systemctl status`.
func (s *service) status(i Info, now time.Time) string {
	line := fmt.Sprintf("%s (%s, %d dimensions): %s passages, %s queries", i.Model, i.Provider, i.Dimensions,
		grouped(s.passages.Load()), grouped(s.queries.Load()))
	if n := s.cut.Load(); n > 0 {
		line += fmt.Sprintf(", %s cut to %d tokens", grouped(n), i.MaxTokens)
	}
	if v := s.speed.perSecond(now); v >= 0.5 {
		line += fmt.Sprintf("; %.0f texts/s", v)
	}
	if u, b := s.gate.waiting(); u+b > 0 {
		line += fmt.Sprintf(", %d waiting", u+b)
	}
	return line
}

// closeWait is how long close lets the last computation go on.
const closeWait = 5 * time.Second

// close waits for the computation that is under way, if any, since the model's
// file is mapped into memory, and keeps others from starting.
func (s *service) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	if err := s.gate.enter(ctx, true); err != nil {
		return fmt.Errorf("close provider: %w", err)
	}
	return errors.Join(s.cache.close(), s.provider.Close())
}

// grouped writes n with commas between thousands.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// speed is a rate over the last seconds. The zero value is ready.
type speed struct {
	mu    sync.Mutex
	count [speedWindow]int
	at    [speedWindow]int64 // unix second of each count
}

const speedWindow = 10

func (s *speed) add(now time.Time, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sec := now.Unix()
	i := sec % speedWindow
	if s.at[i] != sec {
		s.at[i], s.count[i] = sec, 0
	}
	s.count[i] += n
}

// perSecond is the mean over the seconds of the window that had work.
func (s *speed) perSecond(now time.Time) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum, seconds := 0, 0
	for i, at := range s.at {
		if now.Unix()-at < speedWindow && s.count[i] > 0 {
			sum += s.count[i]
			seconds++
		}
	}
	if seconds == 0 {
		return 0
	}
	return float64(sum) / float64(seconds)
}

var _ config.Validator = (*Config)(nil)
