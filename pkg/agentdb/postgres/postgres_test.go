package postgres

import (
	"testing"

	"panther/pkg/agentdb/postgres/pgtest"
	"panther/pkg/agentdb/store"
	"panther/pkg/agentdb/store/storetest"
)

func openTest(t *testing.T) store.Store {
	t.Helper()
	s, err := Open(t.Context(), pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) { t.Parallel(); storetest.Run(t, openTest) }

func TestTransfer(t *testing.T) {
	t.Parallel()
	storetest.Transfer(t, openTest(t), openTest(t))
}
