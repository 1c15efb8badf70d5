// Package units tells systemd units that their secrets changed: restart, reload
// or a signal, over D-Bus, to those that run, and a start to those that could not
// without them. It enqueues jobs and does not
// wait for them, since a unit ordered after opnix-secrets.service waits for the
// caller. The service manager is authoritative for what runs.
package units

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"panther/pkg/opnix"
)

// Manager speaks to a service manager. The zero value speaks to the system's
// for root and to the user's own for others, and connects at the first call: to
// the manager's own socket, which needs no bus and so is there early at boot and
// where a user has no session. Close it after use.
type Manager struct {
	conn *dbus.Conn
}

// Available reports whether there is a service manager to speak to.
func Available() bool {
	_, err := os.Stat(socket())
	return err == nil
}

func socket() string {
	if os.Geteuid() == 0 {
		return "/run/systemd/private"
	}
	return filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "systemd/private")
}

func dial(ctx context.Context) (*godbus.Conn, error) {
	c, err := godbus.Dial("unix:path="+godbus.EscapeBusAddressValue(socket()), godbus.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if err := c.Auth([]godbus.Auth{godbus.AuthExternal(strconv.Itoa(os.Geteuid()))}); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the connection.
func (m *Manager) Close() {
	if m.conn != nil {
		m.conn.Close()
	}
}

func (m *Manager) connect(ctx context.Context) (*dbus.Conn, error) {
	if m.conn != nil && m.conn.Connected() {
		return m.conn, nil
	}
	c, err := dbus.NewConnection(func() (*godbus.Conn, error) { return dial(ctx) })
	if err != nil {
		return nil, fmt.Errorf("connect to the service manager: %w", err)
	}
	m.conn = c
	return c, nil
}

// Mark returns what distinguishes the unit before and after an action: its
// invocation for a restart, its last change of state for a reload. It is "" for
// a unit that does not run, or for opnix.Start does not wait.
func (m *Manager) Mark(ctx context.Context, unit string, a opnix.Action) (string, error) {
	c, err := m.connect(ctx)
	if err != nil {
		return "", err
	}
	p, err := c.GetUnitPropertiesContext(ctx, unit)
	if err != nil {
		return "", fmt.Errorf("inspect unit %s: %w", unit, err)
	}
	if a == opnix.Start {
		return m.waiting(ctx, c, p)
	}
	switch p["ActiveState"] {
	case "active", "reloading", "activating", "refreshing":
	default:
		return "", nil
	}
	if a == opnix.Restart {
		return fmt.Sprintf("%x", p["InvocationID"]), nil
	}
	return fmt.Sprint(p["StateChangeTimestampMonotonic"]), nil
}

// waiting returns "waiting" for a unit that was to run and could not: it failed,
// as without a file of LoadCredential=, a condition of it did not hold when it was
// last to start, as without a file of ConditionPathExists=, or it never left its
// state in this boot, as when opnix-secrets.service had failed, although a unit
// that is active wants it. One that somebody stopped has left it.
func (m *Manager) waiting(ctx context.Context, c *dbus.Conn, unit map[string]any) (string, error) {
	if unit["ActiveState"] == "failed" {
		return "waiting", nil
	}
	job, _ := unit["Job"].([]any)
	if unit["ActiveState"] != "inactive" || len(job) == 0 || job[0] != uint32(0) {
		return "", nil
	}
	ran, _ := unit["InactiveExitTimestampMonotonic"].(uint64)
	ended, _ := unit["InactiveEnterTimestampMonotonic"].(uint64)
	judged, _ := unit["ConditionTimestampMonotonic"].(uint64)
	if judged > max(ran, ended) && unit["ConditionResult"] == false {
		return "waiting", nil
	}
	if ran != 0 {
		return "", nil
	}
	for _, k := range []string{"WantedBy", "RequiredBy"} {
		by, _ := unit[k].([]string)
		for _, name := range by {
			p, err := c.GetUnitPropertyContext(ctx, name, "ActiveState")
			if err != nil {
				return "", fmt.Errorf("inspect unit %s: %w", name, err)
			}
			if p.Value.Value() == "active" {
				return "waiting", nil
			}
		}
	}
	return "", nil
}

// Do enqueues the action.
func (m *Manager) Do(ctx context.Context, s opnix.Service) error {
	c, err := m.connect(ctx)
	if err != nil {
		return err
	}
	switch s.Action {
	case opnix.Start:
		_ = c.ResetFailedUnitContext(ctx, s.Unit) // else its start limit may refuse
		_, err = c.StartUnitContext(ctx, s.Unit, "replace", nil)
	case opnix.Restart:
		_, err = c.TryRestartUnitContext(ctx, s.Unit, "replace", nil)
	case opnix.Reload:
		_, err = c.ReloadOrTryRestartUnitContext(ctx, s.Unit, "replace", nil)
	case opnix.Signal:
		err = c.KillUnitWithTarget(ctx, s.Unit, dbus.Main, int32(unix.SignalNum(signalName(s.Signal))))
	}
	if err != nil {
		return fmt.Errorf("%s unit %s: %w", s.Action, s.Unit, err)
	}
	return nil
}

func signalName(s string) string {
	if strings.HasPrefix(s, "SIG") {
		return s
	}
	return "SIG" + s
}
