// Package provider has the models of package llm that are reached over HTTP:
// Claude by Anthropic's API, everything else by OpenAI's chat completions, which
// OpenAI, Ollama, llama.cpp, vLLM and OpenRouter speak.
//
// Answers are read as servers give them, not as the protocols have it: calls by
// any of their marks, thoughts in fields, parts or tags, an error in any shape, at
// any point. A field that a server refuses is left out from then on.
//
// The server is authoritative for what it takes. Failures are *llm.Error with the
// server's own words, and without the key. Nothing is repeated here; llm.Set does
// that, where it can be seen.
package provider
