package markdown

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Command returns the extract subcommand: it prints the Markdown of one page, from a file, from standard input ("-"),
// or fetched from an address.
func Command() *cobra.Command {
	var opt Options
	var front bool
	cmd := &cobra.Command{
		Use:   "extract [--url URL] [--why] FILE|URL",
		Short: "Print the Markdown of one page",
		Long: "Print the Markdown of one HTML page.\n\n--why tells on standard error which region was chosen, what was removed from it, and\n" +
			"which metadata the page gives.",
		Args:          cobra.ExactArgs(1),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := openPage(cmd.Context(), args[0], cmd.InOrStdin(), &opt)
			if err != nil {
				return err
			}
			defer body.Close()
			page, err := Extract(body, opt)
			if err != nil {
				return err
			}
			if opt.Why {
				page.explain(cmd.ErrOrStderr())
			}
			text := page.Markdown
			if front {
				text = page.FrontMatter() + "\n" + text
			}
			_, err = io.WriteString(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringVar(&opt.URL, "url", "", "address the page came from, to resolve its links")
	cmd.Flags().StringVar(&opt.ContentType, "content-type", "", "Content-Type header the page came with")
	cmd.Flags().BoolVar(&opt.Why, "why", false, "tell what was chosen and what was removed")
	cmd.Flags().BoolVar(&front, "front-matter", false, "print the metadata as YAML before the Markdown")
	return cmd
}

// fetchTimeout bounds the one request of an extract from an address.
const fetchTimeout = 30 * time.Second

// openPage opens what name stands for and completes opt from the answer of a server.
func openPage(ctx context.Context, name string, stdin io.Reader, opt *Options) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(stdin), nil
	}
	if !strings.HasPrefix(name, "http://") && !strings.HasPrefix(name, "https://") {
		return os.Open(name)
	}
	if ctx == nil {
		ctx = context.Background()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, name, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", name, err)
	}
	req.Header.Set("User-Agent", "panther-crawl")
	req.Header.Set("Accept", "text/html,application/xhtml+xml")
	client := &http.Client{Timeout: fetchTimeout}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", name, err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("fetch %s: server answered %s", name, resp.Status)
	}
	opt.URL = first(opt.URL, resp.Request.URL.String())
	opt.ContentType = first(opt.ContentType, resp.Header.Get("Content-Type"))
	return resp.Body, nil
}

// explain writes for a person what Extract decided.
func (p *Page) explain(w io.Writer) {
	fmt.Fprintf(w, "generator  %s\nregion     %s\n", first(p.Generator, "not recognized"), p.Region)
	for _, field := range [][2]string{{"title", p.Title}, {"canonical", p.Canonical}, {"language", p.Language}, {"site", p.Site},
		{"author", p.Author}, {"published", date(p.Published)}, {"modified", date(p.Modified)}, {"license", p.License}} {
		if field[1] != "" {
			fmt.Fprintf(w, "%-10s %s\n", field[0], field[1])
		}
	}
	fmt.Fprintf(w, "%-10s %d on the page, %d headings in the region\n", "links", len(p.Links), len(p.Headings))
	for _, r := range p.Removed {
		fmt.Fprintf(w, "removed    %s (%s) %q\n", r.Element, r.Reason, r.Text)
	}
	for _, warning := range p.Warnings {
		fmt.Fprintf(w, "warning    %s\n", warning)
	}
}
