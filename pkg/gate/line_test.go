package gate

import "testing"

func TestCodeSpan(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"a": "` a `", "a`b``c": "``` a`b``c ```", "a\n\n# b\u202e": "` a # b\\u{202e} `", "": "`  `"} {
		if got := CodeSpan(in, 100); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}
