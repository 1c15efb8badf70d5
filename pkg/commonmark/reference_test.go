package commonmark

import (
	"strings"
	"testing"
)

func TestLinksGetTheirDestination(t *testing.T) {
	t.Parallel()
	refs := ReadReferences("[Go]: https://go.dev/ 'Go'\n[the  spec]: <https://e.com/a b>\n[img]: a.png\n\n```\n[code]: https://no.test\n```\n\n[go]: https://second.test\n")
	for src, want := range map[string]string{
		"See [the page][go], [Go][] and [go].":          "See [the page](https://go.dev/), [Go](https://go.dev/) and [go](https://go.dev/).",
		"[The\nSpec]":                                   "[The\nSpec](<https://e.com/a b>)",
		"![Alt][img] [![x][img]][go] [![img]](u)":       "![Alt](a.png) [![x](a.png)](https://go.dev/) [![img]](u)",
		"[x](y) [none][gone] [x][code] [ ] \\[go\\]":    "[x](y) [none][gone] [x][code] [ ] \\[go\\]",
		"`a[go]` ``b ` [go]`` [go]":                     "`a[go]` ``b ` [go]`` [go](https://go.dev/)",
		"a\n\n```sh\n[go]\n```\n[go] ` [go]":            "a\n\n```sh\n[go]\n```\n[go](https://go.dev/) ` [go](https://go.dev/)",
		"- x\n\n  ~~~\n  [go]\n  ~~~\n\n  [go]":         "- x\n\n  ~~~\n  [go]\n  ~~~\n\n  [go](https://go.dev/)",
		"~~~\n[go]":                                     "~~~\n[go]",
		"[go]: https://go.dev/\n[^1] and [^1]: [go][x]": "[go]: https://go.dev/\n[^1] and [^1]: [go][x]",
		"| [a][go] | b |\n| --- | --- |":                "| [a](https://go.dev/) | b |\n| --- | --- |",
	} {
		if got := refs.Resolve(src); got != want {
			t.Errorf("%q became %q, want %q", src, got, want)
		}
	}
	if got := ReadReferences("no definition [x]").Resolve("[x]"); got != "[x]" {
		t.Errorf("without definitions: %q", got)
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("[go]: x\n\n[a][go] ```\n[go]\n```")
	f.Add("[a]: <b c>\n[![a]][a] `[a]")
	f.Fuzz(func(t *testing.T, md string) {
		refs := ReadReferences(md)
		if got := refs.Resolve(md); len(refs) == 0 && got != md || strings.Count(got, "\n") != strings.Count(md, "\n") {
			t.Errorf("%q became %q", md, got)
		}
	})
}
