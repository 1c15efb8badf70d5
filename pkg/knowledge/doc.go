// Package knowledge is the Go side of agentdb's HTTP API: the types on the
// wire and a client for them. agentdb is authoritative for everything behind
// it; this package keeps no state, and a type here changes only together with
// the API's version. Readers tolerate fields that they do not know.
//
// Every write may be sent again: documents are keyed by their URI, everything
// else by an identifier that the caller makes. The client therefore repeats a
// request whose connection broke, so that a restart of agentdb is a delay and
// not an error.
package knowledge
