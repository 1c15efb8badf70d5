package control

// Source is a configured source.
type Source struct {
	Name     string   `json:"name"`
	Kind     string   `json:"kind"`
	Location string   `json:"location"`
	Settings Settings `json:"settings"`
	Table    string   `json:"table"`    // as it is written
	File     string   `json:"file"`     // where
	Editable bool     `json:"editable"` // by this API
}

// Settings are the settings of a source that can be changed.
type Settings struct {
	Schedule     string   `json:"schedule,omitempty"` // cron expression
	Tags         []string `json:"tags,omitempty"`
	Version      string   `json:"version,omitempty"`  // of what its documents are about
	Versions     string   `json:"versions,omitempty"` // of the same pages: newest, all, or how many
	Include      []string `json:"include,omitempty"`  // globs
	Exclude      []string `json:"exclude,omitempty"`
	Render       string   `json:"render,omitempty"` // never, auto or always
	Ref          string   `json:"ref,omitempty"`    // branch or tag
	MaxPages     int      `json:"max_pages,omitempty"`
	MaxRemoved   float64  `json:"max_removed,omitempty"` // share of its documents that one run may remove
	AllowPrivate bool     `json:"allow_private,omitempty"`
	Indices      bool     `json:"indices,omitempty"`
	OCR          bool     `json:"ocr,omitempty"`
	Code         bool     `json:"code,omitempty"`
	Enabled      bool     `json:"enabled"` // false: it is visited by hand only
}

// Change changes settings; nil fields stay as they are.
type Change struct {
	Schedule     *string   `json:"schedule,omitempty"`
	Tags         *[]string `json:"tags,omitempty"`
	Version      *string   `json:"version,omitempty"`
	Versions     *string   `json:"versions,omitempty"`
	Include      *[]string `json:"include,omitempty"`
	Exclude      *[]string `json:"exclude,omitempty"`
	Render       *string   `json:"render,omitempty"`
	Ref          *string   `json:"ref,omitempty"`
	MaxPages     *int      `json:"max_pages,omitempty"`
	MaxRemoved   *float64  `json:"max_removed,omitempty"`
	AllowPrivate *bool     `json:"allow_private,omitempty"`
	Indices      *bool     `json:"indices,omitempty"`
	OCR          *bool     `json:"ocr,omitempty"`
	Code         *bool     `json:"code,omitempty"`
	Enabled      *bool     `json:"enabled,omitempty"`
}

// Place is where a source is to be, and what is known of it.
type Place struct {
	Place        string   `json:"place"`          // an address, or a folder of the machine
	Name         string   `json:"name,omitempty"` // made from the place otherwise
	Schedule     string   `json:"schedule,omitempty"`
	Tags         []string `json:"tags,omitempty"`
	Version      string   `json:"version,omitempty"`
	Versions     string   `json:"versions,omitempty"`
	AllowPrivate bool     `json:"allow_private,omitempty"` // it is on this machine or its network
	Code         bool     `json:"code,omitempty"`
}

// Seen is what was recognised in a place.
type Seen struct {
	Source  Source   `json:"source"`
	Samples []Sample `json:"samples"`
	Note    string   `json:"note,omitempty"` // why only the address was judged, or nothing was found
	Exists  bool     `json:"exists"`         // there is a source at this place already; it is Source
}

// Sample is one of the first pages of a place.
type Sample struct {
	Title string `json:"title"`
	URI   string `json:"uri"`
}

// Progress is how far the visit of a source is.
type Progress struct {
	Source     string         `json:"source"`
	Phase      string         `json:"phase,omitempty"`
	Done       int            `json:"done"`   // addresses visited
	Known      int            `json:"known"`  // addresses that belong to the run so far
	Counts     map[string]int `json:"counts"` // pages by outcome
	Rate       float64        `json:"rate,omitempty"`
	ETASeconds float64        `json:"eta_seconds,omitempty"`
	Finished   bool           `json:"finished,omitempty"`
	Waiting    string         `json:"waiting,omitempty"` // why agentdb does not take what was read
	Error      string         `json:"error,omitempty"`   // with Finished: why it did not end well
	Seconds    float64        `json:"seconds"`
	Warnings   []string       `json:"warnings,omitempty"`
	Skipped    map[string]int `json:"skipped,omitempty"` // files that were not read, by their ending
}

// Visit asks for visits now.
type Visit struct {
	Sources []string `json:"sources"`
}
