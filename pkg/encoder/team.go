package encoder

import (
	"runtime"
	"sync/atomic"
)

// team is the threads of one pass. Its helpers look for work for a while before
// they sleep, since the next product begins some microseconds after the last
// and waking a thread takes as long as a product of a short text.
//
// A nil team is the caller alone. Only one goroutine calls run, and stop when it
// is done.
type team struct {
	size   int
	job    atomic.Pointer[job]
	asleep atomic.Int32
	wake   chan struct{}
}

// job is one call of run.
type job struct {
	f          func(thread, i int)
	n          int64
	next, done atomic.Int64
}

// stopped is the job after the last.
var stopped = new(job)

// looks is how often a helper looks for work before it sleeps, some tens of
// microseconds.
const looks = 20_000

// newTeam returns a team of that many threads with the caller as one.
func newTeam(size int) *team {
	if size < 2 {
		return nil
	}
	t := &team{size: size, wake: make(chan struct{}, size)}
	for i := 1; i < size; i++ {
		go t.help(i)
	}
	return t
}

// threads is how many numbers run gives to threads.
func (t *team) threads() int {
	if t == nil {
		return 1
	}
	return t.size
}

// run calls f for i from 0 to n-1 with the number of the thread that does it.
func (t *team) run(n int, f func(thread, i int)) {
	if t == nil || n < 2 {
		for i := range n {
			f(0, i)
		}
		return
	}
	j := &job{f: f, n: int64(n)}
	t.publish(j)
	j.work(0)
	for i := 0; j.done.Load() < j.n; i++ {
		if i > looks {
			runtime.Gosched() // a helper is not running
		}
	}
}

// stop ends the helpers.
func (t *team) stop() {
	if t != nil {
		t.publish(stopped)
	}
}

func (t *team) publish(j *job) {
	t.job.Store(j)
	for range t.asleep.Load() {
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
}

func (t *team) help(thread int) {
	var last *job
	for {
		j := t.await(last)
		if j == stopped {
			return
		}
		j.work(thread)
		last = j
	}
}

// await returns the job that comes after last.
func (t *team) await(last *job) *job {
	for range looks {
		if j := t.job.Load(); j != last {
			return j
		}
	}
	t.asleep.Add(1)
	defer t.asleep.Add(-1)
	for {
		if j := t.job.Load(); j != last {
			return j
		}
		<-t.wake
	}
}

func (j *job) work(thread int) {
	for i := j.next.Add(1) - 1; i < j.n; i = j.next.Add(1) - 1 {
		j.f(thread, int(i))
		j.done.Add(1)
	}
}

// threads is how many run at once: what the cgroup's limit allows.
func threads() int { return runtime.GOMAXPROCS(0) }
