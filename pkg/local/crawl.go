package local

// Progress is how far the crawl of a source is.
type Progress struct {
	Source   string         `json:"source"`
	URI      string         `json:"uri,omitempty"` // the page last visited
	Counts   map[string]int `json:"counts"`        // pages by outcome
	Queued   int            `json:"queued"`        // pages known and not visited yet
	Finished bool           `json:"finished,omitempty"`
	Error    string         `json:"error,omitempty"` // with Finished: why it did not end well
	Seconds  float64        `json:"seconds"`
	Warnings []string       `json:"warnings,omitempty"`
}
