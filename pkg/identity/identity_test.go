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

func TestSees(t *testing.T) {
	t.Parallel()
	alice, bob := UID(1000), Login("bob@example.org")
	for _, tc := range []struct {
		id, owner Identity
		want      bool
	}{
		{alice, alice, true}, {alice, bob, false}, {alice, "", true}, {bob, "", true}, {bob, alice, false}, {UID(0), alice, false},
		{Everyone, alice, true}, {Everyone, "", true}, {Nobody, "", true}, {Nobody, alice, false},
		{"", "", false}, {"", alice, false}, {alice, Everyone, false}, {UID(100), alice, false},
	} {
		if got := tc.id.Sees(tc.owner); got != tc.want {
			t.Errorf("%q sees what is %q's: %v", tc.id, tc.owner, got)
		}
	}
	for id, person := range map[Identity]bool{alice: true, bob: true, "": false, Everyone: false, Nobody: false} {
		if id.Person() != person {
			t.Errorf("%q is a person: %v", id, !person)
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
