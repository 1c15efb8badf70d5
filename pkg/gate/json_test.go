package gate

import (
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	src := sources()
	for in, want := range map[string]string{
		`{"a":1.50,"b":[true,null,"x"]}`:                           `{"a":1.50,"b":[true,null,"x"]}`,
		"```json\n{\"a\": 1}\n```":                                 `{"a":1}`,
		"  \"*text* <b>\" ":                                        `"*text* <b>"`,
		`{"a":"see https://docs.test.io/a","b":"https://evil.io"}`: `{"a":"see https://docs.test.io/a","b":"` + removed + `"}`,
		"{\"a\":\"x\u200b\U000e0041y\"}":                           `{"a":"xy"}`,
		`{"a":1,"a":2}`:                                            `{"a":1,"a":2}`,
	} {
		if got, err := JSON(src, in); err != nil || got != want {
			t.Errorf("%s gives %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "words", `{"a":`, `{"a":1} and more`, `{"a":1}{"b":2}`, "```json\n```", strings.Repeat("[", 20000)} {
		if got, err := JSON(src, in); err == nil {
			t.Errorf("%.40s gives %.40s", in, got)
		}
	}
}
