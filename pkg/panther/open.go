package panther

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/opencode/api"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

func (a *app) openCommand() *cobra.Command {
	var remote string
	var printOnly bool
	cmd := &cobra.Command{
		Use: "open", Short: "Open the page in a browser",
		Long: "Print a link that lets one browser in, once, within five minutes, and open it where there is a desktop. The link\n" +
			"is good for the account that asks and on this machine; the browser then stays let in for 30 days. With --remote it\n" +
			"is good on other machines instead, for whoever has it first: a phone, say. panther logins lists and revokes.",
		Args: commandline.Between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.open(cmd.Context(), remote, printOnly) },
	}
	cmd.Flags().StringVar(&remote, "remote", "", "make a link for another machine that reaches this one as `URL`, such as http://server:8080")
	cmd.Flags().BoolVar(&printOnly, "print", false, "only print the link")
	return cmd
}

func (a *app) open(ctx context.Context, remote string, printOnly bool) error {
	c, t, err := a.runtimeClient()
	if err != nil {
		return err
	}
	defer c.Close()
	base := remote
	if base == "" {
		if base, err = page(ctx, c, t); err != nil {
			return t.explain(ctx, err)
		}
	}
	if !strings.HasPrefix(base, "http://") && !strings.HasPrefix(base, "https://") {
		return sd.Hint(sd.UsageError("%q is no address of a page", base), "write it like http://server:8080")
	}
	link, err := c.CreateLink(ctx, api.CreateLink{Remote: remote != ""})
	if err != nil {
		return t.explain(ctx, err)
	}
	url := strings.TrimSuffix(base, "/") + link.Path
	a.out.Printf("%s\n", url)
	if remote != "" || printOnly || os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return nil
	}
	if err := exec.CommandContext(ctx, "xdg-open", url).Run(); err != nil {
		a.errOut.Printf("no browser could be opened (%s): open the link yourself\n", oneLine(err.Error()))
	}
	return nil
}

// page returns the address at which browsers of this machine find the page.
func page(ctx context.Context, c *api.Client, t *target) (string, error) {
	if !strings.HasPrefix(t.runtime, "unix:") {
		return t.runtime, nil
	}
	s, err := c.Status(ctx)
	if err != nil {
		return "", err
	}
	for _, addr := range s.Addresses {
		if strings.HasPrefix(addr, "http") {
			return addr, nil
		}
	}
	return "", sd.Hint(fmt.Errorf("the agent listens at no address for browsers"), "opencode.socket says where it listens")
}

func (a *app) loginsCommand() *cobra.Command {
	var revoke []string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "logins", Short: "List and revoke the browsers that were let in", Args: commandline.Between(0, 0),
		Long: "List the browsers that links of panther open have let in: your own, and all for root. What a revoked one is doing\n" +
			"ends at once.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, t, err := a.runtimeClient()
			if err != nil {
				return err
			}
			defer c.Close()
			if len(revoke) > 0 {
				return t.explain(cmd.Context(), a.revoke(cmd.Context(), c, revoke))
			}
			return t.explain(cmd.Context(), a.listLogins(cmd.Context(), c, asJSON))
		},
	}
	cmd.Flags().StringSliceVar(&revoke, "revoke", nil, "revoke the login of this `ID`, or all")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (a *app) revoke(ctx context.Context, c *api.Client, ids []string) error {
	if len(ids) == 1 && ids[0] == "all" {
		list, err := c.Logins(ctx)
		if err != nil {
			return err
		}
		ids = nil
		for _, l := range list {
			ids = append(ids, l.ID)
		}
	}
	for _, id := range ids {
		if err := c.RevokeLogin(ctx, id); err != nil {
			return fmt.Errorf("revoke %s: %w", id, err)
		}
	}
	a.errOut.Printf("%s revoked\n", plural(len(ids), "login", "logins"))
	return nil
}

func (a *app) listLogins(ctx context.Context, c *api.Client, asJSON bool) error {
	list, err := c.Logins(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.out, orEmpty(list))
	}
	if len(list) == 0 {
		a.errOut.Printf("no browser was let in\nhint: panther open\n")
		return nil
	}
	now := time.Now()
	rows := make([][]terminal.Cell, 0, len(list))
	for _, l := range list {
		where := "here"
		if l.Remote {
			where = "elsewhere"
		}
		rows = append(rows, []terminal.Cell{{Text: l.ID, Style: terminal.Accent}, {Text: ago(l.Created, now)},
			{Text: l.Expires.Local().Format(time.DateOnly)}, {Text: l.Owner}, {Text: where}, {Text: oneLine(l.Browser)}})
	}
	a.out.Table([]terminal.Column{{Head: "LOGIN"}, {Head: "LET IN", Rank: 1}, {Head: "UNTIL", Rank: 2}, {Head: "BY", Rank: 3},
		{Head: "WHERE", Rank: 4}, {Head: "BROWSER", Least: 12, Rank: 5}}, rows)
	return nil
}
