package frontier

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Frontier holds the records of one source. Its methods may be called by
// several goroutines.
type Frontier struct {
	store *store

	mu     sync.Mutex
	cond   *sync.Cond
	recs   map[string]*Record
	meta   map[string]string
	hosts  map[string]*host
	ring   []*host // hosts that have something queued, visited in turn
	next   int
	queued int // in a host's queue, or waiting to be retried
	active int // claimed
	limit  Limit
	max    int // records that may be visited in a run; 0 means any number
	taken  int // records that were made Pending in this run
	capped int // addresses that the limit kept out
	ended  int // records that are Visited
	closed bool
}

// Open opens the frontier at path, or makes it. The error wraps ErrBusy when
// another process has it open.
func Open(path string) (*Frontier, error) {
	s, recs, meta, err := openStore(path)
	if err != nil {
		return nil, err
	}
	f := &Frontier{store: s, recs: recs, meta: meta, hosts: map[string]*host{}, limit: Limit{Concurrency: 8}}
	f.cond = sync.NewCond(&f.mu)
	return f, nil
}

// Close writes what is not yet written and closes the file.
func (f *Frontier) Close() error {
	f.mu.Lock()
	f.closed = true
	f.cond.Broadcast()
	f.mu.Unlock()
	return f.store.close()
}

// Sync waits until everything done so far is in the file.
func (f *Frontier) Sync() error { return f.store.sync() }

// Meta returns a value that SetMeta kept, or "".
func (f *Frontier) Meta(key string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.meta[key]
}

// SetMeta keeps a small value about the source.
func (f *Frontier) SetMeta(key, value string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.meta[key] = value
	return f.store.put(op{key: key, text: value})
}

// SetLimit sets how every host is treated that has no Limit of its own, and how
// many addresses one run may visit. It is called before Begin.
func (f *Frontier) SetLimit(each Limit, pages int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.limit, f.max = each, pages
}

// Begin starts a run, or goes on with the one of that id. A new run makes those
// records Pending that again wants, and forgets those that it does not want and
// that are no documents. It reports whether the run had begun before.
func (f *Frontier) Begin(run string, again func(*Record) bool) (resumed bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	resumed = f.meta["run"] == run
	f.hosts, f.ring, f.queued, f.active, f.taken, f.capped, f.ended = map[string]*host{}, nil, 0, 0, 0, 0, 0
	if !resumed {
		if err := f.store.put(f.reset(run, again)...); err != nil {
			return false, err
		}
	}
	for _, r := range f.recs {
		if r.State != Idle {
			f.taken++
		}
		switch r.State {
		case Pending:
			f.enqueue(r)
		case Visited:
			f.ended++
		}
	}
	return resumed, nil
}

// reset makes the records those of a new run and returns the changes, which
// one transaction writes. f.mu is held.
func (f *Frontier) reset(run string, again func(*Record) bool) []op {
	f.meta["run"] = run
	ops := []op{{key: "run", text: run}, {all: `UPDATE pages SET outcome = '', reason = '', state = 1`}} // 1 is Pending
	for key, r := range f.recs {
		r.Outcome, r.Reason, r.State = "", "", Pending
		if again(r) {
			continue
		}
		r.State = Idle
		c := *r
		ops = append(ops, op{rec: &c, del: !r.Live()})
		if !r.Live() {
			delete(f.recs, key)
		}
	}
	return ops
}

// Add makes an address Pending unless it is so, or was visited in this run. It
// reports whether it did. An address that is known keeps what is known of it.
func (f *Frontier) Add(r Record) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.recs[r.Key]
	if old != nil && old.State != Idle {
		return false, nil
	}
	if f.max > 0 && f.taken >= f.max {
		f.capped++
		return false, nil
	}
	if old == nil {
		if r.URL == r.Key { // one string is enough
			r.URL = r.Key
		}
		old = &r
		f.recs[r.Key] = old
	} else {
		old.Depth, old.Hops = r.Depth, r.Hops
	}
	old.State = Pending
	f.taken++
	if err := f.save(old); err != nil {
		return false, err
	}
	f.enqueue(old)
	return true, nil
}

