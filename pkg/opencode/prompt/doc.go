// Package prompt takes what people ask: it stores a prompt, has it answered when
// the turn before it has ended, and writes down how that went.
//
//	Take ─ stored ─ waits for the session's turn ─ history ─ turn.Run ─ stored ─ idle
//	                 └─ the process stops: left to the next one ─ Recover ─┘
//
// agentdb is authoritative for what was said. When the process is killed, the
// next one marks the turns that ran as interrupted, keeps their text, and answers
// the prompts that waited. While agentdb is away prompts are refused with its
// error; a turn that cannot begin any more is ledger.ErrClosed.
package prompt
