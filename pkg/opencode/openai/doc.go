// Package openai serves OpenAI's chat completions and responses, so that whatever
// speaks them can ask the agents: the model is an agent, provider/model, or
// anything else for the default. Nothing is stored but the last responses, in
// memory, and there is nobody to ask for a permission.
//
// Tools of the client are called by ending the answer with the calls; the client
// comes back with their results. What a request asks for and is not done here is
// refused, and never left out without a word. What a chat interface asks beside
// the conversation, such as a title, is answered by the model alone.
//
// An answer that fails before its first word is an error with a status, one that
// fails later ends with an event that says so.
package openai
