package local

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"panther/pkg/sd"
)

// handler serves the control socket. ctx ends when the instance is to stop.
func (i *instance) handler(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(i.status()) // the client went away
	})
	mux.HandleFunc("POST /v1/stop", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		_ = http.NewResponseController(w).Flush()
		i.stop()
		for _, s := range i.services {
			<-s.ended
		}
	})
	mux.HandleFunc("POST /v1/crawl", func(w http.ResponseWriter, r *http.Request) {
		var req CrawlRequest
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&req); err != nil {
			http.Error(w, fmt.Sprintf("decode request: %v", err), http.StatusBadRequest)
			return
		}
		i.serveCrawl(ctx, w, r, req)
	})
	return mux
}

// serveCrawl runs a crawl for as long as the client listens and the instance
// runs, and answers with one line of JSON for each event.
func (i *instance) serveCrawl(ctx context.Context, w http.ResponseWriter, r *http.Request, req CrawlRequest) {
	crawl, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	w.Header().Set("Content-Type", "application/x-ndjson")
	var mu sync.Mutex
	flush := http.NewResponseController(w)
	send := func(e CrawlEvent) {
		mu.Lock()
		defer mu.Unlock()
		_ = json.NewEncoder(w).Encode(e) // a client that went away ends the crawl by its context
		_ = flush.Flush()
	}
	if err := i.runCrawl(crawl, req, send); err != nil && r.Context().Err() == nil {
		send(CrawlEvent{Error: err.Error(), Hint: sd.HintOf(err), Status: sd.ExitCode(err)})
		return
	}
	send(CrawlEvent{Done: true})
}
