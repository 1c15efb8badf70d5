// Command datadog applies nix/observability/datadog to an account: the monitors and the dashboard that stand there are made or
// changed, and monitors that no longer stand there are removed. It touches only what carries the tag managed:panther, or the
// dashboard that says so.
//
//	go run ./scripts/datadog [-site datadoghq.com] [-dir nix/observability/datadog] [-dry-run]
//
// The keys come from the files that DD_API_KEY_FILE and DD_APP_KEY_FILE name, such as those that opnix writes below
// /var/lib/opnix/secrets/datadog. Applying again changes nothing.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"panther/pkg/sd"
)

// managed is the tag of what is this program's, and what the dashboard's description holds.
const managed = "managed:panther"

// maxAnswer bounds an answer of the API.
const maxAnswer = 32 << 20

// maxWait and tries bound how long a busy API is waited for: its limits are of a minute or less.
const (
	maxWait = time.Minute
	tries   = 4
)

func main() { sd.Main(run) }

func run(ctx context.Context) error {
	f := flag.NewFlagSet("datadog", flag.ContinueOnError)
	site := f.String("site", "datadoghq.com", "Datadog's site, or the URL of its API")
	dir := f.String("dir", "nix/observability/datadog", "folder with monitors.json and dashboard.json")
	dry := f.Bool("dry-run", false, "say what would be done")
	if err := f.Parse(os.Args[1:]); err != nil {
		return sd.UsageError("%w", err)
	}
	c := &client{base: *site, http: &http.Client{Timeout: 30 * time.Second}, dry: *dry, out: os.Stdout, wait: wait}
	if !strings.Contains(c.base, "://") {
		c.base = "https://api." + c.base
	}
	for name, into := range map[string]*string{"DD_API_KEY_FILE": &c.api, "DD_APP_KEY_FILE": &c.app} {
		b, err := os.ReadFile(os.Getenv(name))
		if err != nil {
			return sd.ConfigError(fmt.Errorf("read key: %w", err), "let "+name+" name a file that holds it")
		}
		*into = strings.TrimSpace(string(b))
	}
	return c.apply(ctx, *dir)
}

// object is a monitor or a dashboard.
type object = map[string]any

// client speaks to the API (docs.datadoghq.com/api/latest).
type client struct {
	base, api, app string
	http           *http.Client
	dry            bool
	out            io.Writer
	wait           func(context.Context, time.Duration) error
}

// apply makes the account as the folder says.
func (c *client) apply(ctx context.Context, dir string) error {
	var monitors []object
	var dashboard object
	if err := errors.Join(read(filepath.Join(dir, "monitors.json"), &monitors), read(filepath.Join(dir, "dashboard.json"), &dashboard)); err != nil {
		return err
	}
	if err := c.monitors(ctx, monitors); err != nil {
		return err
	}
	return c.dashboard(ctx, dashboard)
}

