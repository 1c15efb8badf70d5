package units

import (
	"math"
	"slices"
	"testing"
	"time"
)

// The types of values are those that godbus decodes from systemd 257.
func TestFromProperties(t *testing.T) {
	t.Parallel()
	u := fromProperties("opencode.service", map[string]any{
		"Description": "agent runtime", "LoadState": "loaded", "ActiveState": "inactive", "SubState": "dead",
		"StatusText": "3 sessions", "MainPID": uint32(7), "MemoryCurrent": uint64(math.MaxUint64), "NRestarts": uint32(2),
		"StateChangeTimestamp": uint64(1_700_000_000_000_000), "ConditionResult": false, "ConditionTimestamp": uint64(5),
		"Conditions": [][]any{
			{"ConditionPathExists", false, false, "/var/lib/opnix/token", int32(-1)},
			{"ConditionPathExists", false, true, "/etc/off", int32(1)},
			{"ConditionFirstBoot", false, true, "yes", int32(-1)},
		},
	})
	if u.Memory != 0 {
		t.Errorf("memory that is not accounted is %d", u.Memory)
	}
	if want := []string{"ConditionPathExists=/var/lib/opnix/token", "ConditionFirstBoot=!yes"}; !slices.Equal(u.Unmet, want) {
		t.Errorf("unmet %q, want %q", u.Unmet, want)
	}
	if u.Since == nil || !u.Since.Equal(time.Unix(1_700_000_000, 0)) {
		t.Errorf("since %v", u.Since)
	}
	if u.NextRun != nil || !u.Installed() || u.Status != "3 sessions" || u.PID != 7 || u.Restarts != 2 {
		t.Errorf("%+v", u)
	}
	met := fromProperties("a.service", map[string]any{"ConditionResult": false, "ConditionTimestamp": uint64(0),
		"Conditions": [][]any{{"ConditionPathExists", false, false, "/x", int32(-1)}}})
	if met.Unmet != nil {
		t.Errorf("conditions that were never checked are reported: %q", met.Unmet)
	}
	timer := fromProperties("panther-crawl.timer", map[string]any{"NextElapseUSecRealtime": uint64(math.MaxUint64)})
	if timer.NextRun != nil {
		t.Errorf("a timer without a next run has one at %v", timer.NextRun)
	}
}
