package frontier

// State is where a record is in the current run.
type State int8

// States. A claimed record is still Pending in the file.
const (
	Idle    State = iota // known, not to be visited in this run
	Pending              // to be visited
	Visited              // finished
)

// Record is what is known of one address.
type Record struct {
	Key   string // identity: two addresses with one key are one page
	URL   string // what is fetched
	URI   string // document that the page became in the last visit, "" for none
	Depth int32  // links from a start address
	Hops  int32  // redirects that led here

	ETag     string // validators for a conditional request, or the version of an item that is listed
	Modified string
	Hash     string // of the document as it was delivered
	Text     string // of the document's words alone, to find copies
	Size     int32  // bytes of Markdown
	Codes    int32  // code blocks in it

	Status  int32  // HTTP status of the last visit
	Misses  int32  // runs in a row that did not find it
	Outcome string // of this run, as knowledge.PageOutcome has it; "" where there is nothing to report
	Reason  string
	Target  string // where it redirects to, or which page it is a copy of
	State   State
}

// Live reports whether the page was a document after its last visit.
func (r *Record) Live() bool { return r.URI != "" }
