// Package grounding ties answers to sources. It numbers the passages that a
// turn has read, fences them so that a model can tell data from instructions,
// checks what the model writes against them as it streams, and writes the
// answer itself where there is no model.
//
//	question ─ Query ─ agentdb ─ Sources ─ Prompt ─ model ─ Guard ─ answer
//	                                 └────────── Extract ──────────────┘
//
// What the Guard promises holds whatever the model was talked into:
//
//   - a citation [N] in an answer names a passage that this turn has read; an
//     invented one is marked;
//   - a URL in an answer stands word for word in a source, a tool's result or
//     the user's own words, or leads to the user's own machine or to a reserved
//     example name; any other is taken out before anybody sees it. So text that
//     a page smuggled in cannot have a client call out with what the
//     conversation holds, be it by link, image or markup.
//
// The package keeps no state beyond a turn and calls nothing.
package grounding