// Item returns the record of something that a listing found, for a source whose
// items are not claimed but come in the order of the listing. It returns nil
// when the item was finished in this run before, or the limit keeps it out.
func (f *Frontier) Item(r Record) (*Record, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.recs[r.Key]
	switch {
	case old != nil && old.State == Visited:
		return nil, nil
	case old != nil && old.State == Pending:
		return old, nil
	case f.max > 0 && f.taken >= f.max:
		f.capped++
		return nil, nil
	case old == nil:
		old = &r
		f.recs[r.Key] = old
	}
	old.State = Pending
	f.taken++
	return old, f.save(old)
}

// Unvisited returns the records that are still Pending.
func (f *Frontier) Unvisited() []*Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []*Record
	for _, r := range f.recs {
		if r.State == Pending {
			out = append(out, r)
		}
	}
	return out
}

// save queues a copy of r for the file. f.mu is held.
func (f *Frontier) save(r *Record) error {
	c := *r
	return f.store.put(op{rec: &c})
}

// ErrEmpty means that nothing is left to be visited.
var ErrEmpty = errors.New("frontier is empty")

// Claim waits for an address that may be visited now and takes it out of the
// queue. The caller owns the record until Release or Requeue. When nothing is
// queued and nothing is claimed, it returns ErrEmpty.
func (f *Frontier) Claim(ctx context.Context) (*Record, error) {
	stop := context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.cond.Broadcast()
	})
	defer stop()
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case f.closed:
			return nil, fmt.Errorf("claim: %w", errClosed)
		}
		r, wait := f.pick(time.Now())
		if r != nil {
			return r, nil
		}
		if f.queued == 0 && f.active == 0 {
			f.cond.Broadcast() // the others are done too
			return nil, ErrEmpty
		}
		if wait > 0 {
			t := time.AfterFunc(wait, func() {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.cond.Broadcast()
			})
			f.cond.Wait()
			t.Stop()
			continue
		}
		f.cond.Wait()
	}
}

var errClosed = errors.New("frontier is closed")

// Release ends a claim: what r linked to was added, and its host may be asked
// again. The record stays Pending in the file until Finish.
func (f *Frontier) Release(r *Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.release(r)
}

func (f *Frontier) release(r *Record) {
	f.active--
	f.host(r).active--
	f.cond.Broadcast()
}

// Requeue ends a claim without a visit: the address is handed out again, not
// before the time has passed.
func (f *Frontier) Requeue(r *Record, after time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.release(r)
	if after <= 0 {
		f.enqueue(r)
		return
	}
	f.queued++
	time.AfterFunc(after, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.queued--
		f.enqueue(r)
	})
}

// Move ends a claim of a record whose page is at another address of the same
// identity: a folder that wants its slash. It is handed out again with that
// address.
func (f *Frontier) Move(r *Record, address string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.release(r)
	r.URL = address
	r.Hops++
	f.enqueue(r)
}

// Finish writes what became of a record: it is Visited in this run. change is
// called with the record locked.
func (f *Frontier) Finish(r *Record, change func(*Record)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(r)
	if r.State != Visited {
		f.ended++
	}
	r.State = Visited
	return f.save(r)
}

// Reopen makes a record that was finished in this run Pending again.
func (f *Frontier) Reopen(r *Record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.State != Visited {
		return nil
	}
	r.State, r.Target, r.Reason, r.Outcome = Pending, "", "", ""
	f.ended--
	f.enqueue(r)
	return f.save(r)
}

// Update changes a record without visiting it.
func (f *Frontier) Update(r *Record, change func(*Record)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(r)
	return f.save(r)
}

// Get returns a copy of the record of a key.
func (f *Frontier) Get(key string) (Record, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r := f.recs[key]; r != nil {
		return *r, true
	}
	return Record{}, false
}

// Each calls fn with every record while nothing else can change them; fn must
// not call the Frontier.
func (f *Frontier) Each(fn func(*Record)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.recs {
		fn(r)
	}
}

// Counts describes how far a run is.
type Counts struct {
	Known  int // addresses that are to be visited in this run or were
	Ended  int // of those: finished
	Active int // claimed
	Capped int // kept out by the limit of pages
}

// Counts returns how far the run is.
func (f *Frontier) Counts() Counts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Counts{Known: f.taken, Ended: f.ended, Active: f.active, Capped: f.capped}
}
