package provider_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"panther/pkg/llm"
	"panther/pkg/llm/provider"
)

// server answers each request with the next of its bodies, the last one again
// and again, and keeps what it was asked.
type server struct {
	mu     sync.Mutex
	status []int
	bodies []string
	asked  []string
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	n := min(len(s.asked), len(s.bodies)-1)
	s.asked = append(s.asked, string(b))
	s.mu.Unlock()
	if n < len(s.status) && s.status[n] != 0 {
		w.WriteHeader(s.status[n])
	}
	_, _ = io.WriteString(w, s.bodies[n])
}

func serveBytes(t *testing.T, protocol string, i llm.Info, s *server) llm.Model {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	i.Provider, i.ID = protocol, "m"
	return protocols[protocol](i, provider.Endpoint{URL: srv.URL, Key: "key-1", Client: srv.Client()})
}

// deltas makes a stream of chunks with these deltas, ended as it should be.
func deltas(d ...string) string {
	var b strings.Builder
	for _, d := range d {
		b.WriteString(`data: {"choices":[{"index":0,"delta":` + d + `,"finish_reason":null}]}` + "\n\n")
	}
	return b.String() + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n\ndata: [DONE]\n\n"
}

func toolCalls(pieces ...string) string {
	var list []string
	for _, p := range pieces {
		list = append(list, `{"tool_calls":[`+p+`]}`)
	}
	return deltas(list...)
}

