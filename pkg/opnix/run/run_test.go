package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"panther/pkg/opnix"
	"panther/pkg/opnix/state"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// world is a password manager and a machine that a test controls.
type world struct {
	t      *testing.T
	dir    string
	values map[string]string // by reference
	fail   map[string]vault.Kind
	down   error
	calls  int
	now    time.Time
	units  *fakeUnits
	config string
}

// fakeUnits records what units are told.
type fakeUnits struct {
	told     []string
	inactive map[string]bool
	marks    map[string]string
	broken   error // nobody is there
	failing  error // visits fail
}

func (u *fakeUnits) Mark(_ context.Context, unit string, _ opnix.Action) (string, error) {
	if u.broken != nil {
		return "", u.broken
	}
	if u.inactive[unit] {
		return "", nil
	}
	return unit + u.marks[unit], nil
}

func (u *fakeUnits) Do(_ context.Context, s opnix.Service) error {
	if err := errors.Join(u.broken, u.failing); err != nil {
		return err
	}
	u.told = append(u.told, string(s.Action)+" "+s.Unit)
	return nil
}

const twoSecrets = `{"outputDir":"$LIB/secrets","backend":{"type":"connect","url":"http://connect.test"},"tokenFile":"$DIR/token","lastGood":{"sealer":"age","identity":"$DIR/id"},"secrets":[
 {"path":"a/one","reference":"op://V/I/one","services":["one"]},
 {"path":"two","reference":"op://V/I/two","mode":"0440","services":["two"],"policy":"$POLICY"}],
 "templates":[{"path":"env","content":"ONE={{ a/one }}\n","services":{"tmpl":{"reload":true}}}]}`

