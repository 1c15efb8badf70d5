package encoder

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"panther/pkg/encoder/encodertest"
)

// TestTokensOfEveryScript holds the tokenizer to the reference on the 10,000
// strings of testdata/tokens.py.
func TestTokensOfEveryScript(t *testing.T) {
	t.Parallel()
	tok, err := OpenTokenizer(filepath.Join(modelDir(t), "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("testdata/tokens.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][2]json.RawMessage
	if err := json.NewDecoder(gz).Decode(&rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) < 10_000 {
		t.Fatalf("%d strings", len(rows))
	}
	wrong := 0
	for _, r := range rows {
		var text string
		var want []int32
		if err := json.Unmarshal(r[0], &text); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(r[1], &want); err != nil {
			t.Fatal(err)
		}
		if got, _ := tok.Encode(text, 1<<20); !slices.Equal(got, want) {
			if wrong++; wrong <= 10 {
				t.Errorf("%+q\n got %v\nwant %v", text, got, want)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d strings differ", wrong, len(rows))
	}
}

// FuzzEncode takes any bytes: ids stay in the vocabulary, the length in the
// limit, and broken UTF-8 means what its replacement means.
func FuzzEncode(f *testing.F) {
	tok, err := OpenTokenizer(filepath.Join(encodertest.Tiny(f), "tokenizer.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("running [MASK] café 東京")
	f.Add("\xff\xfe\x00a\u0345\U0001F642")
	f.Fuzz(func(t *testing.T, s string) {
		ids, whole := tok.Encode(s, 16)
		if len(ids) > 16 || len(ids) < 2 || len(ids) > whole || ids[0] != tok.cls || ids[len(ids)-1] != tok.sep {
			t.Fatalf("%q: %v of %d", s, ids, whole)
		}
		for _, id := range ids {
			if id < 0 || id > 11 {
				t.Fatalf("%q: id %d", s, id)
			}
		}
		if again, _ := tok.Encode(strings.ToValidUTF8(s, "\uFFFD"), 16); !slices.Equal(ids, again) {
			t.Fatalf("%q: %v, as valid UTF-8 %v", s, ids, again)
		}
	})
}
