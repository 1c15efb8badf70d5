// Package history is what a model is told of the conversation before a question:
// the exchanges since the last summary, and the summary. It makes summaries where
// a conversation outgrows a model, and stores them as messages behind which the
// history begins.
//
// The messages of the session are authoritative. A summary that fails leaves the
// history as it was.
package history
