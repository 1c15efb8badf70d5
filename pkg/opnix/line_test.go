package opnix

import (
	"maps"
	"strings"
	"testing"

	"panther/pkg/opnix/vault"
)

func render(t *testing.T, name, content, value string) (string, error) {
	t.Helper()
	parts, err := parseTemplate(content)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := Template{Path: name, parts: parts}
	v, err := tmpl.Render(map[string]vault.Value{"v": vault.NewValue([]byte(value))}, nil)
	return string(v.Bytes()), err
}

// systemdReads is the reader of EnvironmentFile= by the words of systemd.exec(5):
// the settings of a file.
func systemdReads(text string) map[string]string {
	out := map[string]string{}
	for text != "" {
		text = strings.TrimLeft(text, " \t\r\n")
		if text == "" {
			break
		}
		if strings.ContainsRune("#;", rune(text[0])) {
			end := 0
			for end < len(text) && !strings.ContainsRune("\r\n", rune(text[end])) {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			text = text[min(end, len(text)):]
			continue
		}
		end := strings.IndexAny(text, "=\r\n")
		if end < 0 || text[end] != '=' {
			text = text[max(end, 0):]
			if end < 0 {
				break
			}
			continue
		}
		name := strings.TrimRight(text[:end], " \t")
		out[name], text = systemdValue(text[end+1:])
	}
	return out
}

func systemdValue(text string) (value, rest string) {
	var out []byte
	kept := 0 // bytes that trailing blanks are not taken from
	begin := true
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\n' || c == '\r':
			return string(out[:kept]) + strings.TrimRight(string(out[kept:]), " \t"), text[i:]
		case c == '\\':
			begin = false
			if i++; i < len(text) && text[i] != '\n' && text[i] != '\r' {
				out = append(out, text[i])
			}
			kept = len(out)
		case begin && c == '\'':
			for i++; i < len(text) && text[i] != '\''; i++ {
				out = append(out, text[i])
			}
			kept = len(out)
		case begin && c == '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' && i+1 < len(text) {
					i++
					switch {
					case strings.IndexByte("\"\\`$", text[i]) >= 0:
					case text[i] == '\n':
						continue
					default:
						out = append(out, '\\')
					}
				}
				out = append(out, text[i])
			}
			kept = len(out)
		case begin && (c == ' ' || c == '\t'):
		default:
			begin = false
			out = append(out, c)
		}
	}
	return string(out[:kept]) + strings.TrimRight(string(out[kept:]), " \t"), ""
}

var contexts = map[string][2]string{ // a template, and the setting that it makes, with @ for the value
	"plain":         {"K={{ v }}\nNEXT=n\n", "@"},
	"last":          {"NEXT=n\nK={{ v }}", "@"},
	"blanks":        {"K = {{ v }}  \nNEXT=n\n", "@"},
	"inside":        {"K=postgres://u:{{ v }}@host/db\nNEXT=n\n", "postgres://u:@@host/db"},
	"double quotes": {"K=\"a {{ v }} b\"\nNEXT=n\n", "a @ b"},
	"single quotes": {"K='a {{ v }} b'\nNEXT=n\n", "a @ b"},
	"behind quotes": {"K=\"a\"{{ v }}\nNEXT=n\n", "a@"},
	"filter":        {"K={{ v | env }}\nNEXT=n\n", "@"},
}

var values = []string{"k1", "", "a b", " a b\t", "a#b;c", `back\slash\`, `\`, `"`, `'`, `it's "so"`, "$HOME `id` $(id)", "ä€𝄞", "=x", `\n`, `x\'`, "k\n", "k\r\n",
	"k1\nLD_PRELOAD=/x.so", "k1\rLD_PRELOAD=/x.so", "'\nLD_PRELOAD=/x.so\n'", "\"\nA=1\n\"", "\\\nA=1", "\n\nA=1", "a\vA=1", "a\x00b", "a\u2028A=1", "a\u0085A=1", "\x1b[2J"}

// A value arrives in its setting as it is, or is refused by the placeholder's
// name. It never makes a second setting, nor takes the next one away.
func TestAValueStaysInItsSetting(t *testing.T) {
	t.Parallel()
	for name, c := range contexts {
		for _, v := range values {
			checkSetting(t, name, c, v)
		}
	}
}

func FuzzAValueStaysInItsSetting(f *testing.F) {
	for _, v := range values {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		for name, c := range contexts {
			checkSetting(t, name, c, v)
		}
	})
}

func checkSetting(t *testing.T, name string, c [2]string, v string) {
	t.Helper()
	out, err := render(t, "app/main.env", c[0], v)
	one := oneLine([]byte(strings.TrimSuffix(strings.TrimSuffix(v, "\n"), "\r")))
	switch {
	case err != nil:
		if !strings.Contains(err.Error(), "placeholder v") && !strings.Contains(err.Error(), "NUL") {
			t.Errorf("%s, %q: %v does not name the placeholder", name, v, err)
		}
		if one && v != "" && !(name == "single quotes" && strings.Contains(v, "'")) {
			t.Errorf("%s, %q is refused: %v", name, v, err)
		}
		return
	case !one && name != "filter":
		t.Errorf("%s, %q is not refused", name, v)
	}
	want := v
	if name != "filter" {
		want = strings.TrimSuffix(strings.TrimSuffix(v, "\n"), "\r")
	}
	got := systemdReads(out)
	if !maps.Equal(got, map[string]string{"K": strings.Replace(c[1], "@", want, 1), "NEXT": "n"}) {
		t.Errorf("%s, %q: %q is read as %q", name, v, out, got)
	}
	if name != "filter" && strings.Count(out, "\n") != strings.Count(c[0], "\n") {
		t.Errorf("%s, %q: %q has another number of lines", name, v, out)
	}
}

// In a file of another kind, several lines fill a line of their own and nothing
// else.
func TestSeveralLines(t *testing.T) {
	t.Parallel()
	const pem = "-----BEGIN X-----\nYQ==\n-----END X-----\n"
	for i, tc := range []struct {
		path, content string
		ok            bool
	}{
		{"key.pem", "{{ v }}", true},
		{"client.ovpn", "<key>\n{{ v }}\n</key>\n", true},
		{"a.yaml", "key: {{ v }}\n", false},
		{"a.yaml", "{{ v }}: {{ v }}\n", false},
		{"a.yaml", "{{ v }}{{ v }}\n", false},
		{"a.yaml", "key: {{ v | trim }}\n", false},
		{"a.yaml", "key: {{ v | json }}\n", true},
		{"a.xml", "<key>{{ v | lines }}</key>\n", true},
		{"settings", "KEY={{ v }}\n", false},
		{"settings", "KEY={{ v | env }}\n", true},
		{"settings", "KEY=x{{ v | env }}\n", false},
		{"main.env", "{{ v }}\n", false},
		{"main.env", "KEY=\\\n{{ v }}\n", false},
		{"main.env", "KEY={{ v | base64 }}\n", true},
		{"main.env", "KEY=\"{{ v | env }}\"\n", false},
		{"main.env", "KEY={{ v | env }}\n", true},
		{"main.env", "# {{ v }}\n", false},
		{"env", "KEY={{ v }}\n", false},
		{".env.local", "KEY={{ v }}\n", false},
	} {
		if out, err := render(t, tc.path, tc.content, pem); (err == nil) != tc.ok {
			t.Errorf("%d: %s %q: %q, %v", i, tc.path, tc.content, out, err)
		}
	}
}
