package provider

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"panther/pkg/llm"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/anthropics/anthropic-sdk-go/packages/param"
)

const (
	// claudeOutput is the limit on answers of a model whose limit is not
	// configured; Anthropic's API wants one in every request.
	claudeOutput = 8192
	anthropicURL = "https://api.anthropic.com"
)

// claude is a model behind Anthropic's messages API.
type claude struct {
	info    llm.Info
	ep      Endpoint
	client  anthropic.Client
	refuses refusals
}

// NewAnthropic returns a model that is reached by Anthropic's messages API.
func NewAnthropic(i llm.Info, ep Endpoint) llm.Model {
	url := ep.URL
	if url == "" {
		url = anthropicURL
	}
	opts := []option.RequestOption{option.WithBaseURL(url), option.WithAPIKey(ep.Key), option.WithHeader("anthropic-version", "2023-06-01"),
		option.WithMaxRetries(0), option.WithHTTPClient(ep.Client), option.WithMiddleware(ep.refused)}
	for k, v := range ep.Header {
		opts = append(opts, option.WithHeader(k, v))
	}
	for k, v := range ep.Query {
		opts = append(opts, option.WithQuery(k, v))
	}
	return &claude{info: i, ep: ep, client: anthropic.Client{Options: opts}}
}

// Generate implements Model.
func (m *claude) Generate(ctx context.Context, req *llm.Request, emit func(llm.Delta) error) (*llm.Response, error) {
	for {
		p := m.params(req)
		a := &claudeAnswer{ep: m.ep, emit: emit}
		err := m.ep.exchange(ctx, func(ctx context.Context) (res *http.Response, err error) {
			return res, m.client.Post(ctx, "v1/messages", p, &res, option.WithJSONSet("stream", true))
		}, a)
		if err == nil {
			return a.response(req)
		}
		if !m.refuses.learn(err, "temperature", "top_p", "thinking.type.enabled", "output_config", "effort", "tool_choice", "cache_control") {
			return nil, err
		}
	}
}

// thinks reports whether the model is to think.
func (m *claude) thinks() bool { return m.info.Thinking > 0 || m.info.Effort != "" }

func (m *claude) params(req *llm.Request) anthropic.MessageNewParams {
	limit := req.MaxTokens
	if limit == 0 {
		limit = claudeOutput
	}
	p := anthropic.MessageNewParams{Model: m.info.ID}
	switch {
	case m.info.Effort != "" || m.info.Thinking > 0 && m.refuses.has("thinking.type.enabled"):
		// The newest models decide themselves how long they think.
		p.Thinking.OfAdaptive = &anthropic.ThinkingConfigAdaptiveParam{}
		if m.info.Effort != "" && !m.refuses.has("output_config") && !m.refuses.has("effort") {
			p.OutputConfig.Effort = anthropic.OutputConfigEffort(m.info.Effort)
		}
	case m.info.Thinking > 0:
		p.Thinking = anthropic.ThinkingConfigParamOfEnabled(int64(m.info.Thinking))
		limit = max(limit, m.info.Thinking+1024) // an answer comes on top of thinking
	}
	if req.Temperature != nil && !m.thinks() && !m.refuses.has("temperature") {
		p.Temperature = anthropic.Float(*req.Temperature)
	}
	if req.TopP != nil && !m.thinks() && !m.refuses.has("top_p") {
		p.TopP = anthropic.Float(*req.TopP)
	}
	p.MaxTokens = int64(limit)
	if req.System != "" {
		p.System = []anthropic.TextBlockParam{{Text: req.System}}
		if !m.refuses.has("cache_control") { // instructions and tools stay the same for a whole session
			p.System[0].CacheControl = anthropic.NewCacheControlEphemeralParam()
		}
	}
	for _, t := range req.Tools {
		p.Tools = append(p.Tools, claudeTool(t))
	}
	if len(req.Tools) > 0 && !m.refuses.has("tool_choice") {
		p.ToolChoice = claudeChoice(req)
	}
	p.StopSequences = req.Stop
	if f := req.Format; f != nil && len(f.Schema) > 0 {
		var schema map[string]any
		_ = json.Unmarshal(f.Schema, &schema) // the caller's, which was checked
		p.OutputConfig.Format = anthropic.JSONOutputFormatParam{Schema: schema}
	}
	p.Messages = m.messages(req.Messages)
	return p
}

