package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/opnix"
	"panther/pkg/opnix/run"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

func materializeCommand(f *flags) *cobra.Command {
	var opt run.Options
	c := &cobra.Command{
		Use: "materialize", Short: "Write all secrets and switch to them", Args: cobra.NoArgs,
		Long: "Resolves every reference, writes a complete generation and switches to it in one step. It is what\n" +
			"opnix-secrets.service runs. While the password manager is away it serves what the policies permit.",
		RunE: func(c *cobra.Command, _ []string) error { return f.materialize(c, opt) },
	}
	c.Flags().BoolVar(&opt.Retry, "retry", false, "ask even where an earlier refusal says that it is of no use")
	c.Flags().BoolVar(&opt.Copy, "copy-first", false, "where nothing is served yet, serve a permitted copy without asking")
	return c
}

func refreshCommand(f *flags) *cobra.Command {
	opt := run.Options{Fresh: true}
	c := &cobra.Command{
		Use: "refresh", Short: "Ask the password manager again", Args: cobra.NoArgs,
		Long: "Like materialize, but only the password manager's own answers count as success. It is what\n" +
			"opnix-refresh.service runs. After a rollback it waits for --retry.",
		RunE: func(c *cobra.Command, _ []string) error { return f.materialize(c, opt) },
	}
	c.Flags().DurationVar(&opt.MaxAge, "older-than", 0, "do nothing if the secrets were refreshed less than this `long` ago")
	c.Flags().BoolVar(&opt.Retry, "retry", false, "ask even after a rollback, or where an earlier refusal says that it is of no use")
	return c
}

func restoreCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "restore", Short: "Serve the last good copy", Args: cobra.NoArgs,
		Long: "Serves the encrypted last good copy, where nothing is served yet and the policies permit it for every secret.\n" +
			"It asks nobody and needs no network.",
		RunE: func(c *cobra.Command, _ []string) error {
			if f.unconfigured() {
				return nil
			}
			r, env, closeAll, err := f.open()
			if err != nil {
				return err
			}
			defer closeAll()
			res, err := r.Restore(c.Context())
			if err != nil {
				return err
			}
			announce(env, res, time.Now())
			return nil
		},
	}
}

func (f *flags) materialize(c *cobra.Command, opt run.Options) error {
	if f.unconfigured() {
		env, err := sd.FromSystemd(name)
		if err != nil {
			return err
		}
		env.Ready("no secrets are configured (%s)", opnix.DefaultConfig)
		return nil
	}
	r, env, closeAll, err := f.open()
	if err != nil {
		return err
	}
	defer closeAll()
	env.Status("asking for %s", plural(len(r.Config.Requests()), "secret", "secrets"))
	start := time.Now()
	return report(env, start)(r.Materialize(c.Context(), opt))
}

// report announces what a run did, also where something is missing.
func report(env *sd.Env, start time.Time) func(*run.Result, error) error {
	return func(res *run.Result, err error) error {
		if res != nil && (err == nil || len(res.Incomplete) > 0) {
			announce(env, res, start)
		}
		return interrupted(err)
	}
}

// interrupted makes a failure of a run that a signal ended: exit status 0 would
// let services start that need its secrets.
func interrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted before the switch, nothing was changed")
	}
	return err
}

// announce says what a run did, to the journal and to `systemctl status`.
func announce(env *sd.Env, res *run.Result, start time.Time) {
	took := time.Since(start).Round(time.Millisecond)
	attrs := []any{"outcome", res.Outcome, "generation", res.Generation, "secrets", res.Secrets, "changed", len(res.Changes),
		"requests", res.Requests, "took", took}
	for _, p := range res.LeftOut {
		env.Log.Warn("optional secret left out", "path", p)
	}
	for _, p := range res.Empty {
		env.Log.Warn("secret is empty", "path", display(p))
	}
	for _, g := range res.Incomplete {
		// By the unit's own field these lines are also in `systemctl status UNIT` and `journalctl -u UNIT`.
		env.Log.Error("secrets missing", "for", display(g.Name), "object_systemd_unit", g.Unit, "missing", g.Missing())
	}
	if res.Problem != nil {
		env.Log.Warn("secrets not refreshed", append(attrs, "error", res.Problem, sd.MessageIDKey, sd.MessageSecretsStale)...)
		env.Ready("%s, %s: %s", plural(res.Secrets, "secret", "secrets"), describe(res), res.Problem)
		return
	}
	env.Log.Info("secrets written", append(attrs, sd.MessageIDKey, sd.MessageSecretsWritten)...)
	env.Ready("%s in generation %d, %d changed, %s to tell; %s in %s", plural(res.Secrets, "secret", "secrets"), res.Generation,
		len(res.Changes), plural(len(res.Units), "unit", "units"), plural(res.Requests, "request", "requests"), took)
}