func newWorld(t *testing.T) *world {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: dir, now: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC), units: &fakeUnits{marks: map[string]string{}},
		values: map[string]string{"op://V/I/one": "1", "op://V/I/two": "2"}, fail: map[string]vault.Kind{}}
	w.configure(twoSecrets, "stale_ok")
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"/token": "tok", "/id": id.String()} {
		if err := os.WriteFile(dir+name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) configure(js, policy string) {
	w.config = strings.NewReplacer("$LIB", w.dir+"/lib", "$DIR", w.dir, "$POLICY", policy).Replace(js)
}

func (w *world) Resolve(_ context.Context, reqs []vault.Request) (vault.Answer, error) {
	w.calls++
	if w.down != nil {
		return vault.Answer{Requests: 1}, w.down
	}
	a := vault.Answer{Requests: 1}
	for _, r := range reqs {
		k := r.Ref.String()
		if kind, ok := w.fail[k]; ok {
			a.Fail(r, kind, "scripted")
			continue
		}
		a.Put(r, vault.NewValue([]byte(w.values[k])))
	}
	return a, nil
}

func (w *world) runner() *Runner {
	w.t.Helper()
	cfg, err := opnix.Decode("secrets.json", []byte(w.config))
	if err != nil {
		w.t.Fatal(err)
	}
	return &Runner{Config: cfg, Paths: Paths{Run: w.dir + "/run", State: w.dir + "/lib/state"}, Units: w.units, Now: func() time.Time { return w.now },
		Backend: func(*opnix.Config, vault.Value) (vault.Backend, error) { return w, nil }, LockWait: 5 * time.Second}
}

func (w *world) run(opt Options) (*Result, error) {
	w.t.Helper()
	return w.runner().Materialize(context.Background(), opt)
}

func (w *world) mustRun(opt Options) *Result {
	w.t.Helper()
	res, err := w.run(opt)
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

// served returns all files below the output as "path=content".
func (w *world) served() string {
	w.t.Helper()
	var out []string
	root := w.dir + "/lib/secrets/"
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		out = append(out, strings.TrimPrefix(p, root)+"="+strings.TrimSpace(string(b)))
		return err
	})
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// reboot loses what is in memory.
func (w *world) reboot() {
	w.t.Helper()
	if err := os.RemoveAll(w.dir + "/run"); err != nil {
		w.t.Fatal(err)
	}
}

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

func TestOneFailureChangesNothingAndAllAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	w.values["op://V/I/one"] = "new"
	w.fail["op://V/I/two"] = vault.Missing
	_, err := w.run(Options{})
	var fe *FailuresError
	if !errors.As(err, &fe) || len(fe.Failures) != 1 || sd.ExitCode(err) != sd.ExitConfig || sd.HintOf(err) == "" {
		t.Fatalf("%v", err)
	}
	if w.served() != "a/one=1 env=ONE=1 two=2" {
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

func TestBreaker(t *testing.T) {
	t.Parallel()
	change := map[string]func(*world){
		"the token":         func(w *world) { _ = os.WriteFile(w.dir+"/token", []byte("other"), 0o600) },
		"the configuration": func(w *world) { w.config += "\n" },
		"nothing":           func(*world) {},
		"the boot":          func(w *world) { w.reboot() },
		"two hours":         func(w *world) { w.now = w.now.Add(2 * time.Hour) },
	}
	for _, tc := range []struct {
		name  string
		set   func(*world)
		opens map[string]bool // what makes it ask again
	}{
		{"bad reference", func(w *world) { w.fail["op://V/I/two"] = vault.Missing }, map[string]bool{"the token": true, "the configuration": true}},
		{"denied", func(w *world) { w.down = vault.Errorf(vault.Denied, "no") }, map[string]bool{"the token": true}},
		{"rate limit", func(w *world) {
			w.down = &vault.Error{Kind: vault.RateLimited, RetryAfter: 90 * time.Minute, Err: errors.New("429")}
		},
			map[string]bool{"the token": true, "two hours": true}},
		{"down", func(w *world) { w.down = vault.Errorf(vault.Unavailable, "no route") },
			map[string]bool{"the token": true, "the configuration": true, "nothing": true, "the boot": true, "two hours": true}},
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
	if sd.ExitCode(err) != sd.ExitConfig || !strings.Contains(sd.HintOf(err), "opnix token set") {
		t.Errorf("%v, exit status %d, hint %q", err, sd.ExitCode(err), sd.HintOf(err))
	}
	if w.served() != "" || w.calls != 1 {
		t.Errorf("served %q after %d calls", w.served(), w.calls)
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

func TestHalfAnAnswerIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fail["op://V/I/two"] = vault.Unavailable
	if _, err := w.run(Options{}); sd.ExitCode(err) != sd.ExitError {
		t.Errorf("%v", err)
	}
	if w.served() != "" {
		t.Errorf("served %s", w.served())
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
	if sd.ExitCode(err) != sd.ExitConfig || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
	if w.served() != "a/one=1 env=ONE=1 two=2" {
		t.Errorf("served %s", w.served())
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

func TestLinksAndCopies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	js := `{"outputDir":"$LIB/secrets","backend":{"type":"connect","url":"http://connect.test"},"tokenFile":"$DIR/token","lastGood":{"enable":false},"secrets":[
	  {"path":"$DIR/etc/app/one","reference":"op://V/I/one","mode":"0440"},
	  {"path":"two","reference":"op://V/I/two","symlinks":["$DIR/opt/two"],"copies":["$DIR/opt/two.copy"]}]}`
	w.configure(js, "")
	w.mustRun(Options{})
	read := func(p string) string { b, _ := os.ReadFile(w.dir + p); return string(b) }
	if got := read("/etc/app/one") + read("/opt/two") + read("/opt/two.copy"); got != "122" {
		t.Errorf("read %q", got)
	}
	if problems, _, err := w.runner().Verify(context.Background()); err != nil || len(problems) != 0 {
		t.Errorf("%v, %v", problems, err)
	}
	w.values["op://V/I/two"] = "2b"
	w.mustRun(Options{})
	if got := read("/opt/two") + read("/opt/two.copy"); got != "2b2b" {
		t.Errorf("read %q", got)
	}
	w.configure(strings.Replace(js, `"symlinks":["$DIR/opt/two"],"copies":["$DIR/opt/two.copy"]`, `"mode":"0400"`, 1), "")
	w.mustRun(Options{})
	for _, p := range []string{"/opt/two", "/opt/two.copy"} {
		if _, err := os.Lstat(w.dir + p); err == nil {
			t.Errorf("%s stayed", p)
		}
	}
}

func TestAFolderInTheWayStopsTheRunBeforeItChangesAnything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRun(Options{})
	if err := os.MkdirAll(w.dir+"/opt/two/x", 0o755); err != nil {
		t.Fatal(err)
	}
	w.config = strings.Replace(w.config, `"path":"two"`, `"path":"two","symlinks":["`+w.dir+`/opt/two"]`, 1)
	w.values["op://V/I/one"] = "new"
	_, err := w.run(Options{})
	if sd.ExitCode(err) != sd.ExitConfig || w.served() != "a/one=1 env=ONE=1 two=2" {
		t.Errorf("%v, served %s", err, w.served())
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