func claudeChoice(req *llm.Request) (c anthropic.ToolChoiceUnionParam) {
	var one param.Opt[bool]
	if req.OneCall {
		one = anthropic.Bool(true)
	}
	switch {
	case req.NoCalls:
		none := anthropic.NewToolChoiceNoneParam()
		c.OfNone = &none
	case req.Choice == llm.Required:
		c.OfAny = &anthropic.ToolChoiceAnyParam{DisableParallelToolUse: one}
	case req.Choice != "":
		c.OfTool = &anthropic.ToolChoiceToolParam{Name: req.Choice, DisableParallelToolUse: one}
	case req.OneCall:
		c.OfAuto = &anthropic.ToolChoiceAutoParam{DisableParallelToolUse: one}
	}
	return c
}

func claudeTool(t llm.Tool) anthropic.ToolUnionParam {
	var s struct {
		Properties json.RawMessage `json:"properties"`
		Required   []string        `json:"required"`
	}
	_ = json.Unmarshal(t.Schema, &s) // ours, or an MCP server's that was checked
	tool := anthropic.ToolParam{Name: t.Name, Description: anthropic.String(t.Description)}
	tool.InputSchema.Required = s.Required
	if len(s.Properties) > 0 {
		tool.InputSchema.Properties = s.Properties
	}
	return anthropic.ToolUnionParam{OfTool: &tool}
}

// messages turns a conversation into blocks: neighbours of one role become one
// message, as the API wants the results of parallel calls together, and the
// last block ends what is cached.
func (m *claude) messages(in []llm.Message) []anthropic.MessageParam {
	var out []anthropic.MessageParam
	for _, msg := range in {
		role, blocks := anthropic.MessageParamRoleUser, []anthropic.ContentBlockParamUnion(nil)
		switch msg.Role {
		case llm.RoleTool:
			blocks = append(blocks, anthropic.NewToolResultBlock(wireID(msg.CallID), msg.Text, msg.Failed))
		case llm.RoleAssistant:
			role = anthropic.MessageParamRoleAssistant
			blocks = m.assistant(msg)
		default:
			for _, f := range msg.Files {
				blocks = append(blocks, claudeFile(f))
			}
			if strings.TrimSpace(msg.Text) != "" {
				blocks = append(blocks, anthropic.NewTextBlock(msg.Text))
			}
		}
		if len(blocks) == 0 {
			continue // the API refuses empty messages
		}
		if n := len(out); n > 0 && out[n-1].Role == role {
			out[n-1].Content = append(out[n-1].Content, blocks...)
			continue
		}
		out = append(out, anthropic.MessageParam{Role: role, Content: blocks})
	}
	if n := len(out); n > 0 && !m.refuses.has("cache_control") {
		last := out[n-1].Content
		if cc := last[len(last)-1].GetCacheControl(); cc != nil {
			*cc = anthropic.NewCacheControlEphemeralParam()
		}
	}
	return out
}

func claudeFile(f llm.File) anthropic.ContentBlockParamUnion {
	data := base64.StdEncoding.EncodeToString(f.Data)
	if f.Image() {
		return anthropic.NewImageBlockBase64(f.Type, data)
	}
	return anthropic.NewDocumentBlock(anthropic.Base64PDFSourceParam{Data: data})
}

// assistant returns an answer as it was written, as far as it is known.
func (m *claude) assistant(msg llm.Message) []anthropic.ContentBlockParamUnion {
	var blocks []anthropic.ContentBlockParamUnion
	for _, raw := range msg.Blocks {
		var b struct{ Type string }
		if json.Unmarshal(raw, &b) != nil || strings.HasSuffix(b.Type, "thinking") && !m.thinks() {
			continue
		}
		blocks = append(blocks, param.Override[anthropic.ContentBlockParamUnion](raw))
	}
	if text := strings.TrimRight(msg.Text, " \t\r\n"); len(msg.Blocks) == 0 && text != "" {
		blocks = append(blocks, anthropic.NewTextBlock(text)) // the API refuses a space at the end
	}
	for _, c := range msg.Calls {
		blocks = append(blocks, anthropic.NewToolUseBlock(wireID(c.ID), c.Arguments, wireName(c.Name)))
	}
	return blocks
}

// wireID makes an id that the API takes of another provider's.
func wireID(id string) string { return notInName.ReplaceAllString(id, "_") }