// Calls in the shapes in which servers stream them.
func TestCallsAsServersStreamThem(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ body, want string }{
		// OpenAI itself.
		"in pieces": {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":""}}`, `{"index":0,"function":{"arguments":"{\"q\":"}}`, `{"index":0,"function":{"arguments":"1}"}}`), `a f {"q":1}`},
		// Gateways in front of Claude, which count its text as a block.
		"from one": {toolCalls(`{"index":1,"id":"a","function":{"name":"f","arguments":"{\"q\":1}"}}`), `a f {"q":1}`},
		// Ollama counts every call of an answer as zero.
		"always zero": {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"q\":1}"}}`, `{"index":0,"id":"b","function":{"name":"f","arguments":"{\"q\":2}"}}`), `a f {"q":1}, b f {"q":2}`},
		"always zero, in pieces": {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"q\":"}}`, `{"index":0,"function":{"arguments":"1}"}}`,
			`{"index":0,"id":"b","function":{"name":"f","arguments":"{\"q\":"}}`, `{"index":0,"function":{"arguments":"2}"}}`), `a f {"q":1}, b f {"q":2}`},
		"always zero, no ids":            {toolCalls(`{"index":0,"function":{"name":"f","arguments":"{\"q\":1}"}}`, `{"index":0,"function":{"name":"f","arguments":"{\"q\":2}"}}`), `* f {"q":1}, * f {"q":2}`},
		"always zero, no ids, two tools": {toolCalls(`{"index":0,"function":{"name":"f","arguments":"{\"q\":1}"}}`, `{"index":0,"function":{"name":"g","arguments":"{\"q\":2}"}}`), `* f {"q":1}, * g {"q":2}`},
		// DeepSeek's flash model behind ollama.com: head at 0, tail at 1.
		"head and tail apart": {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"q\":1}"}}`, `{"index":0,"id":"b","function":{"name":"f","arguments":"{\"q\":"}}`, `{"index":1,"function":{"arguments":"2}"}}`), `a f {"q":1}, b f {"q":2}`},
		// Gemini's compatible endpoint.
		"no index":                {toolCalls(`{"id":"a","function":{"name":"f","arguments":"{\"q\":1}"}},{"id":"b","function":{"name":"f","arguments":"{\"q\":2}"}}`), `a f {"q":1}, b f {"q":2}`},
		"no index, no ids":        {toolCalls(`{"function":{"name":"f","arguments":"{\"q\":1}"}},{"function":{"name":"g","arguments":"{\"q\":2}"}}`), `* f {"q":1}, * g {"q":2}`},
		"no index, in pieces":     {toolCalls(`{"id":"a","function":{"name":"f","arguments":"{\"q\":"}}`, `{"function":{"arguments":"1}"}}`, `{"id":"b","function":{"name":"f","arguments":"{\"q\":"}}`, `{"function":{"arguments":"2}"}}`), `a f {"q":1}, b f {"q":2}`},
		"index null, id null":     {toolCalls(`{"index":null,"id":null,"function":{"name":"f","arguments":"{\"q\":1}"}}`), `* f {"q":1}`},
		"index as text":           {toolCalls(`{"index":"0","id":"a","function":{"name":"f","arguments":"{\"q\":"}}`, `{"index":"0","function":{"arguments":"1}"}}`), `a f {"q":1}`},
		"interleaved":             {toolCalls(`{"index":0,"id":"a","function":{"name":"f"}},{"index":1,"id":"b","function":{"name":"g"}}`, `{"index":0,"function":{"arguments":"{\"q\":"}},{"index":1,"function":{"arguments":"{\"q\":"}}`, `{"index":0,"function":{"arguments":"1}"}},{"index":1,"function":{"arguments":"2}"}}`), `a f {"q":1}, b g {"q":2}`},
		"index counts the pieces": {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":""}}`, `{"index":1,"function":{"arguments":"{\"q\":"}}`, `{"index":2,"function":{"arguments":"1}"}}`), `a f {"q":1}`},
		"empty ids":               {toolCalls(`{"index":0,"id":"","function":{"name":"f","arguments":"{\"q\":1}"}}`, `{"index":1,"id":"","function":{"name":"f","arguments":"{\"q\":2}"}}`), `* f {"q":1}, * f {"q":2}`},
		// llama.cpp gives parallel calls one id.
		"one id": {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"q\":1}"}}`, `{"index":1,"id":"a","function":{"name":"f","arguments":"{\"q\":2}"}}`), `a f {"q":1}, * f {"q":2}`},
		// LiteLLM in front of Oracle's models, and early vLLM.
		"a new id with each piece": {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"q\":"}}`, `{"index":0,"id":"b","function":{"arguments":"1}"}}`), `a f {"q":1}`},
		// Qwen's and Zhipu's own endpoints.
		"name and id in each piece": {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":""}}`, `{"index":0,"id":"a","function":{"name":"f","arguments":"{\"q\":"}}`, `{"index":0,"id":"a","function":{"name":"f","arguments":"1}"}}`), `a f {"q":1}`},
		"name without id in each":   {toolCalls(`{"index":0,"function":{"name":"f","arguments":"{\"q\":"}}`, `{"index":0,"function":{"name":"f","arguments":"1}"}}`), `* f {"q":1}`},
		"name in pieces":            {toolCalls(`{"index":0,"id":"a","function":{"name":"knowledge_"}}`, `{"index":0,"function":{"name":"search","arguments":"{\"q\":1}"}}`), `a knowledge_search {"q":1}`},
		"all so far in each":        {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"q"}}`, `{"index":0,"id":"a","function":{"name":"f","arguments":"{\"q\":"}}`, `{"index":0,"id":"a","function":{"name":"f","arguments":"{\"q\":1}"}}`), `a f {"q":1}`},
		// A proxy of Cursor's models sends the whole again at the end.
		"the whole once more": {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":""}}`, `{"index":0,"function":{"arguments":"{\"q\":1}"}}`, `{"index":0,"function":{"arguments":"{\"q\":1}"}}`), `a f {"q":1}`},
		// LiteLLM in front of Anthropic once began with an empty object.
		"an empty object first": {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}`, `{"index":0,"function":{"arguments":"{\"q\":1}"}}`), `a f {"q":1}`},
		// Proxies of Ollama's own API pass its objects on.
		"arguments as an object":    {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":{"q":1}}}`), `a f {"q":1}`},
		"arguments as text of text": {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":"\"{\\\"q\\\":1}\""}}`), `a f {"q":1}`},
		"empty arguments":           {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":""}}`), `a f {}`},
		"null for arguments":        {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":"null"}}`), `a f {}`},
		"cut arguments":             {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"q\": \"x"}}`), `a f {} invalid {"q": "x`},
		"a list for arguments":      {toolCalls(`{"index":0,"id":"a","function":{"name":"f","arguments":"[1]"}}`), `a f {} invalid [1]`},
		// gpt-oss behind vLLM lets marks of its format into the name.
		"marks in the name": {toolCalls(`{"index":0,"id":"a","function":{"name":"f<|channel|>commentary","arguments":"{}"}}`), `a f {}`},
		// Ollama and llama.cpp end such answers with stop.
		"whole, with stop": {`{"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"q\":1}"}}]},"finish_reason":"stop"}]}`, `a f {"q":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := ask("hi")
			req.Tools = []llm.Tool{{Name: "f", Schema: json.RawMessage(`{}`)}, {Name: "g", Schema: json.RawMessage(`{}`)}, {Name: "knowledge_search", Schema: json.RawMessage(`{}`)}}
			r, err := serveBytes(t, "openai", llm.Info{}, &server{bodies: []string{tc.body}}).Generate(t.Context(), req, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			ids := map[string]bool{}
			for _, c := range r.Message.Calls {
				ids[c.ID] = true
				if len(c.ID) == 9 {
					c.ID = "*" // one of ours
				}
				s := c.ID + " " + c.Name + " " + string(c.Arguments)
				if c.Invalid != "" {
					s += " invalid " + c.Invalid
				}
				got = append(got, s)
			}
			if g := strings.Join(got, ", "); g != tc.want || r.Finish != llm.FinishCalls || len(ids) != len(got) {
				t.Errorf("got %s (%s), want %s", g, r.Finish, tc.want)
			}
		})
	}
}

const claudeStart = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":1}}}\n\n"

// Answers in the shapes in which servers give them: the text, the thoughts and
// why it ended.
func TestAnswersAsServersGiveThem(t *testing.T) {
	t.Parallel()
	stop := func(reason string, d ...string) string {
		return strings.Replace(deltas(d...), `"tool_calls"`, `"`+reason+`"`, 1)
	}
	type want struct{ text, thought, finish string }
	for name, tc := range map[string]struct {
		protocol, body string
		want
	}{
		// Mistral.
		"a list":          {"openai", stop("stop", `{"content":[{"type":"text","text":"a "},{"type":"text","text":"b"}]}`), want{"a b", "", llm.FinishStop}},
		"thoughts listed": {"openai", stop("stop", `{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}`, `{"content":"a"}`), want{"a", "hm", llm.FinishStop}},
		// DeepSeek, vLLM; OpenRouter sends both of its fields.
		"reasoning_content": {"openai", stop("stop", `{"reasoning_content":"hm","content":null}`, `{"content":"a"}`), want{"a", "hm", llm.FinishStop}},
		"two fields":        {"openai", stop("stop", `{"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm"}]}`, `{"content":"a"}`), want{"a", "hm", llm.FinishStop}},
		// llama.cpp and Ollama without a parser of thoughts.
		"tags":            {"openai", stop("stop", `{"content":"\n<thi"}`, `{"content":"nk>h"}`, `{"content":"m</thin"}`, `{"content":"k>\n\na <think> b"}`), want{"\n\na <think> b", "hm", llm.FinishStop}},
		"tags of Mistral": {"openai", stop("stop", `{"content":"[THINK]hm[/THINK]a"}`), want{"a", "hm", llm.FinishStop}},
		// Templates of DeepSeek R1 and Qwen begin the thoughts themselves.
		"no begin":        {"openai", stop("stop", `{"content":"let me"}`, `{"content":" see.\n</thi"}`, `{"content":"nk>\n\nan"}`, `{"content":"swer"}`), want{"answer", "let me see.\n", llm.FinishStop}},
		"no begin, whole": {"openai", `{"choices":[{"message":{"content":"hm</think>a"},"finish_reason":"stop"}]}`, want{"a", "hm", llm.FinishStop}},
		"no begin, twice": {"openai", stop("stop", `{"content":"hm</think>a</think>b"}`), want{"a</think>b", "hm", llm.FinishStop}},
		"only an end":     {"openai", stop("stop", `{"content":"</think>\n\na"}`), want{"a", "", llm.FinishStop}},
		"end in code":     {"openai", stop("stop", `{"content":"write `+"`</thi"+`"}`, `{"content":"nk>`+"`"+` there"}`), want{"write `</think>` there", "", llm.FinishStop}},
		"end in a block":  {"openai", stop("stop", `{"content":"`+"```\\n</think>\\n```"+`"}`), want{"```\n</think>\n```", "", llm.FinishStop}},
		"no end at last":  {"openai", stop("stop", `{"content":"a </thi"}`), want{"a </thi", "", llm.FinishStop}},
		"tags of gpt-oss": {"openai", stop("stop", `{"content":"<|channel|>analysis<|message|>hm<|channel|>final<|message|>a"}`), want{"a", "hm", llm.FinishStop}},
		"an open tag":     {"openai", stop("length", `{"content":"<think>hm"}`), want{"", "hm", llm.FinishLength}},
		"less than":       {"openai", stop("stop", `{"content":"<"}`, `{"content":"b> is bold"}`), want{"<b> is bold", "", llm.FinishStop}},
		// SGLang and old Ollama say "" where null is meant.
		"empty finish": {"openai", `data: {"choices":[{"delta":{"content":"a"},"finish_reason":""}],"usage":null}` + "\n\ndata: [DONE]\n\n", want{"a", "", llm.FinishStop}},
		// Proxies that drop the end, but for the finish.
		"no [DONE]":      {"openai", `data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}`, want{"a", "", llm.FinishStop}},
		"no empty lines": {"openai", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\ndata: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\ndata: [DONE]", want{"ab", "", llm.FinishStop}},
		// OpenRouter while it waits; CRLF of IIS.
		"comments": {"openai", ": OPENROUTER PROCESSING\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\r\n\r\ndata: [DONE]\r\n\r\n", want{"a", "", llm.FinishStop}},
		// Azure's filter results come first, in a chunk without choices.
		"no choices":       {"openai", "data: {\"choices\":[],\"prompt_filter_results\":[{}]}\n\n" + stop("stop", `{"content":"a"}`), want{"a", "", llm.FinishStop}},
		"error is null":    {"openai", `data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}],"error":null}` + "\n\n", want{"a", "", llm.FinishStop}},
		"message in chunk": {"openai", `data: {"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}` + "\n\n", want{"a", "", llm.FinishStop}},
		"usage as text":    {"openai", `data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":"5"}}` + "\n\n", want{"a", "", llm.FinishStop}},
		"not streamed":     {"openai", "\n" + `{"choices":[{"message":{"content":"<think>hm</think>a"},"finish_reason":"length"}]}`, want{"a", "hm", llm.FinishLength}},
		"refusal":          {"openai", stop("stop", `{"refusal":"I "}`, `{"refusal":"won't"}`), want{"I won't", "", llm.FinishFilter}},
		// Zhipu, Gemini, Mistral by their own names.
		"sensitive":    {"openai", stop("sensitive", `{"content":"a"}`), want{"a", "", llm.FinishFilter}},
		"SAFETY":       {"openai", stop("SAFETY", `{"content":"a"}`), want{"a", "", llm.FinishFilter}},
		"model_length": {"openai", stop("model_length", `{"content":"a"}`), want{"a", "", llm.FinishLength}},

		"claude whole":    {"anthropic", `{"type":"message","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"a"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}`, want{"a", "hm", llm.FinishStop}},
		"claude's window": {"anthropic", claudeStart + "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"a\"}}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"model_context_window_exceeded\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n", want{"a", "", llm.FinishLength}},
		// MiniMax and Kimi speak Claude's protocol, with tags, other indices and no end.
		"claude-like":   {"anthropic", claudeStart + "event: ping\ndata: {}\n\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\ndata: {\"type\":\"content_block_delta\",\"index\":7,\"delta\":{\"type\":\"text_delta\",\"text\":\"<think>hm</think>a\"}}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n", want{"a", "", llm.FinishStop}},
		"claude pauses": {"anthropic", claudeStart + "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"pause_turn\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n", want{"a", "", llm.FinishPause}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var streamed string
			r, err := serveBytes(t, tc.protocol, llm.Info{}, &server{bodies: []string{tc.body}}).Generate(t.Context(), ask("hi"), func(d llm.Delta) error {
				if d.Unsay {
					streamed = ""
				}
				streamed += d.Text
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			got := want{r.Message.Text, "", r.Finish}
			if r.Message.Reasoning != nil {
				got.thought = r.Message.Reasoning.Text
			}
			if got != tc.want || streamed != tc.text {
				t.Errorf("got %q, streamed %q, want %q", got, streamed, tc.want)
			}
		})
	}
}

// Failures in the shapes in which servers tell them: their own words, and what a
// caller can decide.
func TestFailuresAsServersTellThem(t *testing.T) {
	t.Parallel()
	some := deltas(`{"content":"The"}`)
	some = some[:strings.Index(some, "\n\n")+2]
	for name, tc := range map[string]struct {
		status int
		body   string
		kind   llm.Kind
		text   string
	}{
		"text":           {400, `{"error":"load the model first"}`, llm.KindRequest, "load the model first"},                                                                                     // Ollama, LM Studio
		"message":        {400, `{"object":"error","message":"no such role","type":"BadRequestError","code":400}`, llm.KindRequest, "no such role"},                                              // old vLLM, Mistral
		"list":           {400, `[{"error":{"code":400,"message":"bad thing","status":"INVALID_ARGUMENT"}}]`, llm.KindRequest, "bad thing"},                                                      // Gemini
		"details":        {422, `{"detail":[{"loc":["body","messages"],"msg":"field required"}]}`, llm.KindRequest, "body.messages: field required"},                                             // FastAPI
		"detail":         {400, `{"detail":"no such route"}`, llm.KindRequest, "no such route"},                                                                                                  //
		"null":           {500, `{"error":null,"message":"it broke"}`, llm.KindServer, "it broke"},                                                                                               //
		"phrase":         {400, `{"statusCode":400,"error":"Bad Request","message":["a must be b"]}`, llm.KindRequest, "Bad Request: a must be b"},                                               // NestJS
		"inside":         {400, `{"error":{"message":"{\"error\":{\"message\":\"deep down\"}}"}}`, llm.KindRequest, "deep down"},                                                                 // LiteLLM, Vertex
		"raw":            {429, `{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"{\"message\":\"busy now\"}"}}}`, llm.KindRate, "Provider returned error: busy now"}, // OpenRouter
		"page":           {502, `<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>`, llm.KindServer, "502 Bad Gateway"},                                        // nginx
		"plain":          {503, "upstream connect error\n", llm.KindServer, "upstream connect error"},                                                                                            // Envoy
		"nothing":        {503, "", llm.KindServer, "Service Unavailable"},
		"upper case":     {400, `{"Message":"no access to it","__type":"ValidationException"}`, llm.KindRequest, "no access to it"}, // Bedrock
		"page of 200":    {200, `<!doctype html><title>Open WebUI</title>`, llm.KindRequest, "Open WebUI"},
		"error of 200":   {200, `{"error":{"message":"no credit card","code":402}}`, llm.KindQuota, "no credit card"},
		"key":            {401, `{"error":{"message":"wrong key key-1"}}`, llm.KindAuth, "wrong key …"},
		"quota":          {429, `{"error":{"message":"used","type":"insufficient_quota","code":"insufficient_quota"}}`, llm.KindQuota, "used"},
		"quota a minute": {429, `{"error":{"code":429,"message":"You exceeded your current quota, please check your plan. Please retry in 34s."}}`, llm.KindRate, "retry in 34s"}, // Gemini
		"balance":        {400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}}`, llm.KindQuota, "too low"},
		"in stream":      {200, some + `data: {"error":{"message":"out of memory","code":500}}` + "\n\n", llm.KindServer, "out of memory"},
		"text in stream": {200, some + `data: {"error":"out of memory"}` + "\n\n", llm.KindServer, "out of memory"},
		"event":          {200, some + "event: error\ndata: {\"message\":\"slow down\",\"type\":\"rate_limit_error\"}\n\n", llm.KindRate, "slow down"},
		"no JSON":        {200, some + "data: Internal Server Error\n\n", llm.KindServer, "Internal Server Error"},
		"finish error":   {200, some + `data: {"choices":[{"delta":{},"finish_reason":"error"}]}` + "\n\n", llm.KindServer, "gave up"},                        // OpenRouter
		"interrupted":    {200, some + `data: {"choices":[{"delta":{},"finish_reason":"insufficient_system_resource"}]}` + "\n\n", llm.KindServer, "gave up"}, // DeepSeek
		"cut":            {200, some, llm.KindNetwork, "before it was whole"},
		"empty":          {200, "", llm.KindNetwork, "before it was whole"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := serveBytes(t, "openai", llm.Info{}, &server{status: []int{tc.status}, bodies: []string{tc.body}}).Generate(t.Context(), ask("hi"), nil)
			var e *llm.Error
			if !errors.As(err, &e) || e.Kind != tc.kind || !strings.Contains(err.Error(), tc.text) || strings.ContainsAny(err.Error(), "{<") {
				t.Errorf("got %#v: %v", e, err)
			}
		})
	}
}

// The words of servers for a conversation that is too long, and of others for
// something else.
func TestOverflowInTheWordsOfServers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]llm.Kind{
		"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens":  llm.KindOverflow, // OpenAI, vLLM, DeepSeek
		"prompt is too long: 210000 tokens > 200000 maximum":                                      llm.KindOverflow, // Anthropic
		"input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000":              llm.KindOverflow,
		"Input is too long for requested model.":                                                  llm.KindOverflow, // Bedrock
		"The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).": llm.KindOverflow, // Gemini
		"Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum": llm.KindOverflow, // Mistral
		"This model's maximum prompt length is 131072 but the request contains 537812 tokens.":    llm.KindOverflow, // xAI
		"Please reduce the length of the messages or completion.":                                 llm.KindOverflow, // Groq, Cerebras
		"too many tokens: total number of tokens in the prompt cannot exceed 4081":                llm.KindOverflow, // Cohere
		"`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens":         llm.KindOverflow, // TGI, Together
		"Range of input length should be [1, 30720]":                                              llm.KindOverflow, // Qwen
		"Your request exceeded model token limit: 8192":                                           llm.KindOverflow, // Kimi
		"invalid params, context window exceeds limit (2013)":                                     llm.KindOverflow, // MiniMax
		"Prompt exceeds max length":                                                               llm.KindOverflow, // Zhipu
		"prompt token count of 128500 exceeds the limit of 128000":                                llm.KindOverflow, // Copilot
		"the request exceeds the available context size, try increasing it":                       llm.KindOverflow, // llama.cpp
		"Requested tokens (2100) exceed context window of 2048":                                   llm.KindOverflow, // llama-cpp-python
		"The number of tokens to keep from the initial prompt is greater than the context length": llm.KindOverflow, // LM Studio
		"The input (40000 tokens) is longer than the model's context length (32768 tokens).":      llm.KindOverflow, // SGLang
		"prompt too long; exceeded max context length by 12 tokens":                               llm.KindOverflow, // Ollama
		"max_tokens is too large: 32000. This model has at most 16384 completion tokens":          llm.KindRequest,
		"messages with role 'tool' must be a response to a preceeding message with 'tool_calls'":  llm.KindRequest,
		"Invalid value for 'name': string too short":                                              llm.KindRequest,
	} {
		body, _ := json.Marshal(map[string]any{"error": map[string]string{"message": text}})
		_, err := serveBytes(t, "openai", llm.Info{}, &server{status: []int{400}, bodies: []string{string(body)}}).Generate(t.Context(), ask("hi"), nil)
		if llm.KindOf(err) != want {
			t.Errorf("kind %d of %q", llm.KindOf(err), text)
		}
	}
}

