// Package command is opnix on the command line: the subcommands, their output
// for people and for scripts, and the protection of a process that holds
// secrets. The work is done by package run; errors carry their exit status and
// hint for package sd to report.
package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"panther/pkg/commandline"
	"panther/pkg/opnix"
	"panther/pkg/opnix/run"
	"panther/pkg/opnix/token"
	"panther/pkg/opnix/units"
	"panther/pkg/sd"
)

// name is the log component of every unit that runs opnix.
const name = "opnix"

// Harden keeps what the process holds out of core dumps and away from
// debuggers of other users, and lets no file be made with a loose mode.
func Harden() {
	unix.Umask(0o077)
	// Errors mean that a stricter rule is in force already.
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}

// flags are those that every command takes.
type flags struct {
	configs   []string
	tokenFile string
	output    string
	runDir    string
	stateDir  string
	wait      time.Duration
	socket    string
	check     bool
	elsewhere bool
}

// New returns the command tree.
func New() *cobra.Command {
	f := &flags{}
	var elsewhere bool
	root := &cobra.Command{
		Use: "opnix", Short: "Secrets from 1Password as files, all of them or none", Version: sd.BuildVersion(),
		Long: overview, Args: commandline.NoCommand,
		RunE: func(c *cobra.Command, _ []string) error {
			if !f.check {
				return c.Help()
			}
			f.elsewhere = elsewhere
			cfg, err := f.load()
			if err == nil {
				_, err = fmt.Fprintf(c.OutOrStdout(), "%s and %s are in order\n",
					plural(len(cfg.Secrets), "secret", "secrets"), plural(len(cfg.Templates), "template", "templates"))
			}
			return err
		},
	}
	root.Flags().BoolVar(&f.check, "check", false, "check the configuration and exit")
	root.Flags().BoolVar(&elsewhere, "elsewhere", false, "with --check: the configuration is for another machine, whose users are not known here")
	p := root.PersistentFlags()
	p.StringArrayVar(&f.configs, "config", nil, "configuration `file`, repeatable (default "+opnix.DefaultConfig+")")
	p.StringVar(&f.tokenFile, "token-file", "", "token `file` (default "+token.DefaultPath+")")
	p.StringVar(&f.output, "output", "", "stable `folder` of the secrets (default "+opnix.DefaultOutput+")")
	p.StringVar(&f.runDir, "run-dir", "", "`folder` of the generations, in memory (default /run/opnix)")
	p.StringVar(&f.stateDir, "state-dir", "", "`folder` of what survives a boot (default /var/lib/opnix/state)")
	p.DurationVar(&f.wait, "wait", 0, "how long to wait for another run (default 90s)")
	p.StringVar(&f.socket, "fetch-socket", "", "`socket` behind which another process asks the password manager; without it opnix does")
	root.AddCommand(tokenCommand(f), materializeCommand(f), refreshCommand(f), restoreCommand(f), secretCommand(f),
		planCommand(f), verifyCommand(f), statusCommand(f), listCommand(f), getCommand(f), envCommand(f), rollbackCommand(f),
		placeCommand(), fetchCommand(),
		&cobra.Command{Use: "configuration", Short: "What the configuration file may hold", Long: settings})
	commandline.Prepare(root, statuses)
	return root
}

// home returns the folders of a user who is not root, by the XDG base
// directory specification.
type home struct{ dir, config, state, run string }

func userHome() (home, error) {
	dir, err := os.UserHomeDir()
	if err != nil {
		return home{}, fmt.Errorf("find the home folder: %w", err)
	}
	xdg := func(key, fallback string) string {
		if v := os.Getenv(key); filepath.IsAbs(v) {
			return filepath.Clean(v)
		}
		return filepath.Join(dir, fallback)
	}
	h := home{dir: filepath.Clean(dir), config: filepath.Join(xdg("XDG_CONFIG_HOME", ".config"), "opnix"), state: filepath.Join(xdg("XDG_STATE_HOME", ".local/state"), "opnix")}
	h.run = filepath.Join(h.state, "run") // not in memory; a run says so
	if v := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(v) {
		h.run = filepath.Join(v, "opnix")
	}
	return h, nil
}

