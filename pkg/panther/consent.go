package panther

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/term"

	"panther/pkg/opencode/api"
	"panther/pkg/terminal"
)

// permit asks the user whether a tool may be used. Where nobody can be asked
// the answer is no.
func (a *app) permit(ctx context.Context, c *api.Client, r *api.PermissionRequest, v view) error {
	answer := api.PermissionReply{Reply: "reject", Message: api.Nobody}
	if a.canAsk() {
		v.pause()
		a.errOut.Printf("%s %s %s\n", a.errOut.Paint(terminal.Careful, "May the agent use"),
			a.errOut.Paint(terminal.Strong, oneLine(r.Permission)), terminal.Clean(strings.Join(r.Patterns, ", ")))
		if read, ok := r.Metadata["read"].([]any); ok && len(read) > 0 {
			a.errOut.Printf("%s\n", a.errOut.Paint(terminal.Faint, "It has read what others wrote:"))
			for _, v := range read {
				a.errOut.Printf("  %s\n", terminal.Clean(oneLine(fmt.Sprint(v))))
			}
		}
		line, err := a.readLine(ctx, "[y]es once, [a]lways, [n]o: ")
		if err != nil {
			return err
		}
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes", "o", "once":
			answer = api.PermissionReply{Reply: "once"}
		case "a", "always":
			answer = api.PermissionReply{Reply: "always"}
		default:
			answer.Message = "the user said no"
		}
	}
	return c.ReplyPermission(ctx, r.ID, answer)
}

// reply answers an agent's questions, by number or in free text.
func (a *app) reply(ctx context.Context, c *api.Client, r *api.QuestionRequest, v view) error {
	out := api.QuestionReply{Answers: make([][]string, len(r.Questions))}
	for i, q := range r.Questions {
		out.Answers[i] = []string{}
		if !a.canAsk() {
			continue
		}
		v.pause()
		a.errOut.Printf("%s\n", a.errOut.Paint(terminal.Strong, q.Question))
		for n, o := range q.Options {
			a.errOut.Printf("  %d  %s  %s\n", n+1, terminal.Clean(o.Label), a.errOut.Paint(terminal.Faint, o.Description))
		}
		line, err := a.readLine(ctx, "> ")
		if err != nil {
			return err
		}
		out.Answers[i] = chosen(q, line)
	}
	return c.ReplyQuestion(ctx, r.ID, out)
}

func chosen(q api.Question, line string) []string {
	var labels []string
	for _, f := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := strconv.Atoi(f)
		if err != nil || n < 1 || n > len(q.Options) {
			return []string{strings.TrimSpace(line)}
		}
		labels = append(labels, q.Options[n-1].Label)
	}
	return orEmpty(labels)
}

func (a *app) canAsk() bool { return a.errOut.Live && term.IsTerminal(int(a.in.Fd())) }

// readLine prompts for a line. When ctx ends the line is given up; the process
// is about to end then.
func (a *app) readLine(ctx context.Context, prompt string) (string, error) {
	a.errOut.Printf("%s", prompt)
	type result struct {
		line string
		err  error
	}
	got := make(chan result, 1)
	go func() {
		line, err := bufio.NewReader(a.in).ReadString('\n')
		got <- result{line, err}
	}()
	select {
	case r := <-got:
		if r.err != nil {
			return "", fmt.Errorf("read answer: %w", r.err)
		}
		return r.line, nil
	case <-ctx.Done():
		a.errOut.Printf("\n")
		return "", ctx.Err()
	}
}
