package httpapi

import (
	"context"
	"net/http"
	"slices"

	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
)

func (s *Server) secondMessageRoutes(a *rest.API) {
	rest.Handle(a, "POST /api/session/{id}/prompt", "Ask; the answer comes as events", s.secondPrompt)
	rest.Handle(a, "GET /api/session/{id}/message", "List what was said", s.secondMessages)
	rest.Handle(a, "GET /api/session/{id}/message/{message}", "Read a message", func(ctx context.Context, in *messagePath) (out api.V2Data[api.V2Message], err error) {
		m, err := s.message(ctx, in)
		if err == nil {
			out.Data = secondMessage(*m)
		}
		return out, err
	})
	rest.Handle(a, "GET /api/session/{id}/context", "List what was said since the last summary, with it", func(ctx context.Context, in *sessionPath) (api.V2Data[[]api.V2Message], error) {
		list, err := s.listMessages(ctx, &listMessages{ID: in.ID})
		out := []api.V2Message{}
		for _, m := range list {
			if m.Info.Summary == true {
				out = out[:0]
			}
			out = append(out, secondMessage(m))
		}
		return api.V2Data[[]api.V2Message]{Data: out}, err
	})
	rest.Stream[subscribe, api.V2Event](a, "GET /api/event", "Follow what happens, as server-sent events", func(w http.ResponseWriter, r *http.Request, in *subscribe) error {
		return s.events(w, r, in, func(e api.Event) any { return api.V2Event{ID: e.ID, Type: e.Type, Data: e.Properties} })
	})
}

type secondAsk struct {
	ID   string `path:"id"`
	Body api.V2Ask
}

func (s *Server) secondPrompt(ctx context.Context, in *secondAsk) (out api.V2Data[api.V2Admitted], err error) {
	p := api.Ask(in.Body.Prompt.Text)
	p.MessageID, p.NoReply = in.Body.ID, in.Body.Resume != nil && !*in.Body.Resume
	for _, f := range in.Body.Prompt.Files {
		p.Parts = append(p.Parts, api.PromptPart{Type: api.PartFile, URL: f.URI, Mime: f.Mime, Filename: f.Name})
	}
	for _, a := range in.Body.Prompt.Agents {
		p.Parts = append(p.Parts, api.PromptPart{Type: api.PartAgent, Name: a.Name})
	}
	a, err := s.Prompts.Take(ctx, in.ID, p)
	if err != nil {
		return out, err
	}
	out.Data = api.V2Admitted{ID: a.Asked.ID, SessionID: in.ID, Prompt: in.Body.Prompt, Delivery: "queue", Created: a.Asked.Time.Created}
	return out, nil
}

type secondMessages struct {
	ID     string `path:"id"`
	Limit  int    `query:"limit" doc:"At most 1000; default 50"`
	Order  string `query:"order" doc:"asc or desc, by time; default desc"`
	Cursor string `query:"cursor" doc:"Of an answer before"`
}

func (s *Server) secondMessages(ctx context.Context, in *secondMessages) (api.V2Page[api.V2Message], error) {
	list, err := s.listMessages(ctx, &listMessages{ID: in.ID})
	if err != nil {
		return api.V2Page[api.V2Message]{}, err
	}
	if in.Order != "asc" {
		slices.Reverse(list)
	}
	out := make([]api.V2Message, len(list))
	for i, m := range list {
		out[i] = secondMessage(m)
	}
	return paged(out, in.Limit, in.Cursor)
}

// secondMessage is a message in the shape of the second API.
func secondMessage(m api.MessageWithParts) api.V2Message {
	switch {
	case m.Info.Role == api.RoleUser:
		return api.V2User{ID: m.Info.ID, Type: "user", Time: m.Info.Time, Text: m.Text()}
	case m.Info.Summary == true:
		return api.V2Compaction{ID: m.Info.ID, Type: "compaction", Time: api.MessageTime{Created: m.Info.Time.Created}, Reason: "auto", Summary: m.Text()}
	}
	out := api.V2Assistant{ID: m.Info.ID, Type: "assistant", Time: m.Info.Time, Agent: m.Info.Agent, Model: api.SessionModel{ID: m.Info.ModelID, ProviderID: m.Info.ProviderID},
		Content: []api.V2Content{}, Finish: m.Info.Finish, Cost: m.Info.Cost}
	if m.Info.Error != nil {
		out.Error = &api.V2Failure{Type: "unknown", Message: m.Info.Error.Message()}
	}
	for _, p := range m.Parts {
		switch {
		case p.Type == api.PartText, p.Type == api.PartReasoning:
			out.Content = append(out.Content, api.V2Content{Type: p.Type, ID: p.ID, Text: &p.Text})
		case p.Type == api.PartTool && p.State != nil:
			out.Content = append(out.Content, secondTool(p))
		}
	}
	return out
}

func secondTool(p api.Part) api.V2Content {
	st := &api.V2ToolState{Status: p.State.Status, Input: p.State.Input, Structured: map[string]any{}, Content: []api.V2ToolText{}}
	if p.State.Output != "" {
		st.Content = append(st.Content, api.V2ToolText{Type: "text", Text: p.State.Output})
	}
	if p.State.Status == api.ToolError {
		st.Error = &api.V2Failure{Type: "unknown", Message: p.State.Error}
	}
	t := &api.MessageTime{}
	if p.State.Time != nil {
		t.Created, t.Completed = p.State.Time.Start, p.State.Time.End
	}
	return api.V2Content{Type: "tool", ID: p.CallID, Name: p.Tool, State: st, Time: t}
}
