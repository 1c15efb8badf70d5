package provider

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"panther/pkg/llm"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
)

// openAIURL is where the providers that name no url are.
const openAIURL = "https://api.openai.com/v1"

// openAI is a model behind OpenAI's chat completions.
type openAI struct {
	info     llm.Info
	ep       Endpoint
	client   openai.Client
	official bool
	refuses  refusals
}

// Endpoint is how a provider's server is reached.
type Endpoint struct {
	URL        string // "" means the provider's own
	Key        string // never logged
	Credential string // name of the key, for hints
	Client     *http.Client
	Header     map[string]string // added to each request
	Query      map[string]string // added to each URL
	Stall      time.Duration     // how long the server may be silent; 0 means five minutes
}

// NewOpenAI returns a model that is reached by OpenAI's chat completions.
func NewOpenAI(i llm.Info, ep Endpoint) llm.Model {
	url := ep.URL
	if url == "" {
		url = openAIURL
	}
	opts := []option.RequestOption{
		option.WithBaseURL(url), option.WithMaxRetries(0), // the Set retries, where it can be seen
		option.WithHTTPClient(ep.Client), option.WithMiddleware(ep.refused),
	}
	if ep.Key != "" {
		opts = append(opts, option.WithAPIKey(ep.Key))
	}
	for k, v := range ep.Header {
		opts = append(opts, option.WithHeader(k, v))
	}
	for k, v := range ep.Query {
		opts = append(opts, option.WithQuery(k, v))
	}
	return &openAI{info: i, ep: ep, client: openai.Client{Options: opts}, official: ep.URL == "" || ep.URL == openAIURL}
}

// Generate implements Model.
func (m *openAI) Generate(ctx context.Context, req *llm.Request, emit func(llm.Delta) error) (*llm.Response, error) {
	for {
		p := m.params(req)
		a := &openAIAnswer{ep: m.ep, emit: emit, calls: calls{known: map[string]bool{}}}
		for _, t := range req.Tools {
			a.calls.known[t.Name] = true
		}
		err := m.ep.exchange(ctx, func(ctx context.Context) (res *http.Response, err error) {
			return res, m.client.Post(ctx, "chat/completions", p, &res, option.WithJSONSet("stream", true))
		}, a)
		if err == nil {
			return a.response(req)
		}
		if !m.refuses.learn(err, "max_tokens", "max_completion_tokens", "temperature", "top_p", "stream_options", "tool_choice", "parallel_tool_calls", "reasoning_effort", "reasoning_content") {
			return nil, err
		}
	}
}

func (m *openAI) params(req *llm.Request) openai.ChatCompletionNewParams {
	p := openai.ChatCompletionNewParams{Model: m.info.ID}
	if !m.refuses.has("stream_options") {
		p.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	}
	switch {
	case req.MaxTokens <= 0:
	case m.refuses.has("max_completion_tokens") && m.refuses.has("max_tokens"):
	case m.refuses.has("max_tokens") || m.official && !m.refuses.has("max_completion_tokens"):
		p.MaxCompletionTokens = openai.Int(int64(req.MaxTokens))
	default: // the name that compatible servers know
		p.MaxTokens = openai.Int(int64(req.MaxTokens))
	}
	if req.Temperature != nil && !m.refuses.has("temperature") {
		p.Temperature = openai.Float(*req.Temperature)
	}
	if req.TopP != nil && !m.refuses.has("top_p") {
		p.TopP = openai.Float(*req.TopP)
	}
	if effort := cmp.Or(req.Effort, m.info.Effort); effort != "" && !m.refuses.has("reasoning_effort") {
		p.ReasoningEffort = shared.ReasoningEffort(effort)
	}
	if len(req.Stop) > 0 {
		p.Stop.OfStringArray = req.Stop
	}
	p.ResponseFormat = openAIFormat(req.Format)
	if req.System != "" {
		p.Messages = append(p.Messages, openai.SystemMessage(req.System))
	}
	for _, msg := range req.Messages {
		p.Messages = append(p.Messages, openAIMessage(msg, !m.refuses.has("reasoning_content")))
	}
	for _, t := range req.Tools {
		var schema map[string]any
		_ = json.Unmarshal(t.Schema, &schema) // ours, or an MCP server's that was checked
		p.Tools = append(p.Tools, openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: t.Name, Description: openai.String(t.Description), Parameters: schema,
		}))
	}
	if len(req.Tools) > 0 && !m.refuses.has("tool_choice") {
		p.ToolChoice = openAIChoice(req)
	}
	if len(req.Tools) > 0 && req.OneCall && !m.refuses.has("parallel_tool_calls") {
		p.ParallelToolCalls = openai.Bool(false)
	}
	return p
}

