package run

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"panther/pkg/opnix/token"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

func TestBreaker(t *testing.T) {
	t.Parallel()
	change := map[string]func(*world){
		"the token":         func(w *world) { _ = os.WriteFile(w.dir+"/token", []byte("other"), 0o600) },
		"the configuration": func(w *world) { w.config += "\n" },
		"nothing":           func(*world) {},
		"the boot":          func(w *world) { w.reboot() },
		"two hours":         func(w *world) { w.now = w.now.Add(2 * time.Hour) },
	}
	always := map[string]bool{"the token": true, "the configuration": true, "nothing": true, "the boot": true, "two hours": true}
	for _, tc := range []struct {
		name  string
		set   func(*world)
		opens map[string]bool // what makes it ask again
	}{
		{"missing", func(w *world) { w.fail["op://V/I/two"] = vault.Missing }, always},
		{"ambiguous", func(w *world) { w.fail["op://V/I/two"] = vault.Ambiguous }, always},
		{"invalid", func(w *world) { w.fail["op://V/I/two"] = vault.Invalid }, always},
		{"denied", func(w *world) { w.down = vault.Errorf(vault.Denied, "no") }, map[string]bool{"the token": true}},
		{"rate limit", func(w *world) {
			w.down = &vault.Error{Kind: vault.RateLimited, RetryAfter: 90 * time.Minute, Err: errors.New("429")}
		},
			map[string]bool{"the token": true, "two hours": true}},
		{"down", func(w *world) { w.down = vault.Errorf(vault.Unavailable, "no route") },
			always},
	} {
		for what, do := range change {
			t.Run(tc.name+", then "+what, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				tc.set(w)
				if _, err := w.run(Options{}); err == nil {
					t.Fatal("the first run succeeded")
				}
				if w.calls != 1 {
					t.Fatalf("%d calls in the first run", w.calls)
				}
				do(w)
				if _, err := w.run(Options{}); err == nil {
					t.Fatal("the second run succeeded")
				}
				if asked := w.calls == 2; asked != tc.opens[what] {
					t.Errorf("asked again: %v, want %v", asked, tc.opens[what])
				}
			})
		}
	}
}

// A server that stays away is asked every quarter of an hour, not every 15 s.
func TestAwayIsAskedLessAndLessOften(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.down = vault.Errorf(vault.Unavailable, "503")
	for range 3 * 60 * 4 { // three hours in which the unit starts every 15 s
		_, _ = w.run(Options{})
		w.now = w.now.Add(15 * time.Second)
	}
	if w.calls < 15 || w.calls > 25 {
		t.Errorf("%d calls", w.calls)
	}
	w.down = nil
	w.reboot()
	if res := w.mustRun(Options{}); res.Outcome != "fresh" {
		t.Errorf("after a boot: %+v", res)
	}
}

func TestBreakerClosesWithAnAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fail["op://V/I/two"] = vault.Missing
	_, _ = w.run(Options{})
	delete(w.fail, "op://V/I/two")
	w.mustRun(Options{Retry: true})
	if res := w.mustRun(Options{}); res.Outcome != "fresh" {
		t.Errorf("%+v", res)
	}
}

func TestNoTokenNoSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	w.reboot()
	if err := os.Remove(w.dir + "/token"); err != nil {
		t.Fatal(err)
	}
	_, err := w.run(Options{Copy: true})
	if sd.ExitCode(err) != token.ExitMissing || !strings.Contains(sd.HintOf(err), "opnix token set") {
		t.Errorf("%v, exit status %d, hint %q", err, sd.ExitCode(err), sd.HintOf(err))
	}
	if w.served() != "" || w.calls != 1 {
		t.Errorf("served %q after %d calls", w.served(), w.calls)
	}
	// What runs without its secrets since then is told when they come.
	if err := os.WriteFile(w.dir+"/token", []byte("tok"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.units.inactive = map[string]bool{"two.service": true}
	w.mustRun(Options{Fresh: true})
	if fmt.Sprint(w.units.told) != "[restart one.service reload tmpl.service]" {
		t.Errorf("told %v", w.units.told)
	}
}

func TestDownWhileServing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	w.down = vault.Errorf(vault.Unavailable, "no route")
	res := w.mustRun(Options{})
	if res.Outcome != "kept" || res.Problem == nil || w.served() != "a/one=1 env=ONE=1 two=2" {
		t.Errorf("%+v, served %s", res, w.served())
	}
	if _, err := w.run(Options{Fresh: true}); sd.ExitCode(err) != sd.ExitError {
		t.Errorf("a refresh without an answer: %v", err)
	}
}

// An entry that stays missing is asked for once an hour in the end, and at once
// after a boot or with another configuration.
func TestAMissingEntryIsAskedForLessAndLessOften(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fail["op://V/I/two"] = vault.Missing
	for range 24 * 12 { // a day in which the unit tries every five minutes
		_, err := w.run(Options{Fresh: true})
		if err == nil || !strings.Contains(err.Error(), "op://V/I/two") || strings.Contains(err.Error(), "op://V/I/one") {
			t.Fatalf("%v", err)
		}
		w.now = w.now.Add(5 * time.Minute)
	}
	if w.calls < 24 || w.calls > 40 {
		t.Errorf("%d calls", w.calls)
	}
	delete(w.fail, "op://V/I/two")
	w.reboot()
	if res := w.mustRun(Options{}); res.Outcome != "fresh" {
		t.Errorf("after a boot: %+v", res)
	}
}
