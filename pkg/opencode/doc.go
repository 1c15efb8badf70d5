// Package opencode is the agent runtime that opencoded serves: the HTTP and SSE
// API of OpenCode 1.x over a unix socket and loopback TCP, OpenAI's chat
// completions, and the web page. It has the configuration and puts the rooms
// together; each of them imports only what stands below it, and none this package:
//
//	httpapi · openai · web       what is served; rest turns functions into operations, api has types and client
//	library · system · docs      what the page asks of the knowledge base and the machine; the APIs described
//	prompt                       takes prompts, in order, and takes up what a killed process left
//	turn                         answers one question: search, model, tools, sub-agents
//	history · tools · permission what was said before, what a model may call, and whether it may
//	sessions · account · mcp     what was said, what it cost, tools of other servers
//	ledger · models · grounding  what is stored and told, the configured models, passages and citations
//	agents · loop · subagent     definitions, the agent loop, the protocol with a sub-agent
//	access                       who may ask; the identity of the caller is in the context
//
// agentdb is authoritative for everything that was said: a change is stored
// there before a client is told, the process holds only what runs. While agentdb
// is away the runtime serves and says so; prompts are refused with status 503.
//
// Run fails where the configuration or a socket cannot be used. Failures of a turn
// are in its message, those of a request are answers with a status.
package opencode
