// Package pgtest gives tests a PostgreSQL database of their own, on the server
// that PANTHER_TEST_POSTGRES names: the URL of a superuser of PostgreSQL 15 or
// newer with pgvector 0.8. scripts/test sets it; without it such tests skip.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Env names the variable with the server's URL.
const Env = "PANTHER_TEST_POSTGRES"

var number atomic.Int64

// Server returns the URL of the test server, or skips the test.
func Server(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv(Env)
	if server == "" {
		tb.Skip("no PostgreSQL to test with: export " + Env + "=$(scripts/postgres start DIR), and scripts/postgres remove DIR afterwards")
	}
	return server
}

// Empty returns the URL of a new database without the extension vector. It is
// dropped at the end of the test, whoever is still connected.
func Empty(tb testing.TB) string {
	tb.Helper()
	server := Server(tb)
	name := fmt.Sprintf("test_%d_%d_%d", os.Getpid(), time.Now().UnixNano(), number.Add(1))
	Exec(tb, server, "CREATE DATABASE "+name)
	tb.Cleanup(func() { Exec(tb, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		tb.Fatalf("%s: %v", Env, err)
	}
	u.Path = "/" + name
	return u.String()
}

// Database returns the URL of a new database with the extension vector.
func Database(tb testing.TB) string {
	tb.Helper()
	db := Empty(tb)
	Exec(tb, db, "CREATE EXTENSION vector")
	return db
}

// Exec runs statements over a connection of their own.
func Exec(tb testing.TB, db string, statements ...string) {
	tb.Helper()
	ctx := context.Background() // cleanups run after the test's own has ended
	conn, err := pgx.Connect(ctx, db)
	if err != nil {
		tb.Fatalf("connect to PostgreSQL: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			tb.Fatalf("%s: %v", s, err)
		}
	}
}
