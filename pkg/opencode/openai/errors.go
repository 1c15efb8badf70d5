package openai

import (
	"errors"
	"net/http"

	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
)

// failure is an error as OpenAI's clients read it.
type failure struct {
	Status  int     `json:"-"`
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

func (e *failure) Error() string { return e.Message }

// refuse returns the error for a field that is not or not so understood.
func refuse(param, format string, args ...any) error {
	e := api.BadRequest(format, args...)
	return &failure{Status: http.StatusBadRequest, Message: e.NamedError.Message(), Type: "invalid_request_error", Param: &param}
}

func notFound(code, format string, args ...any) error {
	e := api.BadRequest(format, args...)
	return &failure{Status: http.StatusNotFound, Message: e.NamedError.Message(), Type: "invalid_request_error", Code: &code}
}

// failureOf makes an error of whatever went wrong: a model's failure keeps its
// status, so that a client waits where it must.
func (s *Server) failureOf(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	r := s.Refusal(err)
	f = &failure{Status: r.Status, Message: r.NamedError.Message(), Type: "server_error"}
	if r.Hint != "" {
		f.Message += " (" + r.Hint + ")"
	}
	code := ""
	var model *llm.Error
	if errors.As(err, &model) {
		if h := model.HintText(); h != "" {
			f.Message += " (" + h + ")"
		}
		f.Status, f.Type, code = modelStatus(model)
	}
	switch {
	case f.Status == http.StatusRequestEntityTooLarge, f.Status == http.StatusBadRequest && f.Type == "server_error":
		f.Type = "invalid_request_error"
	}
	if code != "" {
		f.Code = &code
	}
	return f
}

// modelStatus is OpenAI's status, type and code for a model's failure. One of the
// key is the operator's and no concern of the client, whose own login is fine.
func modelStatus(e *llm.Error) (status int, kind, code string) {
	switch e.Kind {
	case llm.KindRate:
		return http.StatusTooManyRequests, "rate_limit_error", "rate_limit_exceeded"
	case llm.KindQuota:
		return http.StatusTooManyRequests, "insufficient_quota", "insufficient_quota"
	case llm.KindOverflow:
		return http.StatusBadRequest, "invalid_request_error", "context_length_exceeded"
	case llm.KindAuth, llm.KindServer, llm.KindNetwork:
		return http.StatusBadGateway, "server_error", "model_failed"
	}
	if e.Status == http.StatusServiceUnavailable {
		return e.Status, "server_error", "model_not_configured"
	}
	return http.StatusBadRequest, "invalid_request_error", "model_refused"
}

// errorBody is the envelope of an error.
type errorBody struct {
	Error *failure `json:"error"`
}

func (s *Server) fail(w http.ResponseWriter, err error) {
	f := s.failureOf(err)
	if f.Status == http.StatusTooManyRequests || f.Status == http.StatusServiceUnavailable {
		var model *llm.Error
		after := "1"
		if errors.As(err, &model) && model.RetryAfter > 0 {
			after = seconds(model.RetryAfter)
		}
		w.Header().Set("Retry-After", after)
	}
	rest.Answer(w, f.Status, errorBody{f})
}
