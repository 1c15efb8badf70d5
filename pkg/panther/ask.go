package panther

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"panther/pkg/commandline"
	"panther/pkg/opencode/api"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

// exitInterrupted is what shells report for a command that SIGINT ended.
const exitInterrupted = 130

type askFlags struct {
	session string
	last    bool
	agent   string
	model   string
	noLLM   bool
	json    bool
}

func (f *askFlags) register(a *app, cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVarP(&f.session, "session", "s", "", "go on in this `session`")
	fl.BoolVarP(&f.last, "continue", "c", false, "go on in the latest session")
	fl.StringVar(&f.agent, "agent", "", "let this `agent` answer")
	fl.StringVarP(&f.model, "model", "m", "", "use this model, as `provider/model`")
	fl.BoolVar(&f.noLLM, "no-llm", false, "no language model: answer with the best passages, quoted")
	cmd.MarkFlagsMutuallyExclusive("session", "continue")
	cmd.MarkFlagsMutuallyExclusive("model", "no-llm")
	_ = cmd.RegisterFlagCompletionFunc("session", a.completeSessions)
	_ = cmd.RegisterFlagCompletionFunc("agent", a.completeAgents)
	_ = cmd.RegisterFlagCompletionFunc("model", a.completeModels)
}

func (a *app) askCommand() *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:   "ask QUESTION…",
		Short: "Ask a question and get an answer with its sources",
		Long: "Ask a question. The answer streams in on a terminal and is plain text in a pipe; numbers in brackets name the\n" +
			"sources below it. Standard input, where it is a file or a pipe, is added to the question. Ctrl-C ends the answer\n" +
			"and keeps the session. The exit status is 1 where there is no answer, or none that is whole.",
		Example: "  panther ask How do I create a partial index?\n  panther ask -c \"And when is it not used?\"\n" +
			"  git diff | panther ask \"Which of these settings need a restart?\"\n" +
			"  panther ask --json \"What is WAL?\" | jq -r 'select(.type == \"panther.answer\").text'",
		Args: commandline.Between(0, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			question, err := a.question(args)
			if err != nil {
				return err
			}
			if _, err := f.prompt(question); err != nil {
				return err
			}
			c, t, err := a.runtimeClient()
			if err != nil {
				return err
			}
			defer c.Close()
			a.warnOfNothing(cmd.Context(), t)
			id, err := a.session(cmd.Context(), c, f)
			if err != nil {
				return t.explain(cmd.Context(), err)
			}
			return t.explain(cmd.Context(), a.ask(cmd.Context(), c, id, question, f))
		},
	}
	f.register(a, cmd)
	jsonFlag(cmd, &f.json)
	return cmd
}

// warnOfNothing says before an answer that there is nothing to answer from.
func (a *app) warnOfNothing(ctx context.Context, t *target) {
	if t.knowledge == "" {
		return
	}
	k := t.agentdb()
	defer k.Close()
	if s, err := k.Stats(ctx); err != nil || s.Documents > 0 {
		return // the question says what is wrong with agentdb
	}
	hint := "panther sources add URL-or-folder, then panther crawl"
	if list, err := k.Sources(ctx); err == nil && len(list) > 0 {
		hint = "panther crawl"
	}
	a.errOut.Printf("note: there are no documents yet, so no answer can come from them\nhint: %s\n", hint)
}

