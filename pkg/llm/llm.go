package llm

import (
	"context"
	"encoding/json"
)

// Roles of a Message.
const (
	RoleUser      = "user"
	RoleAssistant = "assistant"
	RoleTool      = "tool" // the result of a call
)

// Message is one entry of a conversation.
type Message struct {
	Role      string     `json:"role"`
	Text      string     `json:"text,omitempty"`
	Files     []File     `json:"files,omitempty"`     // user
	Reasoning *Reasoning `json:"reasoning,omitempty"` // assistant
	Calls     []Call     `json:"calls,omitempty"`     // assistant
	CallID    string     `json:"call_id,omitempty"`   // tool
	Failed    bool       `json:"failed,omitempty"`    // tool
	// Blocks are what Claude wrote, to be given back unchanged within a turn: it
	// signs its thoughts, some of which cannot be read.
	Blocks []json.RawMessage `json:"blocks,omitempty"` // assistant
}

// File is an image or a PDF that a user shows a model.
type File struct {
	Type string `json:"type"` // image/png, image/jpeg, image/gif, image/webp or application/pdf
	Name string `json:"name"`
	Data []byte `json:"data"`
}

// Image reports whether f is an image that models read.
func (f File) Image() bool {
	switch f.Type {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return true
	}
	return false
}

// PDF reports whether f is a PDF.
func (f File) PDF() bool { return f.Type == "application/pdf" }

// tokens estimates what a file takes: an image about the most that Claude and GPT
// make of one, a PDF by its size, at some 50 KB and 2000 tokens a page.
func (f File) tokens() int {
	if f.PDF() {
		return 2000 + len(f.Data)/25
	}
	return 1600
}

// Reasoning is what a model thought before it answered.
type Reasoning struct {
	Text string `json:"text"`
	// Field is in what of OpenAI's message it came. DeepSeek and Kimi want it back
	// there with the calls that it led to.
	Field string `json:"field,omitempty"`
}

// Call is a model's wish to use a tool.
type Call struct {
	ID        string          `json:"id"`   // not empty, and no other call's of the conversation
	Name      string          `json:"name"` // as the model wrote it
	Arguments json.RawMessage `json:"arguments"`
	// Invalid is what the model wrote if that was no object. Arguments is empty
	// then: servers refuse a history that holds it.
	Invalid string `json:"invalid,omitempty"`
	// Extra is what the provider wants back with the call, unread: Gemini's
	// signature of its thoughts.
	Extra json.RawMessage `json:"extra,omitempty"`
}

// Tool describes a tool to a model. Schema is the JSON Schema of an object.
type Tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Schema      json.RawMessage `json:"schema"`
}

// Request asks for the next message of a conversation.
type Request struct {
	System      string    `json:"system,omitempty"`
	Messages    []Message `json:"messages"`
	Tools       []Tool    `json:"tools,omitempty"`
	NoCalls     bool      `json:"no_calls,omitempty"`   // the tools are known, and none may be called
	MaxTokens   int       `json:"max_tokens,omitempty"` // of the answer; 0 means the model's limit
	Temperature *float64  `json:"temperature,omitempty"`
	TopP        *float64  `json:"top_p,omitempty"`
	Stop        []string  `json:"stop,omitempty"`     // the answer ends before any of these
	Effort      string    `json:"effort,omitempty"`   // of thoughts, in place of Info's
	Choice      string    `json:"choice,omitempty"`   // Required, the name of the tool to call, or "" for the model's choice
	OneCall     bool      `json:"one_call,omitempty"` // no answer may have several
	Format      *Format   `json:"format,omitempty"`   // nil is text
}

// Required is the Choice that makes the model call one of its tools.
const Required = "*"

// Format is the shape of an answer that is JSON.
type Format struct {
	Name   string          `json:"name,omitempty"`
	Schema json.RawMessage `json:"schema,omitempty"` // empty is any object
	Strict bool            `json:"strict,omitempty"`
}

// Delta is a piece of an answer as it streams.
type Delta struct {
	// Unsay means that the text so far was no answer but thoughts, which Reasoning
	// has: some servers cut off what begins them, so that only their end tells.
	Unsay     bool   `json:"unsay,omitempty"`
	Text      string `json:"text,omitempty"`
	Reasoning string `json:"reasoning,omitempty"`
}

// Reasons why an answer ended.
const (
	FinishStop   = "stop"
	FinishCalls  = "tool-calls"
	FinishLength = "length"
	FinishFilter = "content-filter" // withheld by a filter, or refused by the model
	FinishPause  = "pause"          // the model goes on when it is given its answer back
)

// Response is a whole answer.
type Response struct {
	Message Message `json:"message"`
	Finish  string  `json:"finish"`
	Usage   Usage   `json:"usage"`
}

// Usage counts tokens. Input does not include what the provider's cache held.
type Usage struct {
	Input      int `json:"input"`
	Output     int `json:"output"`
	Reasoning  int `json:"reasoning,omitempty"` // part of Output
	CacheRead  int `json:"cache_read,omitempty"`
	CacheWrite int `json:"cache_write,omitempty"`
}

// Model answers requests. It calls emit, which may be nil, for every piece, in
// order and from one goroutine, and ends with emit's error if there is one.
type Model interface {
	Generate(ctx context.Context, req *Request, emit func(Delta) error) (*Response, error)
}

// Price is in US dollars for a million tokens.
type Price struct {
	Input      float64 `toml:"input" json:"input"`
	Output     float64 `toml:"output" json:"output"`
	CacheRead  float64 `toml:"cache_read" json:"cache_read"`
	CacheWrite float64 `toml:"cache_write" json:"cache_write"`
}

// Of returns the price of u in US dollars.
func (p Price) Of(u Usage) float64 {
	return (float64(u.Input)*p.Input + float64(u.Output)*p.Output +
		float64(u.CacheRead)*p.CacheRead + float64(u.CacheWrite)*p.CacheWrite) / 1e6
}

// Info describes a configured model.
type Info struct {
	Provider string // name of the provider
	ID       string // as the provider calls it
	Name     string // for people
	Context  int    // tokens of prompt and answer together
	Output   int    // tokens of an answer
	Thinking int    // tokens the model may think; 0 means it does not
	Images   bool   // it reads them
	PDFs     bool   // it reads them
	Effort   string // of its thoughts: low, medium, high, or what else it knows; "" means its own
	Price    Price
}

// Ref returns provider/id, the name by which a model is chosen.
func (i Info) Ref() string { return i.Provider + "/" + i.ID }

// Takes reports whether the model reads a file.
func (i Info) Takes(f File) bool { return f.Image() && i.Images || f.PDF() && i.PDFs }

// Tokens estimates the tokens of a text: four bytes each, the usual ratio of
// English prose in the tokenizers of today.
func Tokens(s string) int { return (len(s) + 3) / 4 }

// Tokens estimates the tokens of a request.
func (r *Request) Tokens() int {
	n := Tokens(r.System)
	for _, m := range r.Messages {
		n += Tokens(m.Text) + 4
		for _, f := range m.Files {
			n += f.tokens()
		}
		for _, c := range m.Calls {
			n += Tokens(c.Name) + len(c.Arguments)/4
		}
	}
	for _, t := range r.Tools {
		n += Tokens(t.Name+t.Description) + len(t.Schema)/4
	}
	return n
}
