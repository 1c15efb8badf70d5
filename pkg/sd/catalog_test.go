package sd

import (
	"os"
	"regexp"
	"testing"
)

// Every message identifier has an entry that `journalctl -x` shows, and no entry is of a message that is never sent.
func TestCatalog(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("log.go")
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := os.ReadFile("../../units/panther.catalog")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`Message\w+\s*= "([0-9a-f]{32})"`).FindAllSubmatch(source, -1) {
		ids[string(m[1])] = true
	}
	if len(ids) < 10 {
		t.Fatalf("found %d message identifiers in log.go", len(ids))
	}
	for _, m := range regexp.MustCompile(`(?m)^-- ([0-9a-f]{32})\nSubject: .`).FindAllSubmatch(catalog, -1) {
		if !ids[string(m[1])] {
			t.Errorf("the catalog explains %s, which no message carries", m[1])
		}
		delete(ids, string(m[1]))
	}
	for id := range ids {
		t.Errorf("message %s has no entry in the catalog", id)
	}
}
