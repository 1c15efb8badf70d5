package openai

import "encoding/json"

// responseRequest is the body of a response.
type responseRequest struct {
	Model              string          `json:"model"`
	Input              json.RawMessage `json:"input"` // text, or a list of items
	Instructions       json.RawMessage `json:"instructions,omitempty"`
	Stream             bool            `json:"stream,omitempty"`
	PreviousResponseID string          `json:"previous_response_id,omitempty"`
	Store              *bool           `json:"store,omitempty"`
	Background         bool            `json:"background,omitempty"`
	Conversation       json.RawMessage `json:"conversation,omitempty"`
	Prompt             json.RawMessage `json:"prompt,omitempty"`
	Truncation         string          `json:"truncation,omitempty"`
	MaxOutputTokens    int             `json:"max_output_tokens,omitempty"`
	Temperature        *float64        `json:"temperature,omitempty"`
	TopP               *float64        `json:"top_p,omitempty"`
	Metadata           map[string]any  `json:"metadata,omitempty"`
	Reasoning          reasoning       `json:"reasoning,omitempty"`
	Text               textOptions     `json:"text,omitempty"`
	Tools              []responseTool  `json:"tools,omitempty"`
	ToolChoice         json.RawMessage `json:"tool_choice,omitempty"`
	common
}

type reasoning struct {
	Effort string `json:"effort,omitempty"`
}

type textOptions struct {
	Format textFormat `json:"format"`
}

type textFormat struct {
	Type string `json:"type"`
	formatSchema
}

type responseTool struct {
	Type string `json:"type"`
	function
}

// inputItem is one item of a conversation that a client gives or gives back.
type inputItem struct {
	Type      string          `json:"type"` // "" is a message
	ID        string          `json:"id"`
	Role      string          `json:"role"`
	Content   json.RawMessage `json:"content"`
	CallID    string          `json:"call_id"`
	Name      string          `json:"name"`
	Arguments string          `json:"arguments"`
	Output    json.RawMessage `json:"output"` // text, or a list of parts
}

// response is an answer with what made it.
type response struct {
	ID                 string         `json:"id"`
	Object             string         `json:"object"` // response
	CreatedAt          int64          `json:"created_at"`
	Status             string         `json:"status"` // in_progress, completed, incomplete or failed
	Error              *responseError `json:"error"`
	IncompleteDetails  *incomplete    `json:"incomplete_details"`
	Instructions       *string        `json:"instructions"`
	MaxOutputTokens    *int           `json:"max_output_tokens"`
	Model              string         `json:"model"`
	Output             []outputItem   `json:"output"`
	ParallelToolCalls  bool           `json:"parallel_tool_calls"`
	PreviousResponseID *string        `json:"previous_response_id"`
	Store              bool           `json:"store"`
	Temperature        *float64       `json:"temperature"`
	TopP               *float64       `json:"top_p"`
	ToolChoice         any            `json:"tool_choice"`
	Tools              []any          `json:"tools"`
	Usage              *responseUsage `json:"usage"`
	Metadata           map[string]any `json:"metadata"`
}

type responseError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type incomplete struct {
	Reason string `json:"reason"` // max_output_tokens or content_filter
}

type responseUsage struct {
	Input         int           `json:"input_tokens"`
	InputDetails  inputDetails  `json:"input_tokens_details"`
	Output        int           `json:"output_tokens"`
	OutputDetails outputDetails `json:"output_tokens_details"`
	Total         int           `json:"total_tokens"`
}

type inputDetails struct {
	Cached int `json:"cached_tokens"`
}

type outputDetails struct {
	Reasoning int `json:"reasoning_tokens"`
}

// outputItem is a message or a function call of the answer.
type outputItem struct {
	Type      string       `json:"type"`
	ID        string       `json:"id"`
	Status    string       `json:"status"`
	Role      string       `json:"role,omitempty"`      // message
	Content   []outputText `json:"content,omitzero"`    // message
	CallID    string       `json:"call_id,omitempty"`   // function_call
	Name      string       `json:"name,omitempty"`      // function_call
	Arguments *string      `json:"arguments,omitempty"` // function_call
}

type outputText struct {
	Type        string               `json:"type"` // output_text
	Text        string               `json:"text"`
	Annotations []responseAnnotation `json:"annotations"`
	Logprobs    []any                `json:"logprobs"`
}

// responseAnnotation is a citation in a response.
type responseAnnotation struct {
	Type string `json:"type"` // url_citation
	urlCitation
}

// event is what a stream sends; which fields it has its type says.
type event struct {
	Type            string              `json:"type"`
	Sequence        int                 `json:"sequence_number"`
	Response        *response           `json:"response,omitempty"`
	OutputIndex     *int                `json:"output_index,omitempty"`
	ContentIndex    *int                `json:"content_index,omitempty"`
	AnnotationIndex *int                `json:"annotation_index,omitempty"`
	ItemID          string              `json:"item_id,omitempty"`
	Item            *outputItem         `json:"item,omitempty"`
	Part            *outputText         `json:"part,omitempty"`
	Delta           *string             `json:"delta,omitempty"`
	Text            *string             `json:"text,omitempty"`
	Logprobs        *[]any              `json:"logprobs,omitempty"`
	Annotation      *responseAnnotation `json:"annotation,omitempty"`
	Arguments       *string             `json:"arguments,omitempty"`
	Name            string              `json:"name,omitempty"`
}
