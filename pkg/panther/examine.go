package panther

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"panther/pkg/config"
	"panther/pkg/knowledge"
	"panther/pkg/local"
	"panther/pkg/opencode/api"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

// examine checks everything about a running Panther.
func (c *checkup) examine(ctx context.Context, t *target, offline bool) {
	st := t.status(ctx)
	switch t.kind {
	case "local":
		c.services(st.Local)
	case "server":
		c.units(st)
	}
	c.configuration(configFolder(t))
	for _, s := range t.sockets() {
		c.socket(s)
	}
	c.database(ctx, t, st.Database)
	c.embedder(ctx, t, st.Database)
	c.agent(t, st.Runtime)
	c.models(ctx, t, st.Runtime, offline)
	c.access(st.Runtime)
	c.sources(ctx, t)
	c.programs(configFolder(t))
	c.disk(t)
}

// configFolder is where the configuration of a target is, as far as it can be
// known from here; nil is a local one that does not run.
func configFolder(t *target) string {
	switch {
	case t == nil:
	case t.kind == "server":
		return config.Dir
	default:
		if dir, err := t.configDir(); err == nil {
			return dir
		}
	}
	return local.ConfigDir()
}

// services checks the services of a local process.
func (c *checkup) services(s *local.Status) {
	if s == nil {
		c.fail("panther local", "stop it (panther local stop, or Ctrl-C) and start it again", "its process does not answer")
		return
	}
	for _, v := range s.Services {
		switch v.State {
		case local.StateReady:
			c.ok(v.Name, "%s", v.Status)
		case local.StateStarting:
			c.warn(v.Name, "", "is still starting")
		default:
			hint := v.Hint
			if hint == "" {
				hint = "see the output of panther local"
			}
			c.fail(v.Name, hint, "%s: %s", v.State, v.Error)
		}
	}
}

// sockets are the paths of the sockets that this target has.
func (t *target) sockets() []string {
	var out []string
	for _, s := range []string{t.knowledge, t.runtime, t.embedder()} {
		if path, ok := strings.CutPrefix(s, "unix:"); ok {
			out = append(out, path)
		}
	}
	return out
}

// modelHint says how to get a language model.
func (t *target) modelHint() string {
	if t.kind == "local" {
		return fmt.Sprintf("write a key to %s (or openai-api-key), or name a server in %s",
			home(filepath.Join(t.dir, "credentials", "anthropic-api-key")), home(filepath.Join(configFolder(t), "opencode.toml")))
	}
	return "give opencode.service a key by /etc/opnix/secrets.json, or name a server in /etc/panther/opencode.toml"
}

// logs says where to read what a service had to say.
func (t *target) logs(unit string) string {
	if t.kind == "local" {
		return "see the output of panther local"
	}
	return "see: journalctl -u " + unit + " -n 30"
}

// embedder is the address of panther-embed.
func (t *target) embedder() string {
	switch t.kind {
	case "local":
		return "unix:" + sd.LocalSocket(t.dir, "panther-embed")
	case "server":
		return "unix:/run/panther-embed/panther-embed.sock"
	}
	return ""
}

// socket checks that a socket is there and may be used.
func (c *checkup) socket(path string) {
	name := strings.TrimSuffix(filepath.Base(path), ".sock") + " socket"
	unit := strings.TrimSuffix(filepath.Base(path), ".sock") + ".socket"
	conn, err := net.DialTimeout("unix", path, answerWithin)
	switch {
	case err == nil:
		_ = conn.Close()
		c.ok(name, "%s", path)
	case errors.Is(err, fs.ErrPermission):
		c.fail(name, "sudo usermod -aG panther $USER, then log in again", "%s: this user may not use it", path)
	case errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(path, "/run/"):
		c.fail(name, "sudo systemctl enable --now panther.target; then see: systemctl status "+unit, "%s is missing", path)
	default:
		c.fail(name, "see: panther status", "%s: %s", path, err)
	}
}

// database checks that agentdb can serve and what it stands on.
func (c *checkup) database(ctx context.Context, t *target, d *knowledge.Stats) {
	if t.knowledge == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	k := t.agentdb()
	defer k.Close()
	if err := k.Ready(ctx); err != nil {
		hint := t.logs("agentdb")
		if t.kind == "server" {
			hint += "; systemctl status postgresql agentdb-setup"
		}
		c.fail("database", hint, "agentdb cannot serve: %s", err)
		return
	}
	if d == nil {
		c.fail("database", t.logs("agentdb"), "agentdb is ready but does not tell its numbers")
		return
	}
	c.ok("database", "%s: %s in %s, %s", d.Engine, count(d.Chunks, "passage"), count(d.Documents, "document"), size(uint64(max(d.Bytes, 0))))
}

// modelList is the answer of panther-embed to GET /v1/models.
type modelList struct {
	Data []struct {
		ID         string `json:"id"`
		Provider   string `json:"provider"`
		Dimensions int    `json:"dimensions"`
	} `json:"data"`
}

