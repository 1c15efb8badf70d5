// Package units reads from systemd, over D-Bus, how the units of the suite are:
// their states, status lines, memory, failed conditions and next timer runs, and
// starts a crawl. systemd is authoritative; nothing is cached. Without a system
// bus Open fails with a hint; on a machine where the suite is not installed every
// unit is reported as "not-found".
package units

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"

	"panther/pkg/sd"
)

// Names are the units of the suite that exist once, in the order in which they
// start; PostgreSQL's are the distribution's own.
var Names = []string{
	"panther.target",
	"opnix-fetch.socket", "opnix-secrets.service", "opnix-refresh.service", "opnix-refresh.timer",
	"postgresql.service",
	"agentdb-setup.service", "agentdb.socket", "agentdb-crawl.socket", "agentdb.service", "agentdb-maintain.timer",
	"panther-embed.socket", "panther-embed.service",
	"panther-render.socket", "panther-render.service",
	"panther-crawl.timer", "panther-crawl.service", "panther-crawl-control.socket", "panther-crawl-control.service",
	"opencode.socket", "opencode.service", "opencode-subagent.socket",
	"panther-metrics.socket", "panther-metrics.service",
}

// Patterns match the units that exist as often as they are needed.
var Patterns = []string{"opnix-fetch@*.service", "panther-crawl@*.service", "opencode-subagent@*.service"}

// Unit is what systemd says about one unit.
type Unit struct {
	Name        string     `json:"name"`
	Description string     `json:"description,omitempty"`
	Load        string     `json:"load"`                  // loaded, not-found, masked, error, bad-setting
	Active      string     `json:"active"`                // active, inactive, failed, activating, deactivating, reloading
	Sub         string     `json:"sub"`                   // running, dead, waiting, listening, exited …
	File        string     `json:"file,omitempty"`        // enabled, disabled, static, masked …
	Result      string     `json:"result,omitempty"`      // success, exit-code, signal, timeout, watchdog …
	Status      string     `json:"status,omitempty"`      // the service's own status line
	PID         uint32     `json:"pid,omitempty"`         // main process
	Memory      uint64     `json:"memory,omitempty"`      // bytes, where it is accounted
	Restarts    uint32     `json:"restarts,omitempty"`    // automatic ones since the last start
	ExitStatus  int32      `json:"exit_status,omitempty"` // of the main process that ended
	Since       *time.Time `json:"since,omitempty"`       // last change of Active
	NextRun     *time.Time `json:"next_run,omitempty"`    // timers
	LastRun     *time.Time `json:"last_run,omitempty"`    // timers
	Unmet       []string   `json:"unmet_conditions,omitempty"`
	After       []string   `json:"-"` // units that it is started after
	Requires    []string   `json:"-"`
	Wants       []string   `json:"-"`
	Triggers    []string   `json:"-"` // that it starts: sockets, timers, paths
}

// Installed reports whether there is such a unit.
func (u Unit) Installed() bool { return u.Load != "" && u.Load != "not-found" }

// Conn is a connection to the system's service manager.
type Conn struct{ bus *dbus.Conn }

// Open connects to the system bus.
func Open(ctx context.Context) (*Conn, error) {
	bus, err := dbus.NewSystemConnectionContext(ctx)
	if err != nil {
		return nil, sd.Hint(fmt.Errorf("connect to systemd: %w", err),
			"this needs a system that runs systemd and its D-Bus; without one, use: panther local")
	}
	return &Conn{bus}, nil
}

// Close closes the connection.
func (c *Conn) Close() { c.bus.Close() }

