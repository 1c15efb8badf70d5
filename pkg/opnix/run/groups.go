package run

import (
	"fmt"
	"slices"
	"strings"

	"panther/pkg/opnix"
	"panther/pkg/opnix/generation"
	"panther/pkg/opnix/vault"
)

// Group is the secrets and templates of one consumer, which change together or
// not at all: those that name the same unit, or a single one that names none. What
// two units share goes with whichever of them is whole.
type Group struct {
	Name     string          `json:"name"`           // the unit, or the path
	Unit     string          `json:"unit,omitempty"` // "" for a path
	Failures []vault.Failure `json:"failures"`       // why it is not whole
}

// Missing says in one line what the group has not got, and why.
func (g *Group) Missing() string {
	var out []string
	for _, f := range g.Failures {
		out = append(out, fmt.Sprintf("%s: %s (%s)", f.Ref, f.Detail, f.Kind))
	}
	return strings.Join(out, "; ")
}

// item is a file that a group needs.
type item struct {
	path     string // in the generation
	units    []opnix.Service
	failures []vault.Failure
}

// choose decides what is served: it checks values, renders templates, and lets the
// files of groups that are not whole stay as they are. For the requests of failed
// there is no value.
func (s *session) choose(out *set, failed []vault.Failure) error {
	byKey := map[string]vault.Failure{}
	for _, f := range append(failed, s.validate(out)...) {
		byKey[f.Key] = f
	}
	items := s.secretItems(byKey)
	items = append(items, s.templateItems(out, byKey)...)
	var all []vault.Failure
	groups := map[string]*Group{}
	var names []string
	for _, it := range items {
		for _, f := range it.failures {
			if !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
		for _, g := range it.groups() {
			if groups[g.Name] == nil {
				groups[g.Name], names = &g, append(names, g.Name)
			}
			into := groups[g.Name]
			for _, f := range it.failures {
				if !slices.Contains(into.Failures, f) {
					into.Failures = append(into.Failures, f)
				}
			}
		}
	}
	for _, err := range s.Config.Unread {
		f := vault.Failure{Ref: "included file " + err.File, Kind: vault.Invalid, Detail: err.Error()}
		groups[err.File], names, all = &Group{Name: err.File, Failures: []vault.Failure{f}}, append(names, err.File), append(all, f)
	}
	out.held = s.unread()
	for _, it := range items {
		whole := func(g Group) bool { return len(groups[g.Name].Failures) == 0 }
		out.held[it.path] = !slices.ContainsFunc(it.groups(), whole)
	}
	var err error
	if out.files, err = s.files(out); err != nil || len(all) == 0 {
		return err
	}
	out.incomplete = &FailuresError{Total: len(s.Config.Requests()), Failures: all, Served: len(out.files)}
	if !out.asked {
		out.incomplete.Cause = out.problem
	}
	for _, n := range names {
		if g := groups[n]; len(g.Failures) > 0 {
			out.incomplete.Groups = append(out.incomplete.Groups, *g)
		}
	}
	return nil
}

// unread are the files that are served and that an included file may ask for which
// cannot be used now: all those that nothing else asks for.
func (s *session) unread() map[string]bool {
	held := map[string]bool{}
	if s.current == nil || len(s.Config.Unread) == 0 {
		return held
	}
	var paths []string
	for i := range s.Config.Secrets {
		paths = append(paths, generation.InGeneration(s.Config.Secrets[i].Path))
	}
	for i := range s.Config.Templates {
		paths = append(paths, generation.InGeneration(s.Config.Templates[i].Path))
	}
	for _, e := range s.current.Entries {
		_, _, inTheWay := generation.Conflict(append(slices.Clip(paths), e.Path))
		held[e.Path] = e.Set == s.opt.Set && !inTheWay
	}
	return held
}

func (it item) groups() []Group {
	var out []Group
	for _, u := range it.units {
		out = append(out, Group{Name: u.Unit, Unit: u.Unit})
	}
	if len(out) == 0 {
		out = append(out, Group{Name: it.path})
	}
	return out
}

// owned notes where nobody has the name of the owner, without which the file would
// be another's.
func (it *item) owned(o opnix.Owner) {
	if o.Unknown != "" {
		it.failures = append(it.failures, vault.Failure{Ref: "owner of " + it.path, Kind: vault.Invalid, Detail: o.Unknown})
	}
}

func (s *session) secretItems(byKey map[string]vault.Failure) []item {
	var out []item
	for i := range s.Config.Secrets {
		sec := &s.Config.Secrets[i]
		it := item{path: generation.InGeneration(sec.Path), units: sec.Services}
		if f, ok := byKey[sec.Request.Key()]; ok {
			it.failures = append(it.failures, f)
		}
		it.owned(sec.Owner)
		out = append(out, it)
	}
	return out
}

// templateItems renders the templates of which every value is there.
func (s *session) templateItems(out *set, byKey map[string]vault.Failure) []item {
	byPath, values := map[string]vault.Value{}, map[string]vault.Value{}
	for k, a := range out.answers {
		values[k] = a.value
	}
	for i := range s.Config.Secrets {
		sec := &s.Config.Secrets[i]
		byPath[sec.Path] = values[sec.Request.Key()]
	}
	out.rendered = map[string]vault.Value{}
	var items []item
	for i := range s.Config.Templates {
		t := &s.Config.Templates[i]
		it := item{path: generation.InGeneration(t.Path), units: t.Services}
		if slices.ContainsFunc(t.Requests(), func(r vault.Request) bool { return out.leftOut[r.Key()] }) {
			continue // as the optional secret is, so is what is made of it
		}
		for _, r := range t.Requests() {
			if f, ok := byKey[r.Key()]; ok {
				it.failures = append(it.failures, f)
			}
		}
		if t.Broken != "" {
			it.failures = append(it.failures, vault.Failure{Ref: "template " + t.Path, Kind: vault.Invalid, Detail: t.Broken})
		}
		if len(it.failures) == 0 {
			v, err := t.Render(byPath, values)
			if err != nil {
				it.failures = []vault.Failure{{Ref: "template " + t.Path, Kind: vault.Invalid, Detail: err.Error()}}
			}
			out.rendered[t.Path] = v
		}
		it.owned(t.Owner)
		items = append(items, it)
	}
	return items
}

// validate checks the values against what the configuration expects of them.
func (s *session) validate(out *set) []vault.Failure {
	var failures []vault.Failure
	for i := range s.Config.Secrets {
		sec := &s.Config.Secrets[i]
		a, ok := out.answers[sec.Request.Key()]
		if !ok {
			continue
		}
		if err := sec.Check(a.value); err != nil {
			failures = append(failures, vault.Failure{Key: sec.Request.Key(), Ref: sec.Request.Ref.String(), Kind: vault.Invalid, Detail: err.Error()})
		}
	}
	return failures
}

// kept returns the file of a path as it is served; false if it is not, or was
// changed since it was written.
func (s *session) kept(p string) (generation.File, bool) {
	if s.current == nil {
		return generation.File{}, false
	}
	e, ok := s.current.Entry(p)
	if !ok {
		return generation.File{}, false
	}
	b, err := s.store.Read(s.current, p)
	if err != nil || s.key.MAC(p, b) != e.MAC {
		return generation.File{}, false
	}
	return generation.File{Entry: e, Value: vault.NewValue(b)}, true
}
