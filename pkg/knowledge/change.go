package knowledge

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
