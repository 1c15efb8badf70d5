// Package store is the boundary between agentdb and its database: what a
// database must do, in terms that SQLite and PostgreSQL can both do well. It
// holds no ranking and no text analysis: callers hand in index terms made by
// panther/pkg/search and unit vectors made by an embedding provider, and get
// back scored identifiers. The implementations are pkg/agentdb/sqlite and
// pkg/agentdb/postgres; package storetest is the conformance suite that both
// pass.
//
// # Corpora and units
//
// Two corpora are searched: Documents, whose units are passages, and Memories,
// whose units are memories. A unit is an int64 that the store gives, that is
// never reused, and that backup and restore keep, so that equal scores are
// ordered alike everywhere. Lexical statistics (number of units, average length,
// document frequencies) are those of the whole live corpus; a filter never
// changes a score.
//
// # Lexical score
//
// BM25 with the parameters of SQLite's FTS5 and the idf of Lucene's
// BM25Similarity, by which a term that most units of a small corpus have still
// counts: over the query's terms t that occur in unit u
//
//	Σ weight(t) · idf(t) · f·(k1+1) / (f + k1·(1 - b + b·|u|/avgdl)),  k1 = 1.2, b = 0.75
//	idf(t) = ln(1 + (N - n + 0.5) / (n + 0.5))
//
// where f is how often t occurs in u, |u| the number of terms of u, n the sum of
// the units that have each of the query's terms that are kin of t, t among them,
// at most N, and N all units. A silent term (search.Silent) is there for phrases
// alone: it has no f and is not counted in |u|.
//
// # Pending work
//
// There is no queue. A unit that has no vector in a space is pending in that
// space; Embed finds such units, and a crash at any moment leaves them to be
// found again.
//
// # Writes
//
// Every write may be repeated with the same result: documents are keyed by
// their URI, memories and runs by the caller's ID, feedback and commits by a
// key. All methods may be called by several goroutines.
//
// # Owners
//
// Sessions, their messages and events, and memories have an owner. Whatever reads
// or changes them by a context sees what identity.Sees shows to the identity of
// that context (package identity): what it does not see is not there. Without an
// identity nothing is. Commit, Reindex, Export and Import are not narrowed: those who may
// call them keep the records of everyone.
//
// # Errors
//
// ErrNotFound and ErrUnknownSpace are what they say. ErrUnavailable wraps every
// failure that ends when the database is back (refused or broken connection,
// shutdown, lock timeout); callers repeat such a call. Anything else is a defect
// or a broken database.
package store
