package panther

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

// Run executes the command line of this process.
func Run(ctx context.Context) error {
	return Command().ExecuteContext(knowledge.WithPatience(ctx, answerWithin))
}

// app is what the commands share.
type app struct {
	out    *terminal.Output
	errOut *terminal.Output
	in     *os.File
	socket string // --socket

	everyone bool // sessions --everyone
}

// Command returns the command tree on the process's standard streams.
func Command() *cobra.Command {
	a := &app{out: terminal.New(os.Stdout), errOut: terminal.New(os.Stderr), in: os.Stdin}
	root := &cobra.Command{
		Use:   "panther",
		Short: "Ask your own documentation, and run what answers",
		Long: "Panther keeps the documentation you care about as clean, searchable Markdown and answers questions from it.\n" +
			"The same commands work against a Panther on this laptop (panther local) and on a server.",
		Version: sd.BuildVersion(),
		Args:    unknownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVar(&a.socket, "socket", os.Getenv("PANTHER_SOCKET"),
		"use the Panther at this socket, folder of sockets or URL instead of finding one")
	root.AddGroup(
		&cobra.Group{ID: "use", Title: "Use it:"},
		&cobra.Group{ID: "feed", Title: "Feed it:"},
		&cobra.Group{ID: "run", Title: "Run it:"},
	)
	add := func(group string, cmds ...*cobra.Command) {
		for _, c := range cmds {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add("use", a.askCommand(), a.chatCommand(), a.searchCommand(), a.changesCommand(), a.digestCommand(), a.diffCommand(), a.sessionsCommand(), a.memoriesCommand(), a.feedbackCommand(), a.openCommand(), a.loginsCommand())
	add("feed", a.sourcesCommand(), a.crawlCommand())
	add("run", a.localCommand(), a.statusCommand(), a.doctorCommand())
	root.AddCommand(jsonTopic())
	commandline.Prepare(root, append(slices.Clone(commandline.Common), commandline.Status{Code: exitInterrupted, Meaning: "Ctrl-C ended it"}))
	return root
}

// unknownCommand refuses arguments of the root: they are a command that does
// not exist, and often a question that lacks the word ask.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := commandline.NoCommand(cmd, args)
	if near := strings.HasPrefix(sd.HintOf(err), "did you mean"); !near && (len(args) > 1 || strings.ContainsAny(args[0], " ?")) {
		return sd.Hint(err, fmt.Sprintf("to ask a question: panther ask %q", strings.Join(args, " ")))
	}
	return err
}

// writeJSON writes one indented JSON document.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

func jsonFlag(cmd *cobra.Command, p *bool) {
	cmd.Flags().BoolVar(p, "json", false, "print JSON for programs")
}