// A server that falls silent is given up; one that keeps the line behind the end
// of an answer is not waited for.
func TestStall(t *testing.T) {
	t.Parallel()
	for finish, want := range map[string]llm.Kind{"null": llm.KindNetwork, `"stop"`: -1} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `data: {"choices":[{"delta":{"content":"a"},"finish_reason":`+finish+`}]}`+"\n\n")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}))
		t.Cleanup(srv.Close)
		m := provider.NewOpenAI(llm.Info{}, provider.Endpoint{URL: srv.URL, Client: srv.Client(), Stall: 200 * time.Millisecond})
		r, err := m.Generate(t.Context(), ask("hi"), nil)
		if want < 0 && (err != nil || r.Message.Text != "a") || want >= 0 && (llm.KindOf(err) != want || !strings.Contains(err.Error(), "stopped sending")) {
			t.Errorf("finish %s: %+v, %v", finish, r, err)
		}
	}
}

// A field that a server refuses is left out from then on.
func TestRefusedFields(t *testing.T) {
	t.Parallel()
	half := 0.5
	for name, tc := range map[string]struct {
		protocol, refusal, has, hasNot string
	}{
		"newer name":  {"openai", `{"error":{"message":"this model does not take 'max_tokens', write 'max_completion_tokens'","param":"max_tokens"}}`, `"max_completion_tokens":100`, `"max_tokens"`},
		"temperature": {"openai", `{"error":{"message":"Unsupported value: 'temperature' does not support 0.5 with this model.","code":"unsupported_value"}}`, `"max_tokens":100`, `"temperature"`},
		"usage":       {"openai", `{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}`, `"stream":true`, `stream_options`},
		"tool choice": {"openai", `{"error":"unknown field tool_choice"}`, `"tools"`, `"tool_choice"`},
		"thinking":    {"anthropic", `{"type":"error","error":{"type":"invalid_request_error","message":"\"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\" and \"output_config.effort\"."}}`, `"adaptive"`, `"budget_tokens"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := deltas(`{"content":"a"}`)
			if tc.protocol == "anthropic" {
				body = `{"type":"message","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn"}`
			}
			s := &server{status: []int{400}, bodies: []string{tc.refusal, body}}
			m := serveBytes(t, tc.protocol, llm.Info{Thinking: 2000}, s)
			req := ask("hi")
			req.MaxTokens, req.Temperature, req.NoCalls = 100, &half, true
			req.Tools = []llm.Tool{{Name: "f", Schema: json.RawMessage(`{}`)}}
			for range 2 {
				if _, err := m.Generate(t.Context(), req, nil); err != nil {
					t.Fatal(err)
				}
			}
			if last := s.asked[len(s.asked)-1]; len(s.asked) != 3 || !strings.Contains(last, tc.has) || strings.Contains(last, tc.hasNot) {
				t.Errorf("asked %d times, at last %s", len(s.asked), last)
			}
		})
	}
}

// What a provider wants back with an answer it gets back: Claude's thoughts,
// readable or not, DeepSeek's and Kimi's, Gemini's signatures; and never a call
// that no server takes.
func TestGivenBack(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		protocol, body string
		want           []string
	}{
		"claude": {"anthropic", `{"type":"message","content":[{"type":"redacted_thinking","data":"ENC"},{"type":"thinking","thinking":"hm","signature":"S1"},{"type":"thinking","thinking":"","signature":"S2"},{"type":"text","text":"look"},{"type":"tool_use","id":"t.1","name":"f","input":{"q":1}}],"stop_reason":"tool_use"}`,
			[]string{`"data":"ENC"`, `"signature":"S1"`, `"signature":"S2"`, `"text":"look"`, `"id":"t_1"`, `"q":1`, `"tool_use_id":"t_1"`}},
		"deepseek": {"openai", deltas(`{"reasoning_content":"hm"}`, `{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"q\":1}"}}]}`), []string{`"reasoning_content":"hm"`}},
		"gemini":   {"openai", toolCalls(`{"id":"a","extra_content":{"google":{"thought_signature":"SIG"}},"function":{"name":"f","arguments":"{}"}}`), []string{`"extra_content":{"google":{"thought_signature":"SIG"}}`}},
		"broken":   {"openai", toolCalls(`{"index":0,"id":"a","function":{"name":"f g","arguments":"{\"q"}}`), []string{`"arguments":"{}"`, `"name":"f_g"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &server{bodies: []string{tc.body}}
			m := serveBytes(t, tc.protocol, llm.Info{Thinking: 2000}, s)
			req := ask("hi")
			req.Tools = []llm.Tool{{Name: "f", Schema: json.RawMessage(`{}`)}}
			r, err := m.Generate(t.Context(), req, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Messages = append(req.Messages, r.Message, llm.Message{Role: llm.RoleTool, CallID: r.Message.Calls[0].ID, Text: "found"})
			if r, err = m.Generate(t.Context(), req, nil); err != nil || r.Message.Calls[0].ID == req.Messages[1].Calls[0].ID {
				t.Fatalf("got %+v, %v", r, err) // the same id again must have become another
			}
			rest := s.asked[1]
			for _, w := range tc.want {
				_, after, ok := strings.Cut(rest, w)
				if !ok {
					t.Fatalf("%s is not in its place in %s", w, s.asked[1])
				}
				rest = after
			}
		})
	}
}

