package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"panther/pkg/opencode/api"
)

// caller makes the calls.
type caller struct {
	url     string
	doc     *document
	session string // with a turn in it, which each operation gets a copy of
	events  int
}

// do makes one call.
func (c *caller) do(ctx context.Context, method, path, body string) (*http.Response, error) {
	q, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	q.Header.Set("Content-Type", "application/json")
	return http.DefaultClient.Do(q)
}

// ask makes a call that must succeed, and reads its answer into out.
func (c *caller) ask(ctx context.Context, method, path, body string, out any) error {
	resp, err := c.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s %s", method, path, resp.Status, b)
	}
	return json.Unmarshal(b, out)
}

// begin has a question answered with sub-agents, and holds the events to the
// document.
func (c *caller) begin(ctx context.Context) (wrong []error, err error) {
	var s api.Session
	if err := c.ask(ctx, "POST", "/session", `{}`, &s); err != nil {
		return nil, err
	}
	c.session = s.ID
	for _, ask := range [][2]string{{"/api/event", "too much"}, {"/global/event", "slowly"}, {"/event", "research partial indexes"}} {
		path, prompt := ask[0], ask[1]
		i := slices.IndexFunc(c.doc.operations, func(o operation) bool { return o.path == path })
		if i < 0 {
			return nil, fmt.Errorf("the document has no %s", path)
		}
		schema := c.doc.operations[i].answers[http.StatusOK].schema
		asked := false
		err := c.follow(ctx, path, func(data []byte) (bool, error) {
			c.events++
			if err := c.doc.check(schema, data); err != nil {
				wrong = append(wrong, fmt.Errorf("event of %s: %w", path, err))
			}
			if !asked {
				asked = true
				go func() {
					var m api.MessageWithParts
					_ = c.ask(ctx, "POST", "/session/"+s.ID+"/message", `{"parts":[{"type":"text","text":"`+prompt+`"}]}`, &m)
				}()
			}
			return bytes.Contains(data, []byte(api.EventSessionIdle)) && bytes.Contains(data, []byte(s.ID)), nil
		})
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	return wrong, nil
}

// follow reads the data of server-sent events until f says that it is enough.
func (c *caller) follow(ctx context.Context, path string, f func([]byte) (bool, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	resp, err := c.do(ctx, "GET", path, "")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 32<<20)
	for lines.Scan() {
		if data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); ok {
			if done, err := f(data); done || err != nil {
				return err
			}
		}
	}
	return errors.Join(lines.Err(), io.ErrUnexpectedEOF)
}

// call makes the call of an operation and says what it gives. An error is what is
// wrong with that, or with what it gives where one of the things that its path names
// is not there.
func (c *caller) call(ctx context.Context, o operation) (string, error) {
	for _, name := range named.FindAllString(o.path, -1) {
		if _, err := c.once(ctx, o, strings.Trim(name, "{}")); err != nil {
			return "", fmt.Errorf("without %s: %w", name, err)
		}
	}
	return c.once(ctx, o, "")
}

// once makes one call, with a name of nothing for one of those in the path.
func (c *caller) once(ctx context.Context, o operation, missing string) (string, error) {
	path, body, err := c.request(ctx, o, missing)
	if err != nil {
		return "", err
	}
	resp, err := c.do(ctx, o.method, path, body)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK && strings.HasPrefix(o.answers[http.StatusOK].media, "text/event-stream") {
		return "events", nil
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", fmt.Errorf("read answer: %w", err)
	}
	return c.judge(o, resp, bytes.TrimSpace(b))
}

func (c *caller) judge(o operation, resp *http.Response, body []byte) (string, error) {
	want, documented := o.answers[resp.StatusCode]
	switch {
	case resp.StatusCode >= 500, resp.StatusCode == http.StatusMethodNotAllowed:
		return "", fmt.Errorf("status %d: %s", resp.StatusCode, body)
	case resp.StatusCode >= 400:
		why := reason(body)
		if why == "" || strings.HasPrefix(why, "there is no "+o.method+" ") {
			return "", fmt.Errorf("neither answered nor known: %d %s", resp.StatusCode, body)
		}
		line := fmt.Sprintf("%d: %s", resp.StatusCode, why)
		var e api.NamedError
		if json.Unmarshal(body, &e) == nil && e.Name != "" || !documented {
			return line, nil // as OpenCode's first API has it
		}
		return line, c.doc.check(want.schema, body)
	case !documented:
		return "", fmt.Errorf("status %d is not in the document", resp.StatusCode)
	case want.schema == nil || resp.StatusCode == http.StatusNoContent:
		return "done", nil
	case !strings.HasPrefix(want.media, "application/json"):
		if got := resp.Header.Get("Content-Type"); got != want.media {
			return "", fmt.Errorf("the answer is %s, not %s", got, want.media)
		}
		return kind(body), nil
	}
	return kind(body), c.doc.check(want.schema, body)
}

