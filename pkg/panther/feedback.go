package panther

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/opencode/api"
	"panther/pkg/sd"
)

func (a *app) feedbackCommand() *cobra.Command {
	return &cobra.Command{
		Use: "feedback good|bad [SESSION]", Short: "Say whether the last answer was good",
		Long: "Says whether the last answer of a session, or of the newest one, was good. A good one becomes a canary: whatever changes\n" +
			"ranking from then on is measured by whether the question still finds the page that the answer cites first\n" +
			"(agentdb canary). bad takes that back.",
		Args: commandline.Between(1, 2), ValidArgs: []string{"good", "bad"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] != "good" && args[0] != "bad" {
				return sd.UsageError("say good or bad, not %q", args[0])
			}
			c, t, err := a.runtimeClient()
			if err != nil {
				return err
			}
			defer c.Close()
			id := ""
			if len(args) == 2 {
				id = args[1]
			}
			return t.explain(cmd.Context(), a.giveFeedback(cmd, c, id, args[0] == "good"))
		},
	}
}

// giveFeedback gives it to the last answer of a session, "" for the newest.
func (a *app) giveFeedback(cmd *cobra.Command, c *api.Client, id string, good bool) error {
	var s *api.Session
	if id == "" {
		list, err := c.Sessions(cmd.Context(), api.ListSessions{Roots: true, Limit: 1})
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return sd.Hint(errors.New("there is no session yet"), `ask something: panther ask "How do I …?"`)
		}
		s = &list[0]
	} else {
		var err error
		if s, err = findSession(cmd.Context(), c, id); err != nil {
			return err
		}
	}
	list, err := c.Messages(cmd.Context(), s.ID, 0)
	if err != nil {
		return err
	}
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Info.Role != api.RoleAssistant {
			continue
		}
		r, err := c.GiveFeedback(cmd.Context(), s.ID, list[i].Info.ID, good)
		if err != nil {
			return err
		}
		if good {
			a.out.Printf("%s → %s is a canary now\n", r.Question, r.Page)
		} else {
			a.out.Printf("%s is no canary any more\n", r.Question)
		}
		return nil
	}
	return fmt.Errorf("session %s has no answer yet", s.ID)
}
