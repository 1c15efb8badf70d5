package agentdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"panther/pkg/agentdb/eval"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// askQuestions measures the running server on a file of questions.
func (c *remoteCommand) askQuestions(cmd *cobra.Command, ev evaluation) error {
	qs, err := eval.ReadQuestions(ev.questions)
	if err != nil {
		return sd.Hint(err, "see agentdb eval --help for what a line looks like")
	}
	client := c.client()
	st, err := client.Stats(cmd.Context())
	if err != nil {
		return err
	}
	dense := slices.ContainsFunc(st.Spaces, func(s knowledge.Space) bool { return s.Active })
	unknown, err := unknownPages(cmd.Context(), client, qs)
	if err != nil {
		return err
	}
	results := map[knowledge.Mode]*eval.Measured{}
	for _, m := range modesOf(dense) {
		if results[m], err = eval.Ask(cmd.Context(), client, qs, ev.sources, m); err != nil {
			return err
		}
		results[m].Answers = results[m].Answers[:min(ev.worst, len(results[m].Answers))]
	}
	return c.print(cmd.OutOrStdout(), results, func(w io.Writer) {
		printQuestions(w, results, dense)
		for i, p := range unknown {
			if i == 0 {
				fmt.Fprintf(w, "\n%d pages of the file are no documents; they can't be found:\n", len(unknown))
			}
			fmt.Fprintf(w, "  %s\n", p)
		}
	})
}

// unknownPages returns the pages of the questions that are not stored.
func unknownPages(ctx context.Context, client *knowledge.Client, qs []eval.Question) ([]string, error) {
	stored := map[string]bool{}
	for sel := (knowledge.ListDocuments{Limit: 1000}); ; {
		l, err := client.Documents(ctx, sel)
		if err != nil {
			return nil, err
		}
		for _, d := range l.Documents {
			stored[eval.Page(d.URI)] = true
		}
		if l.Next == "" {
			break
		}
		sel.After = l.Next
	}
	missing := map[string]bool{}
	for _, q := range qs {
		for p := range q.Pages {
			if !stored[p] {
				missing[p] = true
			}
		}
	}
	if len(stored) == 0 {
		return nil, sd.Hint(errors.New("there are no documents to ask about"), "add a source and crawl it: panther sources add")
	}
	return slices.Sorted(maps.Keys(missing)), nil
}

func printQuestions(w io.Writer, results map[knowledge.Mode]*eval.Measured, dense bool) {
	t := newMeasureTable(w, "questions")
	for _, m := range modesOf(dense) {
		r := results[m]
		t.row(fmt.Sprintf("all %d", r.Questions), m, r.Measures)
		for _, intent := range slices.Sorted(maps.Keys(r.ByIntent)) {
			name := intent
			if name == "" {
				name = "(none)"
			}
			t.row(name, m, r.ByIntent[intent])
		}
	}
	_ = t.Flush() // as fmt.Fprintf: the error is the writer's to report
	best := results[knowledge.ModeLexical]
	if dense {
		best = results[knowledge.ModeHybrid]
	}
	for i, a := range best.Answers {
		if i == 0 {
			fmt.Fprintln(w, "\nworst questions, with what came instead:")
		}
		fmt.Fprintf(w, "%.2f  %s\n      wanted  %s\n", a.NDCG10, a.Question, strings.Join(a.Wanted, "\n              "))
		for _, p := range a.Instead {
			fmt.Fprintf(w, "      came    %s\n", p)
		}
	}
}