// named is a name in a path.
var named = regexp.MustCompile(`{(\w+)}|\*`)

var quoted = regexp.MustCompile(`"[^"]*"`)

// reason is why a call was refused, without the identifiers in it.
func reason(body []byte) string {
	var e struct {
		Message string
		Data    struct{ Message string }
	}
	_ = json.Unmarshal(body, &e)
	return quoted.ReplaceAllString(e.Message+e.Data.Message, "…")
}

// kind tells an answer from one that has nothing in it.
func kind(body []byte) string {
	var v any
	_ = json.Unmarshal(body, &v)
	if m, ok := v.(map[string]any); ok && m["data"] != nil { // of the second API
		v = m["data"]
	}
	switch v := v.(type) {
	case nil, string:
		if len(body) == 0 || v == "" {
			return "empty"
		}
	case []any:
		if len(v) == 0 {
			return "empty"
		}
	case map[string]any:
		if len(v) == 0 {
			return "empty"
		}
	case bool:
		return fmt.Sprint(v)
	}
	return "answered"
}

// request fills in what an operation needs: a copy of the session with its last
// question and answer, and for the rest, and what is to be missing, a name that
// nothing has.
func (c *caller) request(ctx context.Context, o operation, missing string) (path, body string, err error) {
	var copied api.Session
	if err := c.ask(ctx, "POST", "/session/"+c.session+"/fork", `{}`, &copied); err != nil {
		return "", "", err
	}
	var said []api.MessageWithParts
	if err := c.ask(ctx, "GET", "/session/"+copied.ID+"/message", "", &said); err != nil {
		return "", "", err
	}
	if len(said) < 2 {
		return "", "", fmt.Errorf("the copy of the session has %d messages", len(said))
	}
	question, last := said[len(said)-2], said[len(said)-1]
	text := last.Parts[slices.IndexFunc(last.Parts, func(p api.Part) bool { return p.Type == api.PartText })]
	values := map[string]string{"sessionID": copied.ID, "messageID": last.Info.ID, "partID": text.ID, "projectID": copied.ProjectID,
		"QUESTION": question.Info.ID, "NEW": api.NewID("msg"), "providerID": "test", "provider": "test", "model": "scripted", "mode": "git"}
	delete(values, missing)
	path = named.ReplaceAllStringFunc(o.path, func(s string) string {
		return orNone(values[strings.Trim(s, "{}")])
	})
	query := url.Values{}
	for _, name := range o.query {
		query.Set(name, orNone(values[name]))
	}
	if part, err := json.Marshal(text); err == nil {
		values["PART"] = string(part)
	}
	body = bodies[o.id]
	for name, v := range values {
		body = strings.ReplaceAll(body, "$"+name, v)
	}
	return path + "?" + query.Encode(), body, nil
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// bodies are what the operations are sent that do something here.
var bodies = map[string]string{
	"config.update":               `{"model":"test/scripted"}`,
	"global.config.update":        `{"default_agent":"panther"}`,
	"part.update":                 `$PART`,
	"session.command":             `{"command":"sources","arguments":"indexes"}`,
	"session.create":              `{"title":"made by an operation"}`,
	"session.fork":                `{}`,
	"session.prompt":              `{"parts":[{"type":"text","text":"hi"}]}`,
	"session.prompt_async":        `{"messageID":"$NEW","parts":[{"type":"text","text":"hi"}]}`,
	"session.revert":              `{"messageID":"$QUESTION"}`,
	"session.shell":               `{"agent":"panther","command":"ls"}`,
	"session.summarize":           `{"providerID":"test","modelID":"scripted"}`,
	"session.update":              `{"title":"changed"}`,
	"permission.reply":            `{"reply":"once"}`,
	"permission.respond":          `{"response":"once"}`,
	"tui.appendPrompt":            `{"text":"x"}`,
	"tui.executeCommand":          `{"command":"session_list"}`,
	"tui.publish":                 `{"type":"tui.toast.show","properties":{"message":"x","variant":"info"}}`,
	"tui.selectSession":           `{"sessionID":"$sessionID"}`,
	"tui.showToast":               `{"message":"x","variant":"info"}`,
	"v2.session.create":           `{"agent":"panther"}`,
	"v2.session.prompt":           `{"prompt":{"text":"hi"}}`,
	"v2.session.revert.stage":     `{"messageID":"$QUESTION"}`,
	"v2.session.switchAgent":      `{"agent":"critic"}`,
	"v2.session.switchModel":      `{"model":{"id":"scripted","providerID":"test"}}`,
	"v2.session.permission.reply": `{"reply":"once"}`,
}
