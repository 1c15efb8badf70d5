package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"panther/pkg/agentdb/store"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATE codes that decide what is done
// (https://www.postgresql.org/docs/17/errcodes-appendix.html).
const (
	codeSerialization  = "40001"
	codeDeadlock       = "40P01"
	codeForeignKey     = "23503"
	codeUnique         = "23505"
	codeUndefinedTable = "42P01"
	codeNoDatabase     = "3D000"
	codeLockTimeout    = "55P03"
	codeTooMany        = "53300"
	codeDiskFull       = "53100"
)

func code(err error) string {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code
	}
	return ""
}

// lostRace reports whether a repetition of the transaction may succeed.
func lostRace(err error) bool {
	switch code(err) {
	case codeSerialization, codeDeadlock, codeForeignKey, codeUnique, codeUndefinedTable:
		return true
	}
	return false
}

// badData reports whether the values were refused, which concerns one document
// and not the database: class 22 is data exceptions, 23 integrity, 54 limits.
func badData(err error) bool {
	c := code(err)
	return strings.HasPrefix(c, "22") || strings.HasPrefix(c, "23") || strings.HasPrefix(c, "54")
}

// away reports whether the failure ends when the database is back.
func away(err error) bool {
	if c := code(err); c != "" {
		// 08 connection, 57P operator intervention, 58 system error
		return strings.HasPrefix(c, "08") || strings.HasPrefix(c, "57P") || strings.HasPrefix(c, "58") ||
			c == codeTooMany || c == codeLockTimeout || c == codeSerialization || c == codeDeadlock
	}
	var ce *pgconn.ConnectError
	if errors.As(err, &ce) {
		return true
	}
	if errors.Is(err, context.DeadlineExceeded) { // the caller's; it is a net.Error too
		return false
	}
	var ne net.Error
	return errors.As(err, &ne) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "conn closed")
}

// failed wraps an error with what was being done: a missing row as
// store.ErrNotFound, a database that is away as store.ErrUnavailable, a full disk
// as store.ErrFull.
func failed(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("%s: %w", op, store.ErrNotFound)
	case errors.Is(err, context.Canceled), errors.Is(err, store.ErrUnavailable):
		return fmt.Errorf("%s: %w", op, err)
	case away(err):
		return fmt.Errorf("%s: %w: %w", op, store.ErrUnavailable, err)
	case code(err) == codeDiskFull:
		return fmt.Errorf("%s: %w", op, store.ErrFull)
	}
	return fmt.Errorf("%s: %w", op, err)
}
