package identity

import (
	"context"
	"testing"
)

func TestAccount(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		id  Identity
		uid uint32
		ok  bool
	}{
		{UID(0), 0, true}, {UID(1<<32 - 1), 1<<32 - 1, true},
		{Login("uid:0"), 0, false}, {"", 0, false}, {"uid:", 0, false}, {"uid:-1", 0, false}, {"uid:4294967296", 0, false},
	} {
		if uid, ok := tc.id.Account(); uid != tc.uid && tc.ok || ok != tc.ok {
			t.Errorf("%q is account %d, %v; want %d, %v", tc.id, uid, ok, tc.uid, tc.ok)
		}
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	if id := Of(ctx); id != "" {
		t.Errorf("nobody is %q", id)
	}
	if id := Of(With(ctx, Login("Alice@Example.org"))); id != "login:alice@example.org" {
		t.Errorf("alice is %q", id)
	}
}