func describe(res *run.Result) string {
	if n := len(res.Stale); n > 0 {
		return fmt.Sprintf("%d of them stale, from the last good copy", n)
	}
	return "as they were before"
}

// secretCommand is the form in which opnix 0.11's modules call it, once for
// each configuration file and all with the same output.
func secretCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "secret", Short: "Write the secrets of one configuration, as opnix 0.11 does", Args: cobra.NoArgs,
		Long: "Takes the command line of opnix 0.11: opnix secret -config FILE -token-file FILE -output FOLDER.\n" +
			"The secrets of other configurations that were written to the same folder stay. With a home as the folder, or\n" +
			"another one that holds foreign files, the secrets are files in it and not a link.",
		RunE: func(c *cobra.Command, _ []string) error {
			if len(f.configs) == 0 {
				f.configs = []string{"secrets.json"}
			}
			l, files, err := f.loader()
			if err != nil {
				return err
			}
			if l.Output == "" {
				if l.Output, err = filepath.Abs("secrets"); err != nil {
					return fmt.Errorf("resolve folder: %w", err)
				}
			}
			if shared(l.Output) {
				l.Below, l.Output = l.Output, ""
			}
			cfg, err := l.Load(files...)
			if err != nil {
				return err
			}
			r, env, closeAll, err := f.runner(cfg)
			if err != nil {
				return err
			}
			defer closeAll()
			start := time.Now()
			return formerStatus(report(env, start)(r.Materialize(c.Context(), run.Options{Set: setName(files)})))
		},
	}
}

// formerStatus gives a failure for want of values the exit status that opnix 0.11
// documents: EX_DATAERR or EX_TEMPFAIL of sysexits.h.
func formerStatus(err error) error {
	var fe *run.FailuresError
	if !errors.As(err, &fe) {
		return err
	}
	limited := func(f vault.Failure) bool { return f.Kind == vault.RateLimited }
	wrong := func(f vault.Failure) bool {
		return f.Kind == vault.Missing || f.Kind == vault.Ambiguous || f.Kind == vault.Invalid
	}
	switch {
	case slices.ContainsFunc(fe.Failures, limited):
		return &sd.Error{Err: err, Hint: sd.HintOf(err), Code: 75}
	case slices.ContainsFunc(fe.Failures, wrong):
		return &sd.Error{Err: err, Hint: sd.HintOf(err), Code: 65}
	}
	return err
}

// shared reports whether a folder is more than a place for secrets: somebody's
// home, or one that opnix did not make and that holds something.
func shared(dir string) bool {
	if h, err := os.UserHomeDir(); err == nil && filepath.Clean(h) == dir {
		return true
	}
	if dir == opnix.DefaultOutput {
		return false
	}
	st, err := os.Lstat(dir)
	if err != nil || !st.IsDir() {
		return false
	}
	entries, err := os.ReadDir(dir)
	return err != nil || len(entries) > 0
}

var storeHash = regexp.MustCompile(`^[0-9a-z]{32}-`)

// setName names the set of secrets that configuration files stand for. The hash
// in a name of the Nix store changes with each content and is left out.
func setName(files []string) string {
	names := make([]string, len(files))
	for i, p := range files {
		names[i] = storeHash.ReplaceAllString(filepath.Base(p), "")
	}
	return strings.Join(names, "+")
}
