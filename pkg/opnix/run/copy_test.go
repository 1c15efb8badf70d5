package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panther/pkg/opnix/state"
	"panther/pkg/opnix/vault"
	"panther/pkg/opnix/vault/vaulttest"
	"panther/pkg/sd"
)

var down = vault.Errorf(vault.Unavailable, "no route")

func TestLastGoodServesWhileDown(t *testing.T) {
	t.Parallel()
	for _, why := range []error{down, &vault.Error{Kind: vault.RateLimited, Err: errors.New("429")}, vault.Errorf(vault.Denied, "expired"),
		context.DeadlineExceeded} {
		w := newWorld(t)
		w.mustRun(Options{})
		w.reboot()
		w.down = why
		w.now = w.now.Add(24 * time.Hour)
		res := w.mustRun(Options{})
		if res.Outcome != "stale" || len(res.Stale) != 3 || res.Problem == nil || w.served() != "a/one=1 env=ONE=1 two=2" {
			t.Errorf("%v: %+v, served %s", why, res, w.served())
		}
		w.down = nil
		w.now = w.now.Add(2 * time.Hour)
		res = w.mustRun(Options{Retry: true})
		if res.Outcome != "fresh" || len(res.Stale) != 0 || len(w.units.told) != 0 {
			t.Errorf("%v: back again: %+v, told %v", why, res, w.units.told)
		}
	}
}

func TestPoliciesLimitTheCopy(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		policy string
		after  time.Duration
		served string // "" means that the run fails closed
		code   int
	}{
		{"stale_ok", 29 * 24 * time.Hour, "a/one=1 env=ONE=1 two=2", 0},
		{"stale_ok", 31 * 24 * time.Hour, "", sd.ExitError},
		{"required", time.Minute, "a/one=1 env=ONE=1", ExitIncomplete},
		{"optional", time.Minute, "a/one=1 env=ONE=1 two=2", 0},
	} {
		w := newWorld(t)
		w.configure(twoSecrets, tc.policy)
		w.mustRun(Options{})
		w.reboot()
		w.down, w.now = down, w.now.Add(tc.after)
		_, err := w.run(Options{})
		if w.served() != tc.served || (err != nil) != (tc.code != 0) {
			t.Errorf("%s after %v: served %q, %v", tc.policy, tc.after, w.served(), err)
		}
		if err != nil && (sd.ExitCode(err) != tc.code || sd.HintOf(err) == "") {
			t.Errorf("%s: exit status %d, hint %q", tc.policy, sd.ExitCode(err), sd.HintOf(err))
		}
	}
}

func TestWithoutACopyTheRunFailsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.down = down
	_, err := w.run(Options{})
	if w.served() != "" || sd.ExitCode(err) != sd.ExitError || !strings.Contains(err.Error(), "no last good copy") {
		t.Errorf("served %s, %v", w.served(), err)
	}
}

func TestABootServesTheCopyWithoutAsking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	calls := w.calls
	w.reboot()
	if !w.runner().CanRestore() {
		t.Fatal("the record says that no copy can serve")
	}
	res := w.mustRun(Options{Copy: true})
	if w.calls != calls || res.Outcome != "stale" || w.served() != "a/one=1 env=ONE=1 two=2" {
		t.Fatalf("%+v after %d calls, served %s", res, w.calls-calls, w.served())
	}
	if _, err := os.Stat(w.dir + "/run/stale"); err != nil {
		t.Error("there is no sign for opnix-refresh.path")
	}
	w.values["op://V/I/two"] = "rotated"
	w.mustRun(Options{Fresh: true, MaxAge: time.Hour})
	if _, err := os.Stat(w.dir + "/run/stale"); err == nil {
		t.Error("the sign stayed")
	}
	if w.calls != calls+1 || !strings.Contains(w.served(), "two=rotated") || strings.Join(w.units.told, " ") != "restart two.service" {
		t.Errorf("the refresh after it: %d calls, served %s, told %v", w.calls-calls, w.served(), w.units.told)
	}
	w.mustRun(Options{Fresh: true, MaxAge: time.Hour})
	if w.calls != calls+1 {
		t.Error("a fresh set was refreshed again")
	}
}

func TestCanRestoreFollowsTheConfiguration(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*world){
		"another configuration": func(w *world) { w.config += " " },
		"too old":               func(w *world) { w.now = w.now.Add(31 * 24 * time.Hour) },
		"no token":              func(w *world) { _ = os.Remove(w.dir + "/token") },
		"a required secret":     func(w *world) { w.configure(twoSecrets, "required"); w.mustRun(Options{}) },
	} {
		w := newWorld(t)
		w.mustRun(Options{})
		spoil(w)
		if w.runner().CanRestore() {
			t.Errorf("%s: a copy is said to serve", name)
		}
	}
}

func TestTheCopyHoldsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.configure(twoSecrets, "required")
	w.mustRun(Options{})
	s, err := w.runner().open(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	c, err := s.readCopy(context.Background())
	if err != nil || len(c.Entries) != 1 {
		t.Errorf("%v, %v", c, err)
	}
}

func TestSpoiltCopiesAreRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, at string){
		"changed": func(t *testing.T, at string) {
			b, _ := os.ReadFile(at)
			b[len(b)-1] ^= 1
			put(t, at, b)
		},
		"replayed": func(t *testing.T, at string) { put(t, at, mustRead(t, at+".old")) },
		"removed":  func(t *testing.T, at string) { _ = os.Remove(at) },
	} {
		w := newWorld(t)
		w.mustRun(Options{})
		at := filepath.Join(w.dir, "lib/state", state.CopyName)
		put(t, at+".old", mustRead(t, at))
		w.values["op://V/I/one"] = "rotated"
		w.mustRun(Options{})
		w.reboot()
		spoil(t, at)
		w.down = down
		if _, err := w.run(Options{Copy: true}); err == nil || w.served() != "" {
			t.Errorf("%s: %v, served %s", name, err, w.served())
		}
	}
}

func mustRead(t *testing.T, p string) []byte {
	t.Helper()
	b, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func put(t *testing.T, p string, b []byte) {
	t.Helper()
	if err := os.WriteFile(p, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestNothingButItsFileHoldsAValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.values["op://V/I/two"] = vaulttest.Canary
	w.mustRun(Options{})
	w.fail["op://V/I/one"] = vault.Missing
	_, err := w.run(Options{})
	vaulttest.NoCanary(t, err.Error())
	in := 0
	err = filepath.WalkDir(w.dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b := string(mustRead(t, p))
		if strings.HasSuffix(p, "/files/two") {
			in++
			return nil
		}
		for _, form := range vaulttest.Forms(vaulttest.Canary) {
			if strings.Contains(b, form) {
				t.Errorf("%s holds the value", p)
			}
		}
		return nil
	})
	if err != nil || in != 1 {
		t.Errorf("in %d files, %v", in, err)
	}
}
