package datadog

import (
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

const key = "0123456789abcdef0123456789abcdef"

// intake takes metrics and logs as Datadog's does (docs.datadoghq.com/api/latest/metrics and /logs): a key, an encoding, a
// size. It is smaller than the real one, and busy at the first valid request for each kind.
type intake struct {
	*httptest.Server
	mu          sync.Mutex
	points      []point
	logs        []entry
	seen        map[string]bool
	busy, large int
}

type point struct {
	Metric    string
	Type      int
	Points    []struct{ Value float64 }
	Tags      []string
	Resources []struct{ Name, Type string }
}

type entry struct{ Message, Service, Ddsource, Hostname, Status string }

// maxItems is how many series or logs a payload may have, so that these tests come to it.
const maxItems = 100

func newIntake(t *testing.T) *intake {
	i := &intake{seen: map[string]bool{}}
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	return i
}

func (i *intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	body, err := decoded(r)
	var series struct{ Series []point }
	var logs []entry
	n := 0
	switch {
	case err != nil:
	case r.Method == http.MethodPost && r.URL.Path == "/api/v2/series":
		err = json.Unmarshal(body, &series)
		n = len(series.Series)
	case r.Method == http.MethodPost && r.URL.Path == "/api/v2/logs":
		err = json.Unmarshal(body, &logs)
		n = len(logs)
	default:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	answer := func(status int, text string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
	switch {
	case r.Header.Get("DD-API-KEY") != key:
		answer(http.StatusForbidden, `{"errors":["Forbidden"]}`)
	case err != nil:
		answer(http.StatusBadRequest, `{"errors":["Payload is not in the expected format"]}`)
	case !i.seen[r.URL.Path]:
		i.seen[r.URL.Path] = true
		i.busy++
		w.Header().Set("X-RateLimit-Reset", "1")
		answer(http.StatusTooManyRequests, `{"errors":["Too many requests"]}`)
	case n > maxItems:
		i.large++
		answer(http.StatusRequestEntityTooLarge, `{"errors":["Payload too large"]}`)
	default:
		for _, p := range series.Series {
			for j := range p.Tags {
				p.Tags[j] = normal(p.Tags[j])
			}
			i.points = append(i.points, p)
		}
		i.logs = append(i.logs, logs...)
		answer(http.StatusAccepted, `{"errors":[]}`)
	}
}

func decoded(r *http.Request) ([]byte, error) {
	var in io.Reader = r.Body
	var err error
	switch r.Header.Get("Content-Encoding") {
	case "deflate":
		in, err = zlib.NewReader(r.Body)
	case "gzip":
		in, err = gzip.NewReader(r.Body)
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(in, 5<<20))
}

// normal is a tag as Datadog keeps it (docs.datadoghq.com/getting_started/tagging).
func normal(tag string) string {
	tag = regexp.MustCompile(`[^a-z0-9_\-:./]+`).ReplaceAllString(strings.ToLower(tag), "_")
	return strings.TrimRight(tag[:min(len(tag), 200)], "_")
}

// sum is what the points of a metric with a tag come to.
func (i *intake) sum(metric, tag string) (total float64) {
	for _, p := range i.points {
		if p.Metric == metric && slices.Contains(p.Tags, tag) {
			total += p.Points[0].Value
		}
	}
	return total
}

// has reports whether a point has a tag, or, where it has no value, a tag of that name.
func (p point) has(tag string) bool {
	if tag == "host" {
		return slices.ContainsFunc(p.Resources, func(r struct{ Name, Type string }) bool { return r.Type == "host" })
	}
	return slices.ContainsFunc(p.Tags, func(t string) bool { return t == tag || strings.HasPrefix(t, tag+":") })
}

// chosen reports whether a query's braces choose a point: "*", "$variable", "key:value" and "key IN (a,b)".
func chosen(p point, braces string) bool {
	if in := regexp.MustCompile(`^(\w+) IN \((.*)\)$`).FindStringSubmatch(braces); in != nil {
		return slices.ContainsFunc(strings.Split(in[2], ","), func(v string) bool { return p.has(in[1] + ":" + v) })
	}
	for c := range strings.SplitSeq(braces, ",") {
		if c != "*" && !strings.HasPrefix(c, "$") && !p.has(c) {
			return false
		}
	}
	return true
}

// grouped reports whether a point has all tags that a query groups by.
func grouped(p point, by string) bool {
	for tag := range strings.SplitSeq(by, ",") {
		if tag != "" && !p.has(tag) {
			return false
		}
	}
	return true
}

// found reports whether a search of logs finds an entry: "key:value", "key:(a OR b*)" and "$variable", all of which must hold.
func found(e entry, query string) bool {
	have := map[string]string{"service": e.Service, "status": e.Status}
	for _, m := range regexp.MustCompile(`(\w+):(?:\(([^)]*)\)|(\S+))`).FindAllStringSubmatch(query, -1) {
		if !slices.ContainsFunc(strings.Split(m[2]+m[3], " OR "), func(v string) bool {
			start, open := strings.CutSuffix(v, "*")
			return have[m[1]] == v || open && strings.HasPrefix(have[m[1]], start)
		}) {
			return false
		}
	}
	return true
}
