package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
)

// Store is where changes are written down: *knowledge.Client.
type Store interface {
	Commit(ctx context.Context, in knowledge.Commit) (*knowledge.Committed, error)
	Events(ctx context.Context, sel knowledge.ListEvents) ([]knowledge.Event, error)
	Session(ctx context.Context, id string) (*knowledge.Session, error)
}

// Change is what is stored together, and the events that tell of it. Sessions,
// messages and parts are stored as they are now, by their identifiers.
type Change struct {
	Sessions       []api.Session
	Messages       []Message
	Parts          []api.Part
	DeleteMessages []string
	DeleteParts    []string
	DeleteSessions []string
	Events         []Event
}

// Message is a message with how far it has come.
type Message struct {
	api.Message
	Status string // running, done, failed, interrupted or aborted
}

// Event is what subscribers are told. An empty session means that the event
// outlives the session it is about; then it says whose that was.
type Event struct {
	SessionID string
	Owner     identity.Identity // where SessionID is empty; else the session's
	Type      string
	Data      any // encoded as JSON
}

// Delta is the Data of api.EventPartDelta. Deltas that follow one another are
// merged while they wait.
type Delta struct {
	SessionID string `json:"sessionID"`
	MessageID string `json:"messageID"`
	PartID    string `json:"partID"`
	Field     string `json:"field"`
	Delta     string `json:"delta"`
}

const (
	// maxBatch bounds the events of one commit, and maxQueue what may wait
	// while agentdb is away before turns are held up.
	maxBatch = 500
	maxQueue = 4000
	// ringSize is how many events are kept for subscribers: some minutes of a
	// busy server. ringBytes bounds their size.
	ringSize  = 4096
	ringBytes = 8 << 20
)

// Ledger is the queue and its writer. New makes one; Run must run.
type Ledger struct {
	store Store
	log   *slog.Logger

	mu     sync.Mutex
	cond   *sync.Cond // queue has grown or shrunk, or the ledger is closed
	queue  []*batch
	queued int // events in queue
	closed bool
	err    error // why the store did not take the last commit; nil if it did

	ring    ring
	origins map[string]origin // by session
}

// origin is where a session comes from.
type origin struct {
	parent string // "" if it has none
	owner  identity.Identity
}

// lost is the owner of events whose session is gone: no caller's.
const lost = identity.Everyone

// batch is one commit in the making.
type batch struct {
	key      string
	sessions map[string]api.Session
	messages map[string]Message
	parts    map[string]api.Part
	order    []string // identifiers of sessions, messages and parts as first seen
	deleteM  []string
	deleteP  []string
	deleteS  []string
	events   []Event
	sealed   bool // takes no more: it deletes, or is on its way
	done     chan struct{}
	err      error // valid when done is closed
}

// New returns a ledger that writes to store.
func New(store Store, log *slog.Logger) *Ledger {
	l := &Ledger{store: store, log: log, origins: map[string]origin{}}
	l.cond = sync.NewCond(&l.mu)
	l.ring.init()
	return l
}

// ErrClosed means that the process is on its way down and takes no more changes.
var ErrClosed = errors.New("the runtime is stopping")

// Append queues a change and returns a Receipt. It blocks while the queue is
// full.
func (l *Ledger) Append(c Change) *Receipt {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.queued >= maxQueue && !l.closed {
		l.cond.Wait()
	}
	if l.closed {
		return closedReceipt
	}
	for _, s := range c.Sessions {
		l.origins[s.ID] = origin{s.ParentID, s.Owner}
	}
	for _, id := range c.DeleteSessions {
		delete(l.origins, id)
	}
	b := l.open(c)
	before := len(b.events)
	b.add(c)
	l.queued += len(b.events) - before
	l.cond.Broadcast()
	return &Receipt{b}
}

// Write stores a change and returns when it is stored.
func (l *Ledger) Write(ctx context.Context, c Change) error {
	return l.Append(c).Wait(ctx)
}

// Receipt tells when a change is stored.
type Receipt struct{ b *batch }

var closedReceipt = func() *Receipt {
	b := &batch{done: make(chan struct{}), err: ErrClosed}
	close(b.done)
	return &Receipt{b}
}()

// Wait returns when the change is stored, with the reason if it was refused.
// When ctx ends first the change is still on its way.
func (r *Receipt) Wait(ctx context.Context) error {
	select {
	case <-r.b.done:
		return r.b.err
	case <-ctx.Done():
		return fmt.Errorf("store change: %w", context.Cause(ctx))
	}
}

// open returns the batch that takes c. Deletions have one of their own, since a
// commit does not tell whether it deletes before or after it writes.
func (l *Ledger) open(c Change) *batch {
	deletes := len(c.DeleteMessages)+len(c.DeleteParts)+len(c.DeleteSessions) > 0
	if n := len(l.queue); n > 0 && !deletes {
		if b := l.queue[n-1]; !b.sealed && len(b.events)+len(c.Events) <= maxBatch {
			return b
		}
	}
	b := &batch{key: knowledge.NewID("cmt"), sealed: deletes, done: make(chan struct{}),
		sessions: map[string]api.Session{}, messages: map[string]Message{}, parts: map[string]api.Part{}}
	l.queue = append(l.queue, b)
	return b
}

func (b *batch) add(c Change) {
	for _, s := range c.Sessions {
		if _, ok := b.sessions[s.ID]; !ok {
			b.order = append(b.order, s.ID)
		}
		b.sessions[s.ID] = s
	}
	for _, m := range c.Messages {
		if _, ok := b.messages[m.ID]; !ok {
			b.order = append(b.order, m.ID)
		}
		b.messages[m.ID] = m
	}
	for _, p := range c.Parts {
		if _, ok := b.parts[p.ID]; !ok {
			b.order = append(b.order, p.ID)
		}
		b.parts[p.ID] = p
	}
	b.deleteM = append(b.deleteM, c.DeleteMessages...)
	b.deleteP = append(b.deleteP, c.DeleteParts...)
	b.deleteS = append(b.deleteS, c.DeleteSessions...)
	for _, e := range c.Events {
		if !b.merge(e) {
			b.events = append(b.events, e)
		}
	}
}

