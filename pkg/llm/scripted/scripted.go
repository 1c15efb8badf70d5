// Package scripted serves a language model that says what a script tells it to,
// by the wire protocols of OpenAI's chat completions and of Anthropic's
// messages, streamed. Tests and benchmarks use it, so that nothing calls out;
// it is no mock of our own code but a server that any client can talk to. It
// keeps no state.
package scripted

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"panther/pkg/llm"
)

// Request is what a client asked, the same for both protocols.
type Request struct {
	Protocol string // "openai" or "anthropic"
	Model    string
	Key      string
	System   string
	Messages []llm.Message
	Tools    []string // names of those that may be called
	Header   http.Header
	Body     json.RawMessage // as it was sent
}

// Last returns the text of the last message of a role, or "".
func (r Request) Last(role string) string {
	for i := len(r.Messages) - 1; i >= 0; i-- {
		if r.Messages[i].Role == role {
			return r.Messages[i].Text
		}
	}
	return ""
}

// Reply is what the model says.
type Reply struct {
	Text      string // streamed word by word
	Reasoning string
	Calls     []llm.Call
	Finish    string        // "" means what fits
	Delay     time.Duration // before every piece
	Usage     llm.Usage     // zero means counted

	Status     int    // an error instead, with Error as its message
	Error      string //
	RetryAfter string // header of an error
	Cut        int    // break the connection after that many pieces
	Hang       bool   // say nothing until the client leaves
}

// Script decides what is said to a request. It is called by several goroutines.
type Script func(Request) Reply

// Handler returns the server: POST …/chat/completions, POST …/messages and GET
// …/models.
func Handler(s Script) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) { serve(w, r, s, openAI{}) })
	mux.HandleFunc("POST /v1/messages", func(w http.ResponseWriter, r *http.Request) { serve(w, r, s, anthropic{}) })
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"object":"list","data":[{"id":"scripted","object":"model","created":0,"owned_by":"scripted"}]}`)
	})
	return mux
}

// wire is one protocol.
type wire interface {
	parse(*http.Request, []byte) (Request, error)
	failure(Reply) any
	begin(*stream)
	reasoning(*stream, string)
	text(*stream, string)
	call(*stream, int, llm.Call)
	end(*stream, Reply, llm.Usage)
}

// stream writes pieces and counts them.
type stream struct {
	w     http.ResponseWriter
	r     *http.Request
	reply Reply
	model string
	n     int
	block int // anthropic: index of the next block
}

func (s *stream) send(event string, data any) {
	if event != "" {
		fmt.Fprintf(s.w, "event: %s\n", event)
	}
	b, _ := json.Marshal(data)
	fmt.Fprintf(s.w, "data: %s\n\n", b)
	if f, ok := s.w.(http.Flusher); ok {
		f.Flush()
	}
}

// piece waits before a piece, or ends the handler in the middle of the answer,
// so that the client sees a connection that broke.
func (s *stream) piece() {
	s.n++
	if s.reply.Cut > 0 && s.n > s.reply.Cut {
		panic(http.ErrAbortHandler)
	}
	if s.reply.Delay > 0 {
		select {
		case <-s.r.Context().Done():
			panic(http.ErrAbortHandler)
		case <-time.After(s.reply.Delay):
		}
	}
}

func serve(w http.ResponseWriter, r *http.Request, script Script, p wire) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	var req Request
	if err == nil {
		req, err = p.parse(r, body)
	}
	if err != nil {
		http.Error(w, `{"error":{"message":"cannot read the request"}}`, http.StatusBadRequest)
		return
	}
	req.Header, req.Body = r.Header, body
	reply := script(req)
	if reply.Hang {
		<-r.Context().Done()
		return
	}
	if reply.Status != 0 {
		if reply.RetryAfter != "" {
			w.Header().Set("Retry-After", reply.RetryAfter)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(reply.Status)
		_ = json.NewEncoder(w).Encode(p.failure(reply))
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	s := &stream{w: w, r: r, reply: reply, model: req.Model}
	p.begin(s)
	for _, t := range Words(reply.Reasoning) {
		s.piece()
		p.reasoning(s, t)
	}
	for _, t := range Words(reply.Text) {
		s.piece()
		p.text(s, t)
	}
	for i, c := range reply.Calls {
		s.piece()
		p.call(s, i, c)
	}
	if reply.Cut > 0 {
		panic(http.ErrAbortHandler)
	}
	u := reply.Usage
	if u == (llm.Usage{}) {
		u = llm.Usage{Input: llm.Tokens(string(body)), Output: max(llm.Tokens(reply.Text+reply.Reasoning), 1)}
	}
	p.end(s, reply, u)
}

// Words cuts a text into the pieces in which it streams; joined they are the
// text.
func Words(s string) []string {
	if s == "" {
		return nil
	}
	return strings.SplitAfter(s, " ")
}

// Call returns a call of a tool.
func Call(id, name string, args any) llm.Call {
	b, _ := json.Marshal(args)
	return llm.Call{ID: id, Name: name, Arguments: b}
}
