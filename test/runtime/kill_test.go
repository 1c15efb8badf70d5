// Package runtime does to opencoded and agentdb, as real processes, what
// happens to processes.
package runtime

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "panther/pkg/agentdb" // what the binaries are made of, so that changes are tested anew
	"panther/pkg/knowledge"
	"panther/pkg/llm/scripted"
	_ "panther/pkg/opencode"
	"panther/pkg/opencode/api"
	"panther/test/runtime/unit"
)

// suite is both processes in a folder.
type suite struct {
	agentdb, opencode *unit.Unit
	client            *api.Client
}

func newSuite(t *testing.T, script scripted.Script) *suite {
	t.Helper()
	dir, err := os.MkdirTemp("", "kill") // short: socket paths have a limit
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	build := exec.Command("go", "build", "-o", dir, "panther/cmd/agentdb", "panther/cmd/opencoded")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	model := httptest.NewServer(scripted.Handler(script))
	t.Cleanup(model.Close)
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s := &suite{
		agentdb: &unit.Unit{Name: "agentdb", Binary: dir + "/agentdb", State: dir,
			Config: write("agentdb.toml", fmt.Sprintf("version = 1\ndatabase = \"sqlite:%s/a.db\"\n[embedding]\nurl = \"\"\n", dir))},
		opencode: &unit.Unit{Name: "opencode", Binary: dir + "/opencoded", State: dir,
			Config: write("opencode.toml", fmt.Sprintf("version = 1\nagents = \"\"\ntitles = false\n[knowledge]\nurl = \"unix:%s/agentdb.sock\"\n"+
				"[[provider]]\nname = \"test\"\nkind = \"openai\"\nurl = %q\n[[provider.model]]\nid = \"m\"\n", dir, model.URL+"/v1"))},
	}
	for _, u := range []*unit.Unit{s.agentdb, s.opencode} {
		u.Log, err = os.Create(filepath.Join(dir, u.Name+".log"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			u.Stop()
			u.Close()
			if b, err := os.ReadFile(u.Log.Name()); err == nil && t.Failed() {
				t.Logf("%s said:\n%s", u.Name, b)
			}
		})
		if _, err := u.Listen(dir, filepath.Join(dir, u.Name+".sock")); err != nil {
			t.Fatal(err)
		}
		if _, err := u.Start(); err != nil {
			t.Fatal(err)
		}
	}
	s.client = api.NewClient("unix:"+dir+"/opencode.sock", "")
	t.Cleanup(s.client.Close)
	return s
}

// reader follows a session over all breaks and holds what it was told.
type reader struct {
	last  int64
	texts map[string]string // parts by what their deltas add up to
	fault error
}

// follow reads until the answer to a prompt is whole and the session idle.
func (r *reader) follow(ctx context.Context, c *api.Client, session, prompt string, connected func()) {
	ended := false
	for e, err := range c.Events(ctx, api.Subscribe{Session: session}) {
		if err != nil {
			r.fault = err
			return
		}
		if e.Type == api.EventServerConnected {
			connected()
			r.last = max(r.last, e.Seq)
			continue
		}
		if e.Seq > 0 && e.Seq <= r.last {
			r.fault = fmt.Errorf("event %d after %d", e.Seq, r.last)
			return
		}
		r.last = max(r.last, e.Seq)
		p, err := e.Decode()
		if err != nil {
			r.fault = err
			return
		}
		switch {
		case e.Type == api.EventPartDelta:
			r.texts[p.PartID] += p.Delta
		case e.Type == api.EventMessageUpdated && p.Message.ParentID == prompt && p.Message.Time.Completed > 0:
			ended = true
		case e.Type == api.EventSessionIdle && ended:
			return
		}
	}
}

// send posts a prompt until the server has it.
func send(ctx context.Context, c *api.Client, session string, p api.Prompt) error {
	for {
		err := c.PromptAsync(ctx, session, p)
		var refused *api.Error
		if err == nil || errors.As(err, &refused) && refused.Status == 409 { // it arrived before the kill
			return nil
		}
		if errors.As(err, &refused) && refused.Status != 503 || ctx.Err() != nil {
			return err
		}
	}
}

