package crawl

import (
	"context"
	"errors"
	"fmt"
	"io"

	"panther/pkg/crawl/source"
	"panther/pkg/sd"
)

// prober is a visitor that can try its source without visiting it.
type prober interface {
	// Probe reaches the source and returns what it found there, in a few words.
	Probe(ctx context.Context) (string, error)
}

// Check tries the named sources, or all, with their credentials, and writes a
// line about each. The error says how many did not answer.
func Check(ctx context.Context, env *sd.Env, cfg Config, names []string, w io.Writer) error {
	j := &job{env: env, cfg: cfg}
	if len(names) == 0 {
		names = j.names()
	}
	bad := 0
	for _, name := range names {
		s, ok := cfg.find(name)
		if !ok {
			return cfg.noSource(name)
		}
		found, err := j.probe(ctx, s)
		if err != nil {
			bad++
			fmt.Fprintf(w, "%s: %v\n", name, err)
			if h := sd.HintOf(err); h != "" {
				fmt.Fprintf(w, "  hint: %s\n", h)
			}
			continue
		}
		fmt.Fprintf(w, "%s: %s\n", name, found)
	}
	if bad > 0 {
		return sd.Hint(fmt.Errorf("%d of %d sources cannot be visited", bad, len(names)), "correct what the lines above say")
	}
	return nil
}

func (j *job) probe(ctx context.Context, s source.Source) (string, error) {
	v, _, err := j.visitor(s)
	if err != nil {
		return "", err
	}
	p, ok := v.(prober)
	if !ok {
		return "", errors.New("it cannot be tried without visiting it")
	}
	return p.Probe(ctx)
}
