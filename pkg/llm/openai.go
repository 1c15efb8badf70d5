package llm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
)

// openAIURL is where the providers that name no url are.
const openAIURL = "https://api.openai.com/v1"

// openAI is a model behind OpenAI's chat completions.
type openAI struct {
	info       Info
	credential string
	svc        openai.ChatCompletionService
	official   bool
}

// Endpoint is how a provider's server is reached.
type Endpoint struct {
	URL        string // "" means the provider's own
	Key        string // never logged
	Credential string // name of the key, for hints
	Client     *http.Client
}

// NewOpenAI returns a model that is reached by OpenAI's chat completions.
func NewOpenAI(i Info, ep Endpoint) Model {
	url := ep.URL
	if url == "" {
		url = openAIURL
	}
	opts := []option.RequestOption{
		option.WithBaseURL(url), option.WithMaxRetries(0), // the Set retries, where it can be seen
		option.WithHTTPClient(ep.Client),
	}
	if ep.Key != "" {
		opts = append(opts, option.WithAPIKey(ep.Key))
	}
	return &openAI{info: i, credential: ep.Credential, svc: openai.NewChatCompletionService(opts...), official: ep.URL == "" || ep.URL == openAIURL}
}

// Generate implements Model.
func (m *openAI) Generate(ctx context.Context, req *Request, emit func(Delta) error) (*Response, error) {
	stream := m.svc.NewStreaming(ctx, m.params(req))
	defer stream.Close()
	var acc openAIAnswer
	for stream.Next() {
		chunk := stream.Current()
		if d := acc.add(chunk); emit != nil && d != (Delta{}) {
			if err := emit(d); err != nil {
				return nil, err
			}
		}
	}
	if err := stream.Err(); err != nil {
		return nil, m.failure(ctx, err)
	}
	if acc.finish == "" && acc.text.Len() == 0 && len(acc.calls) == 0 {
		return nil, m.failure(ctx, errors.New("the answer ended before it began"))
	}
	return acc.response(req), nil
}

func (m *openAI) params(req *Request) openai.ChatCompletionNewParams {
	p := openai.ChatCompletionNewParams{
		Model:         m.info.ID,
		StreamOptions: openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)},
	}
	if req.MaxTokens > 0 && m.official {
		p.MaxCompletionTokens = openai.Int(int64(req.MaxTokens))
	} else if req.MaxTokens > 0 { // the name that compatible servers know
		p.MaxTokens = openai.Int(int64(req.MaxTokens))
	}
	if req.Temperature != nil {
		p.Temperature = openai.Float(*req.Temperature)
	}
	if req.TopP != nil {
		p.TopP = openai.Float(*req.TopP)
	}
	if req.System != "" {
		p.Messages = append(p.Messages, openai.SystemMessage(req.System))
	}
	for _, msg := range req.Messages {
		p.Messages = append(p.Messages, openAIMessage(msg))
	}
	for _, t := range req.Tools {
		var schema map[string]any
		_ = json.Unmarshal(t.Schema, &schema) // ours, or an MCP server's that was checked
		p.Tools = append(p.Tools, openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: t.Name, Description: openai.String(t.Description), Parameters: schema,
		}))
	}
	return p
}

func openAIMessage(msg Message) openai.ChatCompletionMessageParamUnion {
	switch msg.Role {
	case RoleTool:
		return openai.ToolMessage(msg.Text, msg.CallID)
	case RoleAssistant:
		a := openai.ChatCompletionAssistantMessageParam{}
		if msg.Text != "" || len(msg.Calls) == 0 {
			a.Content.OfString = openai.String(msg.Text)
		}
		for _, c := range msg.Calls {
			a.ToolCalls = append(a.ToolCalls, openai.ChatCompletionMessageToolCallUnionParam{
				OfFunction: &openai.ChatCompletionMessageFunctionToolCallParam{
					ID:       c.ID,
					Function: openai.ChatCompletionMessageFunctionToolCallFunctionParam{Name: c.Name, Arguments: string(c.Arguments)},
				}})
		}
		return openai.ChatCompletionMessageParamUnion{OfAssistant: &a}
	default:
		return openai.UserMessage(msg.Text)
	}
}

