package openai

import "encoding/json"

// Both APIs take a tool, a format and a content in nearly the same shapes; what
// differs is nested otherwise.

// function is a tool of the caller.
type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
	Strict      *bool           `json:"strict,omitempty"`
}

// chatRequest is the body of a chat completion. Fields that are only here to be
// refused are raw.
type chatRequest struct {
	Model         string        `json:"model"`
	Stream        bool          `json:"stream,omitempty"`
	Messages      []chatMessage `json:"messages"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage,omitempty"`
	} `json:"stream_options,omitempty"`
	Tools               []chatTool      `json:"tools,omitempty"`
	ToolChoice          json.RawMessage `json:"tool_choice,omitempty"`
	ResponseFormat      *chatFormat     `json:"response_format,omitempty"`
	MaxTokens           int             `json:"max_tokens,omitempty"`
	MaxCompletionTokens int             `json:"max_completion_tokens,omitempty"`
	Temperature         *float64        `json:"temperature,omitempty"`
	TopP                *float64        `json:"top_p,omitempty"`
	Stop                json.RawMessage `json:"stop,omitempty"`
	ReasoningEffort     string          `json:"reasoning_effort,omitempty"`
	common
}

type chatTool struct {
	Type     string   `json:"type"`
	Function function `json:"function"`
}

type chatFormat struct {
	Type   string       `json:"type"`
	Schema formatSchema `json:"json_schema"`
}

type formatSchema struct {
	Name   string          `json:"name"`
	Schema json.RawMessage `json:"schema"`
	Strict bool            `json:"strict"`
}

// common is what both APIs take besides.
type common struct {
	// Knowledge false asks the model alone. It is ours.
	Knowledge         *bool           `json:"knowledge,omitempty"`
	N                 *int            `json:"n,omitempty"`
	FrequencyPenalty  float64         `json:"frequency_penalty,omitempty"`
	PresencePenalty   float64         `json:"presence_penalty,omitempty"`
	LogitBias         map[string]any  `json:"logit_bias,omitempty"`
	Logprobs          json.RawMessage `json:"logprobs,omitempty"`
	TopLogprobs       *int            `json:"top_logprobs,omitempty"`
	Modalities        []string        `json:"modalities,omitempty"`
	Audio             json.RawMessage `json:"audio,omitempty"`
	Functions         json.RawMessage `json:"functions,omitempty"`
	FunctionCall      json.RawMessage `json:"function_call,omitempty"`
	WebSearchOptions  json.RawMessage `json:"web_search_options,omitempty"`
	ParallelToolCalls *bool           `json:"parallel_tool_calls,omitempty"`
}

type chatMessage struct {
	Role       string          `json:"role"`
	Content    json.RawMessage `json:"content"` // text, or a list of parts
	ToolCallID string          `json:"tool_call_id,omitempty"`
	ToolCalls  []toolCall      `json:"tool_calls,omitempty"`
}

type toolCall struct {
	Index    *int         `json:"index,omitempty"` // in a stream
	ID       string       `json:"id"`
	Type     string       `json:"type"`
	Function calledByName `json:"function"`
}

type calledByName struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// contentPart is a part of a message's content in either API.
type contentPart struct {
	Type     string          `json:"type"`
	Text     string          `json:"text"`
	Refusal  string          `json:"refusal"`
	ImageURL json.RawMessage `json:"image_url"` // a string, or an object that has one
	File     json.RawMessage `json:"file"`
	fileData                 // a response's part has it without an object
}

// fileData is a file that comes along.
type fileData struct {
	Filename string `json:"filename"`
	FileData string `json:"file_data"` // data: URL
}

// completion is an answer, or with deltas a chunk of one.
type completion struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
}

type choice struct {
	Index   int     `json:"index"`
	Message *answer `json:"message,omitempty"`
	Delta   *delta  `json:"delta,omitempty"`
	Finish  *string `json:"finish_reason"`
}

type answer struct {
	Role        string       `json:"role"`
	Content     *string      `json:"content"` // null where there are only calls
	ToolCalls   []toolCall   `json:"tool_calls,omitempty"`
	Annotations []annotation `json:"annotations,omitempty"`
}

type delta struct {
	Role        string       `json:"role,omitempty"`
	Content     string       `json:"content,omitempty"`
	ToolCalls   []toolCall   `json:"tool_calls,omitempty"`
	Annotations []annotation `json:"annotations,omitempty"`
}

// annotation is a citation in a chat completion.
type annotation struct {
	Type string      `json:"type"` // url_citation
	URL  urlCitation `json:"url_citation"`
}

// urlCitation says what a number in the answer stands for. Indices count
// characters of the answer.
type urlCitation struct {
	Start int    `json:"start_index"`
	End   int    `json:"end_index"`
	URL   string `json:"url"`
	Title string `json:"title"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

// models is the answer of GET /v1/models.
type models struct {
	Object string  `json:"object"`
	Data   []model `json:"data"`
}

type model struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}
