package rights

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"panther/pkg/identity"
)

// TestCaller checks for whom a request is, by the role of the peer and what its
// header says.
func TestCaller(t *testing.T) {
	t.Parallel()
	const self = identity.Identity("uid:1000")
	for _, tc := range []struct {
		role   Role
		header []string
		want   identity.Identity
		ok     bool
	}{
		{Person, nil, self, true}, {Root, nil, self, true}, {Crawl, nil, self, true}, {Token, nil, self, true},
		{Runtime, nil, "", true},
		{Runtime, []string{"uid:1001"}, "uid:1001", true}, {Root, []string{"login:bob@example.org"}, "login:bob@example.org", true},
		{Root, []string{"*"}, identity.Everyone, true}, {Token, []string{"uid:1"}, "uid:1", true},
		// A person or the crawler that names another.
		{Person, []string{"uid:1001"}, "", false}, {Person, []string{"*"}, "", false}, {Person, []string{string(self)}, "", false},
		{Crawl, []string{"uid:1001"}, "", false}, {Person, []string{""}, "", false},
		// Names that nobody has.
		{Runtime, []string{""}, "", false}, {Runtime, []string{"uid:1", "uid:2"}, "", false}, {Runtime, []string{"uid:1, uid:2"}, "", false},
		{Runtime, []string{"uid:-1"}, "", false}, {Runtime, []string{"uid:4294967296"}, "", false}, {Runtime, []string{"UID:0"}, "", false},
		{Runtime, []string{"login:"}, "", false}, {Runtime, []string{"login:a\tb"}, "", false}, {Runtime, []string{"login:\xff"}, "", false},
		{Runtime, []string{"login:" + strings.Repeat("a", 321)}, "", false}, {Runtime, []string{"root"}, "", false}, {Runtime, []string{"password"}, identity.Password, true},
		{Runtime, []string{"uid:01"}, "", false}, {Runtime, []string{"login:Alice@example.org"}, "", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header[identity.Header] = tc.header
		if id, err := caller(r, tc.role, self); id != tc.want || (err == nil) != tc.ok {
			t.Errorf("role %b with %q: %q, %v; want %q", tc.role, tc.header, id, err, tc.want)
		}
	}
}
