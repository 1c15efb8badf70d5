package postgres

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"panther/pkg/agentdb/store"
)

// upkeep runs what writers leave for later: folds of the index and indexes of
// vectors. It is woken by writers and does nothing otherwise; what fails is
// reported, and tried again a minute later or at the next call, here or in
// another process.
type upkeep struct {
	wake   chan struct{}
	cancel context.CancelFunc
	done   sync.WaitGroup
	report atomic.Pointer[func(error)]
}

// upkeepRetry is how long what failed is left alone if nobody writes.
const upkeepRetry = time.Minute

// upkeepTimeout bounds one round: an HNSW index over a million vectors takes
// minutes.
const upkeepTimeout = time.Hour

func (u *upkeep) start(s *Store) {
	ctx, cancel := context.WithCancel(context.Background())
	u.wake, u.cancel = make(chan struct{}, 1), cancel
	u.done.Go(func() {
		var again <-chan time.Time
		for {
			select {
			case <-ctx.Done():
				return
			case <-u.wake:
			case <-again:
			}
			round, end := context.WithTimeout(ctx, upkeepTimeout)
			err := failed("upkeep", s.tidy(round))
			end()
			again = nil
			if err != nil && ctx.Err() == nil {
				again = time.After(upkeepRetry)
				// That the database is away is for those to say who wait for it.
				if report := u.report.Load(); report != nil && !errors.Is(err, store.ErrUnavailable) {
					(*report)(err)
				}
			}
		}
	})
}

func (u *upkeep) stop() {
	u.cancel()
	u.done.Wait()
}

// call wakes upkeep; calls while it runs are one.
func (u *upkeep) call() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// OnUpkeepError makes report hear of what fails in the background.
func (s *Store) OnUpkeepError(report func(error)) { s.upkeep.report.Store(&report) }

func (s *Store) tidy(ctx context.Context) error {
	due, err := s.foldDue(ctx)
	if err != nil {
		return err
	}
	if due {
		if err := s.fold(ctx); err != nil {
			return err
		}
	}
	return s.indexSpaces(ctx)
}
