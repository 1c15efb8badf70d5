package knowledge

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Document is one page of a source, as clean Markdown.
type Document struct {
	URI          string            `json:"uri" doc:"Identity and link target, absolute; at most 4096 bytes"`
	Source       string            `json:"source" doc:"Name of the source it came from"`
	Title        string            `json:"title,omitempty"`
	Markdown     string            `json:"markdown,omitempty" doc:"Body without front matter; left out in lists"`
	ContentHash  string            `json:"content_hash,omitempty" doc:"Hex SHA-256 of the Markdown; computed by the server"`
	Language     string            `json:"language,omitempty" doc:"BCP 47 tag"`
	ETag         string            `json:"etag,omitempty"`
	LastModified string            `json:"last_modified,omitempty" doc:"As the server of the page sent it"`
	FetchedAt    time.Time         `json:"fetched_at,omitzero"`
	PublishedAt  time.Time         `json:"published_at,omitzero"`
	Tags         []string          `json:"tags,omitempty"`
	Meta         map[string]string `json:"meta,omitempty" doc:"Author, site, licence and the like"`
	DeletedAt    *time.Time        `json:"deleted_at,omitempty" doc:"Set on a tombstone"`
	Chunks       int               `json:"chunks,omitempty" doc:"Number of passages; set by the server"`
}

// MetaVersion is the key of Meta for the version of what a page documents: 17,
// 3.1.
const MetaVersion = "version"

// DocumentID returns the identifier that the API uses in paths: the first 16
// bytes of the SHA-256 of the URI in hex.
func DocumentID(uri string) string {
	h := sha256.Sum256([]byte(uri))
	return hex.EncodeToString(h[:16])
}

// Outcome tells what an upsert did.
type Outcome string

// Outcomes of an upsert.
const (
	OutcomeNew       Outcome = "new"
	OutcomeChanged   Outcome = "changed"
	OutcomeUnchanged Outcome = "unchanged" // same content: nothing to embed
	OutcomeFailed    Outcome = "failed"    // nothing of the document was stored
)

// Upserted is the result for one document of a batch.
type Upserted struct {
	URI     string  `json:"uri"`
	Outcome Outcome `json:"outcome" enum:"new,changed,unchanged,failed"`
	Chunks  int     `json:"chunks" doc:"Passages the document now has"`
	Error   string  `json:"error,omitempty"`
}

// DocumentList is a page of a listing.
type DocumentList struct {
	Documents []Document `json:"documents"`
	Next      string     `json:"next,omitempty" doc:"Cursor for the next page; empty at the end"`
}

// DocumentPassage is a passage where it stands in its document.
type DocumentPassage struct {
	ChunkID  string   `json:"chunk_id"`
	Headings []string `json:"headings,omitempty" doc:"Heading path, outermost first"`
	Anchor   string   `json:"anchor,omitempty" doc:"Of the innermost heading"`
	Text     string   `json:"text" doc:"Markdown, without the lines of the headings"`
}

// ListDocuments selects documents. The zero value lists the first 100 live ones.
type ListDocuments struct {
	Source  string // only this source
	Prefix  string // only URIs that begin so
	Deleted bool   // tombstones instead of live documents
	After   string // cursor
	Limit   int    // at most 1000; 0 means 100
}

// Source is a place that is crawled, as the crawler registers it and with the
// counters that agentdb keeps.
type Source struct {
	Name      string     `json:"name"`
	Kind      string     `json:"kind" doc:"web, git, confluence, feed or files"`
	Location  string     `json:"location" doc:"Start URL or folder; never holds a credential"`
	Schedule  string     `json:"schedule,omitempty" doc:"Cron expression"`
	Tags      []string   `json:"tags,omitempty"`
	NextRun   *time.Time `json:"next_run,omitempty"`
	Documents int        `json:"documents" doc:"Live documents; set by the server"`
	Chunks    int        `json:"chunks" doc:"Passages; set by the server"`
	LastRun   *Run       `json:"last_run,omitempty"`
}

// Run is one visit of a source.
type Run struct {
	ID       string         `json:"id" doc:"Made by the crawler, unique"`
	Source   string         `json:"source"`
	Started  time.Time      `json:"started"`
	Finished *time.Time     `json:"finished,omitempty" doc:"Absent while it goes on"`
	Status   string         `json:"status" enum:"running,finished,failed,interrupted"`
	Counts   map[string]int `json:"counts,omitempty" doc:"Pages by outcome: new, changed, unchanged, gone, refused, failed; while it goes on also known, those that belong to it"`
	Bytes    int64          `json:"bytes,omitempty" doc:"Bytes received"`
	Warnings []string       `json:"warnings,omitempty"`
	Skipped  map[string]int `json:"skipped,omitempty" doc:"Files that were not read, by their ending"`
	Error    string         `json:"error,omitempty"`
}

// PageOutcome is what became of one page of a run.
type PageOutcome struct {
	URI     string `json:"uri"`
	Outcome string `json:"outcome" enum:"new,changed,unchanged,gone,refused,failed"`
	Status  int    `json:"status,omitempty" doc:"HTTP status"`
	Reason  string `json:"reason,omitempty"`
	Millis  int64  `json:"millis,omitempty"`
}
