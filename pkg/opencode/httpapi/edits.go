package httpapi

import (
	"context"
	"net/http"
	"slices"

	"panther/pkg/gate"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/history"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/rest"
)

// editRoutes change what was said, where nothing is being said.
func (s *Server) editRoutes(a *rest.API) {
	rest.Handle(a, "DELETE /session/{id}/message/{message}", "Delete a message", s.deleteMessage)
	rest.Handle(a, "PATCH /session/{id}/message/{message}/part/{part}", "Change the text of a part", s.updatePart)
	rest.Handle(a, "DELETE /session/{id}/message/{message}/part/{part}", "Delete a part of a message", s.deletePart)
}

type partPath struct {
	ID      string `path:"id"`
	Message string `path:"message"`
	Part    string `path:"part"`
}

type updatePart struct {
	ID      string `path:"id"`
	Message string `path:"message"`
	Part    string `path:"part"`
	Body    api.Part
}

// resting returns a message of a session in which no turn runs.
func (s *Server) resting(ctx context.Context, session, id string) (*api.MessageWithParts, error) {
	m, err := s.message(ctx, &messagePath{ID: session, Message: id})
	if err == nil && slices.Contains(s.Sessions.Running(), session) {
		err = api.Refuse(http.StatusConflict, api.NameSessionBusy, "a turn runs in the session").WithHint("wait for it, or end it")
	}
	return m, err
}

func (s *Server) deleteMessage(ctx context.Context, in *messagePath) (bool, error) {
	m, err := s.resting(ctx, in.ID, in.Message)
	if err != nil {
		return false, err
	}
	return true, s.Ledger.Write(ctx, ledger.Change{DeleteMessages: []string{m.Info.ID}, Events: []ledger.Event{ledger.MessageRemoved(in.ID, m.Info.ID)}})
}

func (s *Server) part(ctx context.Context, in partPath) (*api.MessageWithParts, *api.Part, error) {
	m, err := s.resting(ctx, in.ID, in.Message)
	if err != nil {
		return nil, nil, err
	}
	for i := range m.Parts {
		if m.Parts[i].ID == in.Part {
			return m, &m.Parts[i], nil
		}
	}
	return nil, nil, api.NotFound("part", in.Part)
}

func (s *Server) deletePart(ctx context.Context, in *partPath) (bool, error) {
	_, p, err := s.part(ctx, *in)
	if err != nil {
		return false, err
	}
	return true, s.Ledger.Write(ctx, ledger.Change{DeleteParts: []string{p.ID}, Events: []ledger.Event{ledger.PartRemoved(*p)}})
}

// updatePart changes the text of a part; what else it holds is a record of what
// happened. The text of an answer passes the gate as a model's does.
func (s *Server) updatePart(ctx context.Context, in *updatePart) (*api.Part, error) {
	m, p, err := s.part(ctx, partPath{in.ID, in.Message, in.Part})
	switch {
	case err != nil:
		return nil, err
	case in.Body.ID != "" && in.Body.ID != p.ID, in.Body.Type != p.Type:
		return nil, api.BadRequest("the body is another part than %q, of type %s", p.ID, p.Type)
	case p.Type != api.PartText && p.Type != api.PartReasoning:
		return nil, api.BadRequest("a part of type %s is a record: only text can be changed", p.Type)
	case len(in.Body.Text) > history.MaxText:
		return nil, api.BadRequest("the text has %d bytes, more than %d", len(in.Body.Text), history.MaxText)
	}
	p.Text = in.Body.Text
	if m.Info.Role == api.RoleAssistant {
		src := grounding.NewSources()
		src.AllowText(p.Text)
		g := gate.Aside(src)
		p.Text = g.Write(p.Text) + g.Close()
	}
	if p.Type == api.PartText {
		p.Synthetic, p.Ignored = in.Body.Synthetic, in.Body.Ignored
	}
	return p, s.Ledger.Write(ctx, ledger.PartChange(*p))
}
