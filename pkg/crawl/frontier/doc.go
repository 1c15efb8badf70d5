// Package frontier remembers every address of one source: what is still to be
// visited in the run that goes on, and what became of it in the last one. It
// hands addresses out one at a time, each at most once a run, as fast as their
// hosts allow.
//
// All records are held in memory, about 400 bytes each; a SQLite file is the
// durable copy and is read only when it is opened. Changes reach the file in
// the order in which they were made, in transactions of many, so that a process
// killed at any moment leaves a prefix of what it did: an address that was
// claimed and not finished is handed out again by the next process, and nothing
// else is.
//
// The states of a record in a run:
//
//	Idle ── Begin, Add ──> Pending ── Claim ──> (in flight) ── Finish ──> Visited
//	                          ^                      │
//	                          └────── Requeue, kill ─┘
//
// One process has a file open at a time; Open says so when another has it.
package frontier
