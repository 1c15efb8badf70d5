package opencode

import (
	"net/http"
	"strconv"
	"time"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
)

type route = func(path string, h func(w http.ResponseWriter, q *http.Request) error)

func (r *server) sessionRoutes(mux *http.ServeMux, get, post route) {
	get("/session", r.serveList)
	post("/session", r.serveCreate)
	get("/session/status", func(w http.ResponseWriter, q *http.Request) error {
		m := map[string]api.SessionStatus{}
		for _, id := range r.sessions.running() {
			if _, err := r.session(q.Context(), id); err == nil {
				m[id] = api.SessionStatus{Type: "busy"}
			}
		}
		answer(w, 200, m)
		return nil
	})
	get("/session/{id}", func(w http.ResponseWriter, q *http.Request) error {
		s, err := r.session(q.Context(), q.PathValue("id"))
		return respond(w, s, err)
	})
	mux.Handle("PATCH /session/{id}", handler(r.serveUpdate))
	mux.Handle("DELETE /session/{id}", handler(func(w http.ResponseWriter, q *http.Request) error {
		return respond(w, true, r.deleteSession(q.Context(), q.PathValue("id")))
	}))
	get("/session/{id}/children", func(w http.ResponseWriter, q *http.Request) error {
		if _, err := r.session(q.Context(), q.PathValue("id")); err != nil {
			return err
		}
		l, err := r.listSessions(q.Context(), q.PathValue("id"), "", 1000)
		return respond(w, l, err)
	})
	post("/session/{id}/fork", func(w http.ResponseWriter, q *http.Request) error {
		var in api.Fork
		if err := read(q, &in); err != nil {
			return err
		}
		s, err := r.fork(q.Context(), q.PathValue("id"), in.MessageID)
		return respond(w, s, err)
	})
	post("/session/{id}/revert", r.serveRevert)
	post("/session/{id}/unrevert", func(w http.ResponseWriter, q *http.Request) error {
		s, err := r.edit(q.Context(), q.PathValue("id"), func(s *api.Session) { s.Revert = nil })
		return respond(w, s, err)
	})
	post("/session/{id}/abort", func(w http.ResponseWriter, q *http.Request) error {
		if _, err := r.session(q.Context(), q.PathValue("id")); err != nil {
			return err
		}
		r.abort(q.PathValue("id"))
		answer(w, 200, true)
		return nil
	})
	post("/session/{id}/summarize", r.serveSummarize)
	post("/session/{id}/init", r.known(true))
	get("/session/{id}/todo", r.known([]any{}))
	get("/session/{id}/diff", r.known([]any{}))
	get("/session/{id}/message", r.serveMessages)
	post("/session/{id}/message", r.servePrompt)
	post("/session/{id}/prompt_async", r.servePromptAsync)
	post("/session/{id}/command", r.serveCommand)
	get("/session/{id}/message/{message}", func(w http.ResponseWriter, q *http.Request) error {
		if _, err := r.session(q.Context(), q.PathValue("id")); err != nil {
			return err
		}
		m, err := r.message(q.Context(), q.PathValue("id"), q.PathValue("message"))
		return respond(w, m, err)
	})
	get("/session/{id}/export", r.serveExport)
	for _, path := range []string{"share", "shell"} {
		post("/session/{id}/"+path, func(http.ResponseWriter, *http.Request) error {
			return api.BadRequest("this server does not do that: sessions are not shared and no shell is run")
		})
	}
}

// respond answers v, or err.
func respond(w http.ResponseWriter, v any, err error) error {
	if err != nil {
		return err
	}
	answer(w, 200, v)
	return nil
}

// known answers v for a session that there is: what OpenCode has for coding and
// is empty here.
func (r *server) known(v any) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, q *http.Request) error {
		_, err := r.session(q.Context(), q.PathValue("id"))
		return respond(w, v, err)
	}
}

func number(q *http.Request, key string, most int) (int, error) {
	s := q.URL.Query().Get(key)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, api.BadRequest("%s is no number", key)
	}
	return min(n, most), nil
}

func (r *server) serveList(w http.ResponseWriter, q *http.Request) error {
	limit, err := number(q, "limit", 1000)
	if err != nil {
		return err
	}
	v := q.URL.Query()
	parent := "*"
	if v.Get("roots") == "true" {
		parent = ""
	}
	l, err := r.listSessions(q.Context(), parent, v.Get("search"), limit)
	if start, serr := strconv.ParseInt(v.Get("start"), 10, 64); serr == nil && err == nil {
		for i := range l {
			if l[i].Time.Updated < start {
				l = l[:i]
				break
			}
		}
	}
	return respond(w, l, err)
}

func (r *server) serveCreate(w http.ResponseWriter, q *http.Request) error {
	var in api.CreateSession
	if err := read(q, &in); err != nil {
		return err
	}
	s, err := r.createSession(q.Context(), in)
	return respond(w, s, err)
}