// question joins the arguments with what standard input holds.
func (a *app) question(args []string) (string, error) {
	q := strings.TrimSpace(strings.Join(args, " "))
	if term.IsTerminal(int(a.in.Fd())) || q != "" && !hasInput(a.in) {
		if q == "" {
			return "", sd.Hint(sd.UsageError("there is no question"), "for example: panther ask How do I create a partial index?")
		}
		return q, nil
	}
	const most = 1 << 20
	b, err := io.ReadAll(io.LimitReader(a.in, most+1))
	if err != nil {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	if len(b) > most {
		return "", sd.Hint(errors.New("standard input is larger than 1 MB"), "ask about a part of it, or add it as a source: panther sources add FOLDER")
	}
	in := strings.TrimSpace(string(b))
	switch {
	case q == "" && in == "":
		return "", sd.Hint(sd.UsageError("there is no question"), "give it as arguments or on standard input")
	case q == "":
		return in, nil
	case in == "":
		return q, nil
	}
	return q + "\n\n" + in, nil
}

// hasInput reports whether standard input is a file or a pipe, and not
// /dev/null or something inherited that never ends, such as a socket.
func hasInput(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && (info.Mode().IsRegular() || info.Mode()&os.ModeNamedPipe != 0)
}

// session returns the session to ask in; a new one unless the flags name one.
func (a *app) session(ctx context.Context, c *api.Client, f askFlags) (string, error) {
	switch {
	case f.session != "":
		s, err := findSession(ctx, c, f.session)
		if err != nil {
			return "", err
		}
		return s.ID, nil
	case f.last:
		l, err := c.Sessions(ctx, api.ListSessions{Roots: true, Limit: 1})
		if err != nil {
			return "", err
		}
		if len(l) == 0 {
			return "", sd.Hint(errors.New("there is no session to go on with"), "ask without --continue")
		}
		return l[0].ID, nil
	}
	s, err := c.CreateSession(ctx, api.CreateSession{Agent: f.agent})
	if err != nil {
		return "", err
	}
	return s.ID, nil
}

func (f *askFlags) prompt(question string) (api.Prompt, error) {
	p := api.Ask(question)
	p.Agent = f.agent
	p.MessageID = api.NewID("msg")
	switch provider, model, ok := strings.Cut(f.model, "/"); {
	case f.noLLM:
		p.Model = &api.Extractive
	case f.model == "":
	case !ok || provider == "" || model == "":
		return p, sd.Hint(sd.UsageError("--model %q is not provider/model", f.model), "panther status lists the models")
	default:
		p.Model = &api.ModelRef{ProviderID: provider, ModelID: model}
	}
	return p, nil
}

// ask asks one question and shows the answer.
func (a *app) ask(ctx context.Context, c *api.Client, session, question string, f askFlags) error {
	p, err := f.prompt(question)
	if err != nil {
		return err
	}
	t := newTurn(session)
	var v view = &pipeView{out: a.out}
	switch {
	case f.json:
		v = &jsonView{out: a.out}
	case a.out.Live:
		v = newLiveView(a.out)
	}
	began := time.Now()
	err = a.follow(ctx, c, t, p, v)
	interrupted := ctx.Err() != nil
	if interrupted {
		// The turn is the server's: it goes on unless it is told to stop.
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = c.Abort(stop, session)
	}
	v.end(t)
	if !f.json {
		a.footer(t, time.Since(began))
	}
	switch {
	case interrupted && err == nil:
		return &sd.Error{Err: errors.New("interrupted; what was written is kept"), Code: exitInterrupted,
			Hint: "go on with: panther ask --session " + session + " …"}
	case err != nil:
		return err
	case t.failure != nil:
		hint, _ := t.failure.Data["hint"].(string)
		return sd.Hint(fmt.Errorf("the answer is not complete: %s", terminal.Clean(t.failure.Message())), hint)
	case t.text() == "":
		return sd.Hint(errors.New("there is no answer: the model wrote nothing"), "ask again, or another model: panther status lists them")
	case t.unanswered():
		return sd.Hint(errors.New("there is no answer in your sources"), "see what is in them: panther sources; panther search "+firstWords(question))
	}
	return nil
}

// firstWords are some words of a question for an example.
func firstWords(question string) string {
	words := strings.Fields(terminal.Clean(question))
	return strings.Join(words[:min(len(words), 4)], " ")
}

// follow sends the prompt and feeds the events to the turn and the view.
func (a *app) follow(ctx context.Context, c *api.Client, t *turn, p api.Prompt, v view) error {
	for e, err := range c.Follow(ctx, t.session, p) {
		if err != nil {
			return err
		}
		pr, err := e.Decode()
		if err != nil {
			continue // an event of a newer server
		}
		t.apply(e, pr)
		v.update(e, t)
		switch {
		case pr.Request != nil:
			err = a.permit(ctx, c, pr.Request, v)
		case pr.Question != nil:
			err = a.reply(ctx, c, pr.Question, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// footer shows on a terminal which session, model and effort an answer took.
func (a *app) footer(t *turn, took time.Duration) {
	if !a.out.Live {
		return
	}
	parts := []string{t.session}
	if m := t.model(); m != "" {
		parts = append(parts, m)
	}
	parts = append(parts, fmt.Sprintf("%.1f s", took.Seconds()))
	if n := t.tokens.Input + t.tokens.Output; n > 0 {
		parts = append(parts, count(n, "token"))
	}
	if t.cost > 0 {
		parts = append(parts, fmt.Sprintf("$%.4f", t.cost))
	}
	a.out.Printf("\n%s\n", a.out.Paint(terminal.Faint, strings.Join(parts, " · ")))
}
