// Package llm lets the agent runtime use language models of several providers
// through one small interface: a request goes in, pieces of the answer stream
// out, and the whole answer with its token counts comes back. Claude is reached
// by Anthropic's API, everything else by OpenAI's chat completions, which
// OpenAI, Ollama, llama.cpp, vLLM and OpenRouter speak.
//
// A Set holds the configured models. It repeats a request that may succeed a
// moment later, as Retry-After asks, and goes on to the fallbacks when a model
// stays away:
//
//	request ─ model ─ temporary error ─ wait ─ model ─ … ─ fallback ─ … ─ *Error
//
// Answers are read as servers give them, not as the protocols have it: calls by
// any of their marks, thoughts in fields, parts or tags, an error in any shape, at
// any point. A field that a server refuses is left out from then on.
//
// The provider is authoritative for what a model can do; prices and limits are
// the configuration's. Failures are *Error, whose Kind tells what a caller can
// decide on. Keys and prompts are in no error and no log.
package llm
