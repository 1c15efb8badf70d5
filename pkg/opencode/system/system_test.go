package system

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panther/pkg/identity"
	"panther/pkg/opencode/api"
)

// program writes a shell script of a name into a folder, and returns the folder.
func program(t *testing.T, name, script string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	return dir
}

func status(err error) int {
	var e *api.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

func TestDoctorTellsWhatTheCommandFinds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		script   string
		problems int
		refused  bool
	}{
		"well":     {`echo '{"checks":[{"name":"a","verdict":"ok","reason":"fine"}],"problems":0,"warnings":0}'`, 0, false},
		"problems": {`printf %s '{"checks":[{"name":"a","verdict":"problem","reason":"x\u202ey\n\nz","hint":"do"}],"problems":1,"warnings":0}'; exit 1`, 1, false},
		"nothing":  {"exit 1", 0, true},
		"nonsense": {"echo no", 0, true},
		"endless":  {"yes", 0, true},
		"secrets":  {`echo "{\"checks\":[{\"name\":\"$ANTHROPIC_API_KEY$CREDENTIALS_DIRECTORY\",\"verdict\":\"ok\",\"reason\":\"\"}],\"problems\":0}"`, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			if name == "endless" {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 300*time.Millisecond)
				defer cancel()
			}
			dir := program(t, "panther", tc.script)
			s := &Server{Panther: func() (string, error) { return filepath.Join(dir, "panther"), nil }}
			c, err := s.doctor(ctx, nil)
			if tc.refused {
				if status(err) != http.StatusServiceUnavailable {
					t.Errorf("%+v, %v", c, err)
				}
				return
			}
			if err != nil || c.Problems != tc.problems || len(c.Checks) != 1 || strings.ContainsAny(c.Checks[0].Reason, "\n\u202e") {
				t.Errorf("%+v, %v", c, err)
			}
			if name == "secrets" && c.Checks[0].Name != "" {
				t.Errorf("the command was given %q", c.Checks[0].Name)
			}
		})
	}
}

const entries = `cat <<'X'
{"__REALTIME_TIMESTAMP":"1700000000000000","PRIORITY":"3","MESSAGE":"went\u001b[31m wrong"}
{"__REALTIME_TIMESTAMP":"1700000001000000","MESSAGE":[104,105,7]}
{"__REALTIME_TIMESTAMP":"x","MESSAGE":"no time"}
{"__REALTIME_TIMESTAMP":"1700000002000000","PRIORITY":"6","MESSAGE":null}
not json
X
`

func TestJournalOfAUnit(t *testing.T) {
	may := func(id identity.Identity) bool { return id == identity.UID(0) }
	root, other := identity.With(t.Context(), identity.UID(0)), identity.With(t.Context(), identity.Login("a@b"))
	for name, tc := range map[string]struct {
		ctx    context.Context
		unit   string
		script string
		local  bool
		status int
		lines  int
		note   string
	}{
		"lines":          {root, "opencode.service", entries, false, 0, 2, ""},
		"an instance":    {root, "panther-crawl@docs.service", entries, false, 0, 2, ""},
		"may not":        {root, "agentdb.service", "echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1", false, 0, 0, "insufficient permissions"},
		"none":           {root, "agentdb.service", "true", false, 0, 0, "no line"},
		"in local mode":  {root, "agentdb.service", "exit 3", true, 0, 0, "terminal"},
		"another person": {other, "opencode.service", entries, false, http.StatusForbidden, 0, ""},
		"another unit":   {root, "sshd.service", entries, false, http.StatusNotFound, 0, ""},
		"an option":      {root, "--rotate", entries, false, http.StatusNotFound, 0, ""},
		"a pattern":      {root, "panther-crawl@*.service", entries, false, http.StatusNotFound, 0, ""},
		"nothing":        {root, "", entries, false, http.StatusNotFound, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", program(t, "journalctl", tc.script)+":/usr/bin:/bin")
			s := &Server{Operator: may, Local: tc.local}
			j, err := s.journal(tc.ctx, &journal{Unit: tc.unit, Lines: 5})
			if status(err) != tc.status {
				t.Fatalf("%+v, %v", j, err)
			}
			if tc.status != 0 {
				return
			}
			if len(j.Lines) != tc.lines || !strings.Contains(j.Note, tc.note) || (tc.lines == 0) != (j.Hint != "") {
				t.Errorf("%+v", j)
			}
			for _, l := range j.Lines {
				if strings.ContainsAny(l.Text, "\x1b\x07") || l.Time.IsZero() {
					t.Errorf("%+v", l)
				}
			}
		})
	}
}

func TestTestsOfModelsAreLimited(t *testing.T) {
	t.Parallel()
	var ts tests
	now := time.Now()
	leave, err := ts.enter("uid:1", now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ts.enter("uid:1", now.Add(time.Second)); status(err) != http.StatusTooManyRequests {
		t.Errorf("at once again: %v", err)
	}
	if _, err := ts.enter("uid:2", now); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	if _, err := ts.enter("uid:3", now); status(err) != http.StatusTooManyRequests {
		t.Errorf("a third at once: %v", err)
	}
	leave()
	if _, err := ts.enter("uid:1", now.Add(testEvery)); err != nil {
		t.Errorf("later: %v", err)
	}
}
