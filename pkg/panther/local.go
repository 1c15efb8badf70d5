package panther

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/local"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

func (a *app) localCommand() *cobra.Command {
	var opt local.Options
	cmd := &cobra.Command{
		Use: "local", SuggestFor: []string{"start", "serve", "up", "run"}, Short: "Run everything on this machine, in the foreground",
		Long: "Run all services in one process, in a private folder, without root, systemd or PostgreSQL. The other commands\n" +
			"find it by themselves. Ctrl-C stops it; whatever ends it, nothing is lost.\n\n" +
			"The folder is PANTHER_HOME, or panther below XDG_STATE_HOME (~/.local/state). Configuration files are those of a\n" +
			"server, in XDG_CONFIG_HOME/panther (~/.config/panther), or PANTHER_HOME/config. With --folder nothing outside of that\n" +
			"folder is read or written, and its configuration is in FOLDER/config; the other commands find it by --socket FOLDER.",
		Args: commandline.Between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			opt.Log = slog.New(sd.NewHandler("panther", sd.LevelFromEnv()))
			opt.Ready = func(s local.Status) {
				a.banner(s)
				_, _ = daemon.SdNotify(false, "READY=1\nSTATUS=API at "+s.Address) // as a unit of a user's service manager
			}
			return local.Run(cmd.Context(), opt)
		},
	}
	cmd.Flags().StringVar(&opt.Listen, "listen", "", "`address` of the API (default "+local.DefaultListen+", or a free port if that is taken)")
	cmd.Flags().StringVar(&opt.Dir, "folder", "", "keep everything in this `folder`, its configuration too")
	cmd.AddCommand(a.localStopCommand())
	return cmd
}

func (a *app) banner(s local.Status) {
	row := func(key, format string, args ...any) {
		a.out.Printf("  %s %s\n", a.out.Paint(terminal.Faint, fmt.Sprintf("%-8s", key)), fmt.Sprintf(format, args...))
	}
	a.out.Printf("%s\n", a.out.Paint(terminal.Strong, "Panther is running"))
	row("API", "%s", a.out.Paint(terminal.Style{Color: terminal.Blue, Link: s.Address}, s.Address))
	row("folder", "%s", home(s.Folder))
	row("settings", "%s", home(s.Config))
	row("add", "panther sources add https://docs.example.org/   or a folder")
	row("ask", "panther ask \"How do I …?\"")
	row("stop", "Ctrl-C, or panther local stop")
}

// home writes a path below the home folder with ~.
func home(path string) string {
	if h, err := os.UserHomeDir(); err == nil && h != "/" {
		if rest, ok := strings.CutPrefix(path, h+"/"); ok {
			return "~/" + rest
		}
	}
	return path
}

func (a *app) localStopCommand() *cobra.Command {
	dir := ""
	cmd := &cobra.Command{
		Use: "stop", Short: "Stop the local Panther and wait until it has ended", Args: commandline.Between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := local.Dial(or(dir, local.Dir()))
			if err != nil {
				return err
			}
			defer c.Close()
			s, err := c.Status(cmd.Context())
			if err != nil {
				return err
			}
			if err := c.Stop(cmd.Context()); err != nil {
				return err
			}
			// The folder is free when the process is gone.
			for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline) && syscall.Kill(s.PID, 0) == nil; {
				select {
				case <-cmd.Context().Done():
					return cmd.Context().Err()
				case <-time.After(10 * time.Millisecond):
				}
			}
			a.errOut.Printf("stopped\n")
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "folder", "", "stop the one of this `folder`")
	return cmd
}
