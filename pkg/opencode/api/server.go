package api

import "encoding/json"

// What follows is what clients ask about the server. Much of it concerns coding
// and is empty here; clients want an answer all the same.

// Ready is the answer of /healthz and /readyz.
type Ready struct {
	Status string `json:"status"`
}

// Paths is where the server works.
type Paths struct {
	Home      string `json:"home"`
	State     string `json:"state"`
	Config    string `json:"config"`
	Worktree  string `json:"worktree"`
	Directory string `json:"directory"`
}

// Project is what sessions belong to.
type Project struct {
	ID        string      `json:"id"`
	Worktree  string      `json:"worktree"`
	Sandboxes []string    `json:"sandboxes"`
	Time      ProjectTime `json:"time"`
}

// ProjectTime holds milliseconds since 1970.
type ProjectTime struct {
	Created int64 `json:"created"`
	Updated int64 `json:"updated"`
}

// VCS is the state of version control, of which there is none.
type VCS struct{}

// Config is the server's configuration as OpenCode's clients know it. It holds
// nothing secret.
type Config struct {
	Schema       string         `json:"$schema"`
	Username     string         `json:"username"`
	Share        string         `json:"share"`
	AutoUpdate   bool           `json:"autoupdate"`
	Model        string         `json:"model"` // provider/model
	DefaultAgent string         `json:"default_agent"`
	Agent        map[string]any `json:"agent"`
	Mode         map[string]any `json:"mode"`
	Command      map[string]any `json:"command"`
	Plugin       []string       `json:"plugin"`
}

// Providers is the answer of GET /config/providers. Default is the model of each
// provider.
type Providers struct {
	Providers []Provider        `json:"providers"`
	Default   map[string]string `json:"default"`
}

// ProviderList is the answer of GET /provider.
type ProviderList struct {
	All       []Provider        `json:"all"`
	Default   map[string]string `json:"default"`
	Connected []string          `json:"connected"`
}

// Provider is a place where models are.
type Provider struct {
	ID      string           `json:"id"`
	Name    string           `json:"name"`
	Source  string           `json:"source"`
	Env     []string         `json:"env"`
	Options map[string]any   `json:"options"`
	Models  map[string]Model `json:"models"`
}

// Model is a model of a provider.
type Model struct {
	ID           string            `json:"id"`
	ProviderID   string            `json:"providerID"`
	Name         string            `json:"name"`
	Status       string            `json:"status"`
	API          ModelAPI          `json:"api"`
	Capabilities Capabilities      `json:"capabilities"`
	Cost         ModelCost         `json:"cost"` // US dollars for a million tokens
	Limit        ModelLimit        `json:"limit"`
	Options      map[string]any    `json:"options"`
	Headers      map[string]string `json:"headers"`
	ReleaseDate  string            `json:"release_date"`
}

// ModelAPI is how OpenCode itself would reach a model.
type ModelAPI struct {
	ID  string `json:"id"`
	URL string `json:"url"`
	NPM string `json:"npm"`
}

// Capabilities is what a model can do.
type Capabilities struct {
	Temperature bool  `json:"temperature"`
	Reasoning   bool  `json:"reasoning"`
	Attachment  bool  `json:"attachment"`
	ToolCall    bool  `json:"toolcall"`
	Input       Media `json:"input"`
	Output      Media `json:"output"`
	Interleaved bool  `json:"interleaved"`
}

// Media is what a model reads or writes.
type Media struct {
	Text  bool `json:"text"`
	Audio bool `json:"audio"`
	Image bool `json:"image"`
	Video bool `json:"video"`
	PDF   bool `json:"pdf"`
}

// ModelCost is in US dollars for a million tokens.
type ModelCost struct {
	Input  float64   `json:"input"`
	Output float64   `json:"output"`
	Cache  CacheCost `json:"cache"`
}

// CacheCost is the price of tokens that a provider's cache holds.
type CacheCost struct {
	Read  float64 `json:"read"`
	Write float64 `json:"write"`
}

// ModelLimit is in tokens.
type ModelLimit struct {
	Context int `json:"context"`
	Output  int `json:"output"`
}

// Export is a session with all that was said in it.
type Export struct {
	Info     Session            `json:"info"`
	Messages []MessageWithParts `json:"messages"`
	Children []ExportedChild    `json:"children"`
}

// ExportedChild is a session of a sub-agent.
type ExportedChild struct {
	Info     Session            `json:"info"`
	Messages []MessageWithParts `json:"messages"`
}

// Features are parts of OpenCode's clients that a server has to have.
type Features struct {
	BackgroundSubagents bool `json:"backgroundSubagents"`
}

// Console is the state of OpenCode's console, which has the organizations of a
// person.
type Console struct {
	Providers []string `json:"consoleManagedProviders"`
	Count     int      `json:"switchableOrgCount"`
}

// Organizations are those of a person.
type Organizations struct {
	List []struct{} `json:"orgs"`
}

// Upgrade is what became of one.
type Upgrade struct {
	Success bool   `json:"success"`
	Error   string `json:"error"`
}

// ToolInfo describes a tool; Parameters is a JSON Schema.
type ToolInfo struct {
	ID          string          `json:"id"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"`
}
