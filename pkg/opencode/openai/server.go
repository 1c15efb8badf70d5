package openai

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/history"
	"panther/pkg/opencode/prompt"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/turn"
)

// Server is what the operations work with.
type Server struct {
	*turn.Runtime
	TurnTime time.Duration   // deadline of an answer
	Turns    context.Context // ends when turns must
	Started  time.Time
}

// Register adds the operations to a.
func (s *Server) Register(a *rest.API) {
	rest.Fixed(a, "GET /v1/models", "List the agents and the models behind them", s.models())
	rest.Stream[complete, completion](a, "POST /v1/chat/completions", "Answer a conversation", s.complete)
}

func (s *Server) models() models {
	created := s.Started.Unix()
	out := models{Object: "list", Data: []model{}}
	for _, a := range s.Agents.All() {
		if a.Mode != api.ModeSubagent {
			out.Data = append(out.Data, model{a.Name, "model", created, "panther"})
		}
	}
	for _, i := range s.Models.Infos() {
		out.Data = append(out.Data, model{i.Ref(), "model", created, i.Provider})
	}
	out.Data = append(out.Data, model{api.Extractive.String(), "model", created, "panther"})
	return out
}

type complete struct{ Body request }

func (s *Server) complete(w http.ResponseWriter, r *http.Request, in *complete) error {
	q, err := s.question(identity.Of(r.Context()), in.Body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(r.Context(), s.TurnTime, turn.ErrTime)
	defer cancel()
	defer context.AfterFunc(s.Turns, cancel)()
	t := turn.New(s.Runtime, q)
	out := newWriter(w, t, in.Body)
	err = t.Run(ctx, out)
	if err != nil && (out.text.Len() == 0 || !in.Body.Stream) {
		return err
	}
	if err != nil {
		out.Text("\n\n(" + gate.Text(t.Sources(), turn.Failure(ctx, err).Message()) + ")")
	}
	out.sources()
	out.end(in.Body.StreamOptions.IncludeUsage)
	return nil
}

// question makes a turn's question of a conversation.
func (s *Server) question(by identity.Identity, in request) (turn.Question, error) {
	q := turn.Question{Owner: by, Agent: s.Agents.Find("")}
	var all []llm.Message
	for _, m := range in.Messages {
		text, err := content(m.Content)
		if err != nil {
			return q, err
		}
		switch m.Role {
		case "system", "developer":
			q.System = strings.TrimSpace(q.System + "\n\n" + text)
		case "assistant":
			all = append(all, llm.Message{Role: llm.RoleAssistant, Text: text})
		case "user":
			if q.Text != "" {
				q.History.Questions = append(q.History.Questions, q.Text)
			}
			q.Text = text
			all = append(all, llm.Message{Role: llm.RoleUser, Text: text})
		case "tool", "function":
		default:
			return q, api.BadRequest("there is no role %q", gate.Line(m.Role, 40))
		}
	}
	n := len(all)
	if n == 0 || all[n-1].Role != llm.RoleUser || strings.TrimSpace(q.Text) == "" {
		return q, api.BadRequest("the last message is not the user's")
	}
	if len(q.Text) > prompt.MaxText {
		return q, api.BadRequest("the message has more than %d bytes", prompt.MaxText)
	}
	if n > 1 {
		q.History.Exchanges = []history.Exchange{{Messages: all[:n-1]}}
	}
	q.History.Read = []string{"what the client sent"} // pages too, where it looks them up itself
	s.choose(&q, in.Model)
	return q, nil
}

// choose finds the agent and the model that a name stands for.
func (s *Server) choose(q *turn.Question, name string) {
	if info, ok := s.Models.Find(name); ok && name != "" {
		q.Model = info.Ref()
	} else if info, ok := s.Models.Find(""); ok && name != api.Extractive.String() {
		q.Model = info.Ref()
	}
	if a := s.Agents.Find(name); a != nil && name != "" {
		q.Agent = a
		if a.Model != "" && q.Model != "" {
			q.Model = a.Model
		}
	}
}

// content reads the text of a message.
func content(raw json.RawMessage) (string, error) {
	var s string
	if len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, &s) == nil {
		return s, nil
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(raw, &parts); err != nil {
		return "", api.BadRequest("the content of a message is neither text nor a list of parts")
	}
	for _, p := range parts {
		s += p.Text
	}
	return s, nil
}
