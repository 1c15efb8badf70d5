package httpapi

import (
	"context"
	"encoding/json"
	"strings"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/history"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/rest"
)

// tuiRoutes let programs beside a terminal interface, as those of editors, tell it
// what to do: the caller's own interfaces, which follow the events.
func (s *Server) tuiRoutes(a *rest.API) {
	rest.Handle(a, "POST /tui/append-prompt", "Add to what the person types", func(ctx context.Context, in *body[api.TUIPrompt]) (bool, error) {
		return s.tell(ctx, api.EventTUIPrompt, in.Body)
	})
	for path, command := range map[string]string{"open-help": "help.show", "open-sessions": "session.list", "open-themes": "theme.switch", "open-models": "model.list",
		"submit-prompt": "prompt.submit", "clear-prompt": "prompt.clear"} {
		rest.Handle(a, "POST /tui/"+path, "Have terminal interfaces do "+command, func(ctx context.Context, _ *rest.None) (bool, error) {
			return s.tell(ctx, api.EventTUICommand, api.TUICommand{Command: command})
		})
	}
	rest.Handle(a, "POST /tui/execute-command", "Have terminal interfaces do something", func(ctx context.Context, in *body[api.TUICommand]) (bool, error) {
		return s.tell(ctx, api.EventTUICommand, in.Body)
	})
	rest.Handle(a, "POST /tui/show-toast", "Have terminal interfaces show a short message", func(ctx context.Context, in *body[api.TUIToast]) (bool, error) {
		return s.tell(ctx, api.EventTUIToast, in.Body)
	})
	rest.Handle(a, "POST /tui/select-session", "Have terminal interfaces show a session", func(ctx context.Context, in *body[api.TUISession]) (bool, error) {
		return s.tell(ctx, api.EventTUISession, in.Body)
	})
	rest.Handle(a, "POST /tui/publish", "Tell terminal interfaces something", s.publish)
}

// body is the input of operations that have nothing else.
type body[T any] struct{ Body T }

// publish reads what one of the others would have been sent.
func (s *Server) publish(ctx context.Context, in *body[api.TUIEvent]) (bool, error) {
	switch in.Body.Type {
	case api.EventTUIPrompt:
		return publish[api.TUIPrompt](ctx, s, in.Body)
	case api.EventTUICommand:
		return publish[api.TUICommand](ctx, s, in.Body)
	case api.EventTUIToast:
		return publish[api.TUIToast](ctx, s, in.Body)
	case api.EventTUISession:
		return publish[api.TUISession](ctx, s, in.Body)
	}
	return false, api.BadRequest("terminal interfaces are not told of %q", gate.Line(in.Body.Type, 40))
}

func publish[T any](ctx context.Context, s *Server, e api.TUIEvent) (bool, error) {
	var v T
	if err := json.Unmarshal(e.Properties, &v); err != nil {
		return false, api.BadRequest("properties of %s: %s", e.Type, err)
	}
	return s.tell(ctx, e.Type, v)
}

// tell sends the caller's interfaces an event, if it makes sense.
func (s *Server) tell(ctx context.Context, event string, v any) (bool, error) {
	switch v := v.(type) {
	case api.TUIPrompt:
		if v.Text == "" || len(v.Text) > history.MaxText {
			return false, api.BadRequest("the text is empty, or longer than %d bytes", history.MaxText)
		}
	case api.TUICommand:
		if v.Command == "" || len(v.Command) > 100 {
			return false, api.BadRequest("there is no command %q", gate.Line(v.Command, 80))
		}
		v.Command = command(v.Command)
		return s.send(ctx, event, v)
	case api.TUIToast:
		if v.Message == "" || len(v.Message)+len(v.Title) > 4000 || v.Duration < 0 {
			return false, api.BadRequest("the message is empty, or longer than 4000 bytes")
		}
		if !strings.Contains(" info success warning error ", " "+v.Variant+" ") {
			return false, api.BadRequest("variant %q is not info, success, warning or error", gate.Line(v.Variant, 40))
		}
	case api.TUISession:
		if _, err := s.Sessions.Get(ctx, v.SessionID); err != nil {
			return false, err
		}
	}
	return s.send(ctx, event, v)
}

// command returns a command by the name that events have: session_new and
// messages_first are older ones of session.new and session.first.
func command(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	name = strings.ReplaceAll(name, "_", ".")
	if rest, ok := strings.CutPrefix(name, "messages."); ok {
		return "session." + rest
	}
	return name
}

func (s *Server) send(ctx context.Context, event string, v any) (bool, error) {
	owner := identity.Of(ctx)
	if !owner.Person() {
		return false, api.BadRequest("an event for terminal interfaces is for somebody's, and nobody asked")
	}
	return true, s.Ledger.Write(ctx, ledger.Change{Events: []ledger.Event{{Owner: owner, Type: event, Data: v}}})
}
