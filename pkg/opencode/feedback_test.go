package opencode

import (
	"testing"

	"panther/pkg/identity"
	"panther/pkg/knowledge"
)

// A good answer makes a canary of its question, once, and a bad one takes it back.
func TestFeedback(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withModel(t, weather))
	s := w.session()
	answer := w.ask(s.ID, "what is a partial index?")
	ctx := identity.With(t.Context(), identity.Everyone)
	for _, tc := range []struct {
		good bool
		want int
	}{{true, 1}, {true, 1}, {false, 0}, {false, 0}} {
		got, err := w.client.GiveFeedback(t.Context(), s.ID, answer.Info.ID, tc.good)
		if err != nil || got.Question != "what is a partial index?" {
			t.Fatalf("%+v, %v", got, err)
		}
		r, err := w.know.Canaries(ctx)
		if err != nil || len(r.Canaries) != tc.want {
			t.Fatalf("good %v: %+v, %v", tc.good, r, err)
		}
		if tc.want == 1 && (r.Canaries[0].Kind != knowledge.CanaryFeedback || r.Canaries[0].URI != "https://docs.test.io/indexes-partial" || r.Canaries[0].Rank != 1) {
			t.Errorf("canary %+v", r.Canaries[0])
		}
	}
	if _, err := w.client.GiveFeedback(t.Context(), s.ID, answer.Info.ParentID, true); err == nil {
		t.Error("a question has feedback")
	}
}
