package agentdb

import (
	"errors"
	"net/http"

	"panther/pkg/agentdb/backup"
	"panther/pkg/agentdb/engine"
	"panther/pkg/agentdb/httpapi"
	"panther/pkg/agentdb/rights"
	"panther/pkg/agentdb/store"
)

// backups adds the two operations that stream.
func backups(mux *http.ServeMux, d *database) {
	mux.HandleFunc("GET /v1/backup", privileged(d, func(e *engine.Engine, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/zstd")
		if err := backup.Write(r.Context(), e.Store(), w); err != nil {
			d.env.Log.Error("backup failed", "error", err)
			panic(http.ErrAbortHandler) // the status is sent: a broken stream is how the client learns of it
		}
	}))
	mux.HandleFunc("POST /v1/restore", privileged(d, func(e *engine.Engine, w http.ResponseWriter, r *http.Request) {
		err := backup.Read(r.Context(), e.Store(), r.Body)
		switch {
		case err == nil:
			e.Refresh()
			d.env.Log.Info("backup restored")
			w.WriteHeader(http.StatusNoContent)
		case errors.Is(err, store.ErrNotEmpty):
			problem(w, http.StatusConflict, "conflict", err.Error())
		case errors.Is(err, store.ErrUnavailable):
			problem(w, http.StatusServiceUnavailable, "unavailable", err.Error())
		default:
			problem(w, http.StatusUnprocessableEntity, "invalid", err.Error())
		}
	}))
}

// privileged lets root and the service's own user through.
func privileged(d *database, handle func(*engine.Engine, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !rights.Privileged(r.Context()) {
			problem(w, http.StatusForbidden, "forbidden", httpapi.ErrForbidden.Error())
			return
		}
		e, err := d.get()
		if err != nil {
			problem(w, http.StatusServiceUnavailable, "unavailable", err.Error())
			return
		}
		handle(e, w, r)
	}
}
