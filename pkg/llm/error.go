package llm

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Kind tells what a caller can decide about a failure.
type Kind int

// Kinds of failure.
const (
	KindRequest   Kind = iota // the provider refuses the request: repeating it cannot help
	KindAuth                  // the key is missing or wrong
	KindOverflow              // the conversation does not fit the model
	KindRate                  // too many requests or tokens for now
	KindQuota                 // the account is used up
	KindServer                // the provider failed
	KindNetwork               // the provider was not reached, or the stream broke
	KindCancelled             // the caller gave up
)

// Error is a failure of a model.
type Error struct {
	Ref        string // provider/model
	Kind       Kind
	Status     int           // HTTP status; 0 if there was no answer
	RetryAfter time.Duration // what the provider asked for; 0 if nothing
	Credential string        // name of the key's credential, for the hint
	Err        error

	said said
}

func (e *Error) Error() string {
	if e.Status > 0 {
		return fmt.Sprintf("ask %s: %v (%d)", e.Ref, e.Err, e.Status)
	}
	return fmt.Sprintf("ask %s: %v", e.Ref, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same request may succeed a moment later.
func (e *Error) Temporary() bool {
	return e.Kind == KindRate || e.Kind == KindServer || e.Kind == KindNetwork
}

// HintText returns what an operator can do.
func (e *Error) HintText() string {
	switch e.Kind {
	case KindAuth:
		if e.Credential != "" {
			return "put the provider's key into the credential " + e.Credential
		}
		return "give the provider a credential in opencode.toml"
	case KindQuota:
		return "top up the account at the provider, or configure a fallback model"
	case KindRate:
		return "wait, or configure a fallback model"
	case KindNetwork:
		return "check the provider's url in opencode.toml and that its server runs"
	case KindOverflow:
		return "start a new session, or set the model's context in opencode.toml"
	case KindRequest:
		if e.Status == http.StatusNotFound {
			return "check the model's id and the provider's url in opencode.toml"
		}
	}
	return ""
}

// KindOf returns the kind of a failure, KindRequest for one that is no *Error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindRequest
}

// classify makes an *Error of an answer's status and headers and of what its
// body said. In a stream the status is 200, and the body tells.
func classify(status int, h http.Header, s said) *Error {
	if status < 400 {
		status = s.status
	}
	if status == 0 {
		status = statusOf(s.codes)
	}
	e := &Error{Status: status, said: s, RetryAfter: retryAfter(h, time.Now())}
	if s.text == "" {
		s.text = http.StatusText(status)
	}
	e.Err = errors.New(s.text)
	low := strings.ToLower(s.text)
	switch {
	case status == http.StatusPaymentRequired || quotaCodes.MatchString(s.codes) || quotaWords.MatchString(low) && !rateWords.MatchString(low) && e.RetryAfter == 0:
		e.Kind = KindQuota
	case status == http.StatusRequestEntityTooLarge || overflowWords.MatchString(s.codes) || overflowWords.MatchString(low) && status != http.StatusTooManyRequests:
		e.Kind = KindOverflow
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		e.Kind = KindAuth
	case status == http.StatusTooManyRequests:
		e.Kind = KindRate
	case status == http.StatusRequestTimeout || status == http.StatusConflict || status == http.StatusTooEarly || status >= 500:
		e.Kind = KindServer
	}
	return e
}

// statusOf reads the name of a failure in a stream that gives no number.
func statusOf(codes string) int {
	for _, c := range []struct {
		word   string
		status int
	}{{"overload", 529}, {"rate", 429}, {"too_many", 429}, {"exhausted", 429}, {"throttl", 429}, {"auth", 401}, {"permission", 403},
		{"invalid", 400}, {"bad_request", 400}, {"badrequest", 400}, {"not_found", 404}, {"context_length", 400}, {"too_large", 413}} {
		if strings.Contains(codes, c.word) {
			return c.status
		}
	}
	return http.StatusInternalServerError
}

// Providers share no code for an account that is used up, and none for a
// conversation that is too long. These are the words of those that are known:
// OpenAI, Azure, Anthropic, Bedrock, Gemini, Mistral, DeepSeek, Qwen, Zhipu, Kimi,
// MiniMax, xAI, Groq, Cerebras, Cohere, Fireworks, Together, OpenRouter, Copilot;
// vLLM, SGLang, TGI, llama.cpp and its Python server, Ollama, LM Studio.
var (
	quotaCodes = regexp.MustCompile(`insufficient_quota|billing|insufficient_balance|insufficient_credit|payment_required|credits_exhausted`)
	quotaWords = regexp.MustCompile(`exceeded your current quota|credit balance is too low|insufficient (balance|credit|fund|quota)|(credit|balance|quota)s?\b.{0,40}\b(used up|exhausted|depleted|ran out)|out of credits|not enough credits|requires more credits|account.{0,20}(in arrears|overdue)`)
	rateWords  = regexp.MustCompile(`per (second|minute|hour|day)|retry in|try again in|rate limit`)

	overflowWords = regexp.MustCompile(strings.Join([]string{
		`context_length`, `exceed_context`, `context_window_exceeded`, `context (length|window|size|limit)`, `(maximum|max) context`,
		`prompt.{0,20} too long`, `input.{0,20} too (long|large)`, `too many (input )?tokens`, `too large for model`,
		`input token count.{0,40}exceed`, `token count.{0,40}exceeds`, `exceeded model token limit`, `maximum prompt length`,
		`prompt exceeds max`, `range of input length`, "inputs`? tokens", `reduce the length of the (messages|input|prompt)`,
		`longer than the model`, `greater than the (maximum )?context`, `when context the overflows`, `maximum input length`,
		`total message size.{0,40}exceeds`, `request too large`, `exceeds the (maximum|limit).{0,40}tokens`}, "|"))
)

// retryAfter reads Retry-After (RFC 9110, seconds or a date) and the
// milliseconds that some providers send.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 && ms < 1e9 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 && s < 1e6 {
		return time.Duration(s * float64(time.Second))
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}
