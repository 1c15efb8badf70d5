package connect

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"panther/pkg/opnix/vault/vaulttest"
)

// fakeServer speaks the part of the Connect API that opnix uses, from its
// published description, with a token and a log of requests.
type fakeServer struct {
	*httptest.Server
	mu       sync.Mutex
	log      []string
	vaults   map[string]string // id to name
	items    map[string][]map[string]any
	files    map[string][]byte
	override func(w http.ResponseWriter, r *http.Request) bool
}

const fakeToken = "eyJ-connect-token"

func newFake(t *testing.T, entries []vaulttest.Entry) *fakeServer {
	t.Helper()
	f := &fakeServer{vaults: map[string]string{}, items: map[string][]map[string]any{}, files: map[string][]byte{}}
	for _, e := range entries {
		f.add(e)
	}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func fakeID(kind, name string) string {
	h := fmt.Sprintf("%s%x", kind, name)
	return (h + strings.Repeat("0", 26))[:26]
}

// add puts an entry where its vault, item and section are, made if new. An
// entry with a Copy number makes another item of the same title.
func (f *fakeServer) add(e vaulttest.Entry) {
	v := fakeID("v", e.Vault)
	f.vaults[v] = e.Vault
	id := fakeID(fmt.Sprintf("i%d", e.Copy), e.Item+e.Vault)
	var it map[string]any
	for _, x := range f.items[v] {
		if x["id"] == id {
			it = x
		}
	}
	if it == nil {
		it = map[string]any{"id": id, "title": e.Item, "category": "LOGIN", "vault": map[string]any{"id": v}, "fields": []any{}, "sections": []any{}, "files": []any{}}
		f.items[v] = append(f.items[v], it)
	}
	thing := map[string]any{"id": fakeID("f", e.Section+e.Field)}
	if e.Section != "" {
		s := map[string]any{"id": fakeID("s", e.Section), "label": e.Section}
		if !hasID(it["sections"].([]any), s["id"]) {
			it["sections"] = append(it["sections"].([]any), s)
		}
		thing["section"] = s
	}
	if e.File {
		thing["name"], thing["size"] = e.Field, len(e.Content)
		f.files[id+"/"+thing["id"].(string)] = e.Content
		it["files"] = append(it["files"].([]any), thing)
		return
	}
	thing["label"], thing["type"], thing["value"] = e.Field, "STRING", string(e.Content)
	it["fields"] = append(it["fields"].([]any), thing)
}

func hasID(all []any, id any) bool {
	for _, x := range all {
		if x.(map[string]any)["id"] == id {
			return true
		}
	}
	return false
}

var filterForm = regexp.MustCompile(`^(name|title) eq "(.*)"$`)

func (f *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.log = append(f.log, r.Method+" "+r.URL.RequestURI())
	over := f.override
	f.mu.Unlock()
	if over != nil && over(w, r) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+fakeToken {
		answer(w, http.StatusUnauthorized, map[string]any{"status": 401, "message": "Invalid bearer token"})
		return
	}
	want := ""
	if q := r.URL.Query().Get("filter"); q != "" {
		m := filterForm.FindStringSubmatch(q)
		if m == nil {
			answer(w, http.StatusBadRequest, map[string]any{"status": 400, "message": "Invalid filter"})
			return
		}
		want = m[2]
	}
	p := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/vaults"), "/")
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case len(p) == 1:
		out := []any{}
		for id, name := range f.vaults {
			if want == "" || strings.EqualFold(want, name) {
				out = append(out, map[string]any{"id": id, "name": name})
			}
		}
		answer(w, 200, out)
	case len(p) == 3 && f.vaults[p[1]] != "":
		out := []any{}
		for _, it := range f.items[p[1]] {
			if want == "" || strings.EqualFold(want, it["title"].(string)) {
				out = append(out, map[string]any{"id": it["id"], "title": it["title"]})
			}
		}
		answer(w, 200, out)
	case len(p) == 4 && f.find(p[1], p[3]) != nil:
		answer(w, 200, f.find(p[1], p[3]))
	case len(p) == 7 && f.files[p[3]+"/"+p[5]] != nil:
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(f.files[p[3]+"/"+p[5]])
	default:
		answer(w, http.StatusNotFound, map[string]any{"status": 404, "message": "not found"})
	}
}

func (f *fakeServer) find(vaultID, id string) map[string]any {
	for _, it := range f.items[vaultID] {
		if it["id"] == id {
			return it
		}
	}
	return nil
}

func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}
