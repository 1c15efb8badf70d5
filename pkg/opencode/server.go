package opencode

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"panther/pkg/opencode/mcp"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/access"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/web"
	"panther/pkg/sd"
)

// server is the runtime: what its requests and turns share.
type server struct {
	cfg        Config
	env        *sd.Env
	log        *slog.Logger
	version    string
	started    time.Time
	bootID     string // messages with smaller identifiers are another process's
	addresses  []string
	know       *knowledge.Client
	ledger     *ledger.Ledger
	models     *llm.Set
	agents     []agents.Agent
	configured agents.Rules // permissions of the configuration
	mcp        *mcp.Servers

	ctx      context.Context // ends when the process was asked to stop
	turnCtx  context.Context // ends when turns must
	stopping chan struct{}   // closed when no further turn may begin
	turns    sync.WaitGroup
	subSlots chan struct{} // a token for each sub-agent that runs
	sessions sessions
	asked    asked
	streams  streams
	account  account
	gate     *access.Gate
	count    struct {
		mu    sync.Mutex
		turns int64
	}
}

// maxBody bounds the body of a request.
const maxBody = 4 << 20

// routes builds the handler of the API.
func (r *server) routes() http.Handler {
	mux := http.NewServeMux()
	get := func(path string, h func(w http.ResponseWriter, q *http.Request) error) {
		mux.Handle("GET "+path, handler(h))
	}
	post := func(path string, h func(w http.ResponseWriter, q *http.Request) error) {
		mux.Handle("POST "+path, handler(h))
	}
	r.sessionRoutes(mux, get, post)
	r.infoRoutes(get, post)
	get("/event", r.serveEvents)
	get("/global/event", r.serveEvents)
	get("/permission", func(w http.ResponseWriter, q *http.Request) error {
		answer(w, 200, r.asked.list(identity.Of(q.Context())))
		return nil
	})
	post("/permission/{id}/reply", r.servePermissionReply)
	post("/session/{id}/permissions/{permission}", r.servePermissionReplyOld)
	get("/question", func(w http.ResponseWriter, _ *http.Request) error { answer(w, 200, []any{}); return nil })
	post("/question/{id}/reply", func(_ http.ResponseWriter, q *http.Request) error { return api.NotFound("question", q.PathValue("id")) })
	post("/question/{id}/reject", func(_ http.ResponseWriter, q *http.Request) error { return api.NotFound("question", q.PathValue("id")) })
	post("/v1/chat/completions", r.serveCompletions)
	get("/v1/models", r.serveModels)
	mux.Handle("GET /{$}", web.Handler())
	mux.Handle("GET /web/", web.Handler())
	mux.Handle("/", handler(func(_ http.ResponseWriter, q *http.Request) error {
		return api.Refuse(http.StatusNotFound, api.NameNotFound, "there is no %s %s", q.Method, gate.Line(q.URL.Path, 100))
	}))
	r.gate.Routes(mux)
	return r.gate.Handler(recovering(r.log, everyones(mux)))
}

// everyones lets root see, change and delete what belongs to anybody where it
// says everyone=true. Otherwise it acts as itself, and what it sends by POST is
// always its own.
func everyones(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if identity.Of(q.Context()) == identity.UID(0) && q.Method != http.MethodPost && q.URL.Query().Get("everyone") == "true" {
			q = q.WithContext(identity.With(q.Context(), identity.Everyone))
		}
		next.ServeHTTP(w, q)
	})
}

// handler turns errors into answers.
type handler func(w http.ResponseWriter, q *http.Request) error

func (h handler) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	q.Body = http.MaxBytesReader(w, q.Body, maxBody)
	if err := h(w, q); err != nil && q.Context().Err() == nil {
		fail(w, err)
	}
}

// recovering answers 500 for a defect and keeps the process.
func recovering(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case any(http.ErrAbortHandler):
				panic(v) // the server breaks the connection, so that the client does not take a part for the whole
			default:
				log.Error("request panicked", "method", q.Method, "path", q.Pattern, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				answer(w, http.StatusInternalServerError, api.NewError(api.NameUnknown, "this is a defect of the server; its log has the details"))
			}
		}()
		next.ServeHTTP(w, q)
	})
}

// read decodes the body of a request. An empty one leaves v as it is.
func read(q *http.Request, v any) error {
	b, err := io.ReadAll(q.Body)
	if err != nil {
		return err
	}
	if len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, v); err != nil {
		var te *json.UnmarshalTypeError
		if errors.As(err, &te) {
			return api.BadRequest("the body has a %s where %s is expected (%s)", te.Value, te.Type, te.Field)
		}
		return api.BadRequest("the body is not valid JSON: %s", err)
	}
	return nil
}

// directory is what clients are told they work in.
func (r *server) directory() string {
	if r.env.StateDir != "" {
		return r.env.StateDir
	}
	return "/"
}
