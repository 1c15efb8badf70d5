// Package ledger writes down what happens in sessions before anybody is told.
//
// All changes of a process go through one queue and one writer. While a commit
// is on its way to agentdb the next changes gather, and what they say about the
// same thing is merged, so that a fast model costs one commit for many tokens
// and two hundred sessions share their commits:
//
//	turn ─┐                        ┌─ ring of recent events ─ subscriber
//	turn ─┼─ queue ─ commit ─ seqs ┤
//	turn ─┘     (agentdb)          └─ subscriber
//
// agentdb gives the events their numbers, and since there is one writer they
// are published in the order of their numbers. A subscriber holds nothing but
// the number of the last event it saw: what is no longer in the ring it reads
// back from agentdb, so that a slow or returning one costs no memory and misses
// nothing.
//
// agentdb is authoritative. While it is away the writer repeats the same commit
// under the same key, Append blocks when the queue is full, and Write returns
// when its context ends.
package ledger
