package prompt

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"panther/pkg/identity"
	"panther/pkg/opencode/history"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/turn"
)

// Options are the settings of a Queue.
type Options struct {
	TurnTime time.Duration // deadline of a turn
	Titles   bool          // let a model write titles
	Small    string        // model for titles; "" means the answering one
}

// Queue answers prompts. It may be used by several goroutines.
type Queue struct {
	rt      *turn.Runtime
	opt     Options
	log     *slog.Logger
	compact history.Compactor
	started time.Time // messages from before are another process's

	accept  context.Context // ends when no further turn may begin
	refuse  context.CancelCauseFunc
	turnCtx context.Context // ends when turns must
	end     context.CancelCauseFunc
	turns   sync.WaitGroup
	begun   atomic.Int64
}

// New returns a queue that takes prompts until ctx ends, which Drain follows.
func New(ctx context.Context, rt *turn.Runtime, opt Options) *Queue {
	q := &Queue{rt: rt, opt: opt, log: rt.Log, compact: history.Compactor{Models: rt.Models, Sessions: rt.Sessions, Account: rt.Account},
		started: time.Now()}
	q.accept, q.refuse = context.WithCancelCause(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { q.refuse(ledger.ErrClosed) })
	q.turnCtx, q.end = context.WithCancelCause(context.WithoutCancel(ctx))
	return q
}

// Begun counts the turns that have begun.
func (q *Queue) Begun() int64 { return q.begun.Load() }

// Context ends when turns must.
func (q *Queue) Context() context.Context { return q.turnCtx }

// Drain lets running turns end until finish has passed, then interrupts them and
// waits until store has passed for what they write.
func (q *Queue) Drain(finish, store time.Duration) {
	q.refuse(ledger.ErrClosed)
	ended := make(chan struct{})
	go func() { q.turns.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(finish):
	}
	q.end(turn.ErrInterrupted)
	select {
	case <-ended:
	case <-time.After(store):
	}
}

// as is what is done for somebody, until the process ends it.
func (q *Queue) as(owner identity.Identity) context.Context {
	return identity.With(q.turnCtx, owner)
}

func now() int64 { return time.Now().UnixMilli() }
