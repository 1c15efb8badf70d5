package httpapi

import (
	"context"
	"strings"

	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
)

type giveFeedback struct {
	ID      string `path:"id"`
	Message string `path:"message"`
	Body    api.Feedback
}

// feedback makes a canary of a question whose answer is good, and takes that back
// where it is not: search must go on finding the page that the answer cites first.
func (s *Server) feedback(ctx context.Context, in *giveFeedback) (*api.FeedbackGiven, error) {
	answer, err := s.message(ctx, &messagePath{ID: in.ID, Message: in.Message})
	if err != nil {
		return nil, err
	}
	if answer.Info.Role != api.RoleAssistant || answer.Info.ParentID == "" {
		return nil, api.BadRequest("the message %q is no answer", in.Message)
	}
	asked, err := s.message(ctx, &messagePath{ID: in.ID, Message: answer.Info.ParentID})
	if err != nil {
		return nil, err
	}
	question := strings.TrimSpace(asked.Text())
	if !in.Body.Good {
		return s.takeBack(ctx, question)
	}
	page := firstCited(answer)
	if page == "" {
		return nil, api.BadRequest("the answer cites no page, so there is none to go on finding")
	}
	c, err := s.Knowledge.AddCanary(ctx, knowledge.Canary{Question: question, URI: page, Kind: knowledge.CanaryFeedback})
	if err != nil {
		return nil, err
	}
	return &api.FeedbackGiven{Canary: c.ID, Question: c.Question, Page: c.URI}, nil
}

// takeBack removes the canaries that the caller's feedback made of a question.
func (s *Server) takeBack(ctx context.Context, question string) (*api.FeedbackGiven, error) {
	r, err := s.Knowledge.Canaries(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range r.Canaries {
		if c.Kind == knowledge.CanaryFeedback && c.Question == question {
			if err := s.Knowledge.RemoveCanary(ctx, c.ID); err != nil {
				return nil, err
			}
		}
	}
	return &api.FeedbackGiven{Question: question}, nil
}

// firstCited returns the document that an answer cites with the smallest number.
func firstCited(m *api.MessageWithParts) string {
	var first api.Citation
	for _, p := range m.Parts {
		for _, c := range p.Sources() {
			if c.Cited && (first.N == 0 || c.N < first.N) {
				first = c
			}
		}
	}
	return first.URI
}
