package api

import (
	"time"

	"panther/pkg/knowledge"
)

// System is what Panther runs on.
type System struct {
	Mode     string           `json:"mode"` // local or server
	Version  string           `json:"version"`
	Started  time.Time        `json:"started"`
	Units    []UnitState      `json:"units"`
	Edges    []UnitEdge       `json:"edges"`
	Note     string           `json:"note,omitempty"` // why units are missing
	Disks    []Disk           `json:"disks"`
	Database *knowledge.Stats `json:"database,omitempty"`
	Secrets  Secrets          `json:"secrets"`
	Memory   uint64           `json:"memory,omitempty"` // resident bytes, in local mode
	Access   string           `json:"access"`           // who may ask, by which door
}

// UnitState is a unit of systemd, or a service of panther local.
type UnitState struct {
	Name        string     `json:"name"`
	Description string     `json:"description,omitempty"`
	Installed   bool       `json:"installed"`
	Active      string     `json:"active"` // active, inactive, failed, activating …
	Sub         string     `json:"sub,omitempty"`
	Result      string     `json:"result,omitempty"`
	Status      string     `json:"status,omitempty"` // its own line
	Since       *time.Time `json:"since,omitempty"`
	Memory      uint64     `json:"memory,omitempty"`
	Restarts    uint32     `json:"restarts,omitempty"`
	NextRun     *time.Time `json:"next_run,omitempty"`
	LastRun     *time.Time `json:"last_run,omitempty"`
	Unmet       []string   `json:"unmet,omitempty"` // conditions
}

// UnitEdge is an order or a need between two units of the suite.
type UnitEdge struct {
	From string `json:"from"`
	To   string `json:"to"`   // From comes after it, or needs it
	Kind string `json:"kind"` // after, requires, wants or triggers
}

// Disk is the space of a file system.
type Disk struct {
	Path  string `json:"path"`
	Free  uint64 `json:"free"`
	Total uint64 `json:"total"`
}

// Secrets is what is known of the secrets: names and ages, never values.
type Secrets struct {
	Known      bool       `json:"known"`
	Note       string     `json:"note,omitempty"`
	Generation int        `json:"generation,omitempty"`
	Refreshed  *time.Time `json:"refreshed,omitempty"` // when opnix asked last
	Status     string     `json:"status,omitempty"`    // what it says of that
	Stale      bool       `json:"stale,omitempty"`     // served from the last good copy
	Secrets    []Secret   `json:"secrets"`
}

// Secret is one secret by its name.
type Secret struct {
	Name    string     `json:"name"`
	Written *time.Time `json:"written,omitempty"` // its file
	Missing bool       `json:"missing,omitempty"`
}

// Checkup is what panther doctor found.
type Checkup struct {
	Checks   []Check `json:"checks"`
	Problems int     `json:"problems"`
	Warnings int     `json:"warnings"`
}

// Check is one thing that was looked at.
type Check struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"` // ok, warning or problem
	Reason  string `json:"reason"`
	Hint    string `json:"hint,omitempty"`
}

// Journal is the last lines of a unit.
type Journal struct {
	Unit  string        `json:"unit"`
	Lines []JournalLine `json:"lines"`
	Note  string        `json:"note,omitempty"` // why there are none
	Hint  string        `json:"hint,omitempty"` // what to run
}

// JournalLine is one message.
type JournalLine struct {
	Time     time.Time `json:"time"`
	Priority int       `json:"priority"` // 0 to 7, as syslog's; below 4 it is a problem
	Text     string    `json:"text"`
}

// ModelList is the configured models.
type ModelList struct {
	Models []ModelState `json:"models"`
	Model  string       `json:"model,omitempty"` // that answers
	Hint   string       `json:"hint,omitempty"`  // how to get one
}

// ModelState is a model with its prices in US dollars for a million tokens.
type ModelState struct {
	ID      string    `json:"id"` // provider/model
	Name    string    `json:"name"`
	Context int       `json:"context"`
	Output  int       `json:"output,omitempty"`
	Cost    ModelCost `json:"cost"`
	Images  bool      `json:"images,omitempty"`
	PDFs    bool      `json:"pdfs,omitempty"`
}

// TestModel is the body of POST /panther/v1/models/test.
type TestModel struct {
	Model string `json:"model"` // provider/model
}

// ModelTest is what a model did with a question of a few tokens.
type ModelTest struct {
	Model  string  `json:"model"`
	OK     bool    `json:"ok"`
	Millis int64   `json:"millis"`
	Answer string  `json:"answer,omitempty"`
	Tokens Tokens  `json:"tokens"`
	Cost   float64 `json:"cost"`
	Error  string  `json:"error,omitempty"`
	Hint   string  `json:"hint,omitempty"`
}

// Spend is what models have cost, by day and model.
type Spend struct {
	Days    []SpendDay `json:"days"` // newest first
	Cost    float64    `json:"cost"`
	Tokens  Tokens     `json:"tokens"`
	Today   float64    `json:"today"`             // of everybody
	Limit   float64    `json:"limit,omitempty"`   // of a day; 0 means none
	Partial bool       `json:"partial,omitempty"` // there are more conversations than were counted
}

// SpendDay is what one model has cost on one day (UTC).
type SpendDay struct {
	Day     string  `json:"day"` // 2006-01-02
	Model   string  `json:"model"`
	Answers int     `json:"answers"`
	Tokens  Tokens  `json:"tokens"`
	Cost    float64 `json:"cost"`
}
