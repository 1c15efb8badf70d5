package run

import (
	"context"
	"errors"
	"maps"
	"slices"

	"panther/pkg/opnix"
	"panther/pkg/opnix/generation"
	"panther/pkg/opnix/state"
)

// Units tells units of a change.
type Units interface {
	// Mark returns a text that differs before and after the action was done to
	// the unit; "" if the unit is not running, which then needs nothing. For
	// opnix.Start it is "" unless the unit waits to be started: it failed, or
	// never ran in this boot although a unit that runs wants it.
	Mark(ctx context.Context, unit string, a opnix.Action) (string, error)
	// Do enqueues the action. It does not wait for its end: a unit that is
	// ordered after this run would wait for it in turn.
	Do(ctx context.Context, s opnix.Service) error
}

// unknownMark is that of a unit that could not be inspected: its visit is paid
// in any case.
const unknownMark = "unknown"

// intent says which units a switch owes a visit. It is written before the
// switch, shrinks with each delivery and is removed with the last.
type intent struct {
	Boot       string  `json:"boot"`
	Generation uint64  `json:"generation"`
	Actions    []visit `json:"actions"`
}

type visit struct {
	opnix.Service
	Mark string `json:"mark"`
}

// plan notes the visits for the changes of res before the switch to next. It
// returns nil where nothing is owed. A unit that does not run is visited only if
// it waits for what is now whole. Without a generation before, those that run have
// not read any secret, and want none unless a run of this boot let them go without.
func (s *session) plan(ctx context.Context, next *generation.Manifest, res *Result) (*intent, error) {
	if s.Units == nil {
		return nil, nil
	}
	in := &intent{Boot: s.boot, Generation: next.Number}
	for _, v := range s.affected(res.Changes) {
		mark, err := "", error(nil)
		if s.current != nil || s.wentWithout() {
			mark, err = s.Units.Mark(ctx, v.Unit, v.Action)
		}
		if mark == "" && err == nil && !slices.ContainsFunc(res.Incomplete, func(g Group) bool { return g.Unit == v.Unit }) {
			v = opnix.Service{Unit: v.Unit, Action: opnix.Start}
			mark, err = s.Units.Mark(ctx, v.Unit, v.Action)
		}
		if err != nil {
			s.Log.Warn("unit not inspected", "unit", v.Unit, "error", err)
			if mark = unknownMark; v.Action == opnix.Start {
				continue // what is not known to wait is not started
			}
		}
		if mark != "" {
			in.Actions = append(in.Actions, visit{Service: v, Mark: mark})
		}
	}
	if len(in.Actions) == 0 {
		return nil, nil
	}
	return in, s.state.Write(state.IntentName, in)
}

// wentWithout reports whether the last run of this boot served nothing.
func (s *session) wentWithout() bool {
	var st state.Status
	ok, err := s.state.Read(state.StatusName, &st)
	return ok && err == nil && st.Boot == s.boot && st.Outcome == "failed"
}

// affected lists the units of the changed secrets, each once with the strongest
// of its actions, in the order of their names.
func (s *session) affected(changes []Change) []opnix.Service {
	byPath := map[string][]opnix.Service{}
	for i := range s.Config.Secrets {
		c := &s.Config.Secrets[i]
		byPath[generation.InGeneration(c.Path)] = c.Services
	}
	for i := range s.Config.Templates {
		t := &s.Config.Templates[i]
		byPath[generation.InGeneration(t.Path)] = t.Services
	}
	units := map[string]opnix.Service{}
	for _, ch := range changes {
		for _, v := range byPath[ch.Path] {
			if v.Action != opnix.Nothing && strength(v.Action) > strength(units[v.Unit].Action) {
				units[v.Unit] = v
			}
		}
	}
	var out []opnix.Service
	for _, name := range slices.Sorted(maps.Keys(units)) {
		out = append(out, units[name])
	}
	return out
}

func strength(a opnix.Action) int {
	return slices.Index([]opnix.Action{"", opnix.Signal, opnix.Reload, opnix.Restart}, a)
}

// deliver pays the visits of in and forgets it. What fails stays owed to the
// next run.
func (s *session) deliver(ctx context.Context, in *intent) (units []string, err error) {
	var failed []visit
	var all []error
	for i, v := range in.Actions {
		if err := s.Units.Do(ctx, v.Service); err != nil {
			failed, all = append(failed, v), append(all, err)
			continue
		}
		units = append(units, v.Unit)
		s.Log.Info("unit told of changed secrets", "unit", v.Unit, "action", v.Action)
		rest := *in
		rest.Actions = slices.Concat(failed, in.Actions[i+1:])
		if len(rest.Actions) == 0 {
			all = append(all, s.state.Remove(state.IntentName))
		} else {
			all = append(all, s.state.Write(state.IntentName, rest))
		}
	}
	return units, errors.Join(all...)
}

// redeliver pays what a killed run still owed. A unit whose mark has changed
// since was visited, or restarted for another reason and has read the new
// secrets; a signal leaves no mark and is sent again.
func (s *session) redeliver(ctx context.Context) error {
	var in intent
	ok, err := s.state.Read(state.IntentName, &in)
	if err != nil || !ok {
		return err
	}
	if in.Boot != s.boot || s.current == nil || s.current.Number != in.Generation || s.Units == nil {
		return s.state.Remove(state.IntentName) // the switch never happened, or its boot is over
	}
	var due []visit
	for _, v := range in.Actions {
		mark, err := s.Units.Mark(ctx, v.Unit, v.Action)
		if err != nil || mark != "" && (v.Mark == unknownMark || v.Action == opnix.Signal || mark == v.Mark) {
			due = append(due, v)
		}
	}
	if len(due) == 0 {
		return s.state.Remove(state.IntentName)
	}
	in.Actions = due
	if err := s.place(ctx); err != nil { // the killed run may not have got there
		return err
	}
	_, err = s.deliver(ctx, &in)
	return err
}

// owed lists the units of the intent.
func (s *session) owed() []string {
	var in intent
	if ok, err := s.state.Read(state.IntentName, &in); !ok || err != nil {
		return nil
	}
	var out []string
	for _, v := range in.Actions {
		out = append(out, v.Unit)
	}
	return out
}
