package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

func TestMaterializeServesEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	res := w.mustRun(Options{})
	if got := w.served(); got != "a/one=1 env=ONE=1 two=2" {
		t.Errorf("served %s", got)
	}
	if res.Outcome != "fresh" || res.Generation != 1 || len(res.Changes) != 3 || len(w.units.told) != 0 {
		t.Errorf("%+v, told %v", res, w.units.told)
	}
	st, err := os.Stat(w.dir + "/lib/secrets/two")
	if err != nil || st.Mode() != 0o440 {
		t.Errorf("%v, %v", st, err)
	}
	if res := w.mustRun(Options{}); res.Generation != 1 || len(res.Changes) != 0 {
		t.Errorf("an unchanged run: %+v", res)
	}
}

func TestAFailureChangesNothingOfItsGroupAndAllAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	w.values["op://V/I/one"] = "new"
	w.fail["op://V/I/two"] = vault.Missing
	_, err := w.run(Options{})
	var fe *FailuresError
	if !errors.As(err, &fe) || len(fe.Failures) != 1 || sd.ExitCode(err) != ExitIncomplete || sd.HintOf(err) == "" {
		t.Fatalf("%v", err)
	}
	if w.served() != "a/one=new env=ONE=new two=2" {
		t.Errorf("served %s", w.served())
	}
	w.fail["op://V/I/one"] = vault.Ambiguous
	_, err = w.run(Options{Retry: true})
	for _, want := range []string{"op://V/I/one", "op://V/I/two", "ambiguous", "missing"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

func TestOptionalSecretsAreLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.configure(twoSecrets, "optional")
	w.fail["op://V/I/two"] = vault.Missing
	res := w.mustRun(Options{})
	if w.served() != "a/one=1 env=ONE=1" || fmt.Sprint(res.LeftOut) != "[two]" {
		t.Errorf("served %s, left out %v", w.served(), res.LeftOut)
	}
}

func TestValidatorsGuardTheSwitch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	w.config = strings.Replace(w.config, `"path":"two"`, `"path":"two","pattern":"^[0-9]$"`, 1)
	w.values["op://V/I/two"] = "canary-4711"
	_, err := w.run(Options{})
	if sd.ExitCode(err) != ExitIncomplete || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
	if w.served() != "a/one=1 env=ONE=1 two=2" {
		t.Errorf("served %s", w.served())
	}
}

func TestAnEmptyValueIsServedAndNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.values["op://V/I/one"] = ""
	if res := w.mustRun(Options{}); fmt.Sprint(res.Empty) != "[a/one]" || w.served() != "a/one= env=ONE= two=2" {
		t.Errorf("%v, served %s", res.Empty, w.served())
	}
	w.values["op://V/I/one"] = "1"
	if res := w.mustRun(Options{}); len(res.Empty) != 0 {
		t.Errorf("%v", res.Empty)
	}
}

func TestRemovedSecretsVanish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	w.configure(`{"outputDir":"$LIB/secrets","backend":{"type":"connect","url":"http://connect.test"},"tokenFile":"$DIR/token","lastGood":{"enable":false},
	  "secrets":[{"path":"two","reference":"op://V/I/two"}]}`, "")
	w.mustRun(Options{})
	if w.served() != "two=2" {
		t.Errorf("served %s", w.served())
	}
	_ = filepath.WalkDir(w.dir, func(p string, _ os.DirEntry, _ error) error {
		if strings.HasSuffix(p, "/one") {
			t.Errorf("still there: %s", p)
		}
		return nil
	})
}

func TestDamagedFilesAreRestoredWithoutTellingAnybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	if err := os.Remove(w.dir + "/lib/secrets/two"); err != nil {
		t.Fatal(err)
	}
	w.mustRun(Options{})
	if w.served() != "a/one=1 env=ONE=1 two=2" || len(w.units.told) > 0 {
		t.Errorf("served %s, told %v", w.served(), w.units.told)
	}
}

func TestRollbackIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	w.values["op://V/I/two"] = "bad"
	w.mustRun(Options{})
	w.units.told = nil
	if _, err := w.runner().Rollback(context.Background()); err != nil {
		t.Fatal(err)
	}
	if w.served() != "a/one=1 env=ONE=1 two=2" || fmt.Sprint(w.units.told) != "[restart two.service]" {
		t.Errorf("served %s, told %v", w.served(), w.units.told)
	}
	calls := w.calls
	w.mustRun(Options{Fresh: true}) // the timer
	if w.calls != calls || !strings.Contains(w.served(), "two=2") {
		t.Errorf("a held generation was refreshed: %s", w.served())
	}
	w.mustRun(Options{Fresh: true, Retry: true})
	if !strings.Contains(w.served(), "two=bad") {
		t.Errorf("served %s", w.served())
	}
}

func TestSetsLiveSideBySide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{Set: "a.json"})
	w.configure(`{"outputDir":"$LIB/secrets","backend":{"type":"connect","url":"http://connect.test"},"tokenFile":"$DIR/token","lastGood":{"enable":false},
	  "secrets":[{"path":"three","reference":"op://V/I/two"}]}`, "")
	w.mustRun(Options{Set: "b.json"})
	if w.served() != "a/one=1 env=ONE=1 three=2 two=2" {
		t.Errorf("served %s", w.served())
	}
	w.mustRun(Options{})
	if w.served() != "three=2" {
		t.Errorf("the whole configuration: served %s", w.served())
	}
}

func TestPlanWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	w.values["op://V/I/two"] = "new"
	res, err := w.runner().Plan(context.Background(), Options{})
	if err != nil || fmt.Sprint(res.Changes) != "[{two changed}]" {
		t.Errorf("%v, %v", res, err)
	}
	if w.served() != "a/one=1 env=ONE=1 two=2" {
		t.Errorf("served %s", w.served())
	}
}

func TestASecondRunWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	s, err := w.runner().open(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := w.runner()
	r.LockWait = 50 * time.Millisecond
	if _, err := r.Materialize(context.Background(), Options{}); err == nil || !strings.Contains(err.Error(), "another run") {
		t.Errorf("%v", err)
	}
	done := make(chan error)
	go func() { _, err := w.runner().Materialize(context.Background(), Options{}); done <- err }()
	s.close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
