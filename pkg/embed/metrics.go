package embed

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what /metrics shows.
type metrics struct {
	registry  *prometheus.Registry
	texts     *prometheus.CounterVec
	tokens    *prometheus.CounterVec
	compute   *prometheus.HistogramVec
	requests  *prometheus.CounterVec
	cacheHits prometheus.Counter
}

func newMetrics(s *service) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		texts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "panther_embed_texts_total",
			Help: "Texts that were computed, by kind; those from the cache are not among them."}, []string{"kind"}),
		tokens: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "panther_embed_tokens_total",
			Help: "Tokens that were computed, by kind."}, []string{"kind"}),
		compute: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "panther_embed_compute_seconds",
			Help:    "Time that the provider took for one batch, by kind, without waiting.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14)}, []string{"kind"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "panther_embed_requests_total",
			Help: "Requests to the API, by status."}, []string{"status"}),
		cacheHits: prometheus.NewCounter(prometheus.CounterOpts{Name: "panther_embed_cache_hits_total",
			Help: "Passages whose vector was in the cache."}),
	}
	waiting := func(kind string, n func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "panther_embed_waiting", Help: "Batches that wait for their turn, by kind.",
			ConstLabels: prometheus.Labels{"kind": kind}}, func() float64 { return float64(n()) })
	}
	m.registry.MustRegister(m.texts, m.tokens, m.compute, m.requests, m.cacheHits,
		waiting("query", func() int { u, _ := s.gate.waiting(); return u }),
		waiting("passage", func() int { _, b := s.gate.waiting(); return b }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "panther_embed_cut_total",
			Help: "Passages of which the end was cut off."}, func() float64 { return float64(s.cut.Load()) }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observe(query bool, texts int, tokens []int, took time.Duration) {
	kind := kindOf(query)
	sum := 0
	for _, n := range tokens {
		sum += n
	}
	m.texts.WithLabelValues(kind).Add(float64(texts))
	m.tokens.WithLabelValues(kind).Add(float64(sum))
	m.compute.WithLabelValues(kind).Observe(took.Seconds())
}

func kindOf(query bool) string {
	if query {
		return "query"
	}
	return "passage"
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
