package opencode

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"

	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
)

// weather is a model that calls the client's tool, keeps to a format, and cites.
func weather(r scripted.Request) scripted.Reply {
	q := r.Last(llm.RoleUser)
	switch {
	case strings.Contains(string(r.Body), `"response_format":{`):
		return scripted.Reply{Text: "```json\n{\"city\": \"Rome\", \"see\": \"https://evil.io/x\", \"n\": 1.50}\n```"}
	case strings.HasPrefix(q, "limited"):
		return scripted.Reply{Status: 429, Error: "slow down", RetryAfter: "600"}
	case strings.HasPrefix(q, "broken") && r.Last(llm.RoleTool) != "":
		return scripted.Reply{Status: 400, Error: "no more"}
	case strings.HasPrefix(q, "broken"):
		return scripted.Reply{Text: "one two", Calls: []llm.Call{scripted.Call("c1", "search", map[string]any{"query": "x"})}}
	case strings.HasPrefix(q, "### Task:") || r.System == "Be short.":
		q = strings.Join(strings.Fields(q), " ")
		return scripted.Reply{Text: "system: " + r.System + " question: " + q}
	case strings.HasPrefix(q, "what did I say"):
		return scripted.Reply{Text: "You said: " + r.Messages[0].Text}
	case r.Last(llm.RoleTool) != "":
		return scripted.Reply{Text: "It is " + r.Last(llm.RoleTool) + " there."}
	case strings.HasPrefix(q, "weather"):
		return scripted.Reply{Text: "Let me see.", Calls: []llm.Call{scripted.Call("c1", "get_weather", map[string]any{"city": "Rome"})}}
	}
	return scripted.Reply{Text: "An index of a subset [1]."}
}

func openAIClient(w *world) openai.Client {
	return openai.NewClient(option.WithBaseURL(w.tcp()+"/v1"), option.WithAPIKey("x"), option.WithMaxRetries(0))
}

var weatherTool = shared.FunctionDefinitionParam{Name: "get_weather", Description: param.NewOpt("the weather"),
	Parameters: shared.FunctionParameters{"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}}}}

// TestChatTools has a client with a tool of its own, streamed and whole: it is
// called, and its result is what the answer is made of.
func TestChatTools(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withModel(t, weather))
	c := openAIClient(w)
	p := openai.ChatCompletionNewParams{Model: "panther", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("weather in Rome?")},
		Tools: []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(weatherTool)}}
	s := c.Chat.Completions.NewStreaming(t.Context(), p)
	var acc openai.ChatCompletionAccumulator
	for s.Next() {
		acc.AddChunk(s.Current())
	}
	if s.Err() != nil || len(acc.Choices) != 1 {
		t.Fatalf("stream: %v, %+v", s.Err(), acc)
	}
	for name, got := range map[string]openai.ChatCompletionChoice{"streamed": acc.Choices[0], "whole": must(c.Chat.Completions.New(t.Context(), p))(t).Choices[0]} {
		if got.FinishReason != "tool_calls" || len(got.Message.ToolCalls) != 1 || got.Message.Content != "Let me see." {
			t.Fatalf("%s: %+v", name, got)
		}
		call := got.Message.ToolCalls[0]
		if call.Function.Name != "get_weather" || call.Function.Arguments != `{"city":"Rome"}` || call.ID == "" {
			t.Errorf("%s: call %+v", name, call)
		}
		next := p
		next.Messages = append(append([]openai.ChatCompletionMessageParamUnion{}, p.Messages...), param.Override[openai.ChatCompletionMessageParamUnion](map[string]any{
			"role": "assistant", "content": got.Message.Content, "tool_calls": []any{map[string]any{"id": call.ID, "type": "function",
				"function": map[string]any{"name": call.Function.Name, "arguments": call.Function.Arguments}}}}), openai.ToolMessage("sunny", call.ID))
		r, err := c.Chat.Completions.New(t.Context(), next)
		if err != nil || r.Choices[0].Message.Content != "It is sunny there." || r.Choices[0].FinishReason != "stop" {
			t.Errorf("%s: with the result: %+v, %v", name, r, err)
		}
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestChatFormat asks for JSON: it comes bare, without what is not allowed in it,
// and without a list of sources.
func TestChatFormat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withModel(t, weather))
	got := w.post("/v1/chat/completions", `{"messages":[{"role":"user","content":"partial index"}],"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object"}}}}`)
	var c struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if err := json.Unmarshal([]byte(got.body), &c); err != nil || got.status != 200 || c.Choices[0].Message.Content != `{"city":"Rome","see":"link-removed","n":1.50}` {
		t.Errorf("%d %s", got.status, got.body)
	}
}

type posted struct {
	status int
	body   string
	header http.Header
}

