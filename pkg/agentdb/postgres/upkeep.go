package postgres

import (
	"context"
	"sync"
	"time"
)

// upkeep runs what writers leave for later: folds of the index and indexes of
// vectors. It is woken by writers and does nothing otherwise; what fails is
// tried again at the next call, here or in another process.
type upkeep struct {
	wake   chan struct{}
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// upkeepTimeout bounds one round: an HNSW index over a million vectors takes
// minutes.
const upkeepTimeout = time.Hour

func (u *upkeep) start(s *Store) {
	ctx, cancel := context.WithCancel(context.Background())
	u.wake, u.cancel = make(chan struct{}, 1), cancel
	u.done.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-u.wake:
				round, end := context.WithTimeout(ctx, upkeepTimeout)
				_ = s.tidy(round) // the next writer wakes it again
				end()
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
