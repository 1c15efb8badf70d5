// Package setup makes what a knowledge store needs of a PostgreSQL server and
// only a superuser may give it: a role to log in as, a database that it owns,
// and the extension vector in it, which is not a trusted one.
//
// What is there already is left alone, so it may run at every boot. The tables
// are not its business: agentdb makes and migrates them itself. A server that
// does not answer is an error that a restart may cure; a missing pgvector is
// one that it cannot (exit status 78).
package setup

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"panther/pkg/sd"
)

// minVector is the first pgvector whose index scans go on until a filter has
// let enough rows through.
const minVector = "0.8.0"

// Target is what to make, and where.
type Target struct {
	Admin    string // connection of a superuser, to any database of the server
	Database string // its encoding will be UTF-8, its order that of bytes
	Role     string // owns the database; it gets no password
}

// Run makes what is missing and returns a line for each thing that it made.
func Run(ctx context.Context, t Target) (made []string, err error) {
	cfg, err := pgx.ParseConfig(t.Admin)
	if err != nil {
		return nil, sd.ConfigError(fmt.Errorf("read connection of the superuser: %w", err), "")
	}
	err = with(ctx, cfg, func(conn *pgx.Conn) error {
		made, err = roleAndDatabase(ctx, conn, t)
		return err
	})
	if err != nil {
		return made, err
	}
	cfg.Database = t.Database
	err = with(ctx, cfg, func(conn *pgx.Conn) error {
		change, err := vector(ctx, conn)
		if change != "" {
			made = append(made, change)
		}
		return err
	})
	return made, err
}

func with(ctx context.Context, cfg *pgx.ConnConfig, f func(*pgx.Conn) error) error {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return sd.Hint(fmt.Errorf("connect to database %s: %w", cfg.Database, err), "see: systemctl status postgresql")
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return f(conn)
}

func roleAndDatabase(ctx context.Context, conn *pgx.Conn, t Target) (made []string, err error) {
	role, database := pgx.Identifier{t.Role}.Sanitize(), pgx.Identifier{t.Database}.Sanitize()
	for _, s := range []struct{ what, name, exists, create string }{
		{"role", t.Role, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, "CREATE ROLE " + role + " LOGIN"},
		{"database", t.Database, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`,
			"CREATE DATABASE " + database + " OWNER " + role + " TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"},
	} {
		var exists bool
		if err := conn.QueryRow(ctx, s.exists, s.name).Scan(&exists); err != nil {
			return made, fmt.Errorf("look for %s %s: %w", s.what, s.name, err)
		}
		if exists {
			continue
		}
		if _, err := conn.Exec(ctx, s.create); err != nil {
			return made, fmt.Errorf("create %s %s: %w", s.what, s.name, err)
		}
		made = append(made, fmt.Sprintf("created %s %s", s.what, s.name))
	}
	return made, nil
}

// vector creates the extension in the database of conn, or brings it to the
// version that the server has.
func vector(ctx context.Context, conn *pgx.Conn) (change string, err error) {
	var available string
	var installed *string
	var recent bool
	err = conn.QueryRow(ctx, `SELECT default_version, installed_version,
		string_to_array(default_version, '.')::int[] >= string_to_array($1, '.')::int[]
		FROM pg_available_extensions WHERE name = 'vector'`, minVector).Scan(&available, &installed, &recent)
	var statement string
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", sd.ConfigError(errors.New("the server has no extension vector"),
			"install pgvector "+minVector+" or newer for it, on Debian: apt install postgresql-17-pgvector")
	case err != nil:
		return "", fmt.Errorf("look for extension vector: %w", err)
	case !recent:
		return "", sd.ConfigError(fmt.Errorf("the server's extension vector is %s", available),
			"install pgvector "+minVector+" or newer")
	case installed == nil:
		change, statement = "created extension vector "+available, "CREATE EXTENSION vector"
	case *installed != available:
		change, statement = "updated extension vector to "+available, "ALTER EXTENSION vector UPDATE"
	default:
		return "", nil
	}
	if _, err := conn.Exec(ctx, statement); err != nil {
		return "", fmt.Errorf("install extension vector: %w", err)
	}
	return change, nil
}
