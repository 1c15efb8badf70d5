package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panther/pkg/sd"
)

const dir = "../../nix/observability/datadog"

// account is one at Datadog, as far as the API is asked.
type account struct {
	monitors, dashboards map[string]object
	next                 int
	writes               []string
	refuse               bool
	busy                 int // requests that are answered so
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.refuse || r.Header.Get("DD-API-KEY") != "api" || r.Header.Get("DD-APPLICATION-KEY") != "app" {
		http.Error(w, `{"errors":["Forbidden"]}`, http.StatusForbidden)
		return
	}
	if a.busy > 0 {
		a.busy--
		w.Header().Set("X-RateLimit-Reset", "9999999")
		http.Error(w, `{"errors":["Too many requests"]}`, http.StatusTooManyRequests)
		return
	}
	kind, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/api/v1/"), "/")
	of := map[string]map[string]object{"monitor": a.monitors, "dashboard": a.dashboards}[kind]
	var body object
	if r.Method == http.MethodPost || r.Method == http.MethodPut {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	if r.Method != http.MethodGet {
		a.writes = append(a.writes, r.Method+" "+kind)
	}
	var answer any = of[id]
	switch {
	case r.Method == http.MethodGet && id == "" && kind == "monitor":
		list := []object{}
		for _, m := range of {
			list = append(list, m)
		}
		answer = list
	case r.Method == http.MethodGet && id == "":
		list := []object{}
		for _, d := range of {
			list = append(list, object{"id": d["id"], "title": d["title"], "description": d["description"]})
		}
		answer = object{"dashboards": list}
	case r.Method == http.MethodPost:
		a.next++
		id = fmt.Sprint(a.next)
		body["id"], body["created"] = any(a.next), "today"
		if kind == "dashboard" {
			id = "abc-" + id
			body["id"] = id
		}
		of[id], answer = body, body
	case of[id] == nil:
		http.Error(w, "{}", http.StatusNotFound)
		return
	case r.Method == http.MethodPut:
		body["id"] = of[id]["id"]
		of[id], answer = body, body
	case r.Method == http.MethodDelete:
		delete(of, id)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func TestApply(t *testing.T) {
	t.Parallel()
	foreign := object{"id": 900, "name": "Panther: by hand", "tags": []any{"team:a"}}
	former := object{"id": 901, "name": "Panther: of a former time", "tags": []any{managed}}
	a := &account{monitors: map[string]object{"900": foreign, "901": former}, dashboards: map[string]object{"x": {"id": "x", "title": "Panther", "description": "by hand"}}}
	srv := httptest.NewServer(a)
	defer srv.Close()
	apply := func(dir string, dry bool) (writes, said string) {
		t.Helper()
		a.writes = nil
		var out bytes.Buffer
		c := &client{base: srv.URL, api: "api", app: "app", http: srv.Client(), dry: dry, out: &out}
		if err := c.apply(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		return strings.Join(a.writes, ", "), out.String()
	}
	if writes, said := apply(dir, true); writes != "" || strings.Count(said, "make ") != 13 || !strings.Contains(said, "remove monitor Panther: of a former time") {
		t.Errorf("a dry run wrote %q and said\n%s", writes, said)
	}
	if writes, _ := apply(dir, false); strings.Count(writes, "POST monitor") != 12 || !strings.Contains(writes, "DELETE monitor") || !strings.Contains(writes, "POST dashboard") {
		t.Errorf("it wrote %s", writes)
	}
	if a.monitors["900"] == nil || a.monitors["901"] != nil || a.dashboards["x"]["description"] != "by hand" {
		t.Errorf("what is not its own was touched: %v", a.monitors)
	}
	if writes, _ := apply(dir, false); writes != "" {
		t.Errorf("the second time it wrote %s", writes)
	}
	changed := t.TempDir()
	for _, name := range []string{"monitors.json", "dashboard.json"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		b = bytes.ReplaceAll(b, []byte("> 46800"), []byte("> 50000"))
		b = bytes.ReplaceAll(b, []byte("Size of the database"), []byte("Bytes of the database"))
		if err := os.WriteFile(filepath.Join(changed, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if writes, _ := apply(changed, false); writes != "PUT monitor, PUT dashboard" {
		t.Errorf("after a change it wrote %s", writes)
	}
	a.refuse = true
	c := &client{base: srv.URL, api: "api", app: "app", http: srv.Client(), out: &bytes.Buffer{}}
	if err := c.apply(t.Context(), dir); sd.ExitCode(err) != sd.ExitConfig || !strings.Contains(sd.HintOf(err), "monitors_write") {
		t.Errorf("refused keys: %v", err)
	}
}

// A busy account is waited for, within bounds.
func TestBusy(t *testing.T) {
	t.Parallel()
	for busy, done := range map[int]bool{tries - 1: true, tries: false} {
		a := &account{monitors: map[string]object{}, dashboards: map[string]object{}, busy: busy}
		srv := httptest.NewServer(a)
		defer srv.Close()
		var waited []time.Duration
		c := &client{base: srv.URL, api: "api", app: "app", http: srv.Client(), out: &bytes.Buffer{}, wait: func(_ context.Context, d time.Duration) error {
			waited = append(waited, d)
			return nil
		}}
		err := c.apply(t.Context(), dir)
		if (err == nil) != done || !done && !strings.Contains(sd.HintOf(err), "again later") {
			t.Errorf("busy %d times: %v", busy, err)
		}
		if len(waited) != tries-1 || waited[0] != maxWait {
			t.Errorf("waited %v", waited)
		}
	}
}
