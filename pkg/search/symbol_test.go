package search

import (
	"slices"
	"strings"
	"testing"
)

// finds reports how much a query wants what a title declares.
func finds(t *testing.T, query, title string) float64 {
	t.Helper()
	read, err := Parse(query).In(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	read.Names(Parse(query))
	terms, sum := Declared(title), 0.0
	for _, q := range read.Terms {
		if slices.Contains(terms, q.Text) {
			sum += q.Weight
		}
	}
	return sum
}

func TestANameFindsItsDeclaration(t *testing.T) {
	t.Parallel()
	for _, title := range []string{"func (*Store) PutDocument", "method Store.putDocument", "fn Store::put_document", "def Store#put_document", "def Store.put_document!", "sub a.b.Store.PutDocument", "function f, Store::put_document"} {
		for _, query := range []string{"Store.PutDocument", "store.put_document", "Store::putDocument", "Store#put_document", "(*Store).PutDocument", "(s *Store) PutDocument", "where is Store->put_document called from now"} {
			if finds(t, query, title) < 1 {
				t.Errorf("%q does not find %q: %q", query, title, Declared(title))
			}
		}
		for _, query := range []string{"put_document", "PutDocument", "putDocument", "how does putDocument work with files"} {
			if finds(t, query, title) < .5 {
				t.Errorf("%q does not find %q", query, title)
			}
		}
		for _, query := range []string{"Other.Put", "document", "put document", "how do I put a document in the store"} {
			if got := finds(t, query, title); got > 0 {
				t.Errorf("%q finds %q", query, title)
			}
		}
	}
	if finds(t, "Put", "func Put") < 1 || finds(t, "how to put it there", "func Put") > 0 {
		t.Error("a word is a name where it is asked for alone, and in a question it is none")
	}
	if got := Declared("…"); len(got) > 0 {
		t.Errorf("nothing declares %q", got)
	}
	for _, term := range Declared("func Put") {
		if Silent(term) || strings.ContainsAny(term, " \n") || slices.Contains(Index("func Put def put", ""), term) {
			t.Errorf("%q is a term of a text, or of none", term)
		}
	}
}
