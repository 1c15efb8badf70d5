package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"panther/pkg/agentdb"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// serveAgentdb is the child: agentdb on a socket in dir. It says on standard
// output when it is ready.
func serveAgentdb(ctx context.Context, dir, database, embedder string) error {
	env, err := sd.Local(agentdb.Name, dir, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	cfg := agentdb.Default()
	cfg.Database, cfg.Embedding.URL = database, embedder
	go func() {
		select {
		case <-env.ReadyC():
			fmt.Println("ready")
		case <-ctx.Done():
		}
	}()
	return agentdb.Run(ctx, env, cfg)
}

// server is agentdb as a process of its own, and the embedder that it asks.
type server struct {
	bench    *bench
	cmd      *exec.Cmd
	client   *knowledge.Client
	embedder *httptest.Server
}

func startAgentdb(b *bench, database, dir string) (*server, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "embed.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	srv := &server{bench: b, embedder: &httptest.Server{Listener: ln, Config: &http.Server{Handler: embedder(b)}}}
	srv.embedder.Start()
	srv.cmd = exec.Command(self, "-serve", dir, "-store", database, "unix:"+path)
	srv.cmd.Stderr = os.Stderr
	out, err := srv.cmd.StdoutPipe()
	if err == nil {
		err = srv.cmd.Start()
	}
	if err != nil {
		srv.embedder.Close()
		return nil, fmt.Errorf("start agentdb: %w", err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		srv.stop()
		return nil, fmt.Errorf("agentdb ended before it was ready: %q: %w", line, err)
	}
	srv.client = knowledge.NewClient("unix:"+sd.LocalSocket(dir, agentdb.Name), "")
	return srv, srv.settle()
}

// settle waits until agentdb has taken the space of the database for its own.
func (s *server) settle() error {
	q := strings.Join(s.bench.queries[0].terms, " ")
	for range 200 {
		r, err := s.client.Search(s.bench.ctx, knowledge.SearchRequest{Query: q, Mode: knowledge.ModeDense})
		if err != nil {
			return err
		}
		if r.Mode == knowledge.ModeDense && r.Space == s.bench.space() {
			return nil
		}
		select {
		case <-s.bench.ctx.Done():
			return s.bench.ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("agentdb does not search the space that was loaded")
}

func (s *server) stop() {
	if s.client != nil {
		s.client.Close()
	}
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
	s.embedder.Close()
}

// memory reads a figure of the process in MB.
func (s *server) memory(key string) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return -1
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, key+":"); ok {
			kb, _ := strconv.Atoi(strings.Fields(v)[0])
			return kb >> 10
		}
	}
	return -1
}

// search asks for ten passages over the socket.
func (s *server) search(mode knowledge.Mode) search {
	return func(ctx context.Context, q *query) ([]int64, error) {
		r, err := s.client.Search(ctx, knowledge.SearchRequest{Query: strings.Join(q.terms, " "), Mode: mode})
		if err != nil {
			return nil, err
		}
		if r.Mode != mode || len(r.Warnings) > 0 {
			return nil, fmt.Errorf("answered as %s: %v", r.Mode, r.Warnings)
		}
		if mode != knowledge.ModeDense {
			return nil, nil
		}
		out := []int64{}
		for _, h := range r.Hits {
			n, err := strconv.ParseInt(h.ChunkID, 10, 64)
			if err != nil {
				return nil, err
			}
			out = append(out, n)
		}
		return out, nil
	}
}

// embedder serves the vectors of the queries by their text, as panther-embed
// does.
func embedder(b *bench) http.Handler {
	vectors := make(map[string][]float32, len(b.queries))
	for _, q := range b.queries {
		vectors[strings.Join(q.terms, " ")] = q.vector
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"data":[{"id":"synthetic","provider":"bench","dimensions":%d,"fusion_weight":0.5}]}`, b.dimensions)
	})
	mux.HandleFunc("POST /v1/embeddings", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Input []string `json:"input"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		type item struct {
			Index     int    `json:"index"`
			Embedding []byte `json:"embedding"`
		}
		var out []item
		for i, t := range in.Input {
			v, ok := vectors[t]
			if !ok {
				http.Error(w, "no vector for that text", http.StatusBadRequest)
				return
			}
			var raw []byte
			for _, x := range v {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
			}
			out = append(out, item{i, raw})
		}
		if err := json.NewEncoder(w).Encode(map[string]any{"data": out}); err != nil {
			_, _ = io.WriteString(w, err.Error())
		}
	})
	return mux
}
