package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"panther/pkg/opnix/generation"
	"panther/pkg/opnix/place"
	"panther/pkg/opnix/state"
	"panther/pkg/sd"
)

// placed is the record of what lies outside of the generation.
type placed struct {
	Links  map[string]string `json:"links"`  // place to target
	Copies map[string]string `json:"copies"` // place to path in the generation
	// Sums are fingerprints of what was placed, or was about to be: place to
	// contents. It is null in a record from before there were any.
	Sums   map[string][]string `json:"sums"`
	backup map[string]bool     // wanted: places whose files may be moved
}

// wanted lists the links and copies that the configuration asks for.
func (s *session) wanted() placed {
	out := placed{Links: map[string]string{}, Copies: map[string]string{}, Sums: map[string][]string{}, backup: map[string]bool{}}
	add := func(p string, inPlace, backup bool, links, copies []string) {
		for _, at := range slices.Concat(links, copies, []string{p}) {
			out.backup[at] = backup
		}
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
		add(c.Path, c.InPlace, c.Backup, c.Symlinks, c.Copies)
	}
	for i := range s.Config.Templates {
		t := &s.Config.Templates[i]
		add(t.Path, t.InPlace, t.Backup, t.Symlinks, t.Copies)
	}
	return out
}

// wantedBeside adds the places that stay because only one set is replaced, or because
// what asked for them cannot be read now.
func (s *session) wantedBeside(was placed) placed {
	want := s.wanted()
	if s.opt.Set != "" || len(s.Config.Unread) > 0 {
		merge(want.Links, was.Links)
		merge(want.Copies, was.Copies)
	}
	return want
}

// ops are the steps from what was placed to what is wanted of the manifest m.
// Contents are read where read is true.
func (s *session) ops(m *generation.Manifest, was, want placed, read bool) ([]place.Op, error) {
	var ops []place.Op
	for at, target := range want.Links {
		op := place.Op{At: at, Kind: place.Link, Target: target}
		in := strings.TrimPrefix(target, s.Config.Output+"/")
		if _, ok := m.Entry(in); ok && read {
			b, err := s.store.Read(m, in)
			if err != nil {
				return nil, err
			}
			op.Content = b
		}
		ops = append(ops, op)
	}
	for at, in := range want.Copies {
		e, ok := m.Entry(in)
		if _, configured := want.backup[at]; !ok && !configured {
			continue // nobody can tell what is to be there
		}
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
	for i := range ops {
		op := &ops[i]
		_, copied := was.Copies[op.At]
		op.Was, op.Backup, op.Sums, op.Unknown = was.Links[op.At], want.backup[op.At], was.Sums[op.At], copied && was.Sums == nil
		op.Key = s.key.MAC("place", []byte(op.At)) // tells the user who gets it nothing of other places
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
	ops, err := s.ops(m, was, s.wantedBeside(was), false)
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
	want := s.wantedBeside(was)
	if len(want.Links)+len(want.Copies)+len(was.Links)+len(was.Copies) == 0 {
		return nil
	}
	ops, err := s.ops(s.current, was, want, true)
	if err != nil {
		return err
	}
	union := placed{Links: map[string]string{}, Copies: map[string]string{}, Sums: map[string][]string{}}
	for _, p := range []placed{want, was} {
		merge(union.Links, p.Links)
		merge(union.Copies, p.Copies)
		merge(want.Sums, p.Sums) // of places of other sets, and of those where the former content stays
	}
	for _, op := range ops {
		union.Sums[op.At] = op.Sums
		switch {
		case op.Kind == place.Copy:
			if sum := op.Sum(op.Content); !slices.Contains(op.Sums, sum) {
				all := append(slices.Clone(op.Sums), sum)
				union.Sums[op.At] = all[max(0, len(all)-maxSums):]
			}
			want.Sums[op.At] = union.Sums[op.At]
		case want.Copies[op.At] == "":
			delete(want.Sums, op.At)
		}
	}
	merge(union.Sums, want.Sums)
	if err := s.state.Write(state.PlacedName, union); err != nil {
		return err
	}
	users, err := (place.Placer{}).Apply(ctx, ops)
	if errors.Is(err, place.ErrForeign) {
		s.foreign, err = err, nil
	}
	if users != nil {
		s.Log.Warn("files in a user's folder not placed", "error", users, "hint", "if the configuration is newer than the boot: systemctl daemon-reload")
	}
	if err != nil {
		return sd.Hint(fmt.Errorf("place links and copies: %w", err), "the secrets themselves are served; correct the cause and run: sudo opnix materialize")
	}
	if users != nil || s.foreign != nil { // what was there before may be there still
		want = union
	}
	return s.state.Write(state.PlacedName, want)
}

// foreignError says that everything is served, but not at each place: no failure
// of opnix-secrets.service, and nothing that another refresh could mend.
func (s *session) foreignError() error {
	e := &sd.Error{Err: s.foreign, Code: ExitIncomplete,
		Hint: "move the file away, or set \"backup\": true for the secret, which moves it to NAME.before-opnix; then: sudo opnix materialize"}
	if s.opt.Fresh {
		e.Code = sd.ExitConfig
	}
	return e
}

// maxSums bounds the fingerprints of one place: of what was placed last and before,
// which a backup or somebody's hand may have put back, and of what runs that
// failed were about to place.
const maxSums = 64

func merge[V any](into, from map[string]V) {
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
