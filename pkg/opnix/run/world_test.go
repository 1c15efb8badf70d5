package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"panther/pkg/opnix"
	"panther/pkg/opnix/vault"
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
	waiting  map[string]bool
	marks    map[string]string
	broken   error // nobody is there
	failing  error // visits fail
}

func (u *fakeUnits) Mark(_ context.Context, unit string, a opnix.Action) (string, error) {
	if u.broken != nil {
		return "", u.broken
	}
	if a == opnix.Start {
		if u.waiting[unit] {
			return "waiting", nil
		}
		return "", nil
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
	cfg, err := opnix.Loader{Run: true}.Decode("secrets.json", []byte(w.config))
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
