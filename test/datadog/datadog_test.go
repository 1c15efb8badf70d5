// Package datadog holds what Datadog's agent and Datadog's own client, neither of them ours, make of panther-metrics and of the journal
// to what the monitors and the dashboard ask for. The agent itself comes from no registry of packages; agent.py says
// which parts of it take part. PANTHER_DATADOG names the Python that has them: test/datadog.sh.
package datadog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"panther/pkg/agentdb"
	"panther/pkg/knowledge"
	"panther/pkg/metrics"
	"panther/pkg/sd"
	"panther/pkg/units"
	"panther/test/nix/nixos"
)

const root = "../.."

// agent runs the agent's parts against an intake and returns what they said and their exit status.
func agent(t *testing.T, input map[string]any) (string, int) {
	t.Helper()
	in, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), os.Getenv("PANTHER_DATADOG"), "agent.py")
	c.Stdin = bytes.NewReader(in)
	out, err := c.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// configured is what the module of the fleet gives the agent: the instances of its check of figures.
func configured(t *testing.T) []map[string]any {
	t.Helper()
	nix, err := exec.LookPath("nix-instantiate")
	if err != nil {
		t.Skip("nix-instantiate is missing: install nix-bin")
	}
	c := nixos.Command(nix, t.TempDir(), "--eval", "--strict", "--json", "-E",
		`((import ../nix/fleet.nix { }).host "servers/ovh-cloud-vps" [ ]).services.datadog-agent.checks.openmetrics.instances`)
	var problem bytes.Buffer
	c.Stderr = &problem
	out, err := c.Output()
	var instances []map[string]any
	if err == nil {
		err = json.Unmarshal(out, &instances)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, &problem)
	}
	return instances
}

// figures serves what panther-metrics answers beside a real agentdb, which is asked a question before each answer.
func figures(t *testing.T) string {
	t.Helper()
	dir, quiet := t.TempDir(), slog.New(slog.DiscardHandler)
	env, err := sd.Local(agentdb.Name, dir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	cfg := agentdb.Default()
	cfg.Database, cfg.Embedding = "sqlite:"+filepath.Join(dir, "agentdb.db"), agentdb.Embedding{}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- agentdb.Run(ctx, env, cfg) }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	select {
	case <-env.ReadyC():
	case err := <-ended:
		t.Fatal(err)
	}
	address := "unix:" + sd.LocalSocket(dir, agentdb.Name)
	db := knowledge.NewClient(address, "")
	t.Cleanup(db.Close)
	yesterday, now := time.Now().Add(-24*time.Hour), time.Now()
	_, err = db.Upsert(t.Context(), knowledge.Document{URI: "https://docs.test/a", Source: "docs", Title: "A", Markdown: "# A\n\nA partial index."})
	err = errors.Join(err, db.PutSource(t.Context(), knowledge.Source{Name: "docs", Kind: "web", Location: "https://docs.test/", NextRun: &yesterday}),
		db.PutRun(t.Context(), knowledge.Run{ID: "1", Source: "docs", Started: yesterday, Finished: &now, Status: "finished", Counts: map[string]int{"new": 1}}))
	if err != nil {
		t.Fatal(err)
	}
	var list []units.Unit
	for _, name := range append(slices.Clone(units.Names), "opencode-subagent@7-4711-995.service") {
		list = append(list, units.Unit{Name: name, Load: "loaded", Active: "active", Since: &yesterday, Memory: 1 << 20})
	}
	s := &metrics.Server{AgentDB: address, Now: time.Now, Log: quiet, Units: func(context.Context) ([]units.Unit, error) { return list, nil }}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := db.Search(r.Context(), knowledge.SearchRequest{Query: "partial index"}); err != nil {
			t.Error(err)
		}
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// journal has a record of each level of each program that the units start, as pkg/sd writes it.
func journal(t *testing.T) (records []map[string]string) {
	t.Helper()
	files, err := filepath.Glob(root + "/units/*.service")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d units, %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		unit := filepath.Base(f)
		program := filepath.Base(regexp.MustCompile(`(?m)^ExecStart=(\S+)`).FindStringSubmatch(string(text))[1])
		// A service logs by its own name; the last words of one that fails are its program's.
		for _, name := range slices.Compact([]string{strings.TrimSuffix(strings.TrimSuffix(unit, ".service"), "@"), program}) {
			for priority := range 8 {
				records = append(records, map[string]string{"MESSAGE": "service failed", "PRIORITY": fmt.Sprint(priority), "SYSLOG_IDENTIFIER": name, "_SYSTEMD_UNIT": unit})
			}
		}
	}
	return records
}

