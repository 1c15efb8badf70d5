// Package postgres keeps agentdb's data in PostgreSQL 15 or newer with pgvector
// 0.8, which several agentdb processes may use at once: what a server runs. It
// implements store.Store; PostgreSQL is authoritative and the process keeps
// nothing that a kill could lose.
//
// # Lexical search
//
// PostgreSQL has no BM25, so the store keeps an inverted index of its own. Every
// transaction that adds or removes units writes blocks of postings with them
// into posting_new, new units as blocks and removed ones as blocks with a
// negative count, and differences of the corpus counters into tally. No row is
// shared between writers, and a search that reads both tables in one statement
// sees exactly the units of its snapshot, with exact statistics. After some
// hundred transactions a fold merges posting_new into posting, where blocks are
// full and do not overlap, and adds up tally. Package postings does the
// arithmetic: a search reads the blocks of its terms and MaxScore over block
// maxima decides which of them are worth decoding.
//
// # Dense search
//
// Each embedding space has two tables of halfvec, one for each corpus, so that
// dropping a space is dropping tables and its HNSW index covers that space only.
// An index is built (concurrently) when a space is made active or has grown
// large; smaller tables are scanned. Filters that leave few units are resolved
// first and searched exactly; others ride on an iterative index scan.
//
// # Events
//
// Numbers of events come from one row that is locked until the commit, so they
// become visible in their order.
//
// # Queries
//
// They are plain SQL beside the code that uses them, each with a line that says
// which call that is and which index serves it. sqlc generates none of them:
// filters, the tables of a space and COPY are put together at run time, and what
// is left reads like package sqlite, which has the same rows to scan.
//
// # Failures
//
// Transactions that lose a race (serialization, deadlock, a space dropped
// meanwhile) are repeated. What ends when the server is back is
// store.ErrUnavailable.
package postgres
