package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"panther/pkg/agentdb/store"
	"panther/pkg/sd"

	"github.com/jackc/pgx/v5"
)

// What the store needs: pgvector 0.8 has iterative scans, PostgreSQL 15 MERGE and
// the owner's rights on the schema public.
const (
	minServer   = 150000
	minVector   = "0.8"
	setupHint   = "run `agentdb setup` as user postgres; agentdb-setup.service does so at boot"
	packageHint = "install pgvector 0.8 or newer for this server (Debian: postgresql-17-pgvector) and run `agentdb setup` again"
)

// verify connects once and says what is missing in words that help. What a
// running set-up may bring is store.ErrUnavailable, so that agentdb waits for it.
func verify(ctx context.Context, cfg *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return sd.Hint(fmt.Errorf("connect: %w: %w", store.ErrUnavailable, err), connectHint(err))
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := checkServer(ctx, conn); err != nil {
		return err
	}
	var version string
	// Open: pg_extension has a handful of rows.
	err = conn.QueryRow(ctx, "SELECT extversion FROM pg_extension WHERE extname = 'vector'").Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return sd.Hint(fmt.Errorf("%w: database %s has no extension vector", store.ErrUnavailable, cfg.Database), setupHint)
	}
	if err != nil {
		return failed("read the version of pgvector", err)
	}
	if older(version, minVector) {
		return sd.ConfigError(fmt.Errorf("pgvector is %s, older than %s", version, minVector), packageHint)
	}
	return nil
}

// connectHint says what to do about a connection that was refused.
func connectHint(err error) string {
	switch c := code(err); {
	case c == codeNoDatabase:
		return setupHint
	case strings.HasPrefix(c, "28"): // invalid authorization: no such role, or not allowed by pg_hba.conf
		return "the role may be missing: " + setupHint
	case c == codeTooMany:
		return "raise max_connections of the server, or stop other clients"
	}
	return "is PostgreSQL running? systemctl status postgresql"
}

func checkServer(ctx context.Context, conn *pgx.Conn) error {
	var number int
	var name string
	err := conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int, current_setting('server_version')").Scan(&number, &name)
	if err != nil {
		return failed("read the server's version", err)
	}
	if number < minServer {
		return sd.ConfigError(fmt.Errorf("PostgreSQL is %s, older than 15", name), "upgrade the server, or name a newer one in agentdb.toml")
	}
	return nil
}

// older compares the first two numbers of versions.
func older(a, b string) bool {
	var a1, a2, b1, b2 int
	_, _ = fmt.Sscanf(a, "%d.%d", &a1, &a2)
	_, _ = fmt.Sscanf(b, "%d.%d", &b1, &b2)
	return a1 < b1 || a1 == b1 && a2 < b2
}
