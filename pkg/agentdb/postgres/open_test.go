package postgres

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"panther/pkg/agentdb/postgres/pgtest"
	"panther/pkg/agentdb/store"
	"panther/pkg/sd"
)

// TestOpenSays opens what cannot be opened and expects words that help.
func TestOpenSays(t *testing.T) {
	t.Parallel()
	with := func(change func(u *url.URL, q url.Values)) string {
		u, err := url.Parse(pgtest.Empty(t))
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		change(u, q)
		u.RawQuery = q.Encode()
		return u.String()
	}
	for name, tc := range map[string]struct{ url, text, hint string }{
		"extension": {pgtest.Empty(t), "has no extension vector", "agentdb setup"},
		"database":  {with(func(u *url.URL, _ url.Values) { u.Path = "/missing" }), "does not exist", "agentdb setup"},
		"role":      {with(func(_ *url.URL, q url.Values) { q.Set("user", "missing") }), "does not exist", "agentdb setup"},
		"server":    {with(func(_ *url.URL, q url.Values) { q.Set("host", t.TempDir()) }), "no such file", "is PostgreSQL running?"},
	} {
		_, err := Open(t.Context(), tc.url)
		if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), tc.text) || !strings.Contains(sd.HintOf(err), tc.hint) {
			t.Errorf("%s: %v\nhint: %s", name, err, sd.HintOf(err))
		}
	}
	if _, err := Open(t.Context(), "postgres://%"); err == nil || sd.HintOf(err) == "" {
		t.Errorf("a broken URL: %v", err)
	}
}

func TestNewerSchema(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	s, err := Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), db); err != nil { // migrating twice changes nothing
		t.Fatal(err)
	}
	_ = s.Close()
	pgtest.Exec(t, db, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)")
	if _, err := Open(t.Context(), db); !errors.Is(err, store.ErrNewerSchema) || sd.HintOf(err) == "" {
		t.Errorf("a newer schema gave %v", err)
	}
}

// TestUpkeepErrors breaks the index and hears that it cannot be folded.
func TestUpkeepErrors(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	s, err := Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	heard := make(chan error, 9)
	s.OnUpkeepError(func(err error) { heard <- err })
	pgtest.Exec(t, db, "ALTER TABLE tally RENAME TO gone")
	s.upkeep.call()
	select {
	case err := <-heard:
		if code(err) != codeUndefinedTable {
			t.Errorf("heard %v", err)
		}
	case <-time.After(2 * time.Minute):
		t.Error("heard nothing")
	}
}

// TestSlowQueries has a threshold that every query passes.
func TestSlowQueries(t *testing.T) {
	t.Parallel()
	s := openTest(t).(*Store)
	heard := make(chan SlowQuery, 99)
	s.OnSlowQuery(time.Nanosecond, func(q SlowQuery) { heard <- q })
	if _, err := s.Document(t.Context(), "none"); !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	timeout := time.After(2 * time.Minute)
	for {
		select {
		case q := <-heard:
			if strings.Contains(q.SQL, "FROM document WHERE id = $1") {
				if !strings.Contains(q.Plan, "document") || q.Took <= 0 || q.Err != nil {
					t.Errorf("heard %+v", q)
				}
				return
			}
		case <-timeout:
			t.Fatal("heard nothing")
		}
	}
}
