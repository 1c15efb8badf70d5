package crawl

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"panther/pkg/commandline"
	"panther/pkg/config"
	"panther/pkg/crawl/visit"
	"panther/pkg/markdown"
	"panther/pkg/sd"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// GCPercent is how much garbage the command lets pile up before it collects, in
// percent of what it holds. Less than Go's 100: what it holds is the frontier,
// and a run of 100,000 pages stays below 150 MB for a tenth of its speed.
const GCPercent = 75

// flags are what the commands share.
type flags struct {
	path    string
	check   bool
	sources []string
	json    bool
	opt     Options
}

// Command returns the panther-crawl command. Without a subcommand it visits
// what is due, as its unit does.
func Command() *cobra.Command {
	var f flags
	root := &cobra.Command{Use: Name, Short: "Read documentation sources as Markdown", Version: sd.BuildVersion(), Args: commandline.NoCommand,
		RunE: func(c *cobra.Command, _ []string) error {
			f.opt.Sources = f.sources
			return f.run(c)
		}}
	root.PersistentFlags().StringVar(&f.path, "config", config.Path(Name), "configuration `file`")
	root.Flags().BoolVar(&f.check, "check", false, "check the configuration and exit")
	root.Flags().StringSliceVar(&f.sources, "source", nil, "visit this source, due or not")
	root.AddCommand(f.runCommand(), f.checkCommand(), f.sourcesCommand(), f.serveCommand(), markdown.Command())
	commandline.Prepare(root, commandline.Common)
	return root
}

func (f *flags) runCommand() *cobra.Command {
	c := &cobra.Command{Use: "run [SOURCE]...", Short: "Visit sources now",
		Long: "Visit the named sources, due or not. Without names it visits those that are due.",
		RunE: func(c *cobra.Command, args []string) error {
			f.opt.Sources = args
			return f.run(c)
		}}
	c.Flags().BoolVar(&f.opt.All, "all", false, "visit all sources, also those that are not due")
	c.Flags().StringVar(&f.opt.Out, "out", "", "write Markdown files below this `folder` in place of agentdb")
	c.Flags().BoolVar(&f.opt.DryRun, "dry-run", false, "fetch and convert, keep nothing and send nothing")
	c.Flags().BoolVar(&f.opt.AcceptRemovals, "accept-removals", false, "remove what is gone, even more than max_removed allows")
	c.Flags().BoolVar(&f.json, "json", false, "print the result of each source as a line of JSON")
	return c
}

func (f *flags) load() (Config, error) {
	cfg := Default()
	return cfg, config.Load(f.path, &cfg)
}

func (f *flags) run(c *cobra.Command) error {
	if _, err := f.load(); err != nil || f.check {
		return err
	}
	env, err := sd.FromSystemd(Name)
	if err != nil {
		return err
	}
	cfg, err := loadAll(f.path, env)
	if err != nil {
		return err
	}
	f.opt.Progress = f.progress(c.OutOrStdout())
	return Run(c.Context(), env, cfg, f.opt)
}

// progress shows one line that is rewritten on a terminal, and elsewhere only
// what each visit came to.
func (f *flags) progress(w io.Writer) func(visit.Progress) {
	if sd.UnderJournal() {
		return nil // the log says it
	}
	file, _ := w.(*os.File)
	tty := file != nil && term.IsTerminal(int(file.Fd()))
	return func(p visit.Progress) {
		switch {
		case f.json && p.Finished:
			_ = json.NewEncoder(w).Encode(result(p))
		case f.json:
		case p.Finished && tty:
			fmt.Fprintf(w, "\r\x1b[K%s\n", line(p))
		case p.Finished:
			fmt.Fprintln(w, line(p))
		case tty:
			fmt.Fprintf(w, "\r\x1b[K%s", p)
		}
	}
}

// line is what a visit came to.
func line(p visit.Progress) string {
	var parts []string
	for _, o := range []string{visit.New, visit.Changed, visit.Unchanged, visit.Gone, visit.Refused, visit.Failed} {
		if n := p.Counts[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	s := fmt.Sprintf("%s: %s", p.Source, strings.Join(parts, ", "))
	if len(parts) == 0 {
		s += "nothing"
	}
	if p.Rate > 0 {
		s += fmt.Sprintf(" (%.0f pages/s)", p.Rate)
	}
	if p.Err != nil {
		s += "; " + p.Err.Error()
	}
	return s
}

// result is a line of `run --json`.
func result(p visit.Progress) any {
	out := struct {
		Source string         `json:"source"`
		Run    string         `json:"run"`
		Counts map[string]int `json:"counts"`
		Bytes  int64          `json:"bytes"`
		Rate   float64        `json:"pages_per_second,omitempty"`
		Error  string         `json:"error,omitempty"`
	}{p.Source, p.Run, p.Counts, p.Bytes, p.Rate, ""}
	if p.Err != nil {
		out.Error = p.Err.Error()
	}
	return out
}

func (f *flags) checkCommand() *cobra.Command {
	return &cobra.Command{Use: "check [SOURCE]...", Short: "Try each source and its credentials", RunE: func(c *cobra.Command, args []string) error {
		cfg, err := f.load()
		if err != nil {
			return err
		}
		env, err := sd.FromSystemd(Name)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(c.Context(), 2*time.Minute)
		defer cancel()
		return Check(ctx, env, cfg, args, c.OutOrStdout())
	}}
}

func (f *flags) sourcesCommand() *cobra.Command {
	c := &cobra.Command{Use: "sources", Short: "List the configured sources", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		cfg, err := f.load()
		if err != nil {
			return err
		}
		for _, s := range cfg.Sources {
			s = s.Complete()
			fmt.Fprintf(c.OutOrStdout(), "%-20s %-10s %-14s %s\n", s.Name, s.Kind, s.Schedule, s.Location())
		}
		return nil
	}}
	c.AddCommand(f.addCommand())
	return c
}
