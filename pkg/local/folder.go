package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"panther/pkg/sd"
)

// Dir returns the private folder of local mode: PANTHER_HOME, or panther below
// XDG_STATE_HOME (~/.local/state).
func Dir() string {
	if d := os.Getenv("PANTHER_HOME"); d != "" {
		return d
	}
	return filepath.Join(xdg("XDG_STATE_HOME", ".local/state"), "panther")
}

// ConfigDir returns the folder of local mode's configuration files: panther
// below XDG_CONFIG_HOME (~/.config), or DIR/config where PANTHER_HOME is set, so
// that one variable keeps an instance to itself.
func ConfigDir() string {
	if d := os.Getenv("PANTHER_HOME"); d != "" {
		return filepath.Join(d, "config")
	}
	return filepath.Join(xdg("XDG_CONFIG_HOME", ".config"), "panther")
}

func xdg(key, fallback string) string {
	if d := os.Getenv(key); filepath.IsAbs(d) {
		return d
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir()
	}
	return filepath.Join(home, fallback)
}

// lockName is the file in the folder that the running instance holds locked. It
// contains the process number for people.
const lockName = "lock"

// lock takes the folder for this process. The lock ends with the process,
// however it ends.
func lock(dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock folder %s: %w", dir, err)
		}
		b := make([]byte, 16)
		n, _ := f.Read(b)
		return nil, sd.Hint(fmt.Errorf("%s is in use by process %s", dir, strings.TrimSpace(string(b[:n]))),
			"it is running already, see: panther status; to end it: panther local stop")
	}
	if err := f.Truncate(0); err == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0) // for people; the lock is what counts
	}
	return func() { _ = f.Close() }, nil
}
