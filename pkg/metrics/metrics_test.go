package metrics

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"panther/pkg/units"
)

// agentdb answers what the real one does, as far as it is asked.
func agentdb(t *testing.T) string {
	t.Helper()
	path := t.TempDir() + "/s"
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /v1/sources", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"sources":[{"name":"docs","documents":7,"next_run":"2026-11-30T01:00:00Z","last_run":{"id":"1","source":"docs","started":"2026-11-30T01:00:00Z","finished":"2026-11-30T02:00:00Z","status":"failed","counts":{"new":3,"failed":2}}},{"name":"never"}]}`)
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "# HELP agentdb_stored What.\n# TYPE agentdb_stored gauge\nagentdb_stored{kind=\"pending\"} 12\n# HELP go_threads T\n# TYPE go_threads gauge\ngo_threads 9\n")
	})
	srv := &http.Server{Handler: mux}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close() })
	return "unix:" + path
}

// ask returns the figures by name and labels.
func ask(t *testing.T, s *Server) map[string]float64 {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	p := expfmt.NewTextParser(model.UTF8Validation)
	families, err := p.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatalf("%v\n%s", err, w.Body)
	}
	out := map[string]float64{}
	for name, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			out[name+"{"+strings.Join(labels, ",")+"}"] = m.GetGauge().GetValue()
		}
	}
	return out
}

func TestFigures(t *testing.T) {
	t.Parallel()
	at := func(minutes int) *time.Time {
		tm := time.Date(2026, 11, 30, 0, minutes, 0, 0, time.UTC)
		return &tm
	}
	list := []units.Unit{
		{Name: "opencode.service", Load: "loaded", Active: "active", Restarts: 2, Memory: 1 << 20},
		{Name: "agentdb.service", Load: "loaded", Active: "activating", Sub: "auto-restart", Restarts: 9},
		{Name: "postgresql.service", Load: "not-found", Active: "inactive"},
		{Name: "opnix-secrets.service", Load: "loaded", Active: "active", Since: at(10)},
		{Name: "opnix-refresh.service", Load: "loaded", Active: "failed", ExitStatus: 69, Since: at(40)},
	}
	s := &Server{Log: slog.New(slog.DiscardHandler), AgentDB: agentdb(t), Now: func() time.Time { return *at(70) }, Units: func(context.Context) ([]units.Unit, error) { return list, nil }}
	got := ask(t, s)
	for name, want := range map[string]float64{
		"panther_up{part=agentdb}": 1, "panther_up{part=systemd}": 1,
		"panther_unit_active{unit=opencode.service}": 1, "panther_unit_failed{unit=agentdb.service}": 1, "panther_unit_restarts{unit=agentdb.service}": 9,
		"panther_unit_memory_bytes{unit=opencode.service}": 1 << 20,
		"panther_secrets_problem{kind=missing}":            1, "panther_secrets_problem{kind=token_refused}": 0, "panther_secrets_age_seconds{}": 3600,
		"panther_crawl_failed{source=docs}": 1, "panther_crawl_documents{source=never}": 0, "panther_crawl_pages{outcome=failed,source=docs}": 2,
		"panther_crawl_age_seconds{source=docs}": -3000, "panther_crawl_late_seconds{source=docs}": 600,
		"agentdb_stored{kind=pending}": 12,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v (%v), want %v", name, v, ok, want)
		}
	}
	for name := range got {
		if strings.HasPrefix(name, "go_") || strings.Contains(name, "postgresql") || strings.Contains(name, "age_seconds{source=never}") {
			t.Errorf("%s is there", name)
		}
	}
	for status, kind := range map[int32]string{66: "token_missing", 78: "token_refused", 1: "not_refreshed"} {
		list[4].ExitStatus = status
		if got := ask(t, s); got["panther_secrets_problem{kind="+kind+"}"] != 1 || got["panther_secrets_problem{kind=missing}"] != 0 {
			t.Errorf("status %d: %v", status, got)
		}
	}
}

// The units of connections are told as one, since each has a name that no other ever has.
func TestConnectionsAreOne(t *testing.T) {
	t.Parallel()
	unit := func(name, active string) units.Unit {
		return units.Unit{Name: name, Load: "loaded", Active: active, Restarts: 1, Memory: 10}
	}
	list := []units.Unit{
		unit("opencode-subagent@1-4711-995.service", "activating"), unit("opencode-subagent@2-4712-995.service", "failed"), unit("opencode-subagent@30-127.0.0.1:8080-10.0.0.1:4.service", "active"),
		unit("opencode-subagent@4-4711_9-995.service", "inactive"), unit("panther-crawl@2-notes.service", "failed"), unit("panther-crawl@guide-2.service", "active"),
	}
	s := &Server{Log: slog.New(slog.DiscardHandler), AgentDB: agentdb(t), Now: time.Now, Units: func(context.Context) ([]units.Unit, error) { return list, nil }}
	got := ask(t, s)
	for name, want := range map[string]float64{
		"panther_unit_failed{unit=opencode-subagent@.service}": 1, "panther_unit_active{unit=opencode-subagent@.service}": 0, "panther_unit_restarts{unit=opencode-subagent@.service}": 4,
		"panther_unit_memory_bytes{unit=opencode-subagent@.service}": 40,
		"panther_unit_failed{unit=panther-crawl@2-notes.service}":    1, "panther_unit_active{unit=panther-crawl@guide-2.service}": 1,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v (%v), want %v", name, v, ok, want)
		}
	}
	for name := range got {
		if strings.Contains(name, "47") || strings.Contains(name, "@30") {
			t.Errorf("%s is there", name)
		}
	}
}

// What does not answer is missing, and the rest is there.
func TestFiguresWithoutParts(t *testing.T) {
	t.Parallel()
	s := &Server{Log: slog.New(slog.DiscardHandler), AgentDB: "unix:" + t.TempDir() + "/none", Now: time.Now, Units: func(context.Context) ([]units.Unit, error) { return nil, errors.New("no bus") }}
	got := ask(t, s)
	if got["panther_up{part=agentdb}"] != 0 || got["panther_up{part=systemd}"] != 0 || len(got) != 2 {
		t.Errorf("%v", got)
	}
	for _, path := range []string{"/", "/metrics/x"} {
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil)); w.Code != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, w.Code)
		}
	}
}
