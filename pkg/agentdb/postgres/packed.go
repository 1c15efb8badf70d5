package postgres

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"

	"panther/pkg/agentdb/postgres/postings"

	"github.com/pressly/goose/v3"
)

// packedBlocks is migration 3: blocks of postings are packed and know their peaks.
// It writes both tables anew, in the order of terms. The column that held the
// former blocks is gone, so that an older release that still runs fails rather
// than misreads.
var packedBlocks = goose.NewGoMigration(3, &goose.GoFunc{RunTx: packBlocks}, nil)

func packBlocks(ctx context.Context, tx *sql.Tx) error {
	const table = `(
		corpus smallint NOT NULL,
		term   text COLLATE "C" NOT NULL,
		first  bigint NOT NULL,
		last   bigint NOT NULL,
		n      smallint NOT NULL,
		packed bytea STORAGE PLAIN NOT NULL
	)`
	for _, q := range []string{
		"SET LOCAL statement_timeout = 0",
		"ALTER TABLE posting RENAME TO posting_was",
		"ALTER TABLE posting_new RENAME TO posting_new_was",
		"CREATE TABLE posting " + table,
		"CREATE TABLE posting_new " + table + " WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000)",
	} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	for _, name := range []string{"posting", "posting_new"} {
		if err := packTable(ctx, tx, name); err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
	}
	for _, q := range []string{
		"DROP TABLE posting_was, posting_new_was",
		"CREATE INDEX posting_term ON posting (corpus, term, last)",
		"CREATE INDEX posting_new_term ON posting_new (corpus, term)",
		"ANALYZE posting, posting_new",
	} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// packTable writes the blocks of a table anew, some thousand at a time.
func packTable(ctx context.Context, tx *sql.Tx, name string) error {
	_, err := tx.ExecContext(ctx, "DECLARE was NO SCROLL CURSOR FOR SELECT corpus, term, first, n, data FROM "+name+"_was ORDER BY corpus, term, first")
	if err != nil {
		return err
	}
	var p packer
	for read := -1; read != 0; {
		if read, err = p.fetch(ctx, tx); err != nil {
			return err
		}
		if read == 0 {
			p.flush()
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO "+name+" SELECT * FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::bigint[], $5::smallint[], $6::bytea[])",
			p.corpora, p.terms, p.firsts, p.lasts, p.ns, p.packed)
		if err != nil {
			return err
		}
		p = packer{run: p.run}
	}
	_, err = tx.ExecContext(ctx, "CLOSE was")
	return err
}

// packer makes rows of posting, by column.
type packer struct {
	corpora, ns   []int16
	terms         []string
	firsts, lasts []int64
	packed        [][]byte

	run run
}

// run is postings of a term that go on from one of the former blocks to the next,
// which were smaller.
type run struct {
	corpus int16
	term   string
	gone   bool
	ps     []postings.Posting
}

// fetch packs the next blocks of the cursor was, and returns how many those are.
// A block that cannot be read is left out: Check finds what is missing and
// repairs it from the texts.
func (p *packer) fetch(ctx context.Context, tx *sql.Tx) (read int, err error) {
	rows, err := tx.QueryContext(ctx, fmt.Sprintf("FETCH %d FROM was", cursorRows))
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	for ; rows.Next(); read++ {
		var x run
		var n int16
		var first int64
		var data []byte
		if err := rows.Scan(&x.corpus, &x.term, &first, &n, &data); err != nil {
			return read, err
		}
		var ok bool
		x.gone = n < 0
		if x.ps, ok = unpackOld(data, first, max(int(n), -int(n))); ok {
			p.add(x)
		}
	}
	return read, rows.Err()
}

func (p *packer) add(x run) {
	r := &p.run
	n := len(r.ps)
	if n > 0 && r.corpus == x.corpus && r.term == x.term && r.gone == x.gone && r.ps[n-1].Unit < x.ps[0].Unit && n < postings.BlockSize {
		r.ps = append(r.ps, x.ps...)
		return
	}
	p.flush()
	p.run = x
}

// flush makes rows of the run.
func (p *packer) flush() {
	for _, b := range postings.Blocks(p.run.ps) {
		n := int16(b.N)
		if p.run.gone {
			n = -n
		}
		p.corpora, p.terms, p.ns = append(p.corpora, p.run.corpus), append(p.terms, p.run.term), append(p.ns, n)
		p.firsts, p.lasts, p.packed = append(p.firsts, b.First), append(p.lasts, b.Last), append(p.packed, b.Data)
	}
	p.run = run{}
}

// unpackOld decodes a block of migrations 1 and 2. Each posting is
//
//	uvarint  (unit - unit before) << 1 | (1 if freq > 1)    the first counts from the column first
//	uvarint  freq - 2                                        only if freq > 1
//	uvarint  length of the unit in terms
func unpackOld(data []byte, unit int64, n int) (ps []postings.Posting, ok bool) {
	ps = make([]postings.Posting, n)
	bad := n == 0 || unit < 0
	uvarint := func() uint64 {
		v, used := binary.Uvarint(data)
		if used <= 0 {
			bad = true
			return 0
		}
		data = data[used:]
		return v
	}
	for i := range ps {
		gap := uvarint()
		if unit += int64(gap >> 1); unit < 0 || unit > 1<<62 {
			return nil, false
		}
		ps[i] = postings.Posting{Unit: unit, Freq: 1}
		if gap&1 != 0 {
			ps[i].Freq = uint32(uvarint()) + 2
		}
		ps[i].Len = uint32(uvarint())
	}
	return ps, !bad && len(data) == 0
}
