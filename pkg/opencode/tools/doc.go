// Package tools has the tools that every agent has: each is a file with what
// models are told of it, its arguments, and what it does. A tool knows of the turn
// that it works for what is in Turn, and no more; whether it may run is decided
// before (package permission), and its arguments were read by then.
//
// agentdb is authoritative for documents and memories. What a tool finds is fenced
// as data, and its addresses may be linked to. An error is told to the model,
// which may try otherwise.
package tools
