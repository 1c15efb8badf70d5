package frontier

import (
	"net/url"
	"time"
)

// Limit says how a host may be treated.
type Limit struct {
	Concurrency int           // requests at a time; 0 means 1
	Delay       time.Duration // from the start of one request to the next; more than 0 means one at a time
}

// host is the queue of one host and when it may be asked.
type host struct {
	name   string
	limit  Limit
	queue  []*Record
	active int
	after  time.Time // nothing before
	inRing bool
}

// ready reports whether a request may start at now, and otherwise how long it
// is until one may; 0 means until one ends.
func (h *host) ready(now time.Time) (bool, time.Duration) {
	if h.active >= max(h.limit.Concurrency, 1) || h.limit.Delay > 0 && h.active > 0 {
		return false, 0
	}
	if d := h.after.Sub(now); d > 0 {
		return false, d
	}
	return true, 0
}

// hostOf is the part of an address that limits apply to.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// host returns the queue that r belongs to. f.mu is held.
func (f *Frontier) host(r *Record) *host { return f.hostNamed(hostOf(r.URL)) }

func (f *Frontier) hostNamed(name string) *host {
	h := f.hosts[name]
	if h == nil {
		h = &host{name: name, limit: f.limit}
		f.hosts[name] = h
	}
	return h
}

// enqueue puts r at the end of its host's queue. f.mu is held.
func (f *Frontier) enqueue(r *Record) {
	h := f.host(r)
	h.queue = append(h.queue, r)
	f.queued++
	if !h.inRing {
		h.inRing = true
		f.ring = append(f.ring, h)
	}
	f.cond.Signal()
}

// pick takes the next record of the next host that may be asked, or says how
// long to wait for one; 0 means until something changes. f.mu is held.
func (f *Frontier) pick(now time.Time) (*Record, time.Duration) {
	var wait time.Duration
	for i := 0; i < len(f.ring); {
		at := (f.next + i) % len(f.ring)
		h := f.ring[at]
		if len(h.queue) == 0 {
			h.inRing = false
			f.ring = append(f.ring[:at], f.ring[at+1:]...)
			continue
		}
		ok, d := h.ready(now)
		if !ok {
			if d > 0 && (wait == 0 || d < wait) {
				wait = d
			}
			i++
			continue
		}
		r := h.queue[0]
		h.queue[0] = nil
		h.queue = h.queue[1:]
		h.active++
		h.after = now.Add(h.limit.Delay)
		f.queued--
		f.active++
		f.next = at + 1
		return r, 0
	}
	return nil, wait
}

// LimitHost sets how one host is treated, as its robots.txt asks.
func (f *Frontier) LimitHost(name string, l Limit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hostNamed(name).limit = l
	f.cond.Broadcast()
}

// Pause asks nothing of a host until the time has passed, as its Retry-After
// says. A longer pause that was set before stays.
func (f *Frontier) Pause(name string, d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.hostNamed(name)
	if until := time.Now().Add(d); until.After(h.after) {
		h.after = until
	}
}