// paths returns the folders of a run: the system's for root, his own for
// another user, or what the flags say.
func (f *flags) paths() (run.Paths, error) {
	p := run.Paths{Run: "/run/opnix", State: "/var/lib/opnix/state"}
	if os.Geteuid() != 0 && (f.runDir == "" || f.stateDir == "") {
		h, err := userHome()
		if err != nil {
			return p, err
		}
		p = run.Paths{Run: h.run, State: filepath.Join(h.state, "state")}
	}
	for _, o := range []struct {
		flag string
		into *string
	}{{f.runDir, &p.Run}, {f.stateDir, &p.State}} {
		if o.flag == "" {
			continue
		}
		abs, err := filepath.Abs(o.flag)
		if err != nil {
			return p, fmt.Errorf("resolve folder: %w", err)
		}
		*o.into = abs
	}
	return p, nil
}

// loader returns what the flags and the user say about reading configurations,
// and the files to read.
func (f *flags) loader() (opnix.Loader, []string, error) {
	l := opnix.Loader{TokenFile: f.tokenFile, Elsewhere: f.elsewhere, AnyOwner: f.elsewhere, Run: !f.check}
	files := f.configs
	if f.output != "" {
		abs, err := filepath.Abs(f.output)
		if err != nil {
			return l, nil, fmt.Errorf("resolve folder: %w", err)
		}
		l.Output = abs
	}
	if os.Geteuid() == 0 {
		if len(files) == 0 {
			files = []string{opnix.DefaultConfig}
		}
		return l, files, nil
	}
	h, err := userHome()
	if err != nil {
		return l, nil, err
	}
	if len(files) == 0 {
		files = []string{filepath.Join(h.config, "secrets.json")}
	}
	l.DefaultOutput, l.Home = filepath.Join(h.state, "secrets"), h.dir
	if own := filepath.Join(h.config, "token"); l.TokenFile == "" && exists(own) {
		l.DefaultToken = own
	}
	return l, files, nil
}

func exists(p string) bool {
	_, err := os.Stat(p)
	return err == nil
}

func (f *flags) load() (*opnix.Config, error) {
	l, files, err := f.loader()
	if err != nil {
		return nil, err
	}
	return l.Load(files...)
}

// unconfigured reports whether there is nothing to do: no file was named and
// the default one does not exist.
func (f *flags) unconfigured() bool {
	_, files, err := f.loader()
	if err != nil || len(f.configs) > 0 {
		return false
	}
	_, err = os.Stat(files[0])
	return errors.Is(err, fs.ErrNotExist)
}

// runner returns a runner for the configuration and the environment of the unit.
func (f *flags) runner(cfg *opnix.Config) (*run.Runner, *sd.Env, func(), error) {
	env, err := sd.FromSystemd(name)
	if err != nil {
		return nil, nil, nil, err
	}
	p, err := f.paths()
	if err != nil {
		return nil, nil, nil, err
	}
	r := &run.Runner{Config: cfg, Paths: p, Log: env.Log, LockWait: f.wait, FetchSocket: f.socket}
	if !units.Available() {
		return r, env, func() {}, nil
	}
	m := &units.Manager{}
	r.Units = m
	return r, env, m.Close, nil
}

// open loads the configuration and returns a runner for it.
func (f *flags) open() (*run.Runner, *sd.Env, func(), error) {
	cfg, err := f.load()
	if err != nil {
		return nil, nil, nil, err
	}
	return f.runner(cfg)
}

// with makes a command of what it does with a runner for the configuration.
func (f *flags) with(do func(c *cobra.Command, r *run.Runner, env *sd.Env) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, _ []string) error {
		r, env, closeAll, err := f.open()
		if err != nil {
			return err
		}
		defer closeAll()
		return do(c, r, env)
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s ago", int(max(d, 0).Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}

func display(p string) string { return strings.TrimPrefix(p, ".absolute") }
