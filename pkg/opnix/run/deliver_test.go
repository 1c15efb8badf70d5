package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"panther/pkg/opnix"
	"panther/pkg/opnix/state"
)

func TestOnlyTheChangedDependentIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	w.values["op://V/I/two"] = "2b"
	w.mustRun(Options{})
	if fmt.Sprint(w.units.told) != "[restart two.service]" {
		t.Errorf("told %v", w.units.told)
	}
	w.units.told = nil
	w.values["op://V/I/one"] = "1b"
	w.mustRun(Options{})
	if fmt.Sprint(w.units.told) != "[restart one.service reload tmpl.service]" {
		t.Errorf("told %v", w.units.told)
	}
	w.units.told, w.units.inactive = nil, map[string]bool{"two.service": true}
	w.values["op://V/I/two"] = "2c"
	w.mustRun(Options{})
	if len(w.units.told) != 0 {
		t.Errorf("a stopped unit was told: %v", w.units.told)
	}
}

// A run that was killed after the switch owes its visits; the next run pays
// those that were not made, once.
func TestIntentSurvivesACrash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	w.values["op://V/I/one"], w.values["op://V/I/two"] = "1b", "2b"
	w.units.failing = errors.New("killed here")
	w.mustRun(Options{})
	o, err := w.runner().Status(context.Background())
	if err != nil || fmt.Sprint(o.Owed) != "[one.service tmpl.service two.service]" {
		t.Fatalf("owed %v, %v", o, err)
	}
	w.units.failing = nil
	w.units.marks["one.service"] = "restarted since"
	w.mustRun(Options{})
	if fmt.Sprint(w.units.told) != "[reload tmpl.service restart two.service]" {
		t.Errorf("told %v", w.units.told)
	}
	w.units.told = nil
	w.mustRun(Options{})
	if len(w.units.told) != 0 {
		t.Errorf("told again: %v", w.units.told)
	}
}

func TestAVisitToUnknownUnitsIsPaidLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	w.values["op://V/I/two"] = "2b"
	w.units.broken = errors.New("no service manager")
	w.mustRun(Options{})
	w.units.broken = nil
	for range 2 {
		w.mustRun(Options{})
	}
	if fmt.Sprint(w.units.told) != "[restart two.service]" {
		t.Errorf("told %v", w.units.told)
	}
}

func TestIntentOfASwitchThatNeverHappenedIsDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	s, err := state.Open(w.dir + "/lib/state")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	life, _ := os.ReadFile(w.dir + "/run/life")
	in := intent{Boot: string(life), Generation: 2, Actions: []visit{{opnix.Service{Unit: "one.service", Action: opnix.Restart}, "one.service"}}}
	if err := s.Write(state.IntentName, in); err != nil {
		t.Fatal(err)
	}
	w.mustRun(Options{})
	if len(w.units.told) != 0 {
		t.Errorf("told %v", w.units.told)
	}
}
