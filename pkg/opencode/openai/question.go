package openai

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/history"
	"panther/pkg/opencode/turn"
)

// conversation gathers what a client sends into a turn's question: what the user
// said last is the question, what is behind it are the client's tools and their
// results.
type conversation struct {
	system   []string
	messages []llm.Message
}

// add appends a message; results of calls and what the model says go together.
func (c *conversation) add(m llm.Message) { c.messages = append(c.messages, m) }

// question makes a turn's question, for an agent and a model by name.
func (s *Server) question(by identity.Identity, c conversation, name string, opt turn.Options) (turn.Question, error) {
	q := turn.Question{Owner: by, Agent: s.Agents.Find(""), System: strings.Join(c.system, "\n\n"), Options: opt}
	last := -1
	for i, m := range c.messages {
		if m.Role == llm.RoleUser && strings.TrimSpace(m.Text) != "" {
			last = i
		}
	}
	if last < 0 {
		return q, refuse("messages", "there is no message of the user")
	}
	q.Text, q.Files, q.Behind = c.messages[last].Text, c.messages[last].Files, c.messages[last+1:]
	if n := len(q.Behind); n > 0 && q.Behind[n-1].Role != llm.RoleTool {
		return q, refuse("messages", "the last message is neither the user's nor the result of a tool")
	}
	if err := results(c.messages); err != nil {
		return q, err
	}
	if len(q.Text) > history.MaxText {
		return q, refuse("messages", "the message has more than %d bytes", history.MaxText)
	}
	for _, m := range c.messages[:last] {
		if m.Role == llm.RoleUser {
			q.History.Questions = append(q.History.Questions, m.Text)
		}
	}
	if last > 0 {
		q.History.Exchanges = []history.Exchange{{Messages: c.messages[:last]}}
	}
	q.History.Read = []string{"what the client sent"} // pages too, where it looks them up itself
	q.Plain = q.Plain || isTask(q.Text)
	if err := s.choose(&q, name); err != nil {
		return q, err
	}
	return q, s.Reads(q)
}

// results checks that every call has its result behind it, as providers demand.
func results(list []llm.Message) error {
	open := map[string]bool{}
	for _, m := range list {
		switch {
		case m.Role == llm.RoleTool && !open[m.CallID]:
			return refuse("messages", "a result is for the call %q, which is not before it", gate.Line(m.CallID, 80))
		case m.Role == llm.RoleTool:
			delete(open, m.CallID)
		case len(open) > 0:
			return refuse("messages", "%d calls have no result behind them", len(open))
		}
		for _, c := range m.Calls {
			open[c.ID] = true
		}
	}
	if len(open) > 0 {
		return refuse("messages", "%d calls have no result behind them", len(open))
	}
	return nil
}

// choose finds the agent and the model that a name stands for. A chat client may
// send any name of a model; one with a provider's name before it is meant.
func (s *Server) choose(q *turn.Question, name string) error {
	info, known := s.Models.Find(name)
	agent := s.Agents.Find(name)
	switch {
	case known && name != "":
		q.Model = info.Ref()
	case name == api.Extractive.String():
	default:
		if info, ok := s.Models.Find(""); ok {
			q.Model = info.Ref()
		}
	}
	if agent != nil && name != "" {
		q.Agent = agent
		if agent.Model != "" && q.Model != "" {
			q.Model = agent.Model
		}
	}
	if q.Model == "" && (len(q.Options.Tools) > 0 || q.Format != nil) {
		return errNoModel
	}
	return nil
}

// errNoModel refuses what a quotation of passages can't be.
var errNoModel = refuse("model", "tools and formats of the answer need a language model, and none is configured")

// text reads the text of a message's content.
func text(param string, raw json.RawMessage) (string, error) {
	parts, err := contentParts(param, raw)
	if err != nil {
		return "", err
	}
	var s string
	for _, p := range parts {
		if p.Type != api.PartText {
			return "", refuse(param, "only a user's message has files")
		}
		s += p.Text
	}
	return s, nil
}

