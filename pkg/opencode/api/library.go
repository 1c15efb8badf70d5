package api

import (
	"time"

	"panther/pkg/crawl/control"
	"panther/pkg/knowledge"
)

// Overview is what the page says before anything is asked.
type Overview struct {
	Documents int        `json:"documents"`
	Passages  int        `json:"passages"`
	Sources   int        `json:"sources"`
	LastRead  *time.Time `json:"last_read,omitempty"` // when the last crawl began
	Failed    int        `json:"failed"`              // pages that failed in the last runs
	Crawling  []string   `json:"crawling"`            // sources that are visited now
	Embedding Embedding  `json:"embedding"`
	Model     string     `json:"model,omitempty"` // provider/model that answers; "" quotes passages
	Starters  []Starter  `json:"starters"`
	Next      *NextStep  `json:"next,omitempty"` // what is missing most
	Waiting   int        `json:"waiting"`        // memories that wait to be confirmed
	Mode      string     `json:"mode"`           // local or server
	You       string     `json:"you"`            // who asks: "uid:1000", "login:alice@example.org"
	Name      string     `json:"name,omitempty"` // of the account
	Operator  bool       `json:"operator"`       // may change sources and read the journal
}

// Embedding is how far passages have vectors.
type Embedding struct {
	Done       int     `json:"done"`
	Total      int     `json:"total"`
	ETASeconds float64 `json:"eta_seconds,omitempty"`
	Space      string  `json:"space,omitempty"`
	Problem    string  `json:"problem,omitempty"` // why it does not go on, or why search is by words alone
}

// Starter is a question that a document answers.
type Starter struct {
	Question string `json:"question"`
	Title    string `json:"title"`
	URI      string `json:"uri"`
	Source   string `json:"source"`
}

// NextStep is one thing to do.
type NextStep struct {
	Kind string `json:"kind"` // knowledge-away, add-source, crawl, failed or model
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"` // a command, or where to look
}

// SourceList is the answer of GET /panther/v1/sources.
type SourceList struct {
	Sources  []SourceState `json:"sources"`
	Operator bool          `json:"operator"`       // the caller may change them
	Note     string        `json:"note,omitempty"` // why settings are not shown or cannot be changed
	Crawler  bool          `json:"crawler"`        // the crawler answers
}

// SourceState is a source with what it is doing.
type SourceState struct {
	knowledge.Source
	Enabled  bool              `json:"enabled"`            // false: it is visited by hand only
	Editable bool              `json:"editable"`           // its settings can be changed here
	Progress *control.Progress `json:"progress,omitempty"` // while it is visited
}

// SourceDetail is one source with its settings and last runs.
type SourceDetail struct {
	SourceState
	Settings *control.Settings `json:"settings,omitempty"`
	Table    string            `json:"table,omitempty"` // as it is written
	File     string            `json:"file,omitempty"`  // where
	Runs     []knowledge.Run   `json:"runs"`
}

// AddSource is the body of POST /panther/v1/sources.
type AddSource struct {
	control.Place
	DryRun bool `json:"dry_run,omitempty"` // say what was recognised, and change nothing
	Crawl  bool `json:"crawl,omitempty"`   // visit it at once
}

// AddedSource is what was recognised in a place.
type AddedSource struct {
	control.Seen
	Added bool `json:"added"`
}

// RunList is the answer of GET /panther/v1/sources/NAME/runs, newest first.
type RunList struct {
	Runs []knowledge.Run `json:"runs"`
}

// PageList is a part of what became of the pages of a run.
type PageList struct {
	Run    string                  `json:"run,omitempty"`
	Counts map[string]int          `json:"counts"` // of the run, by outcome
	Pages  []knowledge.PageOutcome `json:"pages"`
	Next   string                  `json:"next,omitempty"` // cursor
	Total  int                     `json:"total"`          // that were selected
}

// SearchResult is the answer of GET /panther/v1/search.
type SearchResult struct {
	Hits     []SearchHit    `json:"hits"`
	Facets   []Facet        `json:"facets"`
	Mode     knowledge.Mode `json:"mode"`
	Millis   float64        `json:"millis"`
	Warnings []string       `json:"warnings,omitempty"`
}

