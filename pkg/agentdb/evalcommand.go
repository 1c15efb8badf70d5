package agentdb

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"panther/pkg/agentdb/engine"
	"panther/pkg/agentdb/eval"
	"panther/pkg/embed"
	"panther/pkg/embed/remote"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// evaluation are the flags of `agentdb eval`.
type evaluation struct {
	data  []string
	embed string
	store string

	questions string
	sources   []string
	worst     int
}

func (c *remoteCommand) eval() *cobra.Command {
	var ev evaluation
	cmd := &cobra.Command{Use: "eval --questions FILE | --data FOLDER", Short: "Measure ranking on your own questions, or on judged collections", Args: cobra.NoArgs,
		Long: "With --questions it asks the running server questions whose pages you know, and prints nDCG@10, recall@20 and @100,\n" +
			"MRR@10 and the times in each mode, by intent where the file gives one, and the worst questions with what came\n" +
			"instead. A line of the file is QUESTION<tab>PAGE, with a grade (1 where it is missing) and an intent after further\n" +
			`tabs, or {"question": …, "page": …, "grade": …, "intent": …}; a question with several pages has several lines.` + "\n\n" +
			"With --data it stores each collection (BEIR layout) in a database of its own and asks all of its queries. The running\n" +
			"server is not touched. Without --embed the mode is lexical.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if ev.questions != "" && len(ev.data) > 0 {
				return sd.UsageError("give --questions or --data")
			}
			if ev.questions != "" {
				return c.askQuestions(cmd, ev)
			}
			return ev.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), c.json)
		}}
	cmd.Flags().StringArrayVar(&ev.data, "data", nil, "`folder` with corpus.jsonl, queries.jsonl and qrels.tsv; may be repeated")
	cmd.Flags().StringVar(&ev.questions, "questions", "", "`file` of questions with their pages")
	cmd.Flags().StringSliceVar(&ev.sources, "source", nil, "with --questions: ask only these sources")
	cmd.Flags().IntVar(&ev.worst, "worst", 10, "with --questions: how many of the worst questions to show")
	cmd.Flags().StringVar(&ev.embed, "embed", "", "dense leg: a model's folder or the URL of an embeddings API")
	cmd.Flags().StringVar(&ev.store, "store", "sqlite", "sqlite, or the URL of an empty PostgreSQL database")
	return cmd
}

func (ev *evaluation) run(ctx context.Context, out, progress io.Writer, asJSON bool) error {
	if len(ev.data) == 0 {
		return sd.UsageError("give your own questions (--questions FILE) or a collection (--data FOLDER)")
	}
	if ev.store != "sqlite" && len(ev.data) > 1 {
		return sd.UsageError("one database holds one collection: give --data once, or --store sqlite")
	}
	var reports []*eval.Report
	for _, dir := range ev.data {
		r, err := ev.one(ctx, dir, progress)
		if err != nil {
			return err
		}
		if asJSON {
			if err := json.NewEncoder(out).Encode(r); err != nil {
				return err
			}
		}
		reports = append(reports, r)
	}
	if asJSON {
		return nil
	}
	t := newMeasureTable(out, "collection")
	for _, r := range reports {
		for _, m := range modesOf(true) {
			if x, ok := r.Modes[m]; ok {
				t.row(r.Collection, m, x)
			}
		}
	}
	return t.Flush()
}

// measureTable prints measures in columns.
type measureTable struct{ *tabwriter.Writer }

func newMeasureTable(w io.Writer, what string) measureTable {
	t := measureTable{tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)}
	fmt.Fprintf(t, "%s\tmode\tnDCG@10\tR@20\tR@100\tMRR@10\tp50 ms\tp95 ms\t\n", what)
	return t
}

func (t measureTable) row(what string, m knowledge.Mode, x eval.Measures) {
	fmt.Fprintf(t, "%s\t%s\t%.4f\t%.4f\t%.4f\t%.4f\t%.2f\t%.2f\t\n", what, m, x.NDCG10, x.Recall20, x.Recall100, x.MRR10, x.P50, x.P95)
}

func modesOf(dense bool) []knowledge.Mode {
	if !dense {
		return []knowledge.Mode{knowledge.ModeLexical}
	}
	return []knowledge.Mode{knowledge.ModeLexical, knowledge.ModeDense, knowledge.ModeHybrid}
}

// one measures one collection in a store of its own.
func (ev *evaluation) one(ctx context.Context, dir string, progress io.Writer) (_ *eval.Report, err error) {
	c, err := eval.Load(dir)
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "agentdb-eval-")
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	setting := ev.store
	if setting == "sqlite" {
		setting = "sqlite:" + filepath.Join(tmp, "eval.db")
	}
	s, err := Open(ctx, setting)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if st, err := s.Stats(ctx); err != nil {
		return nil, err
	} else if st.Documents > 0 {
		return nil, sd.Hint(fmt.Errorf("database holds %d documents", st.Documents), "give --store the URL of an empty database")
	}
	p, stop, err := startProvider(ctx, ev.embed, tmp)
	if err != nil {
		return nil, err
	}
	defer stop()
	e := engine.New(s, p, slog.New(slog.DiscardHandler))
	return eval.Run(ctx, e, c, modesOf(p != nil), func(line string) { fmt.Fprintf(progress, "%s\n", line) })
}

// startProvider returns the provider of the flag --embed. One that is not a URL
// is panther-embed in this process.
func startProvider(ctx context.Context, flag, tmp string) (engine.Provider, func(), error) {
	opt := remote.Options{Batch: 64, Timeout: 0, SendInputType: true}
	switch {
	case flag == "":
		return nil, func() {}, nil
	case strings.Contains(flag, "://") || strings.HasPrefix(flag, "unix:"):
		opt.URL, opt.Key, opt.SendInputType = flag, os.Getenv("OPENAI_API_KEY"), strings.HasPrefix(flag, "unix:")
		return engine.NewHTTPProvider(opt), func() {}, nil
	}
	cfg := embed.Default()
	cfg.Provider, cfg.Model = embed.ProviderEncoder, flag
	env, err := sd.Local(embed.Name, tmp, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- embed.Run(ctx, env, cfg) }()
	select {
	case <-env.ReadyC():
	case err := <-done:
		cancel()
		return nil, nil, fmt.Errorf("start embedder: %w", err)
	}
	opt.URL = "unix:" + sd.LocalSocket(tmp, embed.Name)
	return engine.NewHTTPProvider(opt), func() { cancel(); <-done }, nil
}
