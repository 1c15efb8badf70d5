package embed

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"

	"panther/pkg/sd"
)

// offline is what to do about a server that the unit cannot reach: it has no
// network, unless a drop-in gives it one.
const offline = "install -D -m 644 /usr/share/doc/panther/examples/panther-embed-remote.conf " +
	"/etc/systemd/system/panther-embed.service.d/remote.conf && systemctl daemon-reload; or give the URL to agentdb in agentdb.toml"

func offlineError(url string) error {
	return sd.ConfigError(fmt.Errorf("openai.url: %s cannot be reached: panther-embed.service has no network", url), offline)
}

// remote reports whether the server is anywhere but at a unix socket.
func (c *Config) remote() bool {
	return c.Provider == ProviderOpenAI && !strings.HasPrefix(c.OpenAI.URL, "unix:")
}

// Check finds what is wrong with a valid configuration on this machine, whose
// file system is at root: a server elsewhere, for a unit without a network.
func (c *Config) Check(root string) error {
	if !c.remote() {
		return nil
	}
	const unit = "systemd/system/" + Name + ".service"
	installed, networked := false, false
	for _, dir := range []string{"etc", "run", "usr/local/lib", "usr/lib", "lib"} {
		_, err := os.Stat(filepath.Join(root, dir, unit))
		installed = installed || err == nil
		dropins, err := filepath.Glob(filepath.Join(root, dir, unit+".d", "*.conf"))
		if err != nil {
			return err
		}
		for _, f := range dropins {
			b, err := os.ReadFile(f)
			if err != nil {
				return fmt.Errorf("look for a network: %w", err)
			}
			networked = networked || privateOff.Match(b)
		}
	}
	if installed && !networked {
		return offlineError(c.OpenAI.URL)
	}
	return nil
}

var privateOff = regexp.MustCompile(`(?m)^PrivateNetwork=\s*(no|false|off|0)\s*$`)

// canReach fails where this process may not have internet sockets at all, as in
// the unit without its drop-in.
func canReach(cfg *Config) error {
	if !cfg.remote() {
		return nil
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if errors.Is(err, unix.EAFNOSUPPORT) {
		return offlineError(cfg.OpenAI.URL)
	}
	if err == nil {
		_ = unix.Close(fd)
	}
	return nil
}
