// Package openai serves OpenAI's chat completions, so that whatever speaks them
// can ask the agents: the model is an agent, provider/model, or anything else for
// the default. The client holds the conversation; nothing of it is stored, and
// there is nobody to ask for a permission.
//
// An answer that fails before its first word is an error with a status, one that
// fails later ends with a line that says so.
package openai
