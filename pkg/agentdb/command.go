package agentdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"panther/pkg/agentdb/mcp"
	"panther/pkg/agentdb/setup"
	"panther/pkg/commandline"
	"panther/pkg/config"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// Command returns the command agentdb: without a subcommand it serves.
func Command() *cobra.Command {
	root := &cobra.Command{Use: Name, Short: "Keep documents, memory and sessions, and search them", Version: sd.BuildVersion(), Long: whoMay,
		Args: commandline.NoCommand}
	path := root.PersistentFlags().String("config", config.Path(Name), "configuration `file`")
	check := root.Flags().Bool("check", false, "check the configuration and exit")
	load := func() (Config, error) {
		cfg := Default()
		return cfg, config.Load(*path, &cfg)
	}
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil || *check {
			return err
		}
		env, err := sd.FromSystemd(Name)
		if err != nil {
			return err
		}
		return Run(cmd.Context(), env, cfg)
	}
	c := &remoteCommand{}
	root.PersistentFlags().StringVar(&c.socket, "socket", defaultSocket(), "`address` of the server: unix:/path, a path, or a URL")
	root.PersistentFlags().BoolVar(&c.json, "json", false, "print JSON")
	root.AddCommand(setup.Command(func() (string, error) { cfg, err := load(); return cfg.Database, err }),
		c.stats(), c.maintain(), c.check(), c.eval(), c.mcp(), c.memories(), c.canary(), c.backup(), c.restore())
	root.SetArgs(commandline.LongFlags(os.Args[1:]))
	commandline.Prepare(root, commandline.Common)
	helpful(root)
	return root
}

// whoMay is what a refusal points to; package rights has the table.
const whoMay = `Keeps documents, memory and sessions, and searches them; without a subcommand it serves.

Who may do what is decided by the account that asks. Members of the group panther search, read documents, and have
memories and sessions of their own, by MCP too. The crawler's account keeps documents, sources and runs. The agent's
account asks for the person whom it works for. Root and the store's own user do everything, as themselves. Everyone else
is refused. Who calls over TCP with the token may do what the crawler and the agent may. agentdb.toml names the accounts:
[accounts] with people (a group), runtime and crawl.

Memories and sessions from before there were owners are shown to every member; a session becomes that of the member who
goes on with it.`

// helpful says what to do where nobody serves.
func helpful(c *cobra.Command) {
	if run := c.RunE; run != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			err := run(c, args)
			switch {
			case errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOENT) && errors.As(err, new(*net.OpError)):
				return sd.Hint(err, "start the server (systemctl start agentdb.socket), or name its address by --socket")
			case errors.Is(err, syscall.EACCES) && errors.As(err, new(*net.OpError)):
				return sd.Hint(err, "be root, or in the group panther")
			}
			return err
		}
	}
	for _, sub := range c.Commands() {
		helpful(sub)
	}
}

// defaultSocket is the server's, or the one that AGENTDB_SOCKET names.
func defaultSocket() string {
	if s := os.Getenv("AGENTDB_SOCKET"); s != "" {
		return s
	}
	return knowledge.DefaultSocket
}

// remoteCommand are the subcommands that ask the running server.
type remoteCommand struct {
	socket string
	json   bool
}

func (c *remoteCommand) client() *knowledge.Client {
	addr := c.socket
	if strings.HasPrefix(addr, "/") || strings.HasPrefix(addr, ".") {
		addr = "unix:" + addr
	}
	return knowledge.NewClient(addr, os.Getenv("AGENTDB_TOKEN"))
}

// print writes v as JSON, or what text writes.
func (c *remoteCommand) print(w io.Writer, v any, text func(io.Writer)) error {
	if c.json {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	text(t)
	return t.Flush()
}

func (c *remoteCommand) stats() *cobra.Command {
	return &cobra.Command{Use: "stats", Short: "Describe the database", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		st, err := c.client().Stats(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(cmd.OutOrStdout(), st, func(w io.Writer) {
			fmt.Fprintf(w, "documents\t%s\nchunks\t%s\npending\t%s\nmemories\t%s\nsessions\t%s\nsize\t%.1f MB\nstore\t%s\nversion\t%s\n",
				grouped(st.Documents), grouped(st.Chunks), grouped(st.Pending), grouped(st.Memories), grouped(st.Sessions),
				float64(st.Bytes)/1e6, st.Engine, st.Version)
			for _, sp := range st.Spaces {
				mark := "being built"
				if sp.Active {
					mark = "active"
				}
				fmt.Fprintf(w, "space\t%s, %s, %s of %s embedded\n", sp.ID, mark, grouped(sp.Embedded), grouped(sp.Embedded+sp.Pending))
				if sp.Error != "" {
					fmt.Fprintf(w, "\t%s\n", sp.Error)
				}
				if sp.Held != "" {
					fmt.Fprintf(w, "\theld back: %s; see agentdb canary\n", sp.Held)
				}
			}
		})
	}}
}

func (c *remoteCommand) maintain() *cobra.Command {
	return &cobra.Command{Use: "maintain", Short: "Purge what is past its time, tidy memories, optimize, and ask the canaries", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		m, err := c.client().Maintain(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(cmd.OutOrStdout(), m, func(w io.Writer) {
			fmt.Fprintf(w, "purged\t%s documents, %s pages, %s events\nfreed\t%.1f MB\nmemories\t%s merged, %s laid aside\ncanaries\t%s, %s lost\n", grouped(m.Documents), grouped(m.Pages),
				grouped(m.Events), float64(m.Bytes)/1e6, grouped(m.Merged), grouped(m.Decayed), grouped(m.Canaries), grouped(m.CanariesLost))
		})
	}}
}

func (c *remoteCommand) check() *cobra.Command {
	var repair bool
	cmd := &cobra.Command{Use: "check", Short: "Verify the invariants of the database", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		fs, err := c.client().Check(cmd.Context(), repair)
		if err != nil {
			return err
		}
		open := 0
		err = c.print(cmd.OutOrStdout(), fs, func(w io.Writer) {
			for _, f := range fs {
				done := ""
				if f.Repaired {
					done = "repaired"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", f.Check, f.Detail, done)
			}
			if len(fs) == 0 {
				fmt.Fprintln(w, "the database is sound")
			}
		})
		for _, f := range fs {
			if !f.Repaired {
				open++
			}
		}
		if err == nil && open > 0 {
			err = sd.Hint(fmt.Errorf("%d of %d findings are open", open, len(fs)), "make a backup, then: agentdb check --repair")
		}
		return err
	}}
	cmd.Flags().BoolVar(&repair, "repair", false, "correct what is found (root only)")
	return cmd
}

func (c *remoteCommand) mcp() *cobra.Command {
	return &cobra.Command{Use: "mcp", Short: "Serve the Model Context Protocol on standard input and output", Args: cobra.NoArgs,
		Long: "Serves one agent on standard input and output, as a client of the running server. An entry for opencode.json:\n\n" +
			"  \"mcp\": {\"panther\": {\"type\": \"local\", \"command\": [\"agentdb\", \"mcp\"]}}\n\n" +
			"The server itself serves streamable HTTP at /mcp.",
		RunE: func(cmd *cobra.Command, _ []string) error { return mcp.Stdio(cmd.Context(), c.client()) }}
}