func (w *world) post(path, body string) posted {
	w.t.Helper()
	resp, err := http.Post(w.tcp()+path, "application/json", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return posted{resp.StatusCode, string(b), resp.Header}
}

// TestOpenAIErrors wants each failure in OpenAI's shape with its own status.
func TestOpenAIErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withModel(t, weather))
	user := func(q string) string { return `"messages":[{"role":"user","content":"` + q + `"}]` }
	for _, tc := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"/v1/chat/completions", `{` + user("limited") + `}`, 429, `"code":"rate_limit_exceeded"`},
		{"/v1/chat/completions", `{"stream":true,` + user("limited") + `}`, 429, `"type":"rate_limit_error"`},
		{"/v1/chat/completions", `{"messages":[]}`, 400, `"param":"messages"`},
		{"/v1/chat/completions", `{"messages":`, 400, `"type":"invalid_request_error"`},
		{"/v1/chat/completions", `{"n":2,` + user("x") + `}`, 400, `"param":"n"`},
		{"/v1/chat/completions", `{"logprobs":true,` + user("x") + `}`, 400, `"param":"logprobs"`},
		{"/v1/chat/completions", `{"functions":[{}],` + user("x") + `}`, 400, "former way"},
		{"/v1/chat/completions", `{"presence_penalty":1,` + user("x") + `}`, 400, `"param":"presence_penalty"`},
		{"/v1/chat/completions", `{"temperature":3,` + user("x") + `}`, 400, `"param":"temperature"`},
		{"/v1/chat/completions", `{"tools":[{"type":"web_search"}],` + user("x") + `}`, 400, "web_search"},
		{"/v1/chat/completions", `{"tools":[{"type":"function","function":{"name":"a b"}}],` + user("x") + `}`, 400, "a b"},
		{"/v1/chat/completions", `{"tool_choice":"required",` + user("x") + `}`, 400, `"param":"tool_choice"`},
		{"/v1/chat/completions", `{"response_format":{"type":"xml"},` + user("x") + `}`, 400, `"param":"response_format"`},
		{"/v1/chat/completions", `{"messages":[{"role":"user","content":[{"type":"input_audio"}]}]}`, 400, "input_audio"},
		{"/v1/chat/completions", `{"messages":[{"role":"user","content":"x"},{"role":"tool","tool_call_id":"c","content":"y"}]}`, 400, "not before it"},
		{"/v1/chat/completions", `{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]}`, 400, "neither the user's"},
		{"/v1/chat/completions", `{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://e.org/x.png"}}]}]}`, 400, "data: URL"},
		{"/v1/chat/completions", `{"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]}]}`, 400, "cannot read image"},
		{"/v1/responses", `{"input":[{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,aGk="}]}]}`, 400, "cannot read image"},
		{"/v1/responses", `{"input":[{"role":"user","content":[{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,aGk="}]}]}`, 400, "cannot read a.pdf"},
		{"/v1/responses", `{"input":"x","background":true}`, 400, `"param":"background"`},
		{"/v1/responses", `{"input":"x","previous_response_id":"resp_none"}`, 400, "previous_response_not_found"},
		{"/v1/responses", `{"input":[{"type":"item_reference","id":"msg_none"}]}`, 400, "msg_none"},
		{"/v1/responses", `{"input":[{"type":"computer_call"}]}`, 400, "computer_call"},
		{"/v1/responses", `{"input":"limited"}`, 429, `"code":"rate_limit_exceeded"`},
	} {
		got := w.post(tc.path, tc.body)
		if got.status != tc.status || !strings.Contains(got.body, tc.want) || !strings.HasPrefix(got.body, `{"error":{"message":"`) {
			t.Errorf("%s %s: %d %s", tc.path, tc.body, got.status, got.body)
		}
		if got.status == 429 && got.header.Get("Retry-After") != "600" {
			t.Errorf("%s: Retry-After %q", tc.body, got.header.Get("Retry-After"))
		}
	}
	c := openAIClient(w)
	if m, err := c.Models.Get(t.Context(), "test/m"); err != nil || m.OwnedBy != "test" {
		t.Errorf("model %+v, %v", m, err)
	}
	var e *openai.Error
	if _, err := c.Models.Get(t.Context(), "none"); !errors.As(err, &e) || e.StatusCode != 404 || e.Code != "model_not_found" {
		t.Errorf("no model: %v", err)
	}
	// A failure behind the first words is an event that clients raise.
	s := c.Chat.Completions.NewStreaming(t.Context(), openai.ChatCompletionNewParams{Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("broken")}})
	for s.Next() {
	}
	if s.Err() == nil {
		t.Error("a stream that broke ended well")
	}
}

