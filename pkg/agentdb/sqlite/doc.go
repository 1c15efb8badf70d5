// Package sqlite keeps agentdb's data in one SQLite file, which it alone may
// have open: the embedded default for a laptop. It implements store.Store.
//
// Passages and memories are indexed by FTS5 over exactly the terms that callers
// hand in: the tables hold the terms joined by spaces, and a tokenizer that
// changes nothing splits them again. FTS5 answers phrases and exclusions;
// scores are computed from postings in memory, by the same formula. Vectors are half-precision floats in a
// table and, for searching, int8 codes in memory: a scan of the codes picks
// candidates, which are scored again from the stored floats.
//
// One connection writes and several read (WAL), so searches go on during an
// ingest. Every write is on disk when its call returns (synchronous=FULL).
package sqlite
