package opnix

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panther/pkg/config"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

func decodeOne(t *testing.T, js string) (*Config, error) {
	t.Helper()
	return Decode("secrets.json", []byte(js))
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := decodeOne(t, `{"secrets":[{"path":"a/b","reference":"op://V/I/F"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	s := c.Secrets[0]
	if c.Backend.Type != Type1Password || c.Output != DefaultOutput || c.TokenFile != "/etc/opnix-token" || c.Deadline != 30*time.Second ||
		s.Mode != 0o600 || s.Policy != StaleOK || s.MaxAge != 30*24*time.Hour || s.Owner.UID != -1 {
		t.Errorf("%+v %+v", c, s)
	}
}

// Each of these is refused, with its place and with a hint, before anything is
// asked or written.
func TestRefusals(t *testing.T) {
	t.Parallel()
	secret := func(rest string) string { return `{"secrets":[{"path":"a/b","reference":"op://V/I/F"` + rest + `}]}` }
	at := func(p string) string { return `{"secrets":[{"path":"` + p + `","reference":"op://V/I/F"}]}` }
	two := func(a, b string) string {
		return `{"secrets":[{"path":"` + a + `","reference":"op://V/I/F"},{"path":"` + b + `","reference":"op://V/I/F"}]}`
	}
	for name, tc := range map[string]struct{ js, want string }{
		"no secrets":        {`{}`, "is empty"},
		"not JSON":          {`{"secrets": [`, "secrets.json:1"},
		"unknown key":       {`{"secretz": []}`, "no such setting"},
		"unknown below":     {secret(`,"ovner":"x"`), "secrets[0].ovner: no such setting"},
		"duplicate key":     {`{"secrets":[],"secrets":[]}`, "duplicate"},
		"wrong type":        {secret(`,"mode":600`), "secrets[0].mode"},
		"newer version":     {`{"version":2,"secrets":[]}`, "version is 2"},
		"no reference":      {`{"secrets":[{"path":"a"}]}`, "reference: is missing"},
		"bad reference":     {`{"secrets":[{"path":"a","reference":"op://V/I"}]}`, "has 2 parts"},
		"no path":           {`{"secrets":[{"reference":"op://V/I/F"}]}`, "path: is missing"},
		"dot dot":           {at("a/../b"), `the component ".."`},
		"leading dots":      {at("../b"), `the component ".."`},
		"somebody's home":   {at("~/x"), "begins with ~"},
		"NUL":               {at(`a\u0000b`), "control character"},
		"newline":           {at(`a\nb`), "control character"},
		"256 bytes":         {at(strings.Repeat("x", 256)), "255 bytes"},
		"empty component":   {at("a//b"), "empty component"},
		"reserved":          {at(".absolute/x"), "reserved"},
		"the system":        {at("/etc/shadow"), "holds no secrets"},
		"below the system":  {at("/usr/bin/x"), "holds no secrets"},
		"twice":             {two("a/b", "a/b"), "used twice"},
		"twice, one way":    {two("a/b", DefaultOutput+"/a/b"), "used twice"},
		"prefix":            {two("a", "a/b"), "is the beginning of"},
		"absolute prefix":   {two("/srv/a", "/srv/a/b"), "is the beginning of"},
		"mode for all":      {secret(`,"mode":"0666"`), "lets everybody change"},
		"setuid":            {secret(`,"mode":"4600"`), "special bits"},
		"mode no number":    {secret(`,"mode":"rw"`), "no file mode"},
		"unknown owner":     {secret(`,"owner":"no-such-user-x"`), `no user "no-such-user-x"`},
		"owner as option":   {secret(`,"owner":"--help"`), "no user"},
		"unknown group":     {secret(`,"group":"no-such-group-x"`), "no group"},
		"unknown policy":    {secret(`,"policy":"maybe"`), "policy"},
		"unknown check":     {secret(`,"validate":["nice"]`), "no check"},
		"bad pattern":       {secret(`,"pattern":"("`), "no regular expression"},
		"bad age":           {secret(`,"maxAge":"soon"`), "no duration"},
		"unknown kind":      {secret(`,"kind":"x"`), "kind"},
		"bad unit":          {secret(`,"services":["a b"]`), "no unit name"},
		"bad signal":        {secret(`,"services":{"x":{"signal":"SIGNOPE"}}`), "no signal"},
		"relative link":     {secret(`,"symlinks":["x"]`), "not absolute"},
		"link into itself":  {secret(`,"symlinks":["` + DefaultOutput + `/x"]`), "folder of the secrets themselves"},
		"link twice":        {secret(`,"symlinks":["/srv/x"],"copies":["/srv/x"]`), "used twice"},
		"unknown backend":   {`{"backend":{"type":"x"},"secrets":[{"path":"a","reference":"op://V/I/F"}]}`, "backend.type"},
		"connect, no url":   {`{"backend":{"type":"connect"},"secrets":[{"path":"a","reference":"op://V/I/F"}]}`, "backend.url"},
		"variable missing":  {`{"secrets":[{"path":"{x}/a","reference":"op://V/I/F"}]}`, "variable {x} has no value"},
		"variable climbs":   {`{"secrets":[{"path":"{x}/a","variables":{"x":"../.."},"reference":"op://V/I/F"}]}`, "cannot be part"},
		"template and none": {`{"templates":[{"path":"t"}]}`, "either content or source"},
		"template unknown":  {`{"templates":[{"path":"t","content":"{{ nope }}"}]}`, `no secret "nope"`},
		"template open":     {`{"templates":[{"path":"t","content":"a\n{{ x"}]}`, "line 2: a placeholder has no end"},
		"template filter":   {`{"templates":[{"path":"t","content":"{{ op://V/I/F | rot13 }}"}]}`, "no filter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := decodeOne(t, tc.js)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("%v, want %q", err, tc.want)
			}
			var ce *config.Error
			if !errors.As(err, &ce) || sd.ExitCode(err) != sd.ExitConfig || sd.HintOf(err) == "" {
				t.Errorf("%T, exit status %d, hint %q", err, sd.ExitCode(err), sd.HintOf(err))
			}
		})
	}
}

func TestEveryProblemIsListed(t *testing.T) {
	t.Parallel()
	_, err := decodeOne(t, `{"secrets":[{"path":"../a","reference":"op://V/I/F"},{"path":"b","reference":"x","mode":"0777"}]}`)
	for _, want := range []string{"..", "does not begin with op://", "everybody"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

func TestServices(t *testing.T) {
	t.Parallel()
	c, err := decodeOne(t, `{"secrets":[{"path":"a","reference":"op://V/I/F","services":["caddy","x.socket"]},
	 {"path":"b","reference":"op://V/I/F","services":{"caddy":{"signal":"SIGHUP"},"d":{"restart":false},"e":{"reload":true},"f":{"restart":true}}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Service{"caddy.service": {"caddy.service", Signal, "SIGHUP"}, "d.service": {"d.service", Reload, ""},
		"e.service": {"e.service", Reload, ""}, "f.service": {"f.service", Restart, ""}}
	for _, s := range c.Secrets[1].Services {
		if s != want[s.Unit] {
			t.Errorf("%+v, want %+v", s, want[s.Unit])
		}
	}
	if s := c.Secrets[0].Services; len(s) != 2 || s[0] != (Service{"caddy.service", Restart, ""}) || s[1].Unit != "x.socket" {
		t.Errorf("%+v", s)
	}
	off, err := decodeOne(t, `{"systemdIntegration":{"enable":false},"secrets":[{"path":"a","reference":"op://V/I/F","services":["caddy"]}]}`)
	if err != nil || off.Secrets[0].Services[0].Action != Nothing {
		t.Errorf("%+v, %v", off, err)
	}
}

func TestPathTemplateAndMerging(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, js string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(js), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	a := write("a.json", `{"pathTemplate":"/srv/{service}/{name}","defaults":{"service":"web"},"secrets":[
	  {"reference":"op://V/I/F","variables":{"name":"cert"}},{"reference":"op://V/I/G","variables":{"name":"key","service":"db"}}]}`)
	b := write("b.json", `{"outputDir":"/srv/secrets","secrets":[{"path":"c","reference":"op://V/I/F"}]}`)
	c, err := Load(a, b)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range c.Secrets {
		got = append(got, s.Path)
	}
	if strings.Join(got, " ") != "/srv/web/cert /srv/db/key c" || c.Output != "/srv/secrets" || len(c.Requests()) != 2 {
		t.Errorf("%v, %s, %d requests", got, c.Output, len(c.Requests()))
	}
	if _, err := Load(dir + "/none.json"); sd.ExitCode(err) != sd.ExitConfig {
		t.Errorf("a missing file: %v", err)
	}
}

func TestLoaderPlacesBelowAFolder(t *testing.T) {
	t.Parallel()
	p := filepath.Join(t.TempDir(), "s.json")
	if err := os.WriteFile(p, []byte(`{"secrets":[{"path":".ssh/id","reference":"op://V/I/F"},{"path":"/srv/x","reference":"op://V/I/F"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Loader{Below: "/home/u", DefaultOutput: "/home/u/.local/state/opnix/secrets"}.Load(p)
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Secrets[0]; s.Path != "/home/u/.ssh/id" || !s.InPlace {
		t.Errorf("%+v", s)
	}
	if s := c.Secrets[1]; s.Path != "/srv/x" || s.InPlace {
		t.Errorf("%+v", s)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	c, err := decodeOne(t, `{"secrets":[{"path":"g/n","reference":"op://V/I/F"}],"templates":[{"path":"t",
	  "content":"A={{ g/n }}\nB={{op://V/I/G|env}}\nC={{ g/n | json }} {{ g/n|base64 }} {{ g/n | trim }}\n{{ \"{{\" }} x }}\n"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
	tricky := " {{ op://V/I/G }}\"\\$x\n" // nothing in a value is a placeholder
	v, err := c.Templates[0].Render(
		map[string]vault.Value{"g/n": vault.NewValue([]byte(tricky))},
		map[string]vault.Value{"op://V/I/G": vault.NewValue([]byte("a\"b$c`d\\"))})
	if err != nil {
		t.Fatal(err)
	}
	want := "A=" + strings.TrimSuffix(tricky, "\n") + "\nB=\"a\\\"b\\$c\\`d\\\\\"\nC=\" {{ op://V/I/G }}\\\"\\\\$x\\n\" IHt7IG9wOi8vVi9JL0cgfX0iXCR4Cg== {{ op://V/I/G }}\"\\$x\n{{ x }}\n"
	if got := string(v.Bytes()); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	nul := map[string]vault.Value{"op://V/I/G": vault.NewValue([]byte("a\x00"))}
	if _, err := c.Templates[0].Render(nil, nul); err == nil || strings.Contains(err.Error(), "a\x00") {
		t.Errorf("NUL in a variable: %v", err)
	}
}

func TestValidators(t *testing.T) {
	t.Parallel()
	for rule, values := range map[string][2]string{
		"non_empty": {"x", " \n"}, "json": {`{"a":1}`, `{"a":`}, "utf8": {"ä", "\xff"}, "one_line": {"x\n", "x\ny"}, "base64": {"YQ==", "*"},
		"pem": {"-----BEGIN X-----\nYQ==\n-----END X-----\n", "canary"},
	} {
		v, err := newValidator([]string{rule}, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := v.check(vault.NewValue([]byte(values[0]))); err != nil {
			t.Errorf("%s refuses %q: %v", rule, values[0], err)
		}
		err = v.check(vault.NewValue([]byte(values[1])))
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s of %q: %v", rule, values[1], err)
		}
	}
	v, _ := newValidator(nil, "^tskey-")
	if v.check(vault.NewValue([]byte("tskey-1"))) != nil || v.check(vault.NewValue([]byte("x"))) == nil {
		t.Error("the pattern does not decide")
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"secrets":[{"path":"a","reference":"op://V/I/F"}]}`, `{"templates":[{"path":"t","content":"{{ op://V/I/F | env }}"}]}`,
		`{"secrets":[{"path":"{a}","services":{"x":{"restart":false}}}]}`, `[`, `{"deadline":"1d"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Decode("x", b)
		if err != nil {
			return
		}
		for _, s := range c.Secrets {
			if strings.Contains(s.Path, "..") && strings.Contains("/"+s.Path+"/", "/../") {
				t.Errorf("path %q", s.Path)
			}
			if s.Mode&^0o775 != 0 {
				t.Errorf("mode %o", s.Mode)
			}
		}
	})
}

func TestLoaderForAnotherMachine(t *testing.T) {
	t.Parallel()
	p := filepath.Join(t.TempDir(), "secrets.json")
	text := `{"secrets":[{"path":"a/b","reference":"op://v/i/f","owner":"no-such-user-x"}]}`
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(p); err == nil {
		t.Error("an owner that does not exist was accepted")
	}
	if _, err := (Loader{Elsewhere: true}).Load(p); err != nil {
		t.Errorf("for another machine: %v", err)
	}
}

// Files that a file includes are read with it, by their own template of paths; what
// the first one says wins, and on another machine they need not be there.
func TestInclude(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	more := put("more.json", `{"tokenFile":"/run/other","pathTemplate":"web/{name}","secrets":[{"reference":"op://V/I/a","variables":{"name":"a"}}]}`)
	first := put("first.json", `{"include":["`+more+`"],"tokenFile":"/run/first","secrets":[{"path":"b","reference":"op://V/I/b"}]}`)
	l := Loader{AnyOwner: true}
	c, err := l.Load(first)
	if err != nil || len(c.Secrets) != 2 || c.Secrets[0].Path != "web/a" || c.Secrets[1].Path != "b" || c.TokenFile != "/run/first" {
		t.Fatalf("%v: %+v", err, c)
	}
	sum := string(c.Sum())
	put("more.json", `{"secrets":[{"path":"z","reference":"op://V/I/a"}]}`)
	if c, err = l.Load(first); err != nil || string(c.Sum()) == sum {
		t.Errorf("a change of what is included counts for none: %v", err)
	}
	alone := put("alone.json", `{"include":["`+dir+`/absent.json"]}`)
	if _, err := l.Load(alone); err == nil || !strings.Contains(err.Error(), "absent.json") {
		t.Errorf("%v", err)
	}
	if _, err := (Loader{AnyOwner: true, Elsewhere: true}).Load(alone); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{
		`{"include":["` + alone + `"]}`: "included itself",
		`{"include":["more.json"]}`:     "not absolute",
	} {
		if _, err := l.Load(put("wrong.json", text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