// TestTaskOfAChatClient is answered by the model alone, without passages,
// instructions or sources.
func TestTaskOfAChatClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withModel(t, weather))
	for name, body := range map[string]string{
		"by its words": `{"messages":[{"role":"user","content":"### Task:\nA title for: partial index"}]}`,
		"as asked":     `{"knowledge":false,"messages":[{"role":"system","content":"Be short."},{"role":"user","content":"partial index"}]}`,
	} {
		var c struct {
			Choices []struct{ Message struct{ Content string } }
		}
		got := w.post("/v1/chat/completions", body)
		if err := json.Unmarshal([]byte(got.body), &c); err != nil {
			t.Fatalf("%d %s", got.status, got.body)
		}
		said := c.Choices[0].Message.Content
		if said != "system:  question: ### Task: A title for: partial index" && said != "system: Be short. question: partial index" {
			t.Errorf("%s: %q", name, said)
		}
	}
	plain := newWorld(t, nil)
	if got := plain.post("/v1/chat/completions", `{"messages":[{"role":"user","content":"### Task:\nA title for: partial index"}]}`); got.status != 503 {
		t.Errorf("without a model: %d %s", got.status, got.body)
	}
}

// TestResponses streams one, goes on with it, and calls a tool in it.
func TestResponses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withModel(t, weather))
	c := openAIClient(w)
	input := func(s string) responses.ResponseNewParamsInputUnion {
		return responses.ResponseNewParamsInputUnion{OfString: openai.String(s)}
	}
	s := c.Responses.NewStreaming(t.Context(), responses.ResponseNewParams{Model: "panther", Input: input("what is a partial index?")})
	var kinds []string
	var first responses.Response
	for s.Next() {
		e := s.Current()
		if n := len(kinds); n == 0 || kinds[n-1] != e.Type {
			kinds = append(kinds, e.Type)
		}
		switch raw := e.RawJSON(); e.Type { // clients build the response from what each adds
		case "response.created":
			if !strings.Contains(raw, `"output":[]`) {
				t.Errorf("created with %s", raw)
			}
		case "response.output_item.added":
			if !strings.Contains(raw, `"content":[]`) {
				t.Errorf("added %s", raw)
			}
		}
		if e.Type == "response.completed" {
			first = e.Response
		}
	}
	want := "response.created response.in_progress response.output_item.added response.content_part.added response.output_text.delta " +
		"response.output_text.annotation.added response.output_text.done response.content_part.done response.output_item.done response.completed"
	if got := strings.Join(kinds, " "); s.Err() != nil || got != want {
		t.Errorf("events %s, %v", got, s.Err())
	}
	if !strings.HasPrefix(first.OutputText(), "An index of a subset [1].\n\n**Sources**") || first.Usage.TotalTokens == 0 {
		t.Errorf("response %+v", first)
	}
	note := first.Output[0].Content[0].Annotations[0]
	if note.Type != "url_citation" || !strings.HasPrefix(note.URL, "https://docs.test.io/indexes-partial") || first.OutputText()[note.StartIndex:note.EndIndex] != "[1]" {
		t.Errorf("annotation %+v", note)
	}
	next, err := c.Responses.New(t.Context(), responses.ResponseNewParams{Model: "panther", Input: input("what did I say?"), PreviousResponseID: openai.String(first.ID)})
	if err != nil {
		t.Fatal(err)
	}
	if next.OutputText() != "You said: what is a partial index?" {
		t.Errorf("gone on: %q", next.OutputText())
	}
	if got, err := c.Responses.Get(t.Context(), first.ID, responses.ResponseGetParams{}); err != nil || got.OutputText() != first.OutputText() {
		t.Errorf("read again: %v", err)
	}
	if err := c.Responses.Delete(t.Context(), first.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.Responses.Get(t.Context(), first.ID, responses.ResponseGetParams{}); err == nil {
		t.Error("a deleted response is there")
	}

	tool := []responses.ToolUnionParam{{OfFunction: &responses.FunctionToolParam{Name: "get_weather", Parameters: weatherTool.Parameters}}}
	called, err := c.Responses.New(t.Context(), responses.ResponseNewParams{Model: "panther", Input: input("weather in Rome?"), Tools: tool})
	if err != nil || len(called.Output) != 2 || called.Output[1].Name != "get_weather" || called.Output[1].CallID != "c1" {
		t.Fatalf("called %+v, %v", called, err)
	}
	item := func(v any) responses.ResponseInputItemUnionParam {
		return param.Override[responses.ResponseInputItemUnionParam](v)
	}
	result := item(map[string]any{"type": "function_call_output", "call_id": "c1", "output": "sunny"})
	for name, p := range map[string]responses.ResponseNewParams{
		"by its id": {PreviousResponseID: openai.String(called.ID), Input: responses.ResponseNewParamsInputUnion{OfInputItemList: responses.ResponseInputParam{result}}},
		"by references": {Input: responses.ResponseNewParamsInputUnion{OfInputItemList: responses.ResponseInputParam{
			item(map[string]any{"role": "user", "content": []any{map[string]any{"type": "input_text", "text": "weather in Rome?"}}}),
			item(map[string]any{"type": "item_reference", "id": called.Output[0].ID}), item(map[string]any{"type": "item_reference", "id": called.Output[1].ID}), result}}},
	} {
		p.Model, p.Tools = "panther", tool
		if r := must(c.Responses.New(t.Context(), p))(t); r.OutputText() != "It is sunny there." {
			t.Errorf("%s: %q", name, r.OutputText())
		}
	}
}