func (r *server) serveUpdate(w http.ResponseWriter, q *http.Request) error {
	var in api.UpdateSession
	if err := read(q, &in); err != nil {
		return err
	}
	if err := checkRules(in.Permission); err != nil {
		return err
	}
	s, err := r.edit(q.Context(), q.PathValue("id"), func(s *api.Session) {
		if in.Title != nil {
			s.Title = gate.Line(*in.Title, 200)
		}
		if in.Metadata != nil {
			s.Metadata = in.Metadata
		}
		if in.Permission != nil {
			s.Permission = in.Permission
		}
		if in.Time != nil {
			s.Time.Archived = in.Time.Archived
		}
	})
	return respond(w, s, err)
}

func (r *server) serveRevert(w http.ResponseWriter, q *http.Request) error {
	var in api.Revert
	if err := read(q, &in); err != nil {
		return err
	}
	id := q.PathValue("id")
	if _, err := r.session(q.Context(), id); err != nil {
		return err
	}
	if _, err := r.message(q.Context(), id, in.MessageID); err != nil {
		return err
	}
	r.abort(id)
	s, err := r.edit(q.Context(), id, func(s *api.Session) { s.Revert = &in })
	return respond(w, s, err)
}

func (r *server) serveSummarize(w http.ResponseWriter, q *http.Request) error {
	var in api.ModelRef
	if err := read(q, &in); err != nil {
		return err
	}
	id := q.PathValue("id")
	s, err := r.session(q.Context(), id)
	if err != nil {
		return err
	}
	ref := ""
	if in.ModelID != "" {
		ref = in.String()
	}
	info, ok := r.models.Find(ref)
	if !ok {
		return api.BadRequest("a summary needs a language model, and %q is not configured", ref)
	}
	sl, done := r.sessions.use(id)
	defer done()
	select {
	case sl.turn <- struct{}{}:
	case <-q.Context().Done():
		return q.Context().Err()
	}
	defer func() { <-sl.turn }()
	t := &turn{r: r, owner: s.Owner, session: s.ID, model: ""}
	if err := r.remember(q.Context(), t, api.Message{ID: knowledge.NewID("msg")}); err != nil {
		return err
	}
	_, err = r.summarize(q.Context(), id, info.Ref(), t.history)
	var le *llm.Error
	if asModelError(err, &le) {
		return &api.Error{Status: http.StatusBadGateway, NamedError: *modelError(le)}
	}
	return respond(w, true, err)
}

func (r *server) serveMessages(w http.ResponseWriter, q *http.Request) error {
	limit, err := number(q, "limit", 1<<20)
	if err != nil {
		return err
	}
	if _, err := r.session(q.Context(), q.PathValue("id")); err != nil {
		return err
	}
	l, err := r.messages(q.Context(), q.PathValue("id"))
	if before := q.URL.Query().Get("before"); before != "" {
		for i := range l {
			if l[i].Info.ID >= before {
				l = l[:i]
				break
			}
		}
	}
	if limit > 0 && len(l) > limit {
		l = l[len(l)-limit:]
	}
	return respond(w, l, err)
}

// servePrompt answers when the turn has ended. The header goes out at once and
// blanks follow from time to time, so that nothing on the way gives up.
func (r *server) servePrompt(w http.ResponseWriter, q *http.Request) error {
	var in api.Prompt
	if err := read(q, &in); err != nil {
		return err
	}
	a, err := r.prompt(q.Context(), q.PathValue("id"), in)
	if err != nil {
		return err
	}
	return r.await(w, q, a)
}

// patience is how long a waiting client hears nothing.
const patience = 20 * time.Second

func (r *server) await(w http.ResponseWriter, q *http.Request, a *accepted) error {
	tick := time.NewTicker(patience)
	defer tick.Stop()
	begun := false
	for {
		select {
		case <-q.Context().Done():
			return nil // the turn goes on without the client
		case <-tick.C:
			if !begun {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusOK)
				begun = true
			}
			_, _ = w.Write([]byte(" ")) // JSON may begin with blanks
			_ = http.NewResponseController(w).Flush()
		case <-a.done:
			if begun && a.err != nil {
				panic(http.ErrAbortHandler) // the status is out; a broken answer is no answer
			}
			return respond(w, a.answer, a.err)
		}
	}
}

func (r *server) servePromptAsync(w http.ResponseWriter, q *http.Request) error {
	var in api.Prompt
	if err := read(q, &in); err != nil {
		return err
	}
	if _, err := r.prompt(q.Context(), q.PathValue("id"), in); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (r *server) servePermissionReply(w http.ResponseWriter, q *http.Request) error {
	var in api.PermissionReply
	if err := read(q, &in); err != nil {
		return err
	}
	return respond(w, true, r.reply(q.Context(), q.PathValue("id"), in))
}

// servePermissionReplyOld is the same by its older name.
func (r *server) servePermissionReplyOld(w http.ResponseWriter, q *http.Request) error {
	var in struct {
		Response string `json:"response"`
	}
	if err := read(q, &in); err != nil {
		return err
	}
	return respond(w, true, r.reply(q.Context(), q.PathValue("permission"), api.PermissionReply{Reply: in.Response}))
}