// openAIAnswer puts the chunks of an answer together.
type openAIAnswer struct {
	text, reasoning strings.Builder
	calls           []Call
	finish          string
	usage           Usage
}

func (a *openAIAnswer) add(chunk openai.ChatCompletionChunk) Delta {
	if u := chunk.Usage; u.PromptTokens > 0 || u.CompletionTokens > 0 {
		cached := int(u.PromptTokensDetails.CachedTokens)
		a.usage = Usage{Input: max(int(u.PromptTokens)-cached, 0), Output: int(u.CompletionTokens),
			Reasoning: int(u.CompletionTokensDetails.ReasoningTokens), CacheRead: cached}
	}
	if len(chunk.Choices) == 0 {
		return Delta{}
	}
	c := chunk.Choices[0]
	if c.FinishReason != "" {
		a.finish = c.FinishReason
	}
	d := Delta{Text: c.Delta.Content}
	// Not OpenAI's, but what vLLM, llama.cpp, DeepSeek and OpenRouter send.
	for _, key := range []string{"reasoning_content", "reasoning"} {
		if f, ok := c.Delta.JSON.ExtraFields[key]; ok && d.Reasoning == "" {
			_ = json.Unmarshal([]byte(f.Raw()), &d.Reasoning)
		}
	}
	a.text.WriteString(d.Text)
	a.reasoning.WriteString(d.Reasoning)
	for _, tc := range c.Delta.ToolCalls {
		i := int(tc.Index)
		if i < 0 || i > len(a.calls) || i >= maxCalls {
			continue
		}
		if i == len(a.calls) {
			a.calls = append(a.calls, Call{})
		}
		if tc.ID != "" {
			a.calls[i].ID = tc.ID
		}
		a.calls[i].Name += tc.Function.Name
		a.calls[i].Arguments = append(a.calls[i].Arguments, tc.Function.Arguments...)
	}
	return d
}

// maxCalls bounds the calls of one answer: more than any agent has use for.
const maxCalls = 64

func (a *openAIAnswer) response(req *Request) *Response {
	r := &Response{Message: Message{Role: RoleAssistant, Text: a.text.String(), Calls: a.calls}, Usage: a.usage, Finish: FinishStop}
	if a.reasoning.Len() > 0 {
		r.Message.Reasoning = &Reasoning{Text: a.reasoning.String()}
	}
	for i := range r.Message.Calls {
		c := &r.Message.Calls[i]
		if len(strings.TrimSpace(string(c.Arguments))) == 0 {
			c.Arguments = json.RawMessage("{}")
		}
	}
	switch {
	case len(a.calls) > 0: // some servers say "stop" here
		r.Finish = FinishCalls
	case a.finish == "length":
		r.Finish = FinishLength
	case a.finish == "content_filter":
		r.Finish = FinishFilter
	}
	if r.Usage == (Usage{}) { // a server that does not count
		r.Usage = Usage{Input: req.Tokens(), Output: Tokens(r.Message.Text)}
	}
	return r
}

func (m *openAI) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &Error{Kind: KindCancelled, Err: context.Cause(ctx)}
	}
	var ae *openai.Error
	if !errors.As(err, &ae) {
		return classify(0, nil, "", err)
	}
	var h http.Header
	if ae.Response != nil {
		h = ae.Response.Header
	}
	message := ae.Message
	if ae.Code == "context_length_exceeded" && message == "" {
		message = "context length exceeded"
	}
	e := classify(ae.StatusCode, h, firstLine(message, http.StatusText(ae.StatusCode)), err)
	e.Credential = m.credential
	return e
}

// firstLine returns the first line of a provider's message, bounded, or
// otherwise another text.
func firstLine(s, otherwise string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if s == "" {
		return otherwise
	}
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…"
	}
	return s
}