func TestAgent(t *testing.T) {
	if os.Getenv("PANTHER_DATADOG") == "" {
		t.Skip("PANTHER_DATADOG names no Python with Datadog's parts: test/datadog.sh")
	}
	instances := configured(t)
	socket, err := os.ReadFile(root + "/units/panther-metrics.socket")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range instances {
		address, _ := strings.CutPrefix(fmt.Sprint(i["openmetrics_endpoint"]), "http://")
		address, path, _ := strings.Cut(address, "/")
		if !strings.Contains(string(socket), "\nListenStream="+address+"\n") {
			t.Errorf("nobody listens at %s", address)
		}
		i["openmetrics_endpoint"] = figures(t) + "/" + path
	}
	there := newIntake(t)
	records := journal(t)
	input := map[string]any{"intake": there.URL, "key": "wrong", "host": "vps", "instances": instances, "journal": records}
	if out, status := agent(t, input); status != 3 || len(there.points)+len(there.logs) > 0 {
		t.Fatalf("a wrong key: exit status %d, %d points and %d logs were taken\n%s", status, len(there.points), len(there.logs), out)
	}
	input["key"] = key
	out, status := agent(t, input)
	if status != 0 {
		t.Fatalf("exit status %d\n%s", status, out)
	}
	if there.busy == 0 || there.large == 0 {
		t.Errorf("the intake was busy %d times and refused %d payloads for their size", there.busy, there.large)
	}
	if len(there.logs) != len(records) {
		t.Errorf("%d logs of %d records", len(there.logs), len(records))
	}
	for _, name := range []string{"monitors.json", "dashboard.json"} {
		answered(t, name, there)
	}
	if n := there.sum("panther.agentdb_request_seconds.count", "route:post_/v1/search"); n != 1 {
		t.Errorf("between two looks %v searches were counted, not the one", n)
	}
	for _, p := range there.points {
		if slices.ContainsFunc(p.Tags, func(tag string) bool { return strings.Contains(tag, "@7-4711") }) {
			t.Errorf("a process of a moment has a series of its own: %s %q", p.Metric, p.Tags)
		}
	}
}

// metric is a figure in a query: its name, the tags that it is chosen by, and those that it is grouped by.
var metric = regexp.MustCompile(`\b(panther\.[a-z_.]+)\{([^}]*)\}(?: by \{([^}]*)\})?`)

// answered reports whether each query of a definition finds a figure, with the tags that it asks for.
func answered(t *testing.T, name string, there *intake) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "nix/observability/datadog", name))
	if err != nil {
		t.Fatal(err)
	}
	queries := metric.FindAllStringSubmatch(string(text), -1)
	if len(queries) < 8 {
		t.Fatalf("%s has %d queries", name, len(queries))
	}
	for _, q := range queries {
		if !slices.ContainsFunc(there.points, func(p point) bool { return p.Metric == q[1] && chosen(p, q[2]) && grouped(p, q[3]) }) {
			t.Errorf("%s: nothing answers %s", name, q[0])
		}
	}
	for _, q := range regexp.MustCompile(`"query_string": "([^"]*)"`).FindAllStringSubmatch(string(text), -1) {
		wrong := map[string][]string{}
		for _, l := range there.logs {
			if serious := slices.Contains([]string{"emergency", "alert", "critical", "error", "warn"}, l.Status); found(l, q[1]) != serious {
				wrong[l.Service] = append(wrong[l.Service], l.Status)
			}
		}
		if len(wrong) > 0 {
			t.Errorf("%s: %s shows or hides %v", name, q[1], wrong)
		}
	}
}
