package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"

	"panther/pkg/opnix/generation"
	"panther/pkg/opnix/place"
	"panther/pkg/opnix/state"
	"panther/pkg/sd"
)

// placed is the record of what lies outside of the generation.
type placed struct {
	Links  map[string]string `json:"links"`  // place to target
	Copies map[string]string `json:"copies"` // place to path in the generation
}

// wanted lists the links and copies that the configuration asks for.
func (s *session) wanted() placed {
	out := placed{Links: map[string]string{}, Copies: map[string]string{}}
	add := func(p string, inPlace bool, links, copies []string) {
		in := generation.InGeneration(p)
		stable := path.Join(s.Config.Output, in)
		if path.IsAbs(p) && inPlace {
			out.Copies[p] = in
		} else if path.IsAbs(p) {
			out.Links[p] = stable
		}
		for _, l := range links {
			out.Links[l] = stable
		}
		for _, c := range copies {
			out.Copies[c] = in
		}
	}
	for i := range s.Config.Secrets {
		c := &s.Config.Secrets[i]
		add(c.Path, c.InPlace, c.Symlinks, c.Copies)
	}
	for i := range s.Config.Templates {
		t := &s.Config.Templates[i]
		add(t.Path, t.InPlace, t.Symlinks, t.Copies)
	}
	return out
}

// ops are the steps from what was placed to what is wanted of the manifest m.
// Contents are read where read is true.
func (s *session) ops(m *generation.Manifest, was, want placed, read bool) ([]place.Op, error) {
	var ops []place.Op
	for at, target := range want.Links {
		ops = append(ops, place.Op{At: at, Kind: place.Link, Target: target})
	}
	for at, in := range want.Copies {
		e, ok := m.Entry(in)
		if !ok {
			ops = append(ops, place.Op{At: at, Kind: place.Remove}) // an optional secret was left out
			continue
		}
		op := place.Op{At: at, Kind: place.Copy, Mode: e.Mode, UID: e.UID, GID: e.GID}
		if read {
			b, err := s.store.Read(m, in)
			if err != nil {
				return nil, err
			}
			op.Content = b
		}
		ops = append(ops, op)
	}
	for at, target := range was.Links {
		if want.Links[at] == "" && want.Copies[at] == "" {
			ops = append(ops, place.Op{At: at, Kind: place.Remove, Target: target})
		}
	}
	for at := range was.Copies {
		if want.Links[at] == "" && want.Copies[at] == "" {
			ops = append(ops, place.Op{At: at, Kind: place.Remove})
		}
	}
	return ops, nil
}

func (s *session) placedRecord() (placed, error) {
	var was placed
	_, err := s.state.Read(state.PlacedName, &was)
	return was, err
}

// checkPlaces finds, before anything is changed, what would be in the way.
func (s *session) checkPlaces(m *generation.Manifest) error {
	was, err := s.placedRecord()
	if err != nil {
		return err
	}
	ops, err := s.ops(m, was, s.wanted(), false)
	if err != nil {
		return err
	}
	err = (place.Placer{}).Check(ops)
	if errors.Is(err, place.ErrNotWritable) {
		return sd.ConfigError(err, "have the units follow the configuration: sudo systemctl daemon-reload; nothing was changed")
	}
	if err != nil {
		return sd.ConfigError(err, "remove what is in the way, or choose another path; nothing was changed")
	}
	return nil
}

// place brings the links and copies to what the current generation asks for.
// What will be there is recorded before, so that a killed run forgets nothing.
func (s *session) place(ctx context.Context) error {
	was, err := s.placedRecord()
	if err != nil {
		return err
	}
	want := s.wanted()
	if s.opt.Set != "" { // the places of other sets stay
		merge(want.Links, was.Links)
		merge(want.Copies, was.Copies)
	}
	if len(want.Links)+len(want.Copies)+len(was.Links)+len(was.Copies) == 0 {
		return nil
	}
	ops, err := s.ops(s.current, was, want, true)
	if err != nil {
		return err
	}
	union := placed{Links: map[string]string{}, Copies: map[string]string{}}
	for _, p := range []placed{want, was} {
		merge(union.Links, p.Links)
		merge(union.Copies, p.Copies)
	}
	if err := s.state.Write(state.PlacedName, union); err != nil {
		return err
	}
	users, err := (place.Placer{}).Apply(ctx, ops)
	if users != nil {
		s.Log.Warn("files in a user's folder not placed", "error", users, "hint", "if the configuration is newer than the boot: systemctl daemon-reload")
	}
	if err != nil {
		return sd.Hint(fmt.Errorf("place links and copies: %w", err), "the secrets themselves are served; correct the cause and run: sudo opnix materialize")
	}
	return s.state.Write(state.PlacedName, want)
}

func merge(into, from map[string]string) {
	for k, v := range from {
		if _, ok := into[k]; !ok {
			into[k] = v
		}
	}
}

// Placed lists the places outside of the generation where earlier runs put
// something. Like CanRestore it takes no lock and makes nothing.
func (r *Runner) Placed() []string {
	if _, err := os.Stat(path.Join(r.Paths.State, state.PlacedName)); err != nil {
		return nil
	}
	dir, err := state.Open(r.Paths.State)
	if err != nil {
		return nil
	}
	defer dir.Close()
	var was placed
	if _, err := dir.Read(state.PlacedName, &was); err != nil {
		return nil
	}
	return slices.Concat(slices.Collect(maps.Keys(was.Links)), slices.Collect(maps.Keys(was.Copies)))
}

// verifyPlaced reports links and copies that are not as they should be.
func (s *session) verifyPlaced() []generation.Problem {
	was, err := s.placedRecord()
	if err != nil {
		return []generation.Problem{{Path: state.PlacedName, Detail: err.Error()}}
	}
	var out []generation.Problem
	for at, target := range was.Links {
		if d := place.VerifyLink(at, target); d != "" {
			out = append(out, generation.Problem{Path: at, Detail: d})
		}
	}
	for at, in := range was.Copies {
		e, ok := s.current.Entry(in)
		if !ok {
			continue
		}
		if d := place.VerifyCopy(at, func(b []byte) bool { return s.key.MAC(in, b) == e.MAC }, e.Mode, e.UID, e.GID); d != "" {
			out = append(out, generation.Problem{Path: at, Detail: d})
		}
	}
	return out
}