// embedder checks that passages get vectors, and good ones.
func (c *checkup) embedder(ctx context.Context, t *target, d *knowledge.Stats) {
	if d != nil {
		for _, s := range d.Spaces {
			switch {
			case s.Error != "":
				c.fail("embeddings", t.logs("panther-embed"),
					"%s: %s wait, since: %s", s.ID, count(s.Pending, "passage"), s.Error)
			case s.Held != "":
				c.fail("embeddings", "go back to the former model, or let this one in: agentdb canary accept; agentdb canary names the questions",
					"%s is held back: %s", s.ID, s.Held)
			case s.Active || s.Pending > 0:
				c.ok("embeddings", "%s", embedding(d))
			}
		}
	}
	addr, ok := strings.CutPrefix(t.embedder(), "unix:")
	if !ok {
		return
	}
	list, err := embedModels(ctx, addr)
	switch {
	case err != nil:
		c.fail("embedder", t.logs("panther-embed")+"; search by words works without it", "does not answer: %s", err)
	case len(list.Data) == 0:
		c.warn("embedder", "install one by scripts/model or panther-embed pull; passages get their vectors by themselves",
			"no embedding model is installed: search is by words alone")
	default:
		c.ok("embedder", "%s (%s, %d dimensions)", list.Data[0].ID, list.Data[0].Provider, list.Data[0].Dimensions)
	}
}

func embedModels(ctx context.Context, path string) (*modelList, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	client, base := sd.HTTPClient("unix:" + path)
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/v1/models", nil)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("reach panther-embed: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("panther-embed answered %s", resp.Status)
	}
	l := &modelList{}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(l); err != nil {
		return nil, fmt.Errorf("decode models: %w", err)
	}
	return l, nil
}

// agent checks that opencoded can use what it stands on.
func (c *checkup) agent(t *target, r *api.Status) {
	switch {
	case r == nil:
		c.fail("agent", t.logs("opencode"), "opencoded does not answer")
	case r.Knowledge != "" && r.Knowledge != "ok":
		c.fail("agent", "see the database above", "opencoded cannot use agentdb: %s", r.Knowledge)
	}
}

// models asks each configured model a short question, or just names them.
func (c *checkup) models(ctx context.Context, t *target, r *api.Status, offline bool) {
	if r == nil {
		return
	}
	if len(r.Models) == 0 {
		c.warn("language model", t.modelHint(), "none is configured: answers quote the best passages")
		return
	}
	if offline {
		c.ok("language model", "%s, not asked", r.Model)
		return
	}
	rt := t.opencoded()
	defer rt.Close()
	list, err := rt.Probe(ctx)
	if err != nil {
		c.failErr("language model", err, t.logs("opencode"))
		return
	}
	for _, p := range list {
		name := "model " + p.Model.String()
		if p.Model == r.Model && len(list) > 1 {
			name += " (default)"
		}
		took := span(time.Duration(p.Millis) * time.Millisecond)
		switch {
		case p.Error != "":
			c.fail(name, p.Hint, "%s", p.Error)
		case p.Text == "":
			c.warn(name, "it may need more tokens to think: see output and effort of the model in opencode.toml", "answered nothing in %s", took)
		default:
			c.ok(name, "answered %q in %s", terminal.Truncate(p.Text, 40), took)
		}
	}
}

// access says who can ask.
func (c *checkup) access(r *api.Status) {
	if r != nil && r.Access != "" {
		c.ok("who can ask", "%s", r.Access)
	}
}

// overdueBy is how late a source may be before it is worth a word: the timer
// has a random delay, and a crawl takes its time.
const overdueBy = 6 * time.Hour

func (c *checkup) sources(ctx context.Context, t *target) {
	if t.knowledge == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	k := t.agentdb()
	defer k.Close()
	list, err := k.Sources(ctx)
	if err != nil {
		return // the database check says so
	}
	if len(list) == 0 {
		c.warn("sources", "panther sources add URL-or-folder", "there are none: nothing can be found")
		return
	}
	fine := 0
	for _, s := range list {
		switch r := s.LastRun; {
		case r == nil:
			c.warn("source "+s.Name, "panther crawl "+s.Name, "was never visited")
		case r.Status == "failed":
			c.fail("source "+s.Name, "panther crawl "+s.Name, "its last run failed %s: %s", ago(r.Started, time.Now()), r.Error)
		case s.NextRun != nil && time.Since(*s.NextRun) > overdueBy:
			c.warn("source "+s.Name, "see: systemctl list-timers panther-crawl.timer", "is overdue since %s", ago(*s.NextRun, time.Now()))
		default:
			fine++
		}
	}
	if fine == len(list) {
		c.ok("sources", "%s, none failed", count(fine, "source"))
	}
}

// Free space below which the database is in danger, and below which it is worth
// a word.
const (
	diskFull = 256 << 20
	diskLow  = 2 << 30
)

func (c *checkup) disk(t *target) {
	paths := []string{t.dir}
	if t.kind != "local" {
		paths = []string{"/var/lib", "/var/lib/postgresql"}
	}
	seen := map[uint64]bool{}
	for _, p := range paths {
		var info unix.Stat_t
		var s unix.Statfs_t
		if unix.Stat(p, &info) != nil || unix.Statfs(p, &s) != nil || seen[info.Dev] {
			continue
		}
		seen[info.Dev] = true
		free := s.Bavail * uint64(s.Bsize)
		switch {
		case free < diskFull:
			c.fail("disk "+p, "free some space: a database without it stops", "only %s are free", size(free))
		case free < diskLow:
			c.warn("disk "+p, "free some space soon", "only %s are free", size(free))
		default:
			c.ok("disk "+p, "%s free", size(free))
		}
	}
}

// exists reports whether a file is there as far as this user can see.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
