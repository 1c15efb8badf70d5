package knowledge

import (
	"slices"
	"strings"
	"time"
)

// ChangeKind says how much a change matters to who depends on a page.
type ChangeKind string

// The kinds of changes, those that matter most first. Security, breaking and
// deprecated are what the text says of itself; removed and added are about
// sections, entries and names that are documented; the others about what differs.
const (
	ChangeSecurity   ChangeKind = "security"
	ChangeBreaking   ChangeKind = "breaking"
	ChangeRemoved    ChangeKind = "removed"
	ChangeDeprecated ChangeKind = "deprecated"
	ChangeDefault    ChangeKind = "default" // a default value
	ChangeAPI        ChangeKind = "api"     // a signature, a type, the name of a setting
	ChangeAdded      ChangeKind = "added"
	ChangeMoved      ChangeKind = "moved"   // a page or a name is somewhere else
	ChangeDetail     ChangeKind = "detail"  // code, numbers or names in the text
	ChangeWording    ChangeKind = "wording" // words alone
)

// ChangeKinds are all kinds in that order.
var ChangeKinds = []ChangeKind{ChangeSecurity, ChangeBreaking, ChangeRemoved, ChangeDeprecated, ChangeDefault, ChangeAPI,
	ChangeAdded, ChangeMoved, ChangeDetail, ChangeWording}

// Change is a difference between two versions of a page.
type Change struct {
	Kind     ChangeKind `json:"kind" enum:"security,breaking,removed,deprecated,default,api,added,moved,detail,wording"`
	Headings []string   `json:"headings,omitempty" doc:"Where it is, outermost first"`
	Anchor   string     `json:"anchor,omitempty" doc:"Fragment of that heading, in the version that has it"`
	Name     string     `json:"name,omitempty" doc:"What it is about: a setting, a function, a row"`
	Before   string     `json:"before,omitempty" doc:"Markdown, shortened; empty where it is new"`
	After    string     `json:"after,omitempty" doc:"Markdown, shortened; empty where it is gone"`
	Release  bool       `json:"release,omitempty" doc:"Told by release notes or a changelog"`
}

// Rank orders kinds: the lower, the more it matters.
func (k ChangeKind) Rank() int {
	if i := slices.Index(ChangeKinds, k); i >= 0 {
		return i
	}
	return len(ChangeKinds)
}

// Where is the place of a change in words: its headings and what it is about.
func (c Change) Where() string {
	path := c.Headings
	if c.Name != "" {
		path = append(slices.Clip(path), c.Name)
	}
	return strings.Join(path, " > ")
}

// Link is the address of a change on its page.
func (c Change) Link(uri string) string {
	if c.Anchor == "" || c.After == "" {
		return uri
	}
	uri, _, _ = strings.Cut(uri, "#")
	return uri + "#" + c.Anchor
}

// PageChange is what became of a page: it is new, gone, somewhere else, or
// another.
type PageChange struct {
	URI     string     `json:"uri"`
	Source  string     `json:"source"`
	Title   string     `json:"title,omitempty"`
	Version string     `json:"version,omitempty" doc:"Of what the page documents"`
	Kind    ChangeKind `json:"kind" doc:"Of the change that matters most; added and removed are of the page where it has no changes"`
	From    string     `json:"from,omitempty" doc:"Where a page that moved was"`
	To      string     `json:"to,omitempty" doc:"The page that now has what a page that is gone had"`
	At      time.Time  `json:"at" doc:"Of the last change"`
	Changes []Change   `json:"changes,omitempty" doc:"What matters most first"`
	More    int        `json:"more,omitempty" doc:"Changes that are left out"`
}

// ListChanges selects changes. Those of wording, and of details where a page has
// others, are left out unless All.
type ListChanges struct {
	Source string
	Since  time.Time
	Kind   ChangeKind // only pages with such changes, and only these; "" means all
	All    bool
	After  string // the Next of the page before
}

// ChangeList is a page of a listing, in order of URIs.
type ChangeList struct {
	Pages []PageChange `json:"pages"`
	Next  string       `json:"next,omitempty" doc:"Cursor for the next page; empty at the end"`
}

// DocumentDiff is a document at two times.
type DocumentDiff struct {
	URI     string    `json:"uri"`
	Title   string    `json:"title,omitempty"`
	Since   time.Time `json:"since" doc:"When the version before was the one"`
	Before  string    `json:"before" doc:"Markdown; empty where there was none"`
	After   string    `json:"after" doc:"Markdown as it is now; empty where it is gone"`
	Changes []Change  `json:"changes"`
}
