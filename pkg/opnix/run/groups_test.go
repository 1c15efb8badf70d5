package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"panther/pkg/opnix"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// groups: web needs two of its own and one that it shares with db.
const groups = `{"outputDir":"$LIB/secrets","backend":{"type":"connect","url":"http://connect.test"},"tokenFile":"$DIR/token","lastGood":{"sealer":"age","identity":"$DIR/id"},"secrets":[
 {"path":"web/user","reference":"op://V/I/user","services":["web"]},
 {"path":"web/key","reference":"op://V/I/key","services":["web.service"]},
 {"path":"shared","reference":"op://V/I/shared","services":["web","db"]},
 {"path":"alone","reference":"op://V/I/alone"}],
 "templates":[{"path":"web.conf","content":"K={{ web/key }}","services":["web"]}]}`

func newGroups(t *testing.T) *world {
	w := newWorld(t)
	w.configure(groups, "")
	w.values = map[string]string{"op://V/I/user": "u1", "op://V/I/key": "k1", "op://V/I/shared": "s1", "op://V/I/alone": "a1"}
	return w
}

func TestAGroupIsWholeOrAsItWas(t *testing.T) {
	t.Parallel()
	for _, kind := range []vault.Kind{vault.Missing, vault.Ambiguous, vault.Invalid, vault.Unavailable, vault.Denied} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newGroups(t)
			w.fail["op://V/I/key"] = kind
			res, err := w.run(Options{})
			var fe *FailuresError
			if !errors.As(err, &fe) || sd.ExitCode(err) != ExitIncomplete || len(fe.Failures) != 1 || !strings.Contains(err.Error(), "op://V/I/key") || !strings.Contains(err.Error(), "web.service") {
				t.Fatalf("%v", err)
			}
			if len(res.Incomplete) != 1 || res.Incomplete[0].Unit != "web.service" {
				t.Errorf("%+v", res.Incomplete)
			}
			if got := w.served(); got != "alone=a1 shared=s1" {
				t.Errorf("first: served %s", got)
			}
			delete(w.fail, "op://V/I/key")
			if res := w.mustRun(Options{Fresh: true}); res.Outcome != "fresh" || w.served() != "alone=a1 shared=s1 web.conf=K=k1 web/key=k1 web/user=u1" {
				t.Fatalf("healed: %+v, served %s", res, w.served())
			}
			if kind == vault.Unavailable {
				return // what is served then takes the place of an answer
			}
			w.fail["op://V/I/key"] = kind
			for ref := range w.values {
				w.values[ref] = "new"
			}
			if _, err := w.run(Options{Fresh: true}); sd.ExitCode(err) != ExitIncomplete {
				t.Errorf("%v", err)
			}
			if got := w.served(); got != "alone=new shared=new web.conf=K=k1 web/key=k1 web/user=u1" {
				t.Errorf("deleted: served %s", got)
			}
			if problems, _, err := w.runner().Verify(context.Background()); err != nil || len(problems) > 0 {
				t.Errorf("%v, %v", problems, err)
			}
		})
	}
}

// What could not start without its secrets is started when they come, and nothing
// else is; a run that is killed before owes it.
func TestWhatWaitedForItsSecretsIsStarted(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]func(*world){
		"some were there":   func(w *world) { w.fail["op://V/I/key"] = vault.Missing },
		"none were there":   func(w *world) { w.down = vault.Errorf(vault.Unavailable, "no route") },
		"and it was killed": func(w *world) { w.fail["op://V/I/user"] = vault.Missing },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newGroups(t)
			first(w)
			if _, err := w.run(Options{}); err == nil {
				t.Fatal("it succeeded")
			}
			w.units.inactive = map[string]bool{"web.service": true, "db.service": true}
			w.units.waiting = map[string]bool{"web.service": true}
			w.values["op://V/I/alone"] = "new"
			_, _ = w.run(Options{})
			if len(w.units.told) > 0 {
				t.Errorf("told %v while it is incomplete", w.units.told)
			}
			clear(w.fail)
			w.down = nil
			if strings.Contains(name, "killed") {
				w.units.failing = errors.New("killed here")
				w.mustRun(Options{})
				w.units.failing = nil
			}
			w.mustRun(Options{})
			if fmt.Sprint(w.units.told) != "[start web.service]" {
				t.Errorf("told %v", w.units.told)
			}
		})
	}
}

