package machine

import "testing"

// TestMachine is one story: install, boot, secrets, crawl, answers, failures,
// upgrade, removal. A step that others rest on ends it.
func TestMachine(t *testing.T) {
	for _, step := range []struct {
		name string
		test func(*testing.T)
		must bool
	}{
		{"units verified", verified, false},
		{"cold start in order", coldStart, true},
		{"timers", timers, false},
		{"secrets without a token", noToken, false},
		{"secrets served", secretsServed, true},
		{"secret refreshed", refreshed, false},
		{"secrets from a server", connected, true},
		{"killed around a delivery", crashes, false},
		{"boot without 1Password", bootWithACopy, false},
		{"boot without a copy", bootWithout, true},
		{"secrets of a user", userUnit, false},
		{"sandbox of what asks 1Password", questions1Password, false},
		{"secrets nowhere else", secretsNowhere, false},
		{"crawl", crawled, true},
		{"answers", asked, false},
		{"journal", journal, false},
		{"who may ask", doors, false},
		{"what the page asks", paged, false},
		{"passwords", passwords, false},
		{"rights", rights, false},
		{"sandbox", sandboxed, false},
		{"sandbox of sub-agents", subagents, false},
		{"nine sub-agents", delegated, false},
		{"hostile sub-agent", hostile, false},
		{"searches over restarts", restarts, false},
		{"database stopped and back", noDatabase, false},
		{"real encoder", encoded, false},
		{"kills during a crawl", killed, false},
		{"crawler killed at 20 moments", killedOften, false},
		{"sources by the timer", byTimer, false},
		{"pages rendered in the sandbox", rendered, false},
		{"documentation away", away, false},
		{"upgrade", upgraded, false},
		{"uninstall", uninstalled, false},
	} {
		if !t.Run(step.name, step.test) && step.must {
			t.FailNow()
		}
	}
}
