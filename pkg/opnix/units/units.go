// Package units tells systemd units that their secrets changed: restart, reload
// or a signal, over D-Bus, only to those that run. It enqueues jobs and does not
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
// a unit that does not run.
func (m *Manager) Mark(ctx context.Context, unit string, a opnix.Action) (string, error) {
	c, err := m.connect(ctx)
	if err != nil {
		return "", err
	}
	p, err := c.GetUnitPropertiesContext(ctx, unit)
	if err != nil {
		return "", fmt.Errorf("inspect unit %s: %w", unit, err)
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

// Do enqueues the action.
func (m *Manager) Do(ctx context.Context, s opnix.Service) error {
	c, err := m.connect(ctx)
	if err != nil {
		return err
	}
	switch s.Action {
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
