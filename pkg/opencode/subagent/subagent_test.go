package subagent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"panther/pkg/llm"
	"panther/pkg/opencode/loop"
)

// parent answers as the functions say.
type parent struct {
	model func(*llm.Request) (*llm.Response, error)
	tool  func(llm.Call) (loop.Result, error)
}

func (p parent) Model(_ context.Context, r *llm.Request) (*llm.Response, error) { return p.model(r) }
func (p parent) Tool(_ context.Context, c llm.Call) (loop.Result, error)        { return p.tool(c) }

func (p parent) Ran(r Ran) (loop.Result, error) {
	return loop.Result{Output: "<" + r.Output + r.Error + ">"}, nil
}

func says(text string, calls ...llm.Call) *llm.Response {
	return &llm.Response{Message: llm.Message{Role: llm.RoleAssistant, Text: text, Calls: calls}}
}

// A task runs over the connection: the model's calls come back as the tools'
// results, and the log has the steps and nothing of what was said.
func TestTask(t *testing.T) {
	t.Parallel()
	ours, theirs := net.Pipe()
	var log strings.Builder
	served := make(chan error, 1)
	go func() { served <- Serve(t.Context(), theirs, slog.New(slog.NewTextHandler(&log, nil))) }()
	call := llm.Call{ID: "c", Name: "look", Arguments: json.RawMessage(`{"at":"the secret"}`)}
	p := parent{
		model: func(r *llm.Request) (*llm.Response, error) {
			if last := r.Messages[len(r.Messages)-1]; last.Role == llm.RoleTool {
				return says("Saw " + last.Text + " and no more."), nil
			}
			return says("", call), nil
		},
		tool: func(c llm.Call) (loop.Result, error) { return loop.Result{Output: string(c.Arguments)}, nil },
	}
	task := Task{Prompt: "look at the secret", Tools: []llm.Tool{{Name: "look"}}, Steps: 5, Session: "ses_1", Turn: "msg_1", Agent: "critic"}
	var hello Hello
	r, err := Run(t.Context(), ours, task, p, func(h Hello) { hello = h })
	if err != nil || r.Text != `Saw {"at":"the secret"} and no more.` || r.Steps != 2 || hello.Protocol != Protocol {
		t.Errorf("got %+v, %v, greeted by %+v", r, err, hello)
	}
	if err := <-served; err != nil {
		t.Errorf("the sub-agent ended with %v", err)
	}
	for _, want := range []string{"task begun", "model answered", "tool ended", "task done", "session_id=ses_1", "turn_id=msg_1", "agent=critic"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, &log)
		}
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("the log tells what was said:\n%s", &log)
	}
}

// What the parent refuses is the answer; what is lost is no answer.
func TestRefusedAndLost(t *testing.T) {
	t.Parallel()
	refuse := parent{model: func(*llm.Request) (*llm.Response, error) { return nil, errors.New("no money") }}
	ours, theirs := net.Pipe()
	go func() { _ = Serve(t.Context(), theirs, slog.New(slog.DiscardHandler)) }()
	_, err := Run(t.Context(), ours, Task{Prompt: "x", Steps: 3}, refuse, nil)
	var answered *Error
	if !errors.As(err, &answered) || !strings.Contains(err.Error(), "no money") {
		t.Errorf("refused: %v", err)
	}
	ours, theirs = net.Pipe()
	kill := parent{model: func(*llm.Request) (*llm.Response, error) { _ = theirs.Close(); return says("late"), nil }}
	go func() { _ = Serve(t.Context(), theirs, slog.New(slog.DiscardHandler)) }()
	if _, err = Run(t.Context(), ours, Task{Prompt: "x", Steps: 3}, kill, nil); err == nil || errors.As(err, &answered) {
		t.Errorf("lost: %v", err)
	}
}

// One that says nothing is given up after the greeting's time; one that greets
// and then hangs, when the context ends.
func TestSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		began := time.Now()
		_, err := Run(t.Context(), ours, Task{}, parent{}, nil)
		if d := time.Since(began); err == nil || d != greeting {
			t.Errorf("silent for %s: %v", d, err)
		}
		if _, err := theirs.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the connection is still open: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		go func() {
			fmt.Fprintln(theirs, `{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1}}`)
			_, _ = io.Copy(io.Discard, theirs)
		}()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("ended after a minute"))
		defer cancel()
		began := time.Now()
		_, err := Run(ctx, ours, Task{}, parent{}, nil)
		if err == nil || err.Error() != "ended after a minute" || time.Since(began) != time.Minute {
			t.Errorf("hung for %s: %v", time.Since(began), err)
		}
	})
}