// userMessage reads what a user says and shows.
func userMessage(param string, raw json.RawMessage) (llm.Message, error) {
	parts, err := contentParts(param, raw)
	if err != nil {
		return llm.Message{}, err
	}
	said, files, err := history.Said(parts)
	if err != nil {
		return llm.Message{}, refuse(param, "%s", err)
	}
	return llm.Message{Role: llm.RoleUser, Text: said, Files: files}, nil
}

// contentParts reads a content as the parts of a prompt. What is neither text nor
// a file that comes along is refused: it would be answered as if it had been
// seen.
func contentParts(param string, raw json.RawMessage) ([]api.Part, error) {
	var s string
	if len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, &s) == nil {
		return []api.Part{{Type: api.PartText, Text: s}}, nil
	}
	var parts []contentPart
	if err := json.Unmarshal(raw, &parts); err != nil {
		return nil, refuse(param, "the content of a message is neither text nor a list of parts")
	}
	var out []api.Part
	for _, p := range parts {
		switch p.Type {
		case "text", "input_text", "output_text", "refusal":
			out = append(out, api.Part{Type: api.PartText, Text: p.Text + p.Refusal})
		case "image_url", "input_image":
			out = append(out, api.Part{Type: api.PartFile, Filename: "image", URL: p.image()})
		case "file", "input_file":
			name, url := p.file()
			out = append(out, api.Part{Type: api.PartFile, Filename: name, URL: url})
		default:
			return nil, refuse(param, "a message has a part of type %q; text, images and files are taken", gate.Line(p.Type, 40))
		}
	}
	return out, nil
}

// image returns the URL of an image, which stands alone or in an object.
func (p contentPart) image() string {
	var url string
	if json.Unmarshal(p.ImageURL, &url) == nil {
		return url
	}
	var object struct {
		URL string `json:"url"`
	}
	_ = json.Unmarshal(p.ImageURL, &object) // "" is refused as no data: URL
	return object.URL
}

// file returns the name and the data: URL of a file, in an object or not.
func (p contentPart) file() (name, url string) {
	f := p.fileData
	if len(p.File) > 0 {
		_ = json.Unmarshal(p.File, &f) // "" is refused as no data: URL
	}
	return cmp.Or(f.Filename, "file"), f.FileData
}

var toolName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// maxTools bounds what a client may bring.
const maxTools = 128

// addTool appends a tool of the client.
func addTool(list []llm.Tool, f function) ([]llm.Tool, error) {
	schema := f.Parameters
	if len(schema) == 0 || string(schema) == "null" {
		schema = json.RawMessage(`{"type":"object","properties":{}}`)
	}
	var object map[string]any
	switch {
	case !toolName.MatchString(f.Name):
		return nil, refuse("tools", "a tool is called %q: letters, digits, - and _ are taken, at most 64", gate.Line(f.Name, 80))
	case slices.ContainsFunc(list, func(t llm.Tool) bool { return t.Name == f.Name }):
		return nil, refuse("tools", "two tools are called %q", f.Name)
	case len(list) == maxTools:
		return nil, refuse("tools", "there are more than %d tools", maxTools)
	case json.Unmarshal(schema, &object) != nil:
		return nil, refuse("tools", "the parameters of %q are no JSON Schema of an object", f.Name)
	}
	return append(list, llm.Tool{Name: f.Name, Description: f.Description, Schema: schema}), nil
}

