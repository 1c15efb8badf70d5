package metrics

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"panther/pkg/knowledge"
	"panther/pkg/opnix/token"
	"panther/pkg/sd"
	"panther/pkg/units"
)

// answerWithin bounds how long one part is waited for: agents give up after ten
// seconds or so, and the others' figures must arrive.
const answerWithin = 4 * time.Second

// maxText bounds agentdb's own figures, which are some tens of kilobytes.
const maxText = 4 << 20

// Server answers with the figures. Its fields are where it asks.
type Server struct {
	AgentDB string // address of agentdb's socket, "unix:/path"
	Units   func(context.Context) ([]units.Unit, error)
	Now     func() time.Time
	Log     *slog.Logger
}

// ServeHTTP answers GET /metrics.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/metrics" || r.Method != http.MethodGet {
		http.NotFound(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	own := &figures{reg: prometheus.NewRegistry(), log: s.Log}
	list, err := s.Units(ctx)
	own.up("systemd", err)
	own.units(list)
	own.secrets(list, s.Now())
	k := knowledge.NewClient(s.AgentDB, "")
	defer k.Close()
	var sources []knowledge.Source
	if err = k.Ready(ctx); err == nil { // which does not wait for one that is away
		sources, err = k.Sources(ctx)
	}
	own.crawls(sources, s.Now())
	var text []byte
	if err == nil {
		text, err = s.text(ctx)
	}
	own.up("agentdb", err)
	w.Header().Set("Content-Type", string(expfmt.NewFormat(expfmt.TypeTextPlain)))
	_, _ = w.Write(text)
	_ = own.write(w)
}

// text returns agentdb's own figures, but those of its process, which are named as
// everybody's are.
func (s *Server) text(ctx context.Context) ([]byte, error) {
	c, base := sd.HTTPClient(s.AgentDB)
	defer c.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/metrics", nil)
	if err != nil {
		return nil, fmt.Errorf("ask agentdb: %w", err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask agentdb: %w", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxText))
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask agentdb: status %d: %w", resp.StatusCode, err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(b)) {
		name := strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE ")
		if strings.HasPrefix(name, "agentdb_") {
			out.WriteString(line)
		}
	}
	return []byte(out.String()), nil
}

// figures are gauges of one answer.
type figures struct {
	reg *prometheus.Registry
	log *slog.Logger
}

// vec returns a gauge that is filled with set(value, label values...).
func (f *figures) vec(name, help string, labels ...string) (set func(v float64, values ...string)) {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	f.reg.MustRegister(g)
	return func(v float64, values ...string) { g.WithLabelValues(values...).Set(v) }
}

func (f *figures) up(part string, err error) {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "panther_up", Help: "Whether a part answered.", ConstLabels: prometheus.Labels{"part": part}})
	f.reg.MustRegister(g)
	g.Set(number(err == nil))
	if err != nil {
		f.log.Warn("part does not answer", "part", part, "error", err)
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// units tells how the installed units are.
func (f *figures) units(list []units.Unit) {
	active := f.vec("panther_unit_active", "Whether a unit is active.", "unit")
	failed := f.vec("panther_unit_failed", "Whether a unit failed.", "unit")
	restarts := f.vec("panther_unit_restarts", "Automatic restarts of a unit since it was last started.", "unit")
	memory := f.vec("panther_unit_memory_bytes", "Memory of a unit, where it is accounted.", "unit")
	for _, u := range fold(list) {
		active(number(u.Active == "active"), u.Name)
		failed(number(u.Active == "failed" || u.Sub == "auto-restart"), u.Name)
		if strings.HasSuffix(u.Name, ".service") {
			restarts(float64(u.Restarts), u.Name)
			if u.Memory > 0 {
				memory(float64(u.Memory), u.Name)
			}
		}
	}
}

// ofConnection matches the unit of one connection to a socket (Accept=yes), whose
// number no other ever has: @NUMBER-PID-UID, or @NUMBER-ADDRESS:PORT-ADDRESS:PORT.
var ofConnection = regexp.MustCompile(`@[0-9]+-([0-9_]+-[0-9]+|.+:.+-.+:.+)\.service$`)

// fold returns the installed units, those of connections together under the name
// of their template: monitoring keeps every name that it ever saw. One that failed
// stands for all, then one that is active.
func fold(list []units.Unit) []units.Unit {
	var out []units.Unit
	rank := func(u units.Unit) int { return slices.Index([]string{"active", "failed"}, u.Active) }
	for _, u := range list {
		if !u.Installed() {
			continue
		}
		u.Name = ofConnection.ReplaceAllString(u.Name, "@.service")
		i := slices.IndexFunc(out, func(o units.Unit) bool { return o.Name == u.Name })
		if i < 0 {
			out = append(out, u)
			continue
		}
		if o := &out[i]; rank(u) > rank(*o) {
			o.Active, o.Sub = u.Active, u.Sub
		}
		out[i].Restarts += u.Restarts
		out[i].Memory += u.Memory
	}
	return out
}

// secrets tells what opnix's last run came to, by its exit status: opnix(1).
func (f *figures) secrets(list []units.Unit, now time.Time) {
	var last units.Unit
	var whole time.Time // when the password manager last answered everything
	for _, u := range list {
		if u.Name != "opnix-secrets.service" && u.Name != "opnix-refresh.service" || u.Since == nil || u.Active == "activating" && u.Sub != "auto-restart" {
			continue
		}
		if last.Since == nil || u.Since.After(*last.Since) {
			last = u
		}
		if u.ExitStatus == 0 && u.Active != "failed" && u.Since.After(whole) {
			whole = *u.Since
		}
	}
	if last.Since == nil {
		return
	}
	problem := f.vec("panther_secrets_problem", "Whether the last run of opnix ended with a problem, by its kind.", "kind")
	problem(number(last.ExitStatus == 69), "missing")
	problem(number(last.ExitStatus == token.ExitMissing), "token_missing")
	problem(number(last.ExitStatus == sd.ExitConfig), "token_refused")
	problem(number(last.ExitStatus == 1), "not_refreshed")
	if !whole.IsZero() {
		f.vec("panther_secrets_age_seconds", "Time since all secrets were last brought.")(now.Sub(whole).Seconds())
	}
}

// crawls tells how long ago each source was read, and how that ended.
func (f *figures) crawls(sources []knowledge.Source, now time.Time) {
	age := f.vec("panther_crawl_age_seconds", "Time since the last run of a source ended.", "source")
	late := f.vec("panther_crawl_late_seconds", "Time since a source was to be read; 0 before it.", "source")
	failed := f.vec("panther_crawl_failed", "Whether the last run of a source failed.", "source")
	documents := f.vec("panther_crawl_documents", "Documents of a source.", "source")
	pages := f.vec("panther_crawl_pages", "Pages of the last run of a source, by what became of them.", "source", "outcome")
	for _, s := range sources {
		documents(float64(s.Documents), s.Name)
		if s.NextRun != nil {
			late(max(0, now.Sub(*s.NextRun).Seconds()), s.Name)
		}
		if s.LastRun == nil {
			continue
		}
		failed(number(s.LastRun.Status == "failed"), s.Name)
		if s.LastRun.Finished != nil {
			age(now.Sub(*s.LastRun.Finished).Seconds(), s.Name)
		}
		for _, outcome := range []string{"new", "changed", "unchanged", "gone", "refused", "failed"} {
			pages(float64(s.LastRun.Counts[outcome]), s.Name, outcome)
		}
	}
}

func (f *figures) write(w io.Writer) error {
	families, err := f.reg.Gather()
	if err != nil {
		return fmt.Errorf("gather figures: %w", err)
	}
	for _, m := range families {
		if _, err := expfmt.MetricFamilyToText(w, m); err != nil {
			return fmt.Errorf("write figures: %w", err)
		}
	}
	return nil
}
