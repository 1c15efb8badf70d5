// Package opencode is the agent runtime that opencoded serves: the HTTP and SSE
// API of OpenCode 1.x (package api has its types) over a unix socket and
// loopback TCP, sessions, turns, tools, permissions and sub-agents, OpenAI's
// chat completions, and the web page.
//
// One turn:
//
//	prompt ─ stored ─ waits for the turn before it ─ search ─┬─ model ⇄ tools ─ answer ─ stored ─ idle
//	                                                         └─ no model: quotations ──────┘
//
// agentdb is authoritative for everything that was said: a change is stored
// there before a client is told (package ledger), the process holds only what
// runs. When it is killed, the next one marks the turns that ran as interrupted,
// keeps their text, and answers the prompts that waited. While agentdb is away the runtime serves and says so;
// prompts are refused with status 503.
//
// Package access decides who may ask; what is called with a request finds its
// identity in the context.
//
// Failures of a turn are in its message; those of a request are api.NamedError
// with a status: 400 for what cannot be read, 404 for what there is not, 503 for
// what may work later. 500 would be a defect.
package opencode
