package system

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"panther/pkg/opencode/api"
)

type spend struct {
	Days int `query:"days" doc:"How many days back; at most 366, default 30"`
}

// maxCounted bounds the messages that are counted.
const maxCounted = 50_000

func (s *Server) spend(ctx context.Context, in *spend) (*api.Spend, error) {
	days := in.Days
	if days == 0 {
		days = 30
	}
	since := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-min(days, 366))
	list, err := s.Knowledge.MessagesSince(ctx, since, maxCounted)
	if err != nil {
		return nil, err
	}
	out := &api.Spend{Days: []api.SpendDay{}, Today: s.Account.Today(), Limit: s.Limit, Partial: len(list) == maxCounted}
	type key struct{ day, model string }
	sums := map[key]*api.SpendDay{}
	for _, k := range list {
		var m api.Message
		if json.Unmarshal(k.Data, &m) != nil || m.Role != api.RoleAssistant || m.Tokens == nil || m.Tokens.Total == 0 {
			continue // of another release, a question, or an answer without a model
		}
		at := key{k.Created.UTC().Format(time.DateOnly), m.ProviderID + "/" + m.ModelID}
		d := sums[at]
		if d == nil {
			d = &api.SpendDay{Day: at.day, Model: at.model}
			sums[at] = d
		}
		d.Answers++
		d.Tokens.Add(*m.Tokens)
		d.Cost += m.Cost
		out.Tokens.Add(*m.Tokens)
		out.Cost += m.Cost
	}
	for _, d := range sums {
		out.Days = append(out.Days, *d)
	}
	slices.SortFunc(out.Days, func(a, b api.SpendDay) int {
		return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(b.Cost, a.Cost), cmp.Compare(a.Model, b.Model))
	})
	return out, nil
}