func openAIChoice(req *llm.Request) (c openai.ChatCompletionToolChoiceOptionUnionParam) {
	switch {
	case req.NoCalls:
		c.OfAuto = openai.String("none")
	case req.Choice == llm.Required:
		c.OfAuto = openai.String("required")
	case req.Choice != "":
		c = openai.ToolChoiceOptionFunctionToolChoice(openai.ChatCompletionNamedToolChoiceFunctionParam{Name: req.Choice})
	}
	return c
}

func openAIFormat(f *llm.Format) (out openai.ChatCompletionNewParamsResponseFormatUnion) {
	switch {
	case f == nil:
	case len(f.Schema) == 0:
		out.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	default:
		out.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
			Name: cmp.Or(f.Name, "answer"), Schema: f.Schema, Strict: openai.Bool(f.Strict)}}
	}
	return out
}

// refusals are the fields that a server has refused. They are left out from then
// on: what a server takes is told by nothing but its refusal.
type refusals struct {
	mu   sync.Mutex
	list map[string]bool
}

func (r *refusals) has(field string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list[field]
}

var refuseWords = regexp.MustCompile(`unsupported|not support|unknown|unrecogni[sz]ed|unexpected|extra (inputs|fields)|extra_forbidden|not permitted|not allowed|does not take|not a valid|deprecated`)

// learn reports whether a failure is the refusal of a field that was not refused
// before: to ask again without it is of use.
func (r *refusals) learn(err error, fields ...string) bool {
	var e *llm.Error
	if !errors.As(err, &e) || e.Kind != llm.KindRequest {
		return false
	}
	said := strings.ToLower(e.Codes + e.Err.Error())
	if !refuseWords.MatchString(said) {
		return false
	}
	at, field := len(said), ""
	for _, f := range fields { // the first that is named; the others may be advice
		if i := strings.Index(said, f); i >= 0 && i < at {
			at, field = i, f
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if field == "" || r.list[field] {
		return false
	}
	if r.list == nil {
		r.list = map[string]bool{}
	}
	r.list[field] = true
	return true
}

func openAIMessage(msg llm.Message, thoughts bool) openai.ChatCompletionMessageParamUnion {
	switch {
	case msg.Role == llm.RoleTool:
		return openai.ToolMessage(msg.Text, msg.CallID)
	case msg.Role == llm.RoleAssistant:
		a := openai.ChatCompletionAssistantMessageParam{}
		if msg.Text != "" || len(msg.Calls) == 0 {
			a.Content.OfString = openai.String(msg.Text)
		}
		for _, c := range msg.Calls {
			f := &openai.ChatCompletionMessageFunctionToolCallParam{
				ID:       c.ID,
				Function: openai.ChatCompletionMessageFunctionToolCallFunctionParam{Name: wireName(c.Name), Arguments: string(c.Arguments)},
			}
			if len(c.Extra) > 0 {
				f.SetExtraFields(map[string]any{"extra_content": c.Extra})
			}
			a.ToolCalls = append(a.ToolCalls, openai.ChatCompletionMessageToolCallUnionParam{OfFunction: f})
		}
		if r := msg.Reasoning; thoughts && r != nil && r.Field == "reasoning_content" && len(msg.Calls) > 0 {
			a.SetExtraFields(map[string]any{r.Field: r.Text})
		}
		return openai.ChatCompletionMessageParamUnion{OfAssistant: &a}
	case len(msg.Files) > 0:
		parts := []openai.ChatCompletionContentPartUnionParam{openai.TextContentPart(msg.Text)}
		for _, f := range msg.Files {
			data := "data:" + f.Type + ";base64," + base64.StdEncoding.EncodeToString(f.Data)
			if f.Image() {
				parts = append(parts, openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: data}))
			} else {
				parts = append(parts, openai.FileContentPart(openai.ChatCompletionContentPartFileFileParam{Filename: openai.String(f.Name), FileData: openai.String(data)}))
			}
		}
		return openai.UserMessage(parts)
	}
	return openai.UserMessage(msg.Text)
}

var notInName = regexp.MustCompile(`[^a-zA-Z0-9_-]`)

// wireName makes a name that servers take of what a model called a tool.
func wireName(name string) string {
	name = notInName.ReplaceAllString(name, "_")
	if name == "" {
		return "unnamed"
	}
	return name[:min(len(name), 64)]
}
