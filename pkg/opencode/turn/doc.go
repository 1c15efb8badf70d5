// Package turn answers one question: it searches, asks the model, runs the tools
// that the model calls, has sub-agents work, and checks what the model writes
// before anybody sees it.
//
//	question ─ search ─┬─ model ⇄ tools ─ gate ─ Output
//	                   └─ no model: quotations ───┘
//
// A turn is given what it needs of the process in a Runtime, and writes to an
// Output: a Recorder stores it as it comes, package openai streams it. The rules
// are authoritative for what a model may do, package gate for what an answer may
// contain, and the parent for all that a sub-agent asks for.
//
// A turn that fails has written what it had; Failure makes what a client is told
// of its error.
package turn
