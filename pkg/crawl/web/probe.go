package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"panther/pkg/crawl/fetch"
	"panther/pkg/sd"
)

// Probe fetches each start address, as a visit would, and says what answered.
func (s *Site) Probe(ctx context.Context) (string, error) {
	c := fetch.New(ctx, fetch.Options{UserAgent: s.agent, Private: s.src.AllowPrivate, Timeout: s.src.Timeout.D(),
		MaxBytes: int64(s.src.MaxPageSize), Conns: 2, Auth: s.auth, Origins: s.origins()})
	defer c.Close()
	robots := fetch.NewRobotsCache(c, Agent)
	for _, a := range s.src.Starts() {
		u, err := url.Parse(a)
		if err != nil {
			return "", fmt.Errorf("start address: %w", err)
		}
		if rules, _ := robots.For(ctx, u); !s.src.IgnoreRobots && !rules.Allowed(u) {
			if rules.Err != nil {
				return "", explain(rules.Err)
			}
			return "", sd.Hint(fmt.Errorf("robots.txt of %s forbids %s", u.Host, u.Path), "ask the site's owner; ignore_robots = true is for a site of your own")
		}
		resp, err := c.Follow(ctx, a, maxHops)
		if err != nil {
			return "", explain(err)
		}
		switch {
		case resp.Status == http.StatusUnauthorized || resp.Status == http.StatusForbidden:
			return "", sd.Hint(fmt.Errorf("%s answered %d", a, resp.Status), "set credential to the name of a token that may read it, or renew the token")
		case resp.Status != http.StatusOK:
			return "", fmt.Errorf("%s answered %d", a, resp.Status)
		}
	}
	return fmt.Sprintf("%d start addresses answer", len(s.src.Starts())), nil
}

// explain adds what to do about an address that may not be asked.
func explain(err error) error {
	if errors.Is(err, fetch.ErrAddress) {
		return sd.Hint(err, "if the site is on this machine or its network, set allow_private = true")
	}
	return err
}
