package config

import (
	"errors"
	"strings"
	"testing"
	"time"
)

type testConfig struct {
	Version int      `toml:"version"`
	Name    string   `toml:"name"`
	Every   Duration `toml:"every"`
	Limit   Size     `toml:"limit"`
	Source  []struct {
		URL string `toml:"url"`
	} `toml:"source"`
}

func (c *testConfig) Validate() error {
	for i, s := range c.Source {
		if s.URL == "" {
			return Errorf("source."+string(rune('0'+i))+".url", "give the start page", "is empty")
		}
	}
	return nil
}

func TestDecode(t *testing.T) {
	t.Parallel()
	c := testConfig{Name: "kept"}
	if err := Decode("f", []byte("version = 1\nevery = \"1d12h\"\nlimit = \"2KB\"\n"), &c); err != nil {
		t.Fatal(err)
	}
	if c.Every.D() != 36*time.Hour || c.Limit != 2048 || c.Name != "kept" {
		t.Errorf("got %+v", c)
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ in, want string }{
		"no version":     {"name = 'x'", "f.toml:1:1: version: is missing"},
		"other version":  {"name = 'x'\nversion = 2", "f.toml:2:1: version: is 2"},
		"unknown key":    {"version = 1\n\nnmae = 'x'", "f.toml:3:1: nmae: no such setting"},
		"wrong type":     {"version = 1\nname = 3", "f.toml:2:8: name:"},
		"bad duration":   {"version = 1\nevery = 'soon'", "is no duration"},
		"bad size":       {"version = 1\nlimit = '-1MB'", "is no size"},
		"syntax":         {"version = 1\nname = ", "f.toml:2:"},
		"value in array": {"version = 1\n[[source]]\nurl = 'a'\n[[source]]\nurl = ''\n", "f.toml:5:1: source.1.url: is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Decode("f.toml", []byte(tc.in), &testConfig{})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
			var ce *Error
			if !errors.As(err, &ce) || ce.ExitCode() != 78 || ce.HintText() == "" {
				t.Errorf("%v carries no hint or exit status", err)
			}
		})
	}
}

func TestLoadMissing(t *testing.T) {
	t.Parallel()
	if err := Load(t.TempDir()+"/none.toml", &testConfig{}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a named file that is missing gave %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("version = 1\n[[source]]\nurl = ''"))
	f.Add([]byte("version = 1\nname.x = 1"))
	f.Fuzz(func(_ *testing.T, b []byte) { _ = Decode("f", b, &testConfig{}) })
}

// A setting that there is not is most often one that there is.
func TestUnknownSettingsSuggest(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"nmae = 'x'":                           "did you mean name?",
		"[[source]]\nurl = 'a'\nurll = 'b'":    "did you mean url?",
		"[[source]]\nurl = 'a'\nlimit = 3":     "did you mean limit?",
		"url = 'x'":                            "did you mean source.url?",
		"[sourze]\nurl = 'x'":                  "did you mean source?",
		"colour = 'red'":                       "the settings here are version, name, every, limit, source",
		"[[source]]\nurl='a'\n[source.x]\ny=1": "the settings here are url",
	} {
		err := Decode("f", []byte("version = 1\n"+in), &testConfig{})
		var ce *Error
		if !errors.As(err, &ce) || ce.Hint != want {
			t.Errorf("%q: %v, hint %q, want %q", in, err, ce.HintText(), want)
		}
	}
}

func TestNear(t *testing.T) {
	t.Parallel()
	known := []string{"max_pages", "max_removed", "include", "exclude", "render", "url", "tags"}
	for word, want := range map[string]string{
		"max-pages": "max_pages", "maxPages": "max_pages", "MAX_PAGES": "max_pages", "max_page": "max_pages", "inclde": "include",
		"tag": "tags", "ulr": "url", "rendre": "render", "excl": "exclude", "colour": "", "x": "", "": "", "uri": "url",
	} {
		if got := Near(word, known); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
