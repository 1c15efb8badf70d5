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

// row is a string of a fixture and the ids that the reference gives it.
type row struct {
	text string
	ids  []int32
}

func (r *row) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &[]any{&r.text, &r.ids}) }

// readFixture reads gzipped JSON.
func readFixture(t testing.TB, name string, v any) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(gz).Decode(v); err != nil {
		t.Fatal(err)
	}
}

// sameTokens holds a tokenizer to the reference.
func sameTokens(t *testing.T, tok *Tokenizer, rows []row) {
	t.Helper()
	wrong := 0
	for _, r := range rows {
		if got, _ := tok.Encode(r.text, 1<<20); !slices.Equal(got, r.ids) {
			if wrong++; wrong <= 10 {
				t.Errorf("%+q\n got %v\nwant %v", r.text, got, r.ids)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d strings differ", wrong, len(rows))
	}
}

// TestTokensOfEveryScript holds the tokenizer to the reference on the 10,000
// strings of testdata/tokens.py.
func TestTokensOfEveryScript(t *testing.T) {
	t.Parallel()
	tok, err := OpenTokenizer(filepath.Join(modelDir(t), "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	readFixture(t, "testdata/tokens.json.gz", &rows)
	if len(rows) < 10_000 {
		t.Fatalf("%d strings", len(rows))
	}
	sameTokens(t, tok, rows)
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
