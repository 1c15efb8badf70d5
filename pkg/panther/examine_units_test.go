package panther

import (
	"strings"
	"testing"
	"time"

	"panther/pkg/units"
)

// What opnix could not bring is a problem although its unit is active, until a
// refresh has brought it.
func TestDoctorNamesMissingSecrets(t *testing.T) {
	t.Parallel()
	early, late := time.Unix(1_700_000_000, 0), time.Unix(1_700_000_100, 0)
	unit := func(active, sub string, status int32, text string, since time.Time) units.Unit {
		return units.Unit{Load: "loaded", Active: active, Sub: sub, ExitStatus: status, Status: text, Since: &since}
	}
	const missing = "1 of 9 references have no value, the rest is served op://V/datadog/key: no such item | add or correct the entries"
	for name, tc := range map[string]struct {
		secrets, refresh units.Unit
		verdict          string
		text, hint       string
	}{
		"all there":          {unit("active", "exited", 0, "9 secrets in generation 1", early), units.Unit{}, checkOK, "9 secrets", ""},
		"one missing":        {unit("active", "exited", 69, missing, early), units.Unit{}, checkFail, "op://V/datadog/key", "add or correct"},
		"still missing":      {unit("active", "exited", 69, missing, early), unit("activating", "auto-restart", 69, missing, late), checkFail, "op://V/datadog/key", "add or correct"},
		"healed":             {unit("active", "exited", 69, missing, early), unit("inactive", "dead", 0, "9 secrets in generation 2", late), checkOK, "generation 2", ""},
		"gone since":         {unit("active", "exited", 0, "9 secrets", early), unit("failed", "failed", 69, missing, late), checkFail, "op://V/datadog/key", "add"},
		"being asked for":    {unit("active", "exited", 69, missing, early), unit("activating", "start", 0, "asking for 9 secrets", late), checkFail, "op://V/datadog/key", "add"},
		"no token":           {unit("active", "exited", 66, "token file /etc/opnix-token: is missing | run: sudo opnix token set", early), units.Unit{}, checkFail, "waits for its token", "sudo opnix token set"},
		"restarted after it": {unit("active", "exited", 0, "9 secrets in generation 3", late), unit("failed", "failed", 69, missing, early), checkOK, "generation 3", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c checkup
			c.secrets(tc.secrets, tc.refresh)
			if len(c.checks) != 1 || c.checks[0].Verdict != tc.verdict || !strings.Contains(c.checks[0].Reason, tc.text) || !strings.Contains(c.checks[0].Hint, tc.hint) {
				t.Errorf("%+v", c.checks)
			}
		})
	}
}