// The copy follows what is answered although something is missing, and serves it
// when nobody answers.
func TestTheCopyFollowsWhatIsWhole(t *testing.T) {
	t.Parallel()
	w := newGroups(t)
	w.fail["op://V/I/key"] = vault.Missing
	_, _ = w.run(Options{})
	w.reboot()
	w.down = down
	if w.runner().CanRestore() {
		t.Error("a copy that lacks an entry is said to serve all")
	}
	res, err := w.run(Options{Copy: true})
	if sd.ExitCode(err) != ExitIncomplete || w.served() != "alone=a1 shared=s1" || len(res.Stale) != 2 {
		t.Errorf("%v, served %s", err, w.served())
	}
	if _, err := os.Stat(w.dir + "/run/stale"); err != nil {
		t.Error("there is no sign for opnix-refresh.path")
	}
	w.down = nil
	clear(w.fail)
	if res := w.mustRun(Options{Fresh: true}); res.Outcome != "fresh" || len(res.Stale) > 0 {
		t.Errorf("%+v", res)
	}
}

// A value that does not fit a template fails the template's group.
func TestAValueThatDoesNotFitFailsItsGroup(t *testing.T) {
	t.Parallel()
	w := newGroups(t)
	w.configure(strings.Replace(groups, `"web.conf"`, `"web.env"`, 1), "")
	w.values["op://V/I/key"] = "canary\nLD_PRELOAD=/x.so"
	_, err := w.run(Options{})
	if sd.ExitCode(err) != ExitIncomplete || strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), "web.env") {
		t.Errorf("%v", err)
	}
	if got := w.served(); got != "alone=a1 shared=s1" {
		t.Errorf("served %s", got)
	}
}

// A template of an optional secret is left out with it, and costs nobody anything.
func TestTemplatesOfWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.configure(`{"outputDir":"$LIB/secrets","backend":{"type":"connect","url":"http://connect.test"},"tokenFile":"$DIR/token","lastGood":{"enable":false},"secrets":[
 {"path":"a","reference":"op://V/I/one"},{"path":"b","reference":"op://V/I/two","policy":"optional"}],
 "templates":[{"path":"env","content":"A={{ a }}\nB={{ b }}\n","services":["web"]},{"path":"sum","content":"{{ a }}"}]}`, "")
	w.fail["op://V/I/two"] = vault.Missing
	if w.mustRun(Options{}); w.served() != "a=1 sum=1" {
		t.Errorf("served %q", w.served())
	}
	delete(w.fail, "op://V/I/two")
	if w.mustRun(Options{}); w.served() != "a=1 b=2 env=A=1\nB=2 sum=1" {
		t.Errorf("served %q", w.served())
	}
}

// A name that nobody has costs what it owns, and no other: a machine whose tunnel
// needs a secret is not lost by a slip in the name of another's owner.
func TestAnOwnerThatNobodyIs(t *testing.T) {
	t.Parallel()
	for name, slip := range map[string]string{"owner": `"owner":"mars"`, "group": `"group":"mars"`} {
		for what, entry := range map[string]string{
			"secret":   `"secrets":[{"path":"a","reference":"op://V/I/one","services":["web"],SLIP},{"path":"b","reference":"op://V/I/three","services":["web"]},{"path":"two","reference":"op://V/I/two","services":["tunnel"]}]`,
			"template": `"secrets":[{"path":"b","reference":"op://V/I/three","services":["web"]},{"path":"two","reference":"op://V/I/two","services":["tunnel"]}],"templates":[{"path":"a","content":"{{ op://V/I/one }}","services":["web"],SLIP}]`,
		} {
			t.Run(name+" of a "+what, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.values["op://V/I/three"] = "3"
				const js = `{"outputDir":"$LIB/secrets","backend":{"type":"connect","url":"http://connect.test"},"tokenFile":"$DIR/token","lastGood":{"sealer":"age","identity":"$DIR/id"},`
				w.configure(js+strings.Replace(entry, "SLIP", slip, 1)+"}", "")
				for range 2 { // the second is a boot, which has the copy
					_, err := w.run(Options{})
					if sd.ExitCode(err) != ExitIncomplete || !strings.Contains(err.Error(), `"mars"`) || !strings.Contains(err.Error(), "for web.service") {
						t.Fatalf("exit status %d, %v", sd.ExitCode(err), err)
					}
					if got := w.served(); got != "two=2" {
						t.Fatalf("served %s", got)
					}
					w.reboot()
				}
				w.configure(js+strings.Replace(entry, "SLIP", strings.Replace(slip, "mars", "root", 1), 1)+"}", "")
				w.mustRun(Options{})
				if got := w.served(); got != "a=1 b=3 two=2" {
					t.Fatalf("served %s", got)
				}
			})
		}
	}
}

