// Package grounding ties answers to sources. It numbers the passages that a
// turn has read, fences them so that a model can tell data from instructions,
// tells the gate what an answer may refer to, and writes the answer itself
// where there is no model.
//
//	question ─ Query ─ agentdb ─ Sources ─ Prompt ─ model ─ gate ─ answer
//	                                 └────────── Extract ────┘
//
// What the gate promises holds whatever the model was talked into: a citation
// names a passage that this turn has read, and a link leads to an address that
// stands word for word in a source, a tool's result or the user's own words.
// So text that a page smuggled in cannot have a client call out with what the
// conversation holds.
//
// The package keeps no state beyond a turn and calls nothing.
package grounding
