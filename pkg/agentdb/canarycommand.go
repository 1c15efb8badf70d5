package agentdb

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

func (c *remoteCommand) canary() *cobra.Command {
	var measure bool
	cmd := &cobra.Command{Use: "canary", Short: "Show whether searches still find the pages that are known to answer questions", Args: cobra.NoArgs,
		Long: "A canary is a question with the page that answers it. Some are made of the headings of every source, some are yours.\n" +
			"They are asked every night, and before and after whatever changes ranking; another embedding model that loses too\n" +
			"many of them is not used (canaries.max_lost in agentdb.toml).\n\n" +
			"Prints the last measurement: of each source how many pages were expected, are found, and were lost, then each\n" +
			"question that is lost. Exit status 1 says that some are.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.client().Canaries(cmd.Context())
			if measure {
				r, err = c.client().MeasureCanaries(cmd.Context())
			}
			if err != nil {
				return err
			}
			return c.canaryReport(cmd, r)
		}}
	cmd.Flags().BoolVar(&measure, "measure", false, "ask all of them now (root only)")
	cmd.AddCommand(c.addCanary(), c.listCanaries(), c.acceptCanaries(),
		&cobra.Command{Use: "remove ID", Short: "Remove a canary", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.client().RemoveCanary(cmd.Context(), args[0]) }})
	return cmd
}

func (c *remoteCommand) addCanary() *cobra.Command {
	return &cobra.Command{Use: "add QUESTION ADDRESS", Short: "Say which page answers a question", Args: cobra.ExactArgs(2),
		Example: `  agentdb canary add "how do I index only some rows?" https://www.postgresql.org/docs/17/indexes-partial.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			got, err := c.client().AddCanary(cmd.Context(), knowledge.Canary{Question: args[0], URI: args[1]})
			if err != nil {
				return err
			}
			return c.print(cmd.OutOrStdout(), got, func(w io.Writer) {
				fmt.Fprintf(w, "%s\t%s\n", got.ID, placeWords(got.Rank))
			})
		}}
}

func (c *remoteCommand) listCanaries() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List canaries with the places of their pages", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.client().Canaries(cmd.Context())
			if err != nil {
				return err
			}
			return c.print(cmd.OutOrStdout(), r, func(w io.Writer) {
				fmt.Fprintln(w, "id\tkind\tbefore\tnow\tquestion\tpage")
				for _, x := range r.Canaries {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", x.ID, x.Kind, place(x.Before.Rank), place(x.Rank), x.Question, x.URI)
				}
			})
		}}
}

func (c *remoteCommand) acceptCanaries() *cobra.Command {
	return &cobra.Command{Use: "accept", Short: "Expect what is found now, and use an embedding model that was held back (root only)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.client().AcceptCanaries(cmd.Context())
			if err != nil {
				return err
			}
			return c.canaryReport(cmd, r)
		}}
}

// sourceCanaries counts the canaries of a source.
type sourceCanaries struct {
	source                      string
	all, expected, found, dense int
	lost                        []knowledge.Canary
}

// bySource counts canaries by their source; sorted by name.
func bySource(cs []knowledge.Canary) []*sourceCanaries {
	var out []*sourceCanaries
	for _, x := range cs {
		i := slices.IndexFunc(out, func(s *sourceCanaries) bool { return s.source == x.Source })
		if i < 0 {
			i, out = len(out), append(out, &sourceCanaries{source: x.Source})
		}
		s := out[i]
		s.all++
		if x.Before.Rank > 0 {
			s.expected++
		}
		if x.Rank > 0 {
			s.found++
		}
		if x.Dense > 0 {
			s.dense++
		}
		if x.Lost() {
			s.lost = append(s.lost, x)
		}
	}
	slices.SortFunc(out, func(a, b *sourceCanaries) int { return cmp.Compare(a.source, b.source) })
	return out
}

// canaryReport prints a report. Lost canaries are an error, so that a script
// learns of them.
func (c *remoteCommand) canaryReport(cmd *cobra.Command, r *knowledge.CanaryReport) error {
	sources, lost := bySource(r.Canaries), 0
	for _, s := range sources {
		lost += len(s.lost)
	}
	err := c.print(cmd.OutOrStdout(), r, func(w io.Writer) {
		if len(r.Canaries) == 0 {
			fmt.Fprintln(w, "there are none yet: the nightly upkeep makes some, or agentdb canary --measure does")
			return
		}
		fmt.Fprintln(w, "source\tcanaries\tbefore\tnow\tby vectors alone\tlost")
		for _, s := range sources {
			fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\n", s.source, s.all, s.expected, s.found, s.dense, len(s.lost))
		}
		if r.Space != "" {
			fmt.Fprintf(w, "\nsearches use %s\n", r.Space)
		}
		if r.Held != "" {
			fmt.Fprintf(w, "held back: %s: %s\n", r.Held, r.HeldWhy)
		}
		if lost > 0 {
			fmt.Fprintln(w, "\nlost\twas\tpage")
		}
		for _, s := range sources {
			for _, x := range s.lost {
				fmt.Fprintf(w, "%s\t%s\t%s\n", x.Question, placeWords(x.Before.Rank), x.URI)
			}
		}
	})
	switch {
	case err != nil:
		return err
	case r.Held != "":
		return sd.Hint(fmt.Errorf("embedding space %s is held back", r.Held), "go back to the former model, or let it in: agentdb canary accept")
	case lost > 0:
		return sd.Hint(fmt.Errorf("%d of %d canaries are lost", lost, len(r.Canaries)), "if it is right so: agentdb canary accept")
	}
	return nil
}

func place(rank int) string {
	if rank == 0 {
		return "-"
	}
	return strconv.Itoa(rank)
}

func placeWords(rank int) string {
	if rank == 0 {
		return "not among the first ten pages"
	}
	return "place " + strconv.Itoa(rank)
}