// What exists only at run time may be missing or wrong at any of them: that costs
// what it asks for, which stays as it was, and no other.
func TestConfigurationThatIsOnlyThereAtRunTime(t *testing.T) {
	t.Parallel()
	const first = `{"include":["$DIR/more.json"],"outputDir":"$LIB/secrets","backend":{"type":"connect","url":"http://connect.test"},"tokenFile":"$DIR/token",
 "lastGood":{"sealer":"age","identity":"$DIR/id"},"secrets":[{"path":"two","reference":"op://V/I/two","services":["tunnel"]}]`
	const more = `{"secrets":[{"path":"a/one","reference":"op://V/I/one","copies":["$DIR/etc/one"],"symlinks":["$DIR/etc/link"]}]}`
	good := map[string]string{"first.json": first + "}", "more.json": more}
	templated := map[string]string{"more.json": more, "env.tmpl": "ONE={{ a/one }}\n",
		"first.json": first + `,"templates":[{"path":"env","source":"$DIR/env.tmpl","services":["web"]}]}`}
	for name, test := range map[string]struct {
		files  map[string]string
		change string // the file that changes
		to     string // "" removes it
		boot   string // what is served after a boot with it
		want   string // part of the message
	}{
		"missing":           {good, "more.json", "", "two=2", "more.json: no such file"},
		"cut":               {good, "more.json", more[:40], "two=2", "more.json"},
		"unknown setting":   {good, "more.json", `{"secret":[]}`, "two=2", "no such setting"},
		"wrong reference":   {good, "more.json", strings.Replace(more, "op://V/I/one", "one", 1), "two=2", "more.json"},
		"path of another":   {good, "more.json", strings.Replace(more, "a/one", "two", 1), "two=2", "used twice"},
		"template missing":  {templated, "env.tmpl", "", "a/one=1 two=2", "for web.service"},
		"template broken":   {templated, "env.tmpl", "{{ a/one", "a/one=1 two=2", "no end"},
		"template of that":  {templated, "more.json", "", "two=2", `no secret "a/one"`},
		"template of other": {templated, "env.tmpl", "{{ b/none }}", "a/one=1 two=2", `no secret "b/none"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := os.Mkdir(w.dir+"/etc", 0o700); err != nil {
				t.Fatal(err)
			}
			put := func(file, text string) {
				t.Helper()
				text = strings.NewReplacer("$LIB", w.dir+"/lib", "$DIR", w.dir).Replace(text)
				if err := os.WriteFile(w.dir+"/"+file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			run := func() error {
				t.Helper()
				c, err := opnix.Loader{Run: true, AnyOwner: true}.Load(w.dir + "/first.json")
				if err != nil {
					t.Fatal(err)
				}
				r := w.runner()
				r.Config = c
				_, err = r.Materialize(t.Context(), Options{})
				return err
			}
			for file, text := range test.files {
				put(file, text)
			}
			if err := run(); err != nil {
				t.Fatal(err)
			}
			whole := w.served()
			if test.to == "" {
				if err := os.Remove(w.dir + "/" + test.change); err != nil {
					t.Fatal(err)
				}
			} else {
				put(test.change, test.to)
			}
			w.values["op://V/I/two"] = "2"
			for _, served := range []string{whole, test.boot} {
				err := run()
				if sd.ExitCode(err) != ExitIncomplete || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("exit status %d, %v", sd.ExitCode(err), err)
				}
				if got := w.served(); got != served {
					t.Fatalf("served %q, want %q", got, served)
				}
				if b, err := os.ReadFile(w.dir + "/etc/one"); err != nil || string(b) != "1" {
					t.Fatalf("the copy is %q, %v", b, err)
				}
				w.reboot()
			}
			for file, text := range test.files {
				put(file, text)
			}
			if err := run(); err != nil {
				t.Fatal(err)
			}
			if got := w.served(); got != whole {
				t.Fatalf("served %q after it was mended, want %q", got, whole)
			}
			if b, err := os.ReadFile(w.dir + "/etc/link"); err != nil || string(b) != "1" {
				t.Fatalf("the link leads to %q, %v", b, err)
			}
		})
	}
}