// All returns every unit of the suite: Names in their order, then the instances
// that systemd knows.
func (c *Conn) All(ctx context.Context) ([]Unit, error) {
	names := slices.Clone(Names)
	instances, err := c.bus.ListUnitsByPatternsContext(ctx, nil, Patterns)
	if err != nil {
		return nil, fmt.Errorf("list units: %w", err)
	}
	slices.SortFunc(instances, func(a, b dbus.UnitStatus) int { return cmp.Compare(a.Name, b.Name) })
	for _, u := range instances {
		names = append(names, u.Name)
	}
	out := make([]Unit, 0, len(names))
	for _, n := range names {
		u, err := c.Unit(ctx, n)
		if err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, nil
}

// Unit returns one unit; one that does not exist has the load state not-found.
func (c *Conn) Unit(ctx context.Context, name string) (Unit, error) {
	p, err := c.bus.GetAllPropertiesContext(ctx, name)
	if err != nil {
		var de godbus.Error
		if errors.As(err, &de) && strings.HasSuffix(de.Name, "NoSuchUnit") {
			return Unit{Name: name, Load: "not-found", Active: "inactive", Sub: "dead"}, nil
		}
		return Unit{}, fmt.Errorf("read unit %s: %w", name, err)
	}
	return fromProperties(name, p), nil
}

// fromProperties picks what Unit has out of the properties that
// org.freedesktop.systemd1(5) describes.
func fromProperties(name string, p map[string]any) Unit {
	u := Unit{
		Name:        name,
		Description: get[string](p, "Description"),
		Load:        get[string](p, "LoadState"),
		Active:      get[string](p, "ActiveState"),
		Sub:         get[string](p, "SubState"),
		File:        get[string](p, "UnitFileState"),
		Result:      get[string](p, "Result"),
		Status:      get[string](p, "StatusText"),
		PID:         get[uint32](p, "MainPID"),
		Restarts:    get[uint32](p, "NRestarts"),
		ExitStatus:  get[int32](p, "ExecMainStatus"),
		Since:       moment(p, "StateChangeTimestamp"),
		NextRun:     moment(p, "NextElapseUSecRealtime"),
		LastRun:     moment(p, "LastTriggerUSec"),
		After:       get[[]string](p, "After"),
		Requires:    get[[]string](p, "Requires"),
		Wants:       get[[]string](p, "Wants"),
		Triggers:    get[[]string](p, "Triggers"),
	}
	if m := get[uint64](p, "MemoryCurrent"); m != math.MaxUint64 {
		u.Memory = m
	}
	if met, known := p["ConditionResult"].(bool); known && !met && get[uint64](p, "ConditionTimestamp") > 0 {
		u.Unmet = unmet(p["Conditions"])
	}
	return u
}

func get[T any](p map[string]any, key string) T {
	v, _ := p[key].(T)
	return v
}

func moment(p map[string]any, key string) *time.Time {
	us := get[uint64](p, key)
	if us == 0 || us > math.MaxInt64 {
		return nil
	}
	t := time.UnixMicro(int64(us))
	return &t
}

// unmet reads the Conditions property, a(sbbsi): type, trigger, negate,
// parameter and state, which is negative for a condition that failed.
func unmet(v any) []string {
	list, _ := v.([][]any)
	var out []string
	for _, c := range list {
		if len(c) != 5 {
			continue
		}
		kind, _ := c[0].(string)
		negate, _ := c[2].(bool)
		param, _ := c[3].(string)
		if state, _ := c[4].(int32); state >= 0 {
			continue
		}
		if negate {
			param = "!" + param
		}
		out = append(out, kind+"="+param)
	}
	return out
}

// Start starts a unit, or joins its start that is under way. The channel gets
// the result of the job: "done", "failed", "dependency", "timeout" or
// "canceled". A oneshot unit is done when it has ended.
func (c *Conn) Start(ctx context.Context, name string) (<-chan string, error) {
	result := make(chan string, 1)
	if _, err := c.bus.StartUnitContext(ctx, name, "replace", result); err != nil {
		err = fmt.Errorf("start %s: %w", name, err)
		var de godbus.Error
		if errors.As(err, &de) && (strings.HasSuffix(de.Name, "InteractiveAuthorizationRequired") || strings.HasSuffix(de.Name, "AccessDenied")) {
			return nil, sd.Hint(err, "only root may start it: use sudo")
		}
		return nil, sd.Hint(err, "see: systemctl status "+name)
	}
	return result, nil
}
