// Package sessions keeps the sessions of the runtime: who may see one, what is
// in it, and which turn runs in it. It provides one way to read and one way to
// change a session, so that nobody else decides whose it is.
//
// agentdb is authoritative for what was said; the process holds a session's
// record while somebody uses it, and stores a change before a client is told
// (package ledger). Turns of a session come one after the other:
//
//	Enter ─ waits ─ runs ─ leave
//	                 └─ Abort, Delete: cancelled with ErrAborted
//
// A session of somebody else is not there: *api.Error with status 404. While
// agentdb is away everything fails with its error.
package sessions