// SearchHit is a passage with what the page shows of its document. Its text
// passed the gate: it may be shown as Markdown.
type SearchHit struct {
	ID       string              `json:"id"` // of the passage
	URI      string              `json:"uri"`
	Link     string              `json:"link,omitempty"` // that a reader may open, "" if none
	Source   string              `json:"source"`
	Kind     string              `json:"kind,omitempty"` // of the source
	Title    string              `json:"title"`
	Headings []string            `json:"headings,omitempty"`
	Text     string              `json:"text"`
	Score    float64             `json:"score"`
	Version  string              `json:"version,omitempty"`
	Language string              `json:"language,omitempty"`
	Read     *time.Time          `json:"read,omitempty"` // when the document was fetched
	Editions []knowledge.Edition `json:"editions,omitempty"`
	Lexical  *knowledge.Leg      `json:"lexical,omitempty"`
	Dense    *knowledge.Leg      `json:"dense,omitempty"`
	Why      string              `json:"why,omitempty"` // in words, where it was asked for
}

// Facet counts hits by a property, before it narrowed them.
type Facet struct {
	Name   string       `json:"name"` // source, kind, lang, version or date
	Values []FacetValue `json:"values"`
}

// FacetValue is one value of a facet, as the parameter of that name takes it.
type FacetValue struct {
	Value string `json:"value"`
	Label string `json:"label"`
	Count int    `json:"count"`
}

// DocumentView is a stored document as the reader shows it.
type DocumentView struct {
	URI       string            `json:"uri"`
	Link      string            `json:"link,omitempty"` // to the original, "" if no browser may open it
	Source    string            `json:"source"`
	Kind      string            `json:"kind,omitempty"`
	Title     string            `json:"title"`
	Markdown  string            `json:"markdown"` // it passed the gate
	Language  string            `json:"language,omitempty"`
	Version   string            `json:"version,omitempty"`
	Tags      []string          `json:"tags,omitempty"`
	Fetched   *time.Time        `json:"fetched,omitempty"`
	Published *time.Time        `json:"published,omitempty"`
	Modified  string            `json:"modified,omitempty"` // as the server of the page said
	Deleted   *time.Time        `json:"deleted,omitempty"`  // its source no longer has it; then there is no text
	Headings  []DocumentHeading `json:"headings"`
	Passages  []DocumentPassage `json:"passages"`
	Versions  []DocumentVersion `json:"versions"`
	Passage   string            `json:"passage,omitempty"` // the one that was asked for, if there is one
	Truncated bool              `json:"truncated,omitempty"`
}

// DocumentHeading is an entry of the outline.
type DocumentHeading struct {
	Level  int    `json:"level"`
	Title  string `json:"title"`
	Anchor string `json:"anchor"`
	Offset int    `json:"offset"` // in the Markdown, in characters as JavaScript counts them (UTF-16)
}

// DocumentPassage is where a passage is in the Markdown. Ranges are in the
// document's order; those of prose that was split overlap.
type DocumentPassage struct {
	ID     string `json:"id"`
	Anchor string `json:"anchor,omitempty"`
	Start  int    `json:"start"` // in UTF-16 units, as in DocumentHeading
	End    int    `json:"end"`
}

// DocumentVersion is the same page in another version.
type DocumentVersion struct {
	Version string     `json:"version"`
	URI     string     `json:"uri"`
	Title   string     `json:"title"`
	Fetched *time.Time `json:"fetched,omitempty"`
}

// MemoryList is the answer of GET /panther/v1/memories, newest first.
type MemoryList struct {
	Memories []MemoryView `json:"memories"`
}

// MemoryView is a memory with where it came from, in words.
type MemoryView struct {
	knowledge.Memory
	From string `json:"from"`
	Why  string `json:"why,omitempty"` // why it is not recalled
}

// EditMemory is the body of PATCH /panther/v1/memories/ID.
type EditMemory struct {
	Text string `json:"text"` // the corrected one takes the place of the old
}
