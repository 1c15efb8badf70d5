package agentdb

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"panther/pkg/agentdb/httpapi"
	"panther/pkg/agentdb/mcp"
	"panther/pkg/agentdb/rights"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// handler is everything that is served on the socket.
func handler(env *sd.Env, cfg Config, d *database, token string, peers *rights.Peers) http.Handler {
	operations := http.NewServeMux()
	httpapi.Register(operations, d.get, env.Log)
	backups(operations, d)
	operations.Handle("/mcp", mcp.Handler(inProcess{d}))
	m := newMetrics(d)
	mux := http.NewServeMux()
	mux.Handle("/", m.observe(env, cfg, admit(operations)))
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		err := d.away()
		if err == nil {
			err = d.engine.Load().Store().Ping(r.Context())
		}
		if err != nil {
			problem(w, http.StatusServiceUnavailable, "unavailable", err.Error())
			return
		}
		answer(w, http.StatusOK, "ready")
	})
	pattern := func(r *http.Request) string {
		_, p := mux.Handler(r)
		if p == "/" {
			_, p = operations.Handler(r)
		}
		return p
	}
	return authorized(token, peers.Handler(pattern, mux, func(w http.ResponseWriter, r *http.Request, err error) {
		peer, _ := sd.PeerOf(r.Context())
		env.Log.Warn("peer was refused", "method", r.Method, "path", r.URL.Path, "peer_uid", peer.UID, "peer_pid", peer.PID, "error", err,
			sd.MessageIDKey, sd.MessagePeerRefused)
		problem(w, http.StatusForbidden, "forbidden", err.Error())
	}))
}

func answer(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": word})
}

// problem writes an error as the API does.
func problem(w http.ResponseWriter, status int, kind, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "urn:panther:problem:" + kind, "title": http.StatusText(status),
		"status": status, "detail": detail})
}

// How many requests are worked on at a time. Batches of documents hold up to
// 36 MB each while they are stored, so few are let in; others wait in their
// connection, which costs nothing, and are told to come back after a while.
const (
	maxRequests = 128
	maxBatches  = 4
	admitWait   = 20 * time.Second
)

// admit bounds the requests that run at once.
func admit(next http.Handler) http.Handler {
	all, batches := make(chan struct{}, maxRequests), make(chan struct{}, maxBatches)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gate := all
		if r.Method == http.MethodPost && r.URL.Path == "/v1/documents" {
			gate = batches
		}
		ctx, cancel := context.WithTimeout(r.Context(), admitWait)
		defer cancel()
		select {
		case gate <- struct{}{}:
			defer func() { <-gate }()
			next.ServeHTTP(w, r)
		case <-ctx.Done():
			problem(w, http.StatusServiceUnavailable, "unavailable", "too many requests are waiting")
		}
	})
}

// statusLine is what `systemctl status` shows.
func statusLine(st knowledge.Stats, lastSearches int64, every time.Duration) string {
	s := fmt.Sprintf("%s documents, %s chunks, %s pending", grouped(st.Documents), grouped(st.Chunks), grouped(st.Pending))
	for _, sp := range st.Spaces {
		switch {
		case sp.Error != "":
			s += ", embedding waits: " + sp.Error
		case sp.Held != "":
			s += ", " + sp.ID + " is held back: " + sp.Held
		case sp.ETASeconds > 0:
			s += fmt.Sprintf(" (%.0f/s, %s left)", sp.Rate, (time.Duration(sp.ETASeconds) * time.Second).Round(time.Second))
		}
	}
	if n := st.Searches - lastSearches; lastSearches >= 0 && n > 0 {
		s += fmt.Sprintf("; %.0f searches/s", float64(n)/every.Seconds())
	}
	return s
}
