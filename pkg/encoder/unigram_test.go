package encoder

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

type unigramFixture struct {
	name      string
	tokenizer []byte
	rows      []row
}

// unigrams reads the fixture of testdata/unigram.py. PANTHER_UNIGRAM is another
// one, made from a real model.
func unigrams(t testing.TB) (all []unigramFixture) {
	t.Helper()
	var f struct {
		Vocab, Charsmap json.RawMessage
		Variants        []struct {
			Name      string
			Tokenizer json.RawMessage
			Rows      []row
		}
	}
	readFixture(t, cmp.Or(os.Getenv("PANTHER_UNIGRAM"), "testdata/unigram.json.gz"), &f)
	for _, v := range f.Variants {
		whole := bytes.ReplaceAll(v.Tokenizer, []byte(`"@vocab"`), f.Vocab)
		all = append(all, unigramFixture{v.Name, bytes.ReplaceAll(whole, []byte(`"@charsmap"`), f.Charsmap), v.Rows})
	}
	return all
}

// TestUnigramTokens does the same with the small Unigram tokenizers and the
// 14,000 strings of testdata/unigram.py.
func TestUnigramTokens(t *testing.T) {
	t.Parallel()
	for _, v := range unigrams(t) {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			tok, err := parseTokenizer(v.tokenizer)
			if err != nil {
				t.Fatal(err)
			}
			sameTokens(t, tok, v.rows)
		})
	}
}

// FuzzUnigram takes any bytes: tokens of known pieces spell the text, and
// broken UTF-8 means what its replacement means.
func FuzzUnigram(f *testing.F) {
	tok, err := parseTokenizer(unigrams(f)[0].tokenizer)
	if err != nil {
		f.Fatal(err)
	}
	u := tok.alg.(*unigram)
	pieces := make([]string, len(u.scores))
	for p, id := range u.vocab {
		pieces[id] = p
	}
	f.Add("running <mask> cafe\u0301 東京 ＜ｓ＞")
	f.Add("\xff\xfe\x00a\u0345\U0001F642 \u3099")
	f.Fuzz(func(t *testing.T, s string) {
		ids, _ := tok.Encode(s, 1<<30)
		if again, _ := tok.Encode(strings.ToValidUTF8(s, "\uFFFD"), 1<<30); !slices.Equal(ids, again) {
			t.Fatalf("%q: %v, as valid UTF-8 %v", s, ids, again)
		}
		if cut, whole := tok.Encode(s, 5); whole != len(ids) || len(cut) != min(len(ids), 5) || cut[len(cut)-1] != tok.sep {
			t.Fatalf("%q: cut to %v of %d", s, cut, whole)
		}
		var spelled strings.Builder
		for _, id := range ids[1 : len(ids)-1] {
			if id == u.unk || int(id) >= len(pieces) || id < 4 || pieces[id] == "<mask>" {
				return
			}
			spelled.WriteString(pieces[id])
		}
		want := ""
		for _, w := range strings.Fields(u.normalize(strings.ToValidUTF8(s, "\uFFFD"))) {
			if !strings.HasPrefix(w, "▁") {
				want += "▁"
			}
			want += w
		}
		if spelled.String() != want {
			t.Fatalf("%q: the tokens spell %q, not %q", s, &spelled, want)
		}
	})
}

func FuzzCharsmap(f *testing.F) {
	f.Add([]byte("\x08\x00\x00\x00\x00\x04\x00\x00\x61\x01\x00\x00A\x00"), "aé\r\n")
	f.Add([]byte("\x04\x00\x00\x00\xff\xff\xff\xff"), "b")
	f.Fuzz(func(t *testing.T, table []byte, s string) {
		c, err := parseCharsmap(table)
		if err == nil {
			c.normalize(strings.ToValidUTF8(s, "?"))
		}
	})
}

func TestTokenizerRefuses(t *testing.T) {
	t.Parallel()
	good := unigrams(t)[1].tokenizer
	for _, c := range []struct{ name, old, new, want string }{
		{"normalizer", `"Strip"`, `"Nmt"`, `"Nmt" is not supported`},
		{"left", `"strip_left":false`, `"strip_left":true`, "strips on the left"},
		{"pattern", `" {2,}"`, `"("`, "replaces"},
		{"pre_tokenizer", `"Metaspace"`, `"ByteLevel"`, `"ByteLevel" is not supported`},
		{"post_processor", `"TemplateProcessing"`, `"Other"`, `"Other" is not supported`},
		{"template", `{"Sequence":{"id":"A","type_id":0}},`, ``, "one token before"},
		{"unknown", `"unk_id":3`, `"unk_id":-3`, "no unknown token"},
		{"pieces", `["<s>",0.0]`, `["<s>"]`, "not a pair"},
		{"charsmap", `"precompiled_charsmap":"`, `"precompiled_charsmap":"AAAA`, "precompiled_charsmap is truncated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bad := bytes.Replace(good, []byte(c.old), []byte(c.new), 1)
			if bytes.Equal(bad, good) {
				t.Fatalf("%s is not in the fixture", c.old)
			}
			if _, err := parseTokenizer(bad); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want an error with %q", err, c.want)
			}
		})
	}
}