// toolChoice reads tool_choice: a word, or an object that names a function.
func toolChoice(raw json.RawMessage, opt *turn.Options) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var word string
	if json.Unmarshal(raw, &word) == nil {
		switch word {
		case "auto":
		case "none":
			opt.NoCalls = true
		case "required":
			opt.Choice = llm.Required
		default:
			return refuse("tool_choice", "tool_choice is auto, none, required or a function, and not %q", gate.Line(word, 40))
		}
	} else {
		var c struct {
			Type     string       `json:"type"`
			Name     string       `json:"name"`
			Function calledByName `json:"function"`
		}
		if json.Unmarshal(raw, &c) != nil || c.Type != "function" {
			return refuse("tool_choice", "tool_choice of type %q is not known here; a function is", gate.Line(c.Type, 40))
		}
		if opt.Choice = c.Name; c.Name == "" {
			opt.Choice = c.Function.Name
		}
	}
	if opt.Choice == "" {
		return nil
	}
	named := func(t llm.Tool) bool { return t.Name == opt.Choice || opt.Choice == llm.Required }
	if !slices.ContainsFunc(opt.Tools, named) {
		return refuse("tool_choice", "tool_choice wants a tool that is not among tools")
	}
	return nil
}

// format reads the shape of an answer.
func format(param, kind, name string, schema json.RawMessage, strict bool) (*llm.Format, error) {
	switch kind {
	case "", "text":
		return nil, nil
	case "json_object":
		return &llm.Format{}, nil
	case "json_schema":
		var object map[string]any
		if json.Unmarshal(schema, &object) != nil {
			return nil, refuse(param, "the schema is no JSON Schema of an object")
		}
		return &llm.Format{Name: name, Schema: schema, Strict: strict}, nil
	}
	return nil, refuse(param, "the format %q is not known; text, json_object and json_schema are", gate.Line(kind, 40))
}

// maxStop is how many ends of an answer OpenAI takes.
const maxStop = 4

func stops(raw json.RawMessage) ([]string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}, nil
	}
	var list []string
	if json.Unmarshal(raw, &list) != nil || len(list) > maxStop {
		return nil, refuse("stop", "stop is a text, or a list of at most %d", maxStop)
	}
	return list, nil
}

// check refuses what would be left undone without a word.
func (c common) check() error {
	set := func(raw json.RawMessage) bool {
		return len(raw) > 0 && !slices.Contains([]string{"null", "false", "0", "[]", "{}", `"none"`}, string(raw))
	}
	for _, f := range []struct {
		name string
		set  bool
		why  string
	}{
		{"n", c.N != nil && *c.N != 1, "one answer is given; ask again for another"},
		{"logprobs", set(c.Logprobs) || c.TopLogprobs != nil && *c.TopLogprobs > 0, "probabilities are not known here"},
		{"logit_bias", len(c.LogitBias) > 0, "it is not passed on"},
		{"frequency_penalty", c.FrequencyPenalty != 0, "it is not passed on; leave it out"},
		{"presence_penalty", c.PresencePenalty != 0, "it is not passed on; leave it out"},
		{"modalities", slices.ContainsFunc(c.Modalities, func(m string) bool { return m != "text" }) || set(c.Audio), "answers are text"},
		{"functions", set(c.Functions) || set(c.FunctionCall), "this is the former way to say tools"},
		{"web_search_options", set(c.WebSearchOptions), "answers come from your sources, not from a search of the web"},
	} {
		if f.set {
			return refuse(f.name, "%s is not done by this server: %s", f.name, f.why)
		}
	}
	return nil
}

// oneCall reports whether an answer may call no more than one tool.
func (c common) oneCall() bool { return c.ParallelToolCalls != nil && !*c.ParallelToolCalls }

// plain reports whether the model alone is asked.
func (c common) plain() bool { return c.Knowledge != nil && !*c.Knowledge }

// bounded checks numbers that would be refused by the provider, as its fault.
func bounded(param string, v *float64, most float64) error {
	if v != nil && (*v < 0 || *v > most) {
		return refuse(param, "%s is not from 0 to %g", param, most)
	}
	return nil
}

// efforts are the words for reasoning_effort of the models that have it.
var efforts = []string{"", "none", "minimal", "low", "medium", "high", "xhigh", "max"}

func seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }
