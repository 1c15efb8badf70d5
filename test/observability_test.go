package test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
)

const observability = "../nix/observability"

func decode(t *testing.T, path string, into any) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return string(b)
}

// Datadog's definitions are of the form that its API takes.
func TestDatadogDefinitions(t *testing.T) {
	t.Parallel()
	var schema jsonschema.Schema
	decode(t, observability+"/datadog/schema.json", &schema)
	validate := func(kind string, value any) {
		t.Helper()
		s := schema.Defs[kind]
		r, err := s.Resolve(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Validate(value); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	var monitors []map[string]any
	var dashboard map[string]any
	decode(t, observability+"/datadog/monitors.json", &monitors)
	decode(t, observability+"/datadog/dashboard.json", &dashboard)
	for _, m := range monitors {
		validate("monitor", m)
	}
	validate("dashboard", dashboard)
	if len(monitors) < 12 {
		t.Errorf("only %d monitors", len(monitors))
	}
}

// Prometheus accepts the rules, and each comes when it must.
func TestPrometheusRules(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is missing: install prometheus")
	}
	for _, args := range [][]string{{"check", "rules", "panther.rules.yml"}, {"test", "rules", "panther.test.yml"}} {
		c := exec.Command(promtool, args...)
		c.Dir = observability + "/prometheus"
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// What rules and dashboards ask for exists, and what a person is to be woken for is asked for in both.
func TestFiguresOfRulesExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, file := range []string{"../pkg/metrics/metrics.go", "../pkg/agentdb/metrics.go"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"((?:panther|agentdb)_[a-z_]+)"`).FindAllStringSubmatch(string(b), -1) {
			known[m[1]] = true
		}
	}
	var grafana map[string]any
	rules, err := os.ReadFile(observability + "/prometheus/panther.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{"rules": string(rules), "grafana": decode(t, observability+"/grafana/panther.json", &grafana)}
	for _, name := range []string{"monitors.json", "dashboard.json"} {
		var v any
		// Datadog has them by the check's namespace, without the prefix that both have.
		text := decode(t, filepath.Join(observability, "datadog", name), &v)
		text = strings.ReplaceAll(text, "panther.agentdb_", "agentdb_")
		texts[name] = regexp.MustCompile(`\bpanther\.([a-z_]+)`).ReplaceAllString(text, "panther_$1")
	}
	suffix := regexp.MustCompile(`_(bucket|count|sum)$`)
	for name, text := range texts {
		n := 0
		for _, m := range regexp.MustCompile(`\b(?:panther|agentdb)_[a-z_]+`).FindAllString(text, -1) {
			n++
			if !known[m] && !known[suffix.ReplaceAllString(m, "")] {
				t.Errorf("%s asks for %s, which nobody tells", name, m)
			}
		}
		if n < 8 {
			t.Errorf("%s asks for %d figures", name, n)
		}
	}
	for _, figure := range []string{"panther_up", "panther_unit_failed", "panther_unit_restarts", "panther_crawl_late_seconds", "panther_crawl_failed", "agentdb_request_seconds",
		"agentdb_stored", "panther_secrets_age_seconds", "panther_secrets_problem"} {
		if !strings.Contains(texts["rules"], figure) || !strings.Contains(texts["monitors.json"], figure) {
			t.Errorf("nobody is woken by %s in one of the two", figure)
		}
	}
}
