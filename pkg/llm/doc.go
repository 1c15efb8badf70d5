// Package llm lets the agent runtime use language models of several providers
// through one small interface: a request goes in, pieces of the answer stream
// out, and the whole answer with its token counts comes back. Package provider
// has the models; this one knows none, so that a sub-agent carries no client of
// theirs.
//
// A Set holds the configured models. It repeats a request that may succeed a
// moment later, as Retry-After asks, and goes on to the fallbacks when a model
// stays away:
//
//	request ─ model ─ temporary error ─ wait ─ model ─ … ─ fallback ─ … ─ *Error
//
// The provider is authoritative for what a model can do; prices and limits are
// the configuration's. Failures are *Error, whose Kind tells what a caller can
// decide on. Keys and prompts are in no error and no log.
package llm
