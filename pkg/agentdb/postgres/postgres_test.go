package postgres

import (
	"path/filepath"
	"testing"

	"panther/pkg/agentdb/postgres/pgtest"
	"panther/pkg/agentdb/sqlite"
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

// TestTransfer moves a database to another of its kind, and to SQLite and back.
func TestTransfer(t *testing.T) {
	t.Parallel()
	lite := func(t *testing.T) store.Store {
		s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	for name, open := range map[string][2]func(*testing.T) store.Store{
		"to postgres":          {openTest, openTest},
		"to sqlite":            {openTest, lite},
		"from sqlite":          {lite, openTest},
		"of a folded database": {func(t *testing.T) store.Store { return eager{openTest(t).(*Store)} }, openTest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Transfer(t, open[0](t), open[1](t))
		})
	}
}
