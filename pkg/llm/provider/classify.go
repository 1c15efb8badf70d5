package provider

import (
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"panther/pkg/llm"
)

// classify makes an *llm.Error of an answer's status and headers and of what its
// body said. In a stream the status is 200, and the body tells.
func classify(status int, h http.Header, s said) *llm.Error {
	if status < 400 {
		status = s.status
	}
	if status == 0 {
		status = statusOf(s.codes)
	}
	e := &llm.Error{Status: status, Codes: s.codes, RetryAfter: retryAfter(h, time.Now())}
	if s.text == "" {
		s.text = http.StatusText(status)
	}
	e.Err = errors.New(s.text)
	low := strings.ToLower(s.text)
	switch {
	case status == http.StatusPaymentRequired || quotaCodes.MatchString(s.codes) || quotaWords.MatchString(low) && !rateWords.MatchString(low) && e.RetryAfter == 0:
		e.Kind = llm.KindQuota
	case status == http.StatusRequestEntityTooLarge || overflowWords.MatchString(s.codes) || overflowWords.MatchString(low) && status != http.StatusTooManyRequests:
		e.Kind = llm.KindOverflow
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		e.Kind = llm.KindAuth
	case status == http.StatusTooManyRequests:
		e.Kind = llm.KindRate
	case status == http.StatusRequestTimeout || status == http.StatusConflict || status == http.StatusTooEarly || status >= 500:
		e.Kind = llm.KindServer
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
