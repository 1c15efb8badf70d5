// Package storetest is the conformance suite of store.Store: both databases
// pass it, and so they rank and remember alike. It states the contract of
// package store in tests and knows no implementation.
package storetest

import (
	"testing"

	"panther/pkg/agentdb/store"
)

// Run checks a store. open returns a new, empty one for each subtest, and closes
// it by t.Cleanup; subtests run in parallel.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for name, test := range map[string]func(*testing.T, store.Store){
		"documents":       testDocuments,
		"passages":        testPassages,
		"tombstone":       testTombstone,
		"outdated":        testOutdated,
		"reindex":         testReindex,
		"list documents":  testListDocuments,
		"history":         testHistory,
		"long history":    testLongHistory,
		"bm25":            testBM25,
		"filters":         testFilters,
		"phrases":         testPhrases,
		"words":           testWords,
		"languages":       testLanguages,
		"nearest":         testNearest,
		"spaces":          testSpaces,
		"embed":           testEmbed,
		"memories":        testMemories,
		"memory scopes":   testMemoryScopes,
		"memory owners":   testMemoryOwners,
		"session owners":  testSessionOwners,
		"foreign ids":     testForeignIDs,
		"commit":          testCommit,
		"delete sessions": testDeleteSessions,
		"message order":   testMessageOrder,
		"list sessions":   testListSessions,
		"said":            testSaid,
		"kept sessions":   testKept,
		"said owners":     testSaidOwners,
		"crawls":          testCrawls,
		"canaries":        testCanaries,
		"stats":           testStats,
		"maintain":        testMaintain,
		"check":           testCheck,
		"export":          testExport,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}
