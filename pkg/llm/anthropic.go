package llm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

const (
	// claudeOutput is the limit on answers of a model whose limit is not
	// configured; Anthropic's API wants one in every request.
	claudeOutput = 8192
	anthropicURL = "https://api.anthropic.com"
)

// claude is a model behind Anthropic's messages API.
type claude struct {
	info       Info
	credential string
	svc        anthropic.MessageService
}

// NewAnthropic returns a model that is reached by Anthropic's messages API.
func NewAnthropic(i Info, ep Endpoint) Model {
	url := ep.URL
	if url == "" {
		url = anthropicURL
	}
	return &claude{info: i, credential: ep.Credential, svc: anthropic.NewMessageService(
		option.WithBaseURL(url), option.WithAPIKey(ep.Key), option.WithMaxRetries(0), option.WithHTTPClient(ep.Client))}
}

// Generate implements Model.
func (m *claude) Generate(ctx context.Context, req *Request, emit func(Delta) error) (*Response, error) {
	stream := m.svc.NewStreaming(ctx, m.params(req))
	defer stream.Close()
	var acc anthropic.Message
	done := false
	for stream.Next() {
		ev := stream.Current()
		if err := acc.Accumulate(ev); err != nil {
			return nil, classify(0, nil, "", err)
		}
		done = done || ev.Type == "message_stop"
		if ev.Type != "content_block_delta" || emit == nil {
			continue
		}
		if d := (Delta{Text: ev.Delta.Text, Reasoning: ev.Delta.Thinking}); d != (Delta{}) {
			if err := emit(d); err != nil {
				return nil, err
			}
		}
	}
	if err := stream.Err(); err != nil {
		return nil, m.failure(ctx, err)
	}
	if !done {
		return nil, m.failure(ctx, errors.New("the answer ended before it was whole"))
	}
	return claudeResponse(&acc), nil
}

func (m *claude) params(req *Request) anthropic.MessageNewParams {
	limit := req.MaxTokens
	if limit == 0 {
		limit = claudeOutput
	}
	p := anthropic.MessageNewParams{Model: m.info.ID}
	if m.info.Thinking > 0 {
		p.Thinking = anthropic.ThinkingConfigParamOfEnabled(int64(m.info.Thinking))
		limit = max(limit, m.info.Thinking+1024) // an answer comes on top of thinking
	} else {
		if req.Temperature != nil {
			p.Temperature = anthropic.Float(*req.Temperature)
		}
		if req.TopP != nil {
			p.TopP = anthropic.Float(*req.TopP)
		}
	}
	p.MaxTokens = int64(limit)
	if req.System != "" {
		// Cached: instructions and tools stay the same for a whole session.
		p.System = []anthropic.TextBlockParam{{Text: req.System, CacheControl: anthropic.NewCacheControlEphemeralParam()}}
	}
	for _, t := range req.Tools {
		p.Tools = append(p.Tools, claudeTool(t))
	}
	p.Messages = m.messages(req.Messages)
	return p
}

func claudeTool(t Tool) anthropic.ToolUnionParam {
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
func (m *claude) messages(in []Message) []anthropic.MessageParam {
	var out []anthropic.MessageParam
	for _, msg := range in {
		role, blocks := anthropic.MessageParamRoleUser, []anthropic.ContentBlockParamUnion(nil)
		switch msg.Role {
		case RoleTool:
			blocks = append(blocks, anthropic.NewToolResultBlock(msg.CallID, msg.Text, msg.Failed))
		case RoleAssistant:
			role = anthropic.MessageParamRoleAssistant
			if r := msg.Reasoning; r != nil && r.Signature != "" && m.info.Thinking > 0 {
				blocks = append(blocks, anthropic.NewThinkingBlock(r.Signature, r.Text))
			}
			if strings.TrimSpace(msg.Text) != "" {
				blocks = append(blocks, anthropic.NewTextBlock(msg.Text))
			}
			for _, c := range msg.Calls {
				args := c.Arguments
				if !json.Valid(args) {
					args = json.RawMessage("{}")
				}
				blocks = append(blocks, anthropic.NewToolUseBlock(c.ID, args, c.Name))
			}
		default:
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
	if n := len(out); n > 0 {
		last := out[n-1].Content
		if cc := last[len(last)-1].GetCacheControl(); cc != nil {
			*cc = anthropic.NewCacheControlEphemeralParam()
		}
	}
	return out
}

func claudeResponse(acc *anthropic.Message) *Response {
	u := acc.Usage
	r := &Response{Finish: FinishStop, Message: Message{Role: RoleAssistant}, Usage: Usage{
		Input: int(u.InputTokens), Output: int(u.OutputTokens), CacheRead: int(u.CacheReadInputTokens), CacheWrite: int(u.CacheCreationInputTokens)}}
	for _, b := range acc.Content {
		switch b.Type {
		case "text":
			r.Message.Text += b.Text
		case "thinking":
			r.Message.Reasoning = &Reasoning{Text: b.Thinking, Signature: b.Signature}
		case "tool_use":
			args := b.Input
			if len(args) == 0 {
				args = json.RawMessage("{}")
			}
			r.Message.Calls = append(r.Message.Calls, Call{ID: b.ID, Name: b.Name, Arguments: args})
		}
	}
	switch {
	case len(r.Message.Calls) > 0:
		r.Finish = FinishCalls
	case acc.StopReason == anthropic.StopReasonMaxTokens:
		r.Finish = FinishLength
	case acc.StopReason == anthropic.StopReasonRefusal:
		r.Finish = FinishFilter
	}
	return r
}

func (m *claude) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &Error{Kind: KindCancelled, Err: context.Cause(ctx)}
	}
	var ae *anthropic.Error
	if !errors.As(err, &ae) {
		return classify(0, nil, "", err)
	}
	var h http.Header
	if ae.Response != nil {
		h = ae.Response.Header
	}
	var body struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.Unmarshal([]byte(ae.RawJSON()), &body)
	e := classify(ae.StatusCode, h, firstLine(body.Error.Message, http.StatusText(ae.StatusCode)), err)
	e.Credential = m.credential
	return e
}