// Whatever a sub-agent sends that is not the protocol ends the connection, and
// says why.
func TestNonsenseEndsIt(t *testing.T) {
	t.Parallel()
	const hello = `{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1}}` + "\n"
	ask := `{"jsonrpc":"2.0","id":2,"method":"model","params":{"System":"` + strings.Repeat("x", MaxFrame/2) + `"}}` + "\n"
	for name, tc := range map[string]struct{ send, want string }{
		"no JSON":          {"hello\n", "not JSON-RPC"},
		"other version":    {`{"jsonrpc":"1.0","id":1,"method":"hello"}` + "\n", "not JSON-RPC"},
		"other protocol":   {`{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":9}}` + "\n", "protocol 9"},
		"huge":             {hello + strings.Repeat("x", MaxFrame+1), "more than 8388608 bytes"},
		"many requests":    {hello + strings.Repeat(`{"jsonrpc":"2.0","id":2,"method":"model","params":{}}`+"\n", 100), "requests in flight"},
		"large requests":   {hello + strings.Repeat(ask, 6), "bytes of requests in flight"},
		"goes at once":     {"", "start sub-agent"},
		"goes after hello": {hello, "closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ours, theirs := net.Pipe()
			var asked atomic.Int32
			hold := make(chan struct{})
			defer close(hold)
			p := parent{model: func(*llm.Request) (*llm.Response, error) { asked.Add(1); <-hold; return says(""), nil }}
			go func() {
				go func() { _, _ = io.Copy(io.Discard, theirs) }()
				_, _ = io.Copy(theirs, strings.NewReader(tc.send))
				if strings.HasPrefix(name, "goes") {
					_ = theirs.Close()
				}
			}()
			_, err := Run(t.Context(), ours, Task{}, p, nil)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if n := asked.Load(); n > maxInFlight {
				t.Errorf("%d requests ran at once", n)
			}
		})
	}
}

// The methods that a parent answers are three, with parameters of their own.
func TestMethods(t *testing.T) {
	t.Parallel()
	ours, theirs := net.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _, _ = Run(ctx, ours, Task{}, parent{}, nil) }()
	r := bufio.NewScanner(theirs)
	for _, tc := range []struct {
		send string
		code int
	}{
		{`{"jsonrpc":"2.0","id":1,"method":"shell","params":{}}`, codeMethod},
		{`{"jsonrpc":"2.0","id":2,"method":"run","params":{}}`, codeMethod},
		{`{"jsonrpc":"2.0","id":3,"method":"tool","params":[]}`, codeParams},
		{`{"jsonrpc":"2.0","id":4,"method":"hello","params":{"protocol":1}}`, 0},
	} {
		if _, err := fmt.Fprintln(theirs, tc.send); err != nil {
			t.Fatal(err)
		}
		for {
			if !r.Scan() {
				t.Fatal(r.Err())
			}
			var f frame
			if err := json.Unmarshal(r.Bytes(), &f); err != nil {
				t.Fatal(err)
			}
			if f.Method != "" {
				continue // the task
			}
			code := 0
			if f.Error != nil {
				code = f.Error.Code
			}
			if code != tc.code {
				t.Errorf("%s: code %d, want %d", tc.send, code, tc.code)
			}
			break
		}
	}
}

// A frame that a sub-agent sends is read without a panic, whatever is in it.
func FuzzFrames(f *testing.F) {
	f.Add(`{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1}}`)
	f.Add(`{"jsonrpc":"2.0","id":{},"result":null}`)
	f.Add(`{"jsonrpc":"2.0","method":"model","params":{"Messages":[{}]}}`)
	f.Fuzz(func(t *testing.T, line string) {
		ours, theirs := net.Pipe()
		go func() {
			go func() { _, _ = io.Copy(io.Discard, theirs) }()
			_, _ = io.WriteString(theirs, line+"\n")
			_ = theirs.Close()
		}()
		p := parent{model: func(*llm.Request) (*llm.Response, error) { return says("x"), nil }, tool: func(llm.Call) (loop.Result, error) { return loop.Result{}, nil }}
		if r, err := Run(t.Context(), ours, Task{}, p, nil); err == nil && r == nil {
			t.Error("neither a result nor an error")
		}
	})
}
