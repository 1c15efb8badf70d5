package agentdb

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"panther/pkg/sd"
)

// metrics are those of one instance; they have a registry of their own, so that
// several services may run in one process.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newMetrics(d *database) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "agentdb_request_seconds", Help: "Time to answer a request.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"route", "status"})}
	m.registry.MustRegister(m.requests, &stored{d}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// recorder keeps the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// observe measures requests, and logs each at debug level with its peer, the
// slow ones as warnings.
func (m *metrics) observe(env *sd.Env, cfg Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, rec := time.Now(), &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		took := time.Since(start)
		route := r.Pattern
		if route == "" || route == "/" {
			route = r.Method + " " + r.URL.Path
			if rec.status == http.StatusNotFound {
				route = "unknown"
			}
		}
		m.requests.WithLabelValues(route, strconv.Itoa(rec.status)).Observe(took.Seconds())
		log := env.Log.Debug
		if slow := cfg.SlowQuery.D(); slow > 0 && took > slow && r.Method+r.URL.Path != "POST/v1/maintain" {
			log = env.Log.Warn
		}
		attrs := []any{"route", route, "status", rec.status, "millis", took.Milliseconds()}
		if p, ok := sd.PeerOf(r.Context()); ok {
			attrs = append(attrs, "peer_uid", p.UID, "peer_pid", p.PID)
		}
		log("request answered", attrs...)
	})
}

// stored reports what the database holds, when it is asked.
type stored struct{ d *database }

var (
	upDesc       = prometheus.NewDesc("agentdb_database_up", "Whether the database answers.", nil, nil)
	countDesc    = prometheus.NewDesc("agentdb_stored", "What the database holds.", []string{"kind"}, nil)
	searchesDesc = prometheus.NewDesc("agentdb_searches_total", "Searches since start.", nil, nil)
	bytesDesc    = prometheus.NewDesc("agentdb_database_bytes", "Size of the database.", nil, nil)
)

// Describe sends the descriptions.
func (s *stored) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{upDesc, countDesc, searchesDesc, bytesDesc} {
		ch <- d
	}
}

// Collect asks the database.
func (s *stored) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if s.d.away() != nil {
		gauge(upDesc, 0)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	st, err := s.d.engine.Load().Stats(ctx)
	if err != nil {
		gauge(upDesc, 0)
		return
	}
	gauge(upDesc, 1)
	for kind, n := range map[string]int{"documents": st.Documents, "chunks": st.Chunks, "pending": st.Pending,
		"memories": st.Memories, "sessions": st.Sessions, "canaries": st.Canaries, "canaries_lost": st.CanariesLost} {
		gauge(countDesc, float64(n), kind)
	}
	gauge(bytesDesc, float64(st.Bytes))
	ch <- prometheus.MustNewConstMetric(searchesDesc, prometheus.CounterValue, float64(st.Searches))
}
