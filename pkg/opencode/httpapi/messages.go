package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/prompt"
	"panther/pkg/opencode/rest"
)

func (s *Server) messageRoutes(a *rest.API) {
	rest.Handle(a, "GET /session/{id}/message", "List what was said, oldest first", s.listMessages)
	rest.Handle(a, "GET /session/{id}/message/{message}", "Read a message", s.message)
	rest.Stream[promptSession, api.MessageWithParts](a, "POST /session/{id}/message", "Ask, and wait for the answer", s.prompt)
	rest.Handle(a, "POST /session/{id}/prompt_async", "Ask; the answer comes as events", func(ctx context.Context, in *promptSession) (rest.None, error) {
		_, err := s.Prompts.Take(ctx, in.ID, in.Body)
		return rest.None{}, err
	})
	rest.Stream[runCommand, api.MessageWithParts](a, "POST /session/{id}/command", "Ask by a command, and wait for the answer", s.command)
	rest.Handle(a, "POST /session/{id}/message/{message}/feedback", "Say whether an answer was good: search then goes on finding its page", s.feedback)
	rest.Handle(a, "POST /session/{id}/shell", "Be told that there is no shell", func(ctx context.Context, in *runShell) (*api.MessageWithParts, error) {
		p := api.Ask("!" + in.Body.Command)
		p.MessageID, p.Agent, p.Model = in.Body.MessageID, in.Body.Agent, in.Body.Model
		return s.Prompts.Decline(ctx, in.ID, p, "There is no shell on this server: it answers questions from its sources, and runs no commands.")
	})
	rest.Fixed(a, "GET /command", "List the commands", commands)
}

type listMessages struct {
	ID     string `path:"id"`
	Before string `query:"before" doc:"Only those before this one"`
	Limit  int    `query:"limit" doc:"The newest so many"`
}

func (s *Server) listMessages(ctx context.Context, in *listMessages) ([]api.MessageWithParts, error) {
	if _, err := s.Sessions.Get(ctx, in.ID); err != nil {
		return nil, err
	}
	list, err := s.Sessions.Messages(ctx, in.ID)
	if i := api.IndexMessage(list, in.Before); i >= 0 {
		list = list[:i]
	}
	if in.Limit > 0 && len(list) > in.Limit {
		list = list[len(list)-in.Limit:]
	}
	return list, err
}

type messagePath struct {
	ID      string `path:"id"`
	Message string `path:"message"`
}

func (s *Server) message(ctx context.Context, in *messagePath) (*api.MessageWithParts, error) {
	if _, err := s.Sessions.Get(ctx, in.ID); err != nil {
		return nil, err
	}
	return s.Sessions.Message(ctx, in.ID, in.Message)
}

type promptSession struct {
	ID   string `path:"id"`
	Body api.Prompt
}

func (s *Server) prompt(w http.ResponseWriter, r *http.Request, in *promptSession) error {
	a, err := s.Prompts.Take(r.Context(), in.ID, in.Body)
	if err != nil {
		return err
	}
	return await(w, r, a)
}

// patience is how long a waiting client hears nothing.
const patience = 20 * time.Second

// await answers when the turn has ended. The header goes out after a while and
// blanks follow from time to time, so that nothing on the way gives up.
func await(w http.ResponseWriter, r *http.Request, a *prompt.Accepted) error {
	tick := time.NewTicker(patience)
	defer tick.Stop()
	begun := false
	for {
		select {
		case <-r.Context().Done():
			return nil // the turn goes on without the client
		case <-tick.C:
			if !begun {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusOK)
				begun = true
			}
			_, _ = w.Write([]byte(" ")) // JSON may begin with blanks
			_ = http.NewResponseController(w).Flush()
		case <-a.Done:
			switch {
			case a.Err != nil && begun:
				panic(http.ErrAbortHandler) // the status is out; a broken answer is no answer
			case a.Err != nil:
				return a.Err
			case begun:
				return json.NewEncoder(w).Encode(a.Answer)
			}
			rest.Answer(w, http.StatusOK, a.Answer)
			return nil
		}
	}
}

// commands are the prompts that clients offer as /name. Each ends with the
// arguments.
var commands = []api.Command{
	{Name: "sources", Description: "What the knowledge base says about something, by source", Source: "command", Hints: []string{"$ARGUMENTS"},
		Template: "List what the knowledge base has about the following, grouped by source, one line and a citation each: $ARGUMENTS"},
	{Name: "research", Description: "Look into something thoroughly with sub-agents", Source: "command", Hints: []string{"$ARGUMENTS"},
		Template: "Research this thoroughly: break it into independent questions, delegate them to researchers at once, and put the findings together with their citations: $ARGUMENTS"},
	{Name: "check", Description: "Check a statement against the knowledge base", Source: "command", Hints: []string{"$ARGUMENTS"},
		Template: "Check this against the knowledge base, and say what supports and what contradicts it: $ARGUMENTS"},
}

type runShell struct {
	ID   string `path:"id"`
	Body api.RunShell
}

type runCommand struct {
	ID   string `path:"id"`
	Body api.RunCommand
}

func (s *Server) command(w http.ResponseWriter, r *http.Request, in *runCommand) error {
	for _, c := range commands {
		if c.Name != in.Body.Command {
			continue
		}
		p := api.Ask(strings.TrimSpace(strings.TrimSuffix(c.Template, "$ARGUMENTS")))
		if strings.TrimSpace(in.Body.Arguments) != "" { // what the person typed, and what is searched for
			p.Parts[0].Synthetic = true
			p.Parts = append(p.Parts, api.PromptPart{Type: api.PartText, Text: in.Body.Arguments})
		}
		p.MessageID, p.Agent = in.Body.MessageID, in.Body.Agent
		if in.Body.Model != "" {
			m := sessionModel(in.Body.Model)
			p.Model = &api.ModelRef{ProviderID: m.ProviderID, ModelID: m.ID}
		}
		return s.prompt(w, r, &promptSession{ID: in.ID, Body: p})
	}
	return api.BadRequest("there is no command %q", gate.Line(in.Body.Command, 80))
}
