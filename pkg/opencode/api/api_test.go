package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
)

// The fields that OpenCode's SDKs call required are on the wire even at zero.
func TestRequiredFields(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in   any
		want []string
	}{
		"user":      {Message{Role: RoleUser}, []string{"id", "sessionID", "role", "time", "model"}},
		"assistant": {Message{Role: RoleAssistant}, []string{"cost", "tokens", "path", "mode", "parentID", "modelID", "providerID"}},
		"text":      {Part{Type: PartText}, []string{"id", "sessionID", "messageID", "type", "text"}},
		"finish":    {Part{Type: PartStepFinish}, []string{"reason", "cost", "tokens"}},
		"pending":   {ToolState{Status: ToolPending}, []string{"status", "input", "raw"}},
		"completed": {ToolState{Status: ToolCompleted}, []string{"title", "output", "metadata", "input"}},
		"session":   {Session{}, []string{"id", "slug", "projectID", "directory", "title", "version", "time"}},
		"agent":     {Agent{}, []string{"name", "mode", "permission", "options"}},
	} {
		b, err := json.Marshal(tc.in)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		for _, k := range tc.want {
			if _, ok := m[k]; !ok {
				t.Errorf("%s: %s is missing in %s", name, k, b)
			}
		}
	}
}

func TestMessageRoundTrip(t *testing.T) {
	t.Parallel()
	in := Message{ID: "msg_1", Role: RoleAssistant, Cost: 0.5, Mode: "panther", System: "be brief", Tokens: &Tokens{Input: 3}, Path: &MessagePath{Cwd: "/"}}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out Message
	if err := json.Unmarshal(b, &out); err != nil || !reflect.DeepEqual(in, out) {
		t.Errorf("got %+v, %v from %s", out, err, b)
	}
	if err := json.Unmarshal([]byte(`{"id":"x","system":["a","b"]}`), &out); err != nil || out.ID != "x" {
		t.Errorf("a list of an older server: %+v, %v", out, err)
	}
}

// A failure that says more than OpenCode's kind of it may is one that may, and
// clients of ours read it as it was.
func TestFailuresSurviveTheWire(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in   NamedError
		wire string
	}{
		"fits":   {*NewError(NameAborted, "ended"), `{"name":"MessageAbortedError","data":{"message":"ended"}}`},
		"own":    {*NewError(NameBudgetExhausted, "used up"), `{"name":"APIError","data":{"isRetryable":false,"message":"used up","metadata":{"name":"BudgetExhaustedError"}}}`},
		"hinted": {NamedError{NameUnknown, map[string]any{"message": "no", "hint": "wait"}}, `{"name":"APIError","data":{"isRetryable":false,"message":"no","metadata":{"hint":"wait","name":"UnknownError"}}}`},
		"model": {NamedError{NameAPI, map[string]any{"message": "busy", "isRetryable": true, "statusCode": 429.0, "providerID": "x"}},
			`{"name":"APIError","data":{"isRetryable":true,"message":"busy","metadata":{"providerID":"x"},"statusCode":429}}`},
	} {
		b, err := json.Marshal(Message{Role: RoleAssistant, Error: &tc.in})
		if err != nil || !strings.Contains(string(b), tc.wire) {
			t.Errorf("%s: %s, %v", name, b, err)
		}
		var m Message
		if err := json.Unmarshal(b, &m); err != nil || m.Error.Name != tc.in.Name || m.Error.Message() != tc.in.Message() || m.Error.Data["hint"] != tc.in.Data["hint"] {
			t.Errorf("%s: read as %+v, %v", name, m.Error, err)
		}
	}
}

func TestSourcesSurviveTheWire(t *testing.T) {
	t.Parallel()
	p := Part{Type: PartText, Metadata: map[string]any{"x": 1}}
	want := []Citation{{N: 1, Title: "T", Link: "https://a/#b", Cited: true}}
	p.SetSources(want)
	b, _ := json.Marshal(p)
	var q Part
	if err := json.Unmarshal(b, &q); err != nil || !reflect.DeepEqual(q.Sources(), want) || !reflect.DeepEqual(p.Sources(), want) {
		t.Errorf("got %+v, %v", q.Sources(), err)
	}
}

// A stream that breaks is taken up after the last event seen, and the caller
// sees one server.connected and every event once.
func TestEventsResume(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "data: {\"type\":\"server.connected\",\"properties\":{}}\n\n: ping\n\n")
		last := r.Header.Get("Last-Event-ID")
		switch calls.Add(1) {
		case 1:
			fmt.Fprint(w, "id: 7\ndata: {\"type\":\"a\",\ndata: \"properties\":{}}\n\nid: 8\ndata: {\"type\":\"b\"") // cut in the middle
		case 2:
			if last != "7" {
				t.Errorf("Last-Event-ID %q, want 7", last)
			}
			fmt.Fprint(w, "id: 8\ndata: {\"type\":\"b\",\"properties\":{}}\n\n")
		}
	}))
	defer srv.Close()
	var got []string
	for e, err := range NewClient(srv.URL, "").Events(t.Context(), Subscribe{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s/%d", e.Type, e.Seq))
		if e.Type == "b" {
			break
		}
	}
	if s := strings.Join(got, " "); s != "server.connected/0 a/7 b/8" {
		t.Errorf("events %s", s)
	}
}

func TestEventsEnd(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, p, _ := r.BasicAuth(); p != "right" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"name":"UnauthorizedError","data":{"message":"no"}}`)
			return
		}
		fmt.Fprint(w, "data: {\"type\":\"server.connected\",\"properties\":{}}\n\n")
	}))
	defer srv.Close()
	for _, err := range NewClient(srv.URL, "wrong").Events(t.Context(), Subscribe{}) {
		var e *Error
		if !errors.As(err, &e) || e.Status != 401 || e.HintText() == "" {
			t.Errorf("got %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range NewClient(srv.URL, "right").Events(ctx, Subscribe{}) {
		last = err
		cancel()
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("got %v, want canceled", last)
	}
}

func FuzzReadEvents(f *testing.F) {
	f.Add("id: 1\ndata: {}\n\n")
	f.Add("data:{\"type\":\"x\"}\r\n\r\n:\n\nid:\n")
	f.Fuzz(func(_ *testing.T, s string) {
		_, _ = readEvents(strings.NewReader(s), func() {}, func(e Event) bool { _, _ = e.Decode(); return true })
	})
}
