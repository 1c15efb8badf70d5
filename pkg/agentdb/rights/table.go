// Package rights is the one table of what a peer of agentdb may do. A peer is
// what the kernel says of the process at the other end of the unix socket: its
// uid and its groups. They decide on a role, the role on the operations, and the
// identity of the caller (package identity) on whose sessions and memories those
// are about:
//
//	peer ── role ── table ── operation
//	  └── identity (its own uid; runtime and root may name another) ── rows it sees
//
// The package decides on requests and nothing else: what of the data an identity
// sees is package store's to decide. Whatever it cannot decide is refused: an
// operation without a row, a peer without a role, an account that does not exist.
package rights

// Role is a set of capabilities, each of which is a column of the table.
type Role uint8

// The columns. A person is a member of the group of people; the runtime acts for
// persons and says for whom; the crawler writes documents and knows nothing of
// anybody.
const (
	Crawl Role = 1 << iota
	Runtime
	Person
	upkeep
)

// Root is uid 0 and the service's own user: all. Token is who calls over TCP with
// the token: a crawler or a runtime on another machine, and so whoever holds it.
const (
	Root  = Crawl | Runtime | Person | upkeep
	Token = Crawl | Runtime | Person
	Known = Crawl | Runtime | Person
)

// table says who may do what, by the patterns of the operations. Root may do all
// of it.
var table = map[string]Role{
	// Documents: what was crawled is everyone's.
	"POST /v1/documents":              Crawl,
	"GET /v1/documents":               Crawl | Runtime | Person,
	"GET /v1/documents/{id}":          Runtime | Person,
	"DELETE /v1/documents/{id}":       Crawl,
	"GET /v1/documents/{id}/passages": Runtime | Person,
	"GET /v1/documents/{id}/editions": Runtime | Person,
	"GET /v1/documents/{id}/diff":     Runtime | Person,
	"GET /v1/changes":                 Runtime | Person,
	"POST /v1/search":                 Runtime | Person,
	"POST /v1/context":                Runtime | Person,

	// Sources and their runs.
	"GET /v1/sources":           Crawl | Runtime | Person,
	"PUT /v1/sources/{name}":    Crawl,
	"DELETE /v1/sources/{name}": Crawl,
	"GET /v1/runs":              Crawl | Runtime | Person,
	"PUT /v1/runs/{id}":         Crawl,
	"GET /v1/runs/{id}/pages":   Crawl | Runtime | Person,
	"POST /v1/runs/{id}/pages":  Crawl,

	// Memories: of whoever asks.
	"POST /v1/memories":               Runtime | Person,
	"GET /v1/memories":                Runtime | Person,
	"POST /v1/memories/recall":        Runtime | Person,
	"GET /v1/memories/{id}":           Runtime | Person,
	"DELETE /v1/memories/{id}":        Runtime | Person,
	"POST /v1/memories/{id}/confirm":  Runtime | Person,
	"POST /v1/memories/{id}/restore":  Runtime | Person,
	"POST /v1/memories/undo":          Runtime | Person,
	"POST /v1/memories/{id}/feedback": Runtime | Person,

	// Canaries: persons and the runtime keep their own.
	"GET /v1/canaries":          Runtime | Person,
	"POST /v1/canaries":         Runtime | Person,
	"DELETE /v1/canaries/{id}":  Runtime | Person,
	"POST /v1/canaries/measure": upkeep,
	"POST /v1/canaries/accept":  upkeep,

	// Sessions: the runtime keeps them; persons read their own.
	"POST /v1/sessions":       Runtime,
	"GET /v1/sessions":        Runtime | Person,
	"GET /v1/sessions/{id}":   Runtime | Person,
	"GET /v1/sessions/search": Runtime | Person,
	"GET /v1/messages":        Runtime | Person,
	"GET /v1/events":          Runtime | Person,

	// MCP: a person's agent, with the tools of a person.
	"/mcp": Person,

	// What the database is and does. Repairing is root's, see Privileged.
	"GET /v1/stats":     Known,
	"POST /v1/check":    Person,
	"POST /v1/maintain": upkeep,
	"GET /v1/backup":    upkeep,
	"POST /v1/restore":  upkeep,
	"GET /healthz":      Known,
	"GET /readyz":       Known,
	"GET /metrics":      Person,

	"GET /openapi.json":     Known,
	"GET /openapi.yaml":     Known,
	"GET /openapi-3.0.json": Known,
	"GET /openapi-3.0.yaml": Known,
}

// May reports whether a role has the operation of a pattern.
func (r Role) May(pattern string) bool { return table[pattern]&r != 0 }
