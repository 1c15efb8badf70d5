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
	} {
		if !t.Run(step.name, step.test) && step.must {
			t.FailNow()
		}
	}
}
