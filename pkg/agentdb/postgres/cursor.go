package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// cursor reads the rows of a query some thousand at a time, so that other
// statements of the transaction can run in between.
type cursor[T any] struct {
	ctx  context.Context
	tx   pgx.Tx
	name string
	scan pgx.RowToFunc[T]
	rows []T
	done bool
}

// cursorRows is how many rows are in memory at a time.
const cursorRows = 4000

func openCursor[T any](ctx context.Context, tx pgx.Tx, name, sql string, scan pgx.RowToFunc[T]) (*cursor[T], error) {
	_, err := tx.Exec(ctx, "DECLARE "+name+" NO SCROLL CURSOR FOR "+sql)
	return &cursor[T]{ctx: ctx, tx: tx, name: name, scan: scan}, err
}

// fetch returns the next rows; none mean the end.
func (c *cursor[T]) fetch() ([]T, error) {
	return collect(c.ctx, c.tx, c.scan, fmt.Sprintf("FETCH %d FROM %s", cursorRows, c.name))
}

// next returns the next row; ok is false at the end.
func (c *cursor[T]) next() (v T, ok bool, err error) {
	if len(c.rows) == 0 && !c.done {
		if c.rows, err = c.fetch(); err != nil {
			return v, false, err
		}
		c.done = len(c.rows) < cursorRows
	}
	if len(c.rows) == 0 {
		return v, false, nil
	}
	v, c.rows = c.rows[0], c.rows[1:]
	return v, true, nil
}

func (c *cursor[T]) close() error {
	_, err := c.tx.Exec(c.ctx, "CLOSE "+c.name)
	return err
}
