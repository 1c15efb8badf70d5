package panther

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"panther/pkg/commandline"
	"panther/pkg/opencode/api"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

func (a *app) chatCommand() *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use: "chat", Short: "Talk in the terminal",
		Long: "Ask one question after another in one session. Lines that begin with / are commands, see /help. In a pipe every\n" +
			"line is a question.",
		Args: commandline.Between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.chat(cmd.Context(), f, false) },
	}
	f.register(a, cmd)
	return cmd
}

// conversation is one run of panther chat.
type conversation struct {
	app     *app
	client  *api.Client
	flags   askFlags
	session string // "" until the first question
	lines   lineReader
}

// lineReader reads what the user types; io.EOF ends the conversation.
type lineReader interface{ ReadLine() (string, error) }

func (a *app) chat(ctx context.Context, f askFlags, show bool) error {
	c, t, err := a.runtimeClient()
	if err != nil {
		return err
	}
	defer c.Close()
	// Ctrl-C ends an answer and not the conversation, so only SIGTERM ends ctx.
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM)
	defer stop()
	v := &conversation{app: a, client: c, flags: f}
	if f.session != "" || f.last {
		if v.session, err = a.session(ctx, c, f); err != nil {
			return t.explain(ctx, err)
		}
		if show {
			if err := v.replay(ctx); err != nil {
				return t.explain(ctx, err)
			}
		}
	}
	if a.canAsk() && a.out.Live {
		v.lines = &editor{in: a.in, out: a.out}
		a.out.Printf("%s\n", a.out.Paint(terminal.Faint, "Ask away. /help lists commands, Ctrl-C ends an answer, Ctrl-D ends the conversation."))
	} else {
		v.lines = &plainLines{sc: bufio.NewScanner(a.in)}
	}
	return t.explain(ctx, v.run(ctx))
}

func (v *conversation) run(ctx context.Context) error {
	var last error
	for ctx.Err() == nil {
		line, err := v.lines.ReadLine()
		if errors.Is(err, io.EOF) {
			return last
		}
		if err != nil {
			return fmt.Errorf("read question: %w", err)
		}
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			continue
		case strings.HasPrefix(line, "/"):
			done, err := v.command(ctx, line)
			if done {
				return nil
			}
			if err != nil {
				v.complain(err)
			}
			continue
		}
		if last = v.ask(ctx, line); last != nil {
			v.complain(last)
		}
	}
	return nil
}

// ask asks one question; Ctrl-C ends the answer and not the conversation.
func (v *conversation) ask(ctx context.Context, question string) error {
	turn, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	if v.session == "" {
		s, err := v.client.CreateSession(turn, api.CreateSession{Agent: v.flags.agent})
		if err != nil {
			return err
		}
		v.session = s.ID
	}
	err := v.app.ask(turn, v.client, v.session, question, v.flags)
	var e *sd.Error
	if errors.As(err, &e) && e.Code == exitInterrupted {
		v.app.errOut.Printf("%s\n", v.app.errOut.Paint(terminal.Faint, "interrupted"))
		return nil
	}
	return err
}

func (v *conversation) complain(err error) {
	v.app.errOut.Printf("%s %s\n", v.app.errOut.Paint(terminal.Bad, "error:"), terminal.Clean(err.Error()))
	if h := sd.HintOf(err); h != "" {
		v.app.errOut.Printf("hint: %s\n", terminal.Clean(h))
	}
}

func (v *conversation) replay(ctx context.Context) error {
	s, err := v.client.Session(ctx, v.session)
	if err != nil {
		return err
	}
	list, err := v.client.Messages(ctx, v.session, 20)
	if err != nil {
		return err
	}
	v.app.showMessages(s, list)
	return nil
}

const chatHelp = `/new             begin a new session
/show            show the session again
/session [ID]    show or change the session
/agent [NAME]    show or change the agent
/model [P/M]     show or change the model, as provider/model; "none" quotes passages
/quit            leave; the session is kept
`

// command runs a line that begins with a slash.
func (v *conversation) command(ctx context.Context, line string) (done bool, err error) {
	name, arg, _ := strings.Cut(line[1:], " ")
	arg = strings.TrimSpace(arg)
	out := v.app.out
	switch name {
	case "quit", "exit", "q":
		return true, nil
	case "help", "?":
		out.Printf("%s", chatHelp)
	case "new":
		v.session = ""
	case "show":
		if v.session != "" {
			return false, v.replay(ctx)
		}
	case "session":
		if arg != "" {
			s, err := findSession(ctx, v.client, arg)
			if err != nil {
				return false, err
			}
			v.session = s.ID
		}
		out.Printf("session %s\n", v.session)
	case "agent":
		if arg == "" {
			list, err := v.client.Agents(ctx)
			if err != nil {
				return false, err
			}
			for _, g := range list {
				if !g.Hidden && g.Mode != api.ModeSubagent {
					out.Printf("%s  %s\n", out.Paint(terminal.Accent, g.Name), out.Paint(terminal.Faint, oneLine(g.Description)))
				}
			}
			return false, nil
		}
		v.flags.agent = arg
	case "model":
		return false, v.model(ctx, arg)
	default:
		return false, sd.Hint(fmt.Errorf("there is no command /%s", name), "see /help")
	}
	return false, nil
}

func (v *conversation) model(ctx context.Context, arg string) error {
	switch arg {
	case "":
		s, err := v.client.Status(ctx)
		if err != nil {
			return err
		}
		for _, m := range s.Models {
			mark := "  "
			if m == s.Model && v.flags.model == "" || m.String() == v.flags.model {
				mark = "* "
			}
			v.app.out.Printf("%s%s\n", mark, m)
		}
	case "none":
		v.flags.noLLM, v.flags.model = true, ""
	default:
		next := askFlags{model: arg}
		if _, err := next.prompt("x"); err != nil {
			return err
		}
		v.flags.noLLM, v.flags.model = false, arg
	}
	return nil
}

// plainLines reads questions from a pipe.
type plainLines struct{ sc *bufio.Scanner }

func (p *plainLines) ReadLine() (string, error) {
	if p.sc.Scan() {
		return p.sc.Text(), nil
	}
	if err := p.sc.Err(); err != nil {
		return "", err
	}
	return "", io.EOF
}

// editor reads lines from a terminal with editing and history.
type editor struct {
	in  *os.File
	out *terminal.Output
	t   *term.Terminal
}

func (e *editor) ReadLine() (string, error) {
	state, err := term.MakeRaw(int(e.in.Fd()))
	if err != nil {
		return "", fmt.Errorf("use terminal: %w", err)
	}
	defer func() { _ = term.Restore(int(e.in.Fd()), state) }()
	if e.t == nil {
		e.t = term.NewTerminal(struct {
			io.Reader
			io.Writer
		}{e.in, e.out}, "> ")
		e.t.SetBracketedPasteMode(true)
	}
	if w, h, err := term.GetSize(int(e.in.Fd())); err == nil {
		_ = e.t.SetSize(w, h)
	}
	line, err := e.t.ReadLine()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	return line, err
}