// opencoded and agentdb are killed at random moments of streaming turns:
// whatever a client was told is stored, nothing is told twice or left out, and
// every prompt has an answer that is whole or marked. PANTHER_KILLS sets how
// often each is killed; 3 is what there is time for in each run of the tests.
func TestKills(t *testing.T) {
	t.Parallel()
	kills := 3
	if n, err := strconv.Atoi(os.Getenv("PANTHER_KILLS")); err == nil {
		kills = n
	}
	var words []string
	for i := range 120 {
		words = append(words, fmt.Sprintf("w%d", i))
	}
	whole := strings.Join(words, " ")
	s := newSuite(t, func(scripted.Request) scripted.Reply { return scripted.Reply{Text: whole, Delay: 5 * time.Millisecond} })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	interrupted := 0
	for i := range 2 * kills {
		victim := s.opencode
		if i%2 == 1 {
			victim = s.agentdb
		}
		n := s.round(ctx, t, victim, whole)
		if victim == s.agentdb && n > 0 {
			t.Errorf("%d turns were lost with agentdb alone", n)
		}
		interrupted += n
	}
	t.Logf("%d kills each, %d of %d turns were interrupted", kills, interrupted, 2*kills*3)
}

// round has three turns stream, kills the victim, starts it again, and looks at
// what became of them. It returns how many turns are marked as interrupted.
func (s *suite) round(ctx context.Context, t *testing.T, victim *unit.Unit, whole string) (interrupted int) {
	t.Helper()
	const turns = 3
	var readers [turns]reader
	var sessions [turns]*api.Session
	var prompts [turns]api.Prompt
	var wg sync.WaitGroup
	for i := range turns {
		var err error
		if sessions[i], err = s.client.CreateSession(ctx, api.CreateSession{}); err != nil {
			t.Fatal(err)
		}
		readers[i].texts = map[string]string{}
		prompts[i] = api.Ask("say many words")
		prompts[i].MessageID = knowledge.NewID("msg")
		wg.Go(func() {
			readers[i].follow(ctx, s.client, sessions[i].ID, prompts[i].MessageID, func() {
				if err := send(ctx, s.client, sessions[i].ID, prompts[i]); err != nil {
					t.Errorf("send: %v", err)
				}
			})
		})
	}
	timer := time.NewTimer(time.Duration(rand.IntN(800)) * time.Millisecond)
	<-timer.C
	victim.Kill()
	if _, err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	wg.Wait()
	t.Logf("%s killed: over after %s", victim.Name, time.Since(killed).Round(time.Millisecond))
	for i, r := range readers {
		if r.fault != nil {
			t.Errorf("%s killed: %v", victim.Name, r.fault)
			continue
		}
		list, err := s.client.Messages(ctx, sessions[i].ID, 0)
		if err != nil || len(list) != 2 {
			t.Errorf("%s killed: %d messages, %v", victim.Name, len(list), err)
			continue
		}
		m := list[1]
		switch {
		case m.Info.Error == nil && m.Text() != whole:
			t.Errorf("%s killed: an answer that counts as whole is %q", victim.Name, m.Text())
		case m.Info.Error != nil && m.Info.Error.Name != api.NameTurnInterrupted:
			t.Errorf("%s killed: %+v", victim.Name, m.Info.Error)
		case m.Info.Error != nil:
			interrupted++
			if !strings.HasPrefix(whole, m.Text()) {
				t.Errorf("%s killed: kept %q", victim.Name, m.Text())
			}
		}
		told := ""
		for _, p := range m.Parts {
			if p.Type == api.PartText {
				told += r.texts[p.ID]
				if r.texts[p.ID] != p.Text {
					t.Errorf("%s killed: told %q, stored %q", victim.Name, r.texts[p.ID], p.Text)
				}
			}
		}
		if len(told) == 0 && m.Text() != "" {
			t.Errorf("%s killed: nothing was told of %q", victim.Name, m.Text())
		}
	}
	return interrupted
}
