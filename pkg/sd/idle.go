package sd

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Idle tells when a service has had no work for a while, so that a
// socket-activated one can leave and give its memory back. The zero value is
// not usable; NewIdle makes one.
type Idle struct {
	after  time.Duration
	mu     sync.Mutex
	active int
	timer  *time.Timer
	done   chan struct{}
	once   sync.Once
}

// NewIdle returns an Idle that ends after that long without work. Zero means
// never.
func NewIdle(after time.Duration) *Idle {
	i := &Idle{after: after, done: make(chan struct{})}
	if after > 0 {
		i.timer = time.AfterFunc(after, i.expire)
	}
	return i
}

func (i *Idle) expire() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.active == 0 {
		i.once.Do(func() { close(i.done) })
	}
}

// Begin counts a piece of work and returns the function that ends it, which
// must be called once.
func (i *Idle) Begin() (end func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.active++
	if i.timer != nil {
		i.timer.Stop()
	}
	return func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.active--
		if i.active == 0 && i.timer != nil {
			i.timer.Reset(i.after)
		}
	}
}

// Done is closed when the time has passed without work.
func (i *Idle) Done() <-chan struct{} { return i.done }

// Handler counts every request of h as work.
func (i *Idle) Handler(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer i.Begin()()
		h.ServeHTTP(w, r)
	})
}

// Context returns a context that ends when ctx does or the service is idle.
func (i *Idle) Context(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-i.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