// Images and PDFs are given as each protocol has them.
func TestFiles(t *testing.T) {
	t.Parallel()
	for protocol, want := range map[string][]string{
		"openai": {`"image_url":{"url":"data:image/png;base64,UE5H"`, `"file":{"file_data":"data:application/pdf;base64,UERG","filename":"a.pdf"}`, `"text":"what is it?"`},
		"anthropic": {`"source":{"data":"UE5H","media_type":"image/png","type":"base64"}`, `"source":{"data":"UERG","media_type":"application/pdf","type":"base64"}`,
			`"text":"what is it?"`},
	} {
		s := &server{bodies: []string{`{"error":{"message":"enough"}}`}, status: []int{400}}
		req := ask("what is it?")
		req.Messages[0].Files = []llm.File{{Type: "image/png", Name: "a.png", Data: []byte("PNG")}, {Type: "application/pdf", Name: "a.pdf", Data: []byte("PDF")}}
		_, _ = serveBytes(t, protocol, llm.Info{ID: "m"}, s).Generate(t.Context(), req, nil)
		var got any
		_ = json.Unmarshal([]byte(s.asked[0]), &got)
		sorted, _ := json.Marshal(got) // members in order
		for _, w := range want {
			if !strings.Contains(string(sorted), w) {
				t.Errorf("%s: %s is not in %s", protocol, w, sorted)
			}
		}
	}
}
