package embed

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"panther/pkg/embed/remote"
	"panther/pkg/sd"
)

// Bounds of one request: as OpenAI has them for the count, and above what 2048
// passages of 8 KB need for the size.
const (
	maxInputs = 2048
	maxBody   = 32 << 20
)

// handler serves the API. token, if not "", is what callers must bear.
func (s *service) handler(token string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/embeddings", s.postEmbeddings)
	mux.HandleFunc("GET /v1/models", s.getModels)
	mux.HandleFunc("GET /v1/models/{id...}", s.getModel)
	mux.HandleFunc("GET /healthz", s.getHealth)
	mux.Handle("GET /metrics", s.metrics.handler())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, &apiError{status: http.StatusNotFound, kind: "invalid_request_error", code: "unknown_url",
			message: "Unknown request URL: " + r.Method + " " + r.URL.Path})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, unix := sd.PeerOf(r.Context()); !unix && !bears(r, token) && r.URL.Path != "/healthz" {
			w.Header().Set("WWW-Authenticate", "Bearer")
			s.fail(w, &apiError{status: http.StatusUnauthorized, kind: "authentication_error", code: "invalid_api_key",
				message: "Incorrect API key provided. It is the credential panther-embed-token of the server."})
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func bears(r *http.Request, token string) bool {
	if token == "" {
		return true
	}
	got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && subtle.ConstantTimeCompare([]byte(got), []byte(token)) == 1
}

func (s *service) postEmbeddings(w http.ResponseWriter, r *http.Request) {
	req, err := readRequest(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.fail(w, err)
		return
	}
	info, err := s.info(r.Context())
	if err != nil {
		s.fail(w, err)
		return
	}
	if f, ok := s.provider.(former); ok && req.query() {
		if i, ok := f.Former(req.Model); ok {
			info = i
		}
	}
	if err := req.fits(info); err != nil {
		s.fail(w, err)
		return
	}
	res, err := s.embed(r.Context(), info.Model, req.inputs, req.query())
	if err != nil {
		s.fail(w, err)
		return
	}
	s.metrics.requests.WithLabelValues("200").Inc()
	writeEmbeddings(w, req, info, res)
}

// modelObject is OpenAI's, with the embedding space beside it.
type modelObject struct {
	ID           string  `json:"id"`
	Object       string  `json:"object"`
	Created      int64   `json:"created"`
	OwnedBy      string  `json:"owned_by"`
	Provider     string  `json:"provider"`
	Dimensions   int     `json:"dimensions"`
	MaxTokens    int     `json:"max_tokens,omitempty"`
	FusionWeight float64 `json:"fusion_weight"`
}

func objectOf(i Info) modelObject {
	return modelObject{ID: i.Model, Object: "model", OwnedBy: "panther", Provider: i.Provider,
		Dimensions: i.Dimensions, MaxTokens: i.MaxTokens, FusionWeight: i.FusionWeight}
}

func (s *service) getModels(w http.ResponseWriter, r *http.Request) {
	i, err := s.info(r.Context())
	if errors.Is(err, errNoModel) {
		s.write(w, map[string]any{"object": "list", "data": []modelObject{}})
		return
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	s.write(w, map[string]any{"object": "list", "data": []modelObject{objectOf(i)}})
}

func (s *service) getModel(w http.ResponseWriter, r *http.Request) {
	i, err := s.info(r.Context())
	if err == nil && !sameModel(r.PathValue("id"), i.Model) {
		err = unknownModel(r.PathValue("id"), i.Model)
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	s.write(w, objectOf(i))
}

func (s *service) getHealth(w http.ResponseWriter, r *http.Request) {
	i, err := s.info(r.Context())
	if err != nil && !errors.Is(err, errNoModel) {
		s.fail(w, err)
		return
	}
	s.write(w, map[string]any{"status": "ok", "model": i.Model, "provider": i.Provider})
}

func (s *service) write(w http.ResponseWriter, v any) {
	s.metrics.requests.WithLabelValues("200").Inc()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// apiError is an error as OpenAI's clients read it.
type apiError struct {
	status              int
	kind, code, message string
	param               string
}

func (e *apiError) Error() string { return e.message }

// retryAfter is what a client is told that found the queue full: about the time
// that one waiting batch takes.
const retryAfter = time.Second

// fail answers with the error object of OpenAI's API.
func (s *service) fail(w http.ResponseWriter, err error) {
	e := asAPIError(err)
	if e.status == http.StatusTooManyRequests || e.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	}
	s.metrics.requests.WithLabelValues(strconv.Itoa(e.status)).Inc()
	null := func(v string) any {
		if v == "" {
			return nil
		}
		return v
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
		"message": e.message, "type": e.kind, "param": null(e.param), "code": null(e.code)}})
}

func asAPIError(err error) *apiError {
	var (
		api   *apiError
		large *http.MaxBytesError
		upper *remote.StatusError
	)
	message := err.Error()
	if h := sd.HintOf(err); h != "" {
		message += " (" + h + ")"
	}
	switch {
	case errors.As(err, &api):
		return api
	case errors.As(err, &large):
		return &apiError{status: http.StatusRequestEntityTooLarge, kind: "invalid_request_error", code: "request_too_large",
			message: "the request is larger than 32 MB; send fewer texts at once"}
	case errors.Is(err, ErrInput):
		return &apiError{status: http.StatusBadRequest, kind: "invalid_request_error", param: "input", message: message}
	case errors.Is(err, errModelChanged), errors.Is(err, errNoModel):
		return &apiError{status: http.StatusNotFound, kind: "invalid_request_error", param: "model", code: "model_not_found", message: message}
	case errors.Is(err, errFull):
		return &apiError{status: http.StatusTooManyRequests, kind: "rate_limit_error", code: "queue_full", message: message}
	case errors.Is(err, context.Canceled):
		// Nobody reads this; the status is nginx's, for the metric.
		return &apiError{status: 499, kind: "cancelled", message: "the client went away"}
	case errors.Is(err, context.DeadlineExceeded):
		return &apiError{status: http.StatusGatewayTimeout, kind: "server_error", message: message}
	case errors.As(err, &upper) && upper.Status == http.StatusTooManyRequests:
		return &apiError{status: http.StatusServiceUnavailable, kind: "server_error", code: "provider_busy", message: message}
	default:
		return &apiError{status: http.StatusBadGateway, kind: "server_error", code: "provider_failed", message: message}
	}
}
