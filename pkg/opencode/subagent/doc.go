// Package subagent is the protocol between opencoded and a sub-agent, and both
// its ends. It is JSON-RPC 2.0, one message a line, both ways on one connection:
//
//	sub-agent                               parent
//	    ├─ hello {protocol, version, pid} ────▶│
//	    │◀─ {protocol} ────────────────────────┤
//	    │◀─ run {system, prompt, tools, steps} ┤
//	    ├─ model {messages} ──────────────────▶│ asks the model, counts the cost
//	    │◀─ answer ────────────────────────────┤
//	    ├─ tool {name, arguments} ────────────▶│ decides, does it
//	    │◀─ result ────────────────────────────┤
//	    ├─ ran {output} ──────────────────────▶│ of a command, where the shell is allowed
//	    │◀─ result ────────────────────────────┤
//	    ├─ {text} (the answer to run) ────────▶│
//	    └────────────── closed ────────────────┘
//
// The sub-agent has nothing but the connection: no key, no network, no other
// socket. The parent is authoritative for what it may have: it asks the model
// with its own instructions and its own list of tools whatever the sub-agent
// sends, and counts. A connection that closes ends everything that runs on it.
package subagent
