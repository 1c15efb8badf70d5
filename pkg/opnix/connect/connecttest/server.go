// Package connecttest is a scripted 1Password Connect server for tests: the part
// of the API that opnix uses, from its published description, with a token and a
// log of the requests.
package connecttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"

	"panther/pkg/opnix/vault/vaulttest"
)

// Server is the server. Its methods may be called while it answers.
type Server struct {
	*httptest.Server
	mu       sync.Mutex
	log      []string
	vaults   map[string]string // id to name
	items    map[string][]map[string]any
	files    map[string][]byte
	override func(w http.ResponseWriter, r *http.Request) bool
}

// Override has every request seen by f first, which answers it and returns true
// or leaves it to the server.
func (f *Server) Override(o func(w http.ResponseWriter, r *http.Request) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.override = o
}

// Log returns the requests so far.
func (f *Server) Log() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.log)
}

// Put adds an entry, or replaces the one at its place.
func (f *Server) Put(e vaulttest.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.add(e)
}

// AgeIdentity returns a new age identity, for those who keep copies.
func AgeIdentity() string {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		panic(err)
	}
	return id.String()
}

// Token is the only one that the server accepts.
const Token = "eyJ-connect-token"

// New starts a server with entries, until the test ends.
func New(t testing.TB, entries []vaulttest.Entry) *Server {
	t.Helper()
	f := Start(entries)
	t.Cleanup(f.Close)
	return f
}

// Start starts a server with entries, until it is closed.
func Start(entries []vaulttest.Entry) *Server {
	f := &Server{vaults: map[string]string{}, items: map[string][]map[string]any{}, files: map[string][]byte{}}
	for _, e := range entries {
		f.add(e)
	}
	f.Server = httptest.NewServer(f)
	return f
}

// ID returns the identifier that the server gives to a thing of that name: kinds
// are v, i0 (the first item of its title, with the vault behind its name), s, f.
func ID(kind, name string) string {
	h := fmt.Sprintf("%s%x", kind, name)
	return (h + strings.Repeat("0", 26))[:26]
}

// add puts an entry where its vault, item and section are, made if new. An
// entry with a Copy number makes another item of the same title.
func (f *Server) add(e vaulttest.Entry) {
	v := ID("v", e.Vault)
	f.vaults[v] = e.Vault
	id := ID(fmt.Sprintf("i%d", e.Copy), e.Item+e.Vault)
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
	thing := map[string]any{"id": ID("f", e.Section+e.Field)}
	if e.Section != "" {
		s := map[string]any{"id": ID("s", e.Section), "label": e.Section}
		if !hasID(it["sections"].([]any), s["id"]) {
			it["sections"] = append(it["sections"].([]any), s)
		}
		thing["section"] = s
	}
	if e.File {
		thing["name"], thing["size"] = e.Field, len(e.Content)
		f.files[id+"/"+thing["id"].(string)] = e.Content
		it["files"] = put(it["files"].([]any), thing)
		return
	}
	thing["label"], thing["type"], thing["value"] = e.Field, "STRING", string(e.Content)
	it["fields"] = put(it["fields"].([]any), thing)
}

// put returns all with x in the place of the one that has its ID. What was
// handed out stays as it was.
func put(all []any, x map[string]any) []any {
	out := []any{}
	for _, o := range all {
		if o.(map[string]any)["id"] != x["id"] {
			out = append(out, o)
		}
	}
	return append(out, x)
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

// ServeHTTP answers.
func (f *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.log = append(f.log, r.Method+" "+r.URL.RequestURI())
	over := f.override
	f.mu.Unlock()
	if over != nil && over(w, r) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+Token {
		Answer(w, http.StatusUnauthorized, map[string]any{"status": 401, "message": "Invalid bearer token"})
		return
	}
	want := ""
	if q := r.URL.Query().Get("filter"); q != "" {
		m := filterForm.FindStringSubmatch(q)
		if m == nil {
			Answer(w, http.StatusBadRequest, map[string]any{"status": 400, "message": "Invalid filter"})
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
		Answer(w, 200, out)
	case len(p) == 3 && f.vaults[p[1]] != "":
		out := []any{}
		for _, it := range f.items[p[1]] {
			if want == "" || strings.EqualFold(want, it["title"].(string)) {
				out = append(out, map[string]any{"id": it["id"], "title": it["title"]})
			}
		}
		Answer(w, 200, out)
	case len(p) == 4 && f.find(p[1], p[3]) != nil:
		Answer(w, 200, f.find(p[1], p[3]))
	case len(p) == 7 && f.files[p[3]+"/"+p[5]] != nil:
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(f.files[p[3]+"/"+p[5]])
	default:
		Answer(w, http.StatusNotFound, map[string]any{"status": 404, "message": "not found"})
	}
}

func (f *Server) find(vaultID, id string) map[string]any {
	for _, it := range f.items[vaultID] {
		if it["id"] == id {
			return it
		}
	}
	return nil
}

// Answer writes a JSON document.
func Answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}
