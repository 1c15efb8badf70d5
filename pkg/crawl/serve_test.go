package crawl_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panther/pkg/crawl"
	"panther/pkg/crawl/control"
	"panther/pkg/sd"
)

func refusal(err error) int {
	var e *control.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// The service keeps what people add beside the administrator's file, which stays
// as it is, and a night's visit has both.
func TestServeKeepsSourcesBesideTheAdministrators(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.chain(8)
	b := newBench(t)
	fixed := filepath.Join(t.TempDir(), "panther-crawl.toml")
	text := fmt.Sprintf("version = 1\nagentdb = %q\n\n[[source]]\nname = \"set\"\nkind = \"files\"\npath = %q\n", b.cfg.AgentDB, t.TempDir())
	if err := os.WriteFile(fixed, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- crawl.Serve(ctx, b.env, fixed) }()
	<-b.env.ReadyC()
	c := control.NewClient("unix:" + filepath.Join(b.env.RuntimeDir, "panther-crawl.sock"))
	defer c.Close()

	place := control.Place{Place: s.URL + "/", AllowPrivate: true, Name: "site"}
	seen, err := c.Look(ctx, place)
	if err != nil || seen.Exists || len(seen.Samples) != 5 || seen.Samples[0].URI == "" || seen.Source.Kind != "web" {
		t.Fatalf("a look: %+v, %v", seen, err)
	}
	if seen, err = c.Add(ctx, place); err != nil || seen.Exists || !seen.Source.Editable || !strings.HasSuffix(seen.Source.File, crawl.AddedFile) {
		t.Fatalf("added: %+v, %v", seen, err)
	}
	if seen, err = c.Add(ctx, place); err != nil || !seen.Exists {
		t.Errorf("added again: %+v, %v", seen, err)
	}
	if _, err := c.Add(ctx, control.Place{Place: t.TempDir(), Name: "set"}); refusal(err) != http.StatusConflict {
		t.Errorf("a name that is taken: %v", err)
	}
	list, err := c.Sources(ctx)
	if err != nil || len(list) != 2 || list[0].Editable || list[0].File != fixed || !list[1].Editable || list[1].Table == "" {
		t.Fatalf("sources %+v, %v", list, err)
	}
	no := false
	if _, err := c.Edit(ctx, "set", control.Change{Enabled: &no}); refusal(err) != http.StatusConflict || sd.HintOf(err) == "" {
		t.Errorf("the administrator's was edited: %v", err)
	}
	if err := c.Remove(ctx, "set"); refusal(err) != http.StatusConflict {
		t.Errorf("the administrator's was removed: %v", err)
	}
	if e, err := c.Edit(ctx, "site", control.Change{Enabled: &no}); err != nil || e.Settings.Enabled {
		t.Errorf("paused: %+v, %v", e, err)
	}
	if err := c.Visit(ctx, "none"); refusal(err) != http.StatusNotFound {
		t.Errorf("visit of none: %v", err)
	}
	if err := c.Visit(ctx, "site"); err != nil { // a paused one is visited by hand
		t.Fatal(err)
	}
	deadline := time.Now().Add(2 * time.Minute)
	for {
		v, err := c.Visits(ctx)
		if err != nil || len(v) != 1 || time.Now().After(deadline) {
			t.Fatalf("visits %+v, %v", v, err)
		}
		if v[0].Finished {
			if v[0].Error != "" || v[0].Counts["new"] != 8 {
				t.Errorf("visited: %+v", v[0])
			}
			break
		}
	}
	if n := len(b.live()); n != 8 {
		t.Errorf("agentdb has %d documents", n)
	}
	both, err := crawl.LoadAdded(fixed, filepath.Join(b.env.StateDir, crawl.AddedFile))
	if err != nil || len(both.Sources) != 2 || both.AgentDB != b.cfg.AgentDB {
		t.Errorf("what a night visits: %+v, %v", both.Sources, err)
	}
	if err := c.Remove(ctx, "site"); err != nil {
		t.Error(err)
	}
	if n := len(b.live()); n != 0 {
		t.Errorf("agentdb still has %d documents", n)
	}
	if err := c.Remove(ctx, "site"); refusal(err) != http.StatusNotFound {
		t.Errorf("removed again: %v", err)
	}
	if now, err := os.ReadFile(fixed); err != nil || string(now) != text {
		t.Errorf("the administrator's file was changed: %s, %v", now, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("ended: %v", err)
	}
}
