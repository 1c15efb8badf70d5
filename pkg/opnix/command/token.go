package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"panther/pkg/opnix/token"
	"panther/pkg/opnix/units"
	"panther/pkg/sd"
)

func tokenCommand(f *flags) *cobra.Command {
	var path string
	c := &cobra.Command{Use: "token", Short: "Set, check or remove the access token"}
	c.PersistentFlags().StringVar(&path, "path", "", "token `file` (default "+token.DefaultPath+")")
	at := func() string {
		for _, p := range []string{path, f.tokenFile} {
			if p != "" {
				return p
			}
		}
		return token.DefaultPath
	}
	c.AddCommand(&cobra.Command{
		Use: "set", Short: "Store the token", Args: cobra.NoArgs,
		Long: "Reads the token from the terminal, without showing it, or from a pipe, and stores it with mode 0600, or\n" +
			"0640 for the group " + token.Group + " where root stores it and there is that group.",
		RunE: func(c *cobra.Command, _ []string) error {
			raw, err := readToken(c)
			if err != nil {
				return err
			}
			if err := token.Store(at(), raw); err != nil {
				return err
			}
			next := "sudo systemctl restart opnix-secrets"
			if units.Available() {
				next = "opnix-refresh.path has seen it and 1Password is asked; see: sudo opnix status"
			}
			_, err = fmt.Fprintf(c.ErrOrStderr(), "token stored in %s; next: %s\n", at(), next)
			return err
		},
	}, &cobra.Command{
		Use: "check", Short: "Check the token's file", Args: cobra.NoArgs,
		Long: "Checks that the file holds one token and that nobody else can read it. It does not ask the server.",
		RunE: func(c *cobra.Command, _ []string) error {
			v, err := token.Load(at())
			if err != nil {
				return err
			}
			msg := "in order"
			if exp, ok := token.Expiry(v); ok {
				msg += ", expires " + exp.UTC().Format(time.RFC3339)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", at(), msg)
			return err
		},
	}, &cobra.Command{
		Use: "remove", Short: "Remove the token", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return token.Remove(at()) },
	})
	return c
}

// readToken reads from a terminal without echo, or all of a pipe.
func readToken(c *cobra.Command) ([]byte, error) {
	in, ok := c.InOrStdin().(*os.File)
	if ok && term.IsTerminal(int(in.Fd())) {
		fmt.Fprint(c.ErrOrStderr(), "Token: ")
		b, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(c.ErrOrStderr())
		if err != nil {
			return nil, errors.New("read token: the terminal was closed")
		}
		return b, nil
	}
	b, err := io.ReadAll(io.LimitReader(c.InOrStdin(), 1<<20))
	if err != nil {
		return nil, fmt.Errorf("read token: %w", err)
	}
	if bytes.Count(bytes.TrimSpace(b), []byte("\n")) > 0 {
		return nil, &sd.Error{Err: errors.New("read token: the input has more than one line"), Hint: "pipe the token alone", Code: sd.ExitUsage}
	}
	return b, nil
}
