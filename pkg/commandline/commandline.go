// Package commandline is what the commands of the suite have in common: wrong
// commands, flags and arguments are errors of usage that name what was most
// likely meant, flags may be written with one dash as the daemons take them, and
// exit statuses and manual pages are made in one way. Cobra parses; the commands
// are authoritative for what they do.
package commandline

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"panther/pkg/config"
	"panther/pkg/sd"
)

// Status is an exit status and what it means.
type Status struct {
	Code    int
	Meaning string
}

// Common are the exit statuses of every command.
var Common = []Status{
	{sd.ExitOK, "done"},
	{sd.ExitError, "it failed: a later try may help"},
	{sd.ExitUsage, "the command line is wrong"},
	{sd.ExitConfig, "a configuration file is wrong, and trying again cannot help"},
}

// Prepare makes a tree of commands, all of which were added, behave alike. Their
// exit statuses are a help topic and part of every manual page.
func Prepare(root *cobra.Command, statuses []Status) {
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetVersionTemplate(root.Name() + " {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	var text strings.Builder
	for _, s := range statuses {
		fmt.Fprintf(&text, "%5d  %s\n", s.Code, s.Meaning)
	}
	root.AddCommand(&cobra.Command{Use: "exit-status", Short: "What the exit statuses mean", Long: text.String()}, manual())
	walk(root, arguments)
}

func walk(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, sub := range c.Commands() {
		walk(sub, f)
	}
}

// arguments makes wrong arguments of a command errors of usage.
func arguments(c *cobra.Command) {
	check := c.Args
	if check == nil {
		check = cobra.ArbitraryArgs
	}
	c.Args = func(c *cobra.Command, args []string) error {
		err := check(c, args)
		var told *sd.Error
		switch {
		case err == nil || errors.As(err, &told):
			return err
		case c.HasAvailableSubCommands() && len(args) > 0:
			return unknown(c, args)
		}
		return sd.Hint(sd.UsageError("%s: %w", c.CommandPath(), err), "usage: "+c.UseLine())
	}
}

// unknown refuses what is no command below c.
func unknown(c *cobra.Command, args []string) error {
	err := sd.UsageError("there is no command %q", strings.Join(append(strings.Fields(c.CommandPath())[1:], args[0]), " "))
	var names []string
	for _, sub := range c.Commands() {
		if !sub.IsAvailableCommand() {
			continue
		}
		names = append(names, sub.Name())
		if slices.Contains(sub.SuggestFor, args[0]) {
			return sd.Hint(err, "did you mean: "+sub.CommandPath())
		}
	}
	if n := config.Near(args[0], names); n != "" {
		return sd.Hint(err, "did you mean: "+c.CommandPath()+" "+n)
	}
	return sd.Hint(err, "see: "+c.CommandPath()+" --help")
}

// NoCommand is the Args of a command that has others below it and takes no
// argument itself.
func NoCommand(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknown(c, args)
	}
	return nil
}

// Between is the Args of a command that takes so many arguments; a negative most
// is no limit.
func Between(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return sd.Hint(sd.UsageError("%s needs an argument more", c.CommandPath()), "usage: "+c.UseLine())
		case most >= 0 && len(args) > most && c.HasAvailableSubCommands():
			return unknown(c, args[most:])
		case most >= 0 && len(args) > most:
			return sd.Hint(sd.UsageError("%s does not know what to do with %q", c.CommandPath(), args[most]), "usage: "+c.UseLine())
		}
		return nil
	}
}

// flagError says which flag an unknown one was most likely meant to be.
func flagError(c *cobra.Command, err error) error {
	hint := "see: " + c.CommandPath() + " --help"
	var missing *pflag.NotExistError
	if errors.As(err, &missing) && missing.GetSpecifiedShortnames() == "" {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, f.Name)
			}
		})
		if n := config.Near(missing.GetSpecifiedName(), names); n != "" {
			hint = "did you mean --" + n + "?"
		}
	}
	return sd.Hint(sd.UsageError("%s: %w", c.CommandPath(), err), hint)
}

var oneDash = regexp.MustCompile(`^-[a-z][a-z-]+(=|$)`)

// LongFlags lets long flags be written with one dash, as the daemons of the
// suite and opnix 0.11 take them.
func LongFlags(args []string) []string {
	out := slices.Clone(args)
	for i, a := range out {
		if a == "--" {
			break
		}
		if oneDash.MatchString(a) {
			out[i] = "-" + a
		}
	}
	return out
}

// manual writes the manual pages; scripts/install calls it.
func manual() *cobra.Command {
	return &cobra.Command{
		Use: "man FOLDER", Short: "Write the manual pages into a folder", Hidden: true, Args: Between(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("create folder: %w", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			topics(root)
			head := &doc.GenManHeader{Section: "1", Source: "Panther " + sd.BuildVersion(), Manual: "Panther"}
			if err := doc.GenManTree(root, head, args[0]); err != nil {
				return fmt.Errorf("write manual pages: %w", err)
			}
			return nil
		},
	}
}

// topics puts the help topics of the root, which have no page of their own, into
// its page, and the exit statuses into every page.
func topics(root *cobra.Command) {
	statuses := ""
	for _, c := range root.Commands() {
		if !c.IsAdditionalHelpTopicCommand() {
			continue
		}
		// What is indented stays as it is: Markdown wants four blanks for that.
		text := "\n\n# " + strings.ToUpper(strings.ReplaceAll(c.Name(), "-", " ")) + "\n\n" + strings.TrimPrefix(strings.ReplaceAll("\n"+c.Long, "\n  ", "\n    "), "\n")
		if c.Name() == "exit-status" {
			statuses = text
			continue
		}
		root.Long += text
	}
	walk(root, func(c *cobra.Command) {
		if c.Long == "" {
			c.Long = c.Short
		}
		c.Long += statuses
	})
}