func read(path string, into any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read definition: %w", err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// monitors makes those that are missing, changes those that differ, and removes those that are no longer wanted.
func (c *client) monitors(ctx context.Context, wanted []object) error {
	var there []object
	if err := c.do(ctx, http.MethodGet, "/api/v1/monitor?monitor_tags="+url.QueryEscape(managed), nil, &there); err != nil {
		return err
	}
	byName := map[string]object{}
	var surplus []object
	for _, m := range there {
		name := fmt.Sprint(m["name"])
		unwanted := !slices.ContainsFunc(wanted, func(w object) bool { return w["name"] == m["name"] })
		switch {
		case !tagged(m): // whatever the server's filter says
		case unwanted || byName[name] != nil:
			surplus = append(surplus, m)
		default:
			byName[name] = m
		}
	}
	for _, w := range wanted {
		name := fmt.Sprint(w["name"])
		if !tagged(w) {
			return fmt.Errorf("monitor %q has no tag %s", name, managed)
		}
		if err := c.put(ctx, "/api/v1/monitor", "monitor "+name, byName[name], w); err != nil {
			return err
		}
	}
	for _, m := range surplus {
		c.say("remove", "monitor "+fmt.Sprint(m["name"]))
		if c.dry {
			continue
		}
		if err := c.do(ctx, http.MethodDelete, "/api/v1/monitor/"+id(m), nil, nil); err != nil {
			return err
		}
	}
	return nil
}

func tagged(m object) bool {
	tags, _ := m["tags"].([]any)
	return slices.Contains(tags, any(managed))
}

// dashboard makes the dashboard or changes it.
func (c *client) dashboard(ctx context.Context, wanted object) error {
	var list struct{ Dashboards []object }
	if err := c.do(ctx, http.MethodGet, "/api/v1/dashboard", nil, &list); err != nil {
		return err
	}
	var there object
	for _, d := range list.Dashboards {
		if d["title"] == wanted["title"] && strings.Contains(fmt.Sprint(d["description"]), managed) {
			if err := c.do(ctx, http.MethodGet, "/api/v1/dashboard/"+id(d), nil, &there); err != nil {
				return err
			}
		}
	}
	return c.put(ctx, "/api/v1/dashboard", "dashboard "+fmt.Sprint(wanted["title"]), there, wanted)
}

// put makes what is not there, and changes what says something else than wanted.
func (c *client) put(ctx context.Context, path, what string, there, wanted object) error {
	method, verb := http.MethodPost, "make"
	switch {
	case there != nil && holds(there, wanted):
		return nil
	case there != nil:
		method, verb, path = http.MethodPut, "change", path+"/"+id(there)
	}
	c.say(verb, what)
	if c.dry {
		return nil
	}
	return c.do(ctx, method, path, wanted, nil)
}

// holds reports whether a value says all that is wanted; Datadog adds settings of its own.
func holds(there, wanted any) bool {
	switch w := wanted.(type) {
	case object:
		t, ok := there.(object)
		for k, v := range w {
			ok = ok && holds(t[k], v)
		}
		return ok
	case []any:
		t, ok := there.([]any)
		if !ok || len(t) != len(w) {
			return false
		}
		for i := range w {
			if !holds(t[i], w[i]) {
				return false
			}
		}
		return true
	}
	return there == wanted
}

func id(o object) string {
	if n, ok := o["id"].(float64); ok {
		return fmt.Sprintf("%.0f", n)
	}
	return url.PathEscape(fmt.Sprint(o["id"]))
}

func (c *client) say(verb, what string) { _, _ = fmt.Fprintf(c.out, "%-6s %s\n", verb, what) }

func (c *client) do(ctx context.Context, method, path string, body, into any) error {
	var b []byte
	if body != nil {
		var err error
		if b, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encode: %w", err)
		}
	}
	var status int
	var answer []byte
	for try := 1; ; try++ {
		var again time.Duration
		var err error
		if status, answer, again, err = c.ask(ctx, method, path, b); err != nil {
			return err
		}
		if status != http.StatusTooManyRequests || try == tries {
			break
		}
		if err := c.wait(ctx, again); err != nil {
			return err
		}
	}
	switch {
	case status == http.StatusForbidden || status == http.StatusUnauthorized:
		return sd.ConfigError(fmt.Errorf("%s %s: Datadog refuses the keys", method, path), "the application key needs monitors_read, monitors_write, dashboards_read and dashboards_write, and both the right -site")
	case status == http.StatusTooManyRequests:
		return sd.Hint(fmt.Errorf("%s %s: Datadog is busy", method, path), "run it again later: what was applied stays, and the rest follows")
	case status >= 300:
		return fmt.Errorf("%s %s: status %d: %.300s", method, path, status, answer)
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// ask makes one request, and says when to ask again where the API has had too many.
func (c *client) ask(ctx context.Context, method, path string, body []byte) (status int, answer []byte, again time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, 0, fmt.Errorf("ask Datadog: %w", err)
	}
	req.Header.Set("DD-API-KEY", c.api)
	req.Header.Set("DD-APPLICATION-KEY", c.app)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, 0, sd.Hint(fmt.Errorf("ask Datadog: %w", err), "is the -site right? It is the address of the account's page without app.")
	}
	defer resp.Body.Close()
	if answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return 0, nil, 0, fmt.Errorf("read answer: %w", err)
	}
	seconds, err := strconv.Atoi(resp.Header.Get("X-RateLimit-Reset"))
	if err != nil || seconds < 1 {
		seconds = 5
	}
	return resp.StatusCode, answer, min(time.Duration(seconds)*time.Second, maxWait), nil
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