// merge adds a delta to the one before it, if that is of the same part.
func (b *batch) merge(e Event) bool {
	d, ok := e.Data.(Delta)
	if !ok {
		return false
	}
	// Deltas of other sessions may lie between; events of this one may not.
	for i := len(b.events) - 1; i >= 0; i-- {
		if b.events[i].SessionID != e.SessionID {
			continue
		}
		prev, ok := b.events[i].Data.(Delta)
		if !ok || prev.PartID != d.PartID || prev.Field != d.Field {
			return false
		}
		prev.Delta += d.Delta
		b.events[i].Data = prev
		return true
	}
	return false
}

// commit encodes the batch.
func (b *batch) commit() (knowledge.Commit, error) {
	out := knowledge.Commit{Key: b.key, DeleteMessages: b.deleteM, DeleteParts: b.deleteP, DeleteSessions: b.deleteS}
	for _, id := range b.order {
		var err error
		if s, ok := b.sessions[id]; ok {
			k := knowledge.Session{ID: s.ID, ParentID: s.ParentID, Owner: s.Owner, Title: s.Title, Created: time.UnixMilli(s.Time.Created), Updated: time.UnixMilli(s.Time.Updated), Pinned: s.Pinned}
			if s.Time.Deleted != 0 {
				at := time.UnixMilli(s.Time.Deleted)
				k.Deleted = &at
			}
			k.Data, err = json.Marshal(s)
			out.Sessions = append(out.Sessions, k)
		} else if m, ok := b.messages[id]; ok {
			k := knowledge.Message{ID: m.ID, SessionID: m.SessionID, Role: m.Role, Status: m.Status, Created: time.UnixMilli(m.Time.Created), Updated: time.Now()}
			k.Data, err = json.Marshal(m.Message)
			out.Messages = append(out.Messages, k)
		} else if p, ok := b.parts[id]; ok {
			k := knowledge.Part{ID: p.ID, MessageID: p.MessageID, SessionID: p.SessionID}
			k.Data, err = json.Marshal(p)
			out.Parts = append(out.Parts, k)
		}
		if err != nil {
			return out, fmt.Errorf("encode %s: %w", id, err)
		}
	}
	for _, e := range b.events {
		data, err := json.Marshal(e.Data)
		if err != nil {
			return out, fmt.Errorf("encode event %s: %w", e.Type, err)
		}
		out.Events = append(out.Events, knowledge.Event{SessionID: e.SessionID, Owner: e.Owner, Type: e.Type, Data: data})
	}
	return out, nil
}

// Run writes until ctx ends and the queue is empty, or until grace has passed
// after that.
func (l *Ledger) Run(ctx context.Context, grace time.Duration) {
	wctx, cancel := context.WithCancel(identity.With(context.WithoutCancel(ctx), identity.Everyone))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(grace, cancel)
		l.mu.Lock()
		l.closed = true
		l.cond.Broadcast()
		l.mu.Unlock()
	})
	defer stop()
	for {
		b := l.next()
		if b == nil {
			return
		}
		l.write(wctx, b)
	}
}

// next waits for a batch and seals it; nil means that the ledger is closed and
// empty.
func (l *Ledger) next() *batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) == 0 && !l.closed {
		l.cond.Wait()
	}
	if len(l.queue) == 0 {
		return nil
	}
	b := l.queue[0]
	l.queue = l.queue[1:]
	l.queued -= len(b.events)
	b.sealed = true
	l.cond.Broadcast()
	return b
}

// write stores a batch, again and again while agentdb is away, and publishes
// its events.
func (l *Ledger) write(ctx context.Context, b *batch) {
	defer close(b.done)
	c, err := b.commit()
	if err != nil {
		b.err = err
		return
	}
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		var done *knowledge.Committed
		if err = l.own(ctx, c.Events); err == nil {
			done, err = l.store.Commit(ctx, c)
		}
		if err == nil && len(done.Seqs) != len(c.Events) {
			err = fmt.Errorf("agentdb numbered %d of %d events", len(done.Seqs), len(c.Events))
			b.err = err
			l.setErr(err)
			return
		}
		if err == nil {
			l.setErr(nil)
			l.publish(c.Events, done.Seqs)
			return
		}
		l.setErr(err)
		var p *knowledge.Problem
		if ctx.Err() != nil || errors.As(err, &p) && p.Status < 500 {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	b.err = fmt.Errorf("store change: %w", err)
}

// own writes onto events whose they are.
func (l *Ledger) own(ctx context.Context, events []knowledge.Event) error {
	for i := range events {
		e := &events[i]
		if e.SessionID == "" {
			continue
		}
		o, err := l.origin(ctx, e.SessionID)
		if errors.Is(err, knowledge.ErrNotFound) {
			o.owner, err = lost, nil
		}
		if err != nil {
			return err
		}
		e.Owner = o.owner
	}
	return nil
}

func (l *Ledger) setErr(err error) {
	l.mu.Lock()
	was := l.err
	l.err = err
	l.mu.Unlock()
	switch {
	case err != nil && was == nil:
		l.log.Warn("sessions cannot be stored", "error", err)
	case err == nil && was != nil:
		l.log.Info("sessions are stored again")
	}
}

// Err returns why the last change could not be stored yet, nil if it was.
func (l *Ledger) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}
