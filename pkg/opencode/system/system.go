package system

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
	"panther/pkg/sd"
	"panther/pkg/units"
)

// answerWithin bounds how long systemd and others may take: a person who asks how
// it is wants to know that it hangs.
const answerWithin = 3 * time.Second

func (s *Server) system(ctx context.Context, _ *rest.None) (*api.System, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*answerWithin)
	defer cancel()
	out := &api.System{Mode: "server", Version: s.Version, Started: s.Started, Units: []api.UnitState{}, Edges: []api.UnitEdge{}, Disks: []api.Disk{},
		Access: s.Gate.Doors()}
	if s.Local {
		out.Mode = "local"
		s.services(ctx, out)
	} else {
		s.units(ctx, out)
	}
	out.Disks = s.disks()
	out.Secrets = s.secrets(identity.Of(ctx), out.Units)
	if stats, err := s.Knowledge.Stats(ctx); err == nil {
		out.Database = stats
	} else {
		out.Note += sentence("the database does not tell its numbers: " + gate.Line(err.Error(), 200))
	}
	return out, nil
}

// sentence is one more thing to say.
func sentence(s string) string { return s + ". " }

// units reads the suite's units and how they are tied together.
func (s *Server) units(ctx context.Context, out *api.System) {
	c, err := units.Open(ctx)
	if err != nil {
		out.Note += sentence("systemd cannot be asked: " + err.Error() + "; " + sd.HintOf(err))
		return
	}
	defer c.Close()
	list, err := c.All(ctx)
	if err != nil {
		out.Note += sentence("systemd does not tell how units are: " + err.Error())
		return
	}
	known := map[string]bool{}
	for _, u := range list {
		known[u.Name] = u.Installed()
		out.Units = append(out.Units, unitState(u))
	}
	for _, u := range list {
		for kind, names := range map[string][]string{"after": u.After, "requires": u.Requires, "wants": u.Wants, "triggers": u.Triggers} {
			for _, to := range names {
				if known[to] && known[u.Name] {
					out.Edges = append(out.Edges, api.UnitEdge{From: u.Name, To: to, Kind: kind})
				}
			}
		}
	}
	sortEdges(out.Edges)
}

func sortEdges(edges []api.UnitEdge) {
	slices.SortFunc(edges, func(a, b api.UnitEdge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Kind, b.Kind))
	})
}

func unitState(u units.Unit) api.UnitState {
	return api.UnitState{Name: u.Name, Description: u.Description, Installed: u.Installed(), Active: u.Active, Sub: u.Sub, Result: u.Result,
		Status: gate.Line(u.Status, 300), Since: u.Since, Memory: u.Memory, Restarts: u.Restarts, NextRun: u.NextRun, LastRun: u.LastRun, Unmet: u.Unmet}
}

// services are those of panther local, in the order in which they need each other.
func (s *Server) services(ctx context.Context, out *api.System) {
	if s.Services == nil {
		out.Note += sentence("the process does not tell how its services are")
		return
	}
	list, err := s.Services(ctx)
	if err != nil {
		out.Note += sentence("the process does not tell how its services are: " + err.Error())
		return
	}
	out.Units = append(out.Units, list...)
	for i := 1; i < len(list); i++ {
		out.Edges = append(out.Edges, api.UnitEdge{From: list[i].Name, To: list[i-1].Name, Kind: "after"})
	}
}

// disks are the file systems that hold the state, each once.
func (s *Server) disks() []api.Disk {
	paths := []string{"/var/lib", "/var/lib/postgresql"}
	if s.Local {
		paths = []string{s.Dir}
	}
	out := []api.Disk{}
	seen := map[uint64]bool{}
	for _, p := range paths {
		var info unix.Stat_t
		var fs unix.Statfs_t
		if p == "" || unix.Stat(p, &info) != nil || unix.Statfs(p, &fs) != nil || seen[info.Dev] {
			continue
		}
		seen[info.Dev] = true
		size := uint64(fs.Bsize) //nolint:gosec // a size of blocks is positive
		out = append(out, api.Disk{Path: p, Free: fs.Bavail * size, Total: fs.Blocks * size})
	}
	return out
}
