package panther

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// scriptedModel speaks the streaming wire of OpenAI's chat completions: model
// "echo" cites the first passage, model "slow" writes one sentence and then
// nothing until the client goes away, model "broken" refuses, model "keeper"
// remembers something.
func scriptedModel(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Model    string            `json:"model"`
		Messages []json.RawMessage `json:"messages"`
	}
	b, _ := io.ReadAll(r.Body)
	if json.Unmarshal(b, &req) != nil {
		http.Error(w, `{"error":{"message":"no JSON"}}`, http.StatusBadRequest)
		return
	}
	if req.Model == "broken" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":{"message":"the key is not valid","type":"invalid_request_error"}}`)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(delta string, finish string) {
		choice := map[string]any{"index": 0, "delta": map[string]any{"content": delta}}
		if finish != "" {
			choice["finish_reason"] = finish
		}
		line, _ := json.Marshal(map[string]any{"id": "c1", "object": "chat.completion.chunk", "model": req.Model, "choices": []any{choice}})
		fmt.Fprintf(w, "data: %s\n\n", line)
		_ = http.NewResponseController(w).Flush()
	}
	var last struct{ Role string }
	if n := len(req.Messages); n > 0 {
		_ = json.Unmarshal(req.Messages[n-1], &last)
	}
	if req.Model == "keeper" && last.Role != "tool" {
		fmt.Fprint(w, `data: {"id":"c1","object":"chat.completion.chunk","model":"keeper","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","type":"function",`+
			`"function":{"name":"remember","arguments":"{\"text\":\"All partial indexes are bad.\"}"}}]},"finish_reason":"tool_calls"}]}`+"\n\ndata: [DONE]\n\n")
		return
	}
	if bytes.Contains(b, []byte("Reply with the word: ok")) {
		send("ok", "stop")
		fmt.Fprint(w, "data: [DONE]\n\n")
		return
	}
	for _, word := range strings.SplitAfter("A *partial* index covers a **subset** of a table [1]. ", " ") {
		send(word, "")
	}
	if req.Model == "slow" {
		<-r.Context().Done()
		return
	}
	send("\n\n\x1b]0;owned\x07- one\n- two", "stop")
	fmt.Fprint(w, "data: [DONE]\n\n")
}
