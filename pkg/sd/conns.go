package sd

import (
	"container/list"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// How many connections a service has at a time, of one peer and in all. One
// costs some 20 KB, so that all of them stay below 100 MB.
const (
	maxConns     = 4096
	maxPeerConns = 1024
)

// conns are the connections of a server. When there are too many, one that waits
// for a request gives way, the oldest first; where all are at work, the new one
// is refused.
type conns struct {
	max, maxPeer int
	mu           sync.Mutex
	all          map[net.Conn]*conn
	peers        map[string]int
	waiting      *list.List // of *conn, the oldest first
}

type conn struct {
	net.Conn
	peer   string
	place  *list.Element // among those that wait, nil while at work
	silent bool          // has not asked for anything yet, such as those that browsers open in advance
}

func newConns(limit, peer int) *conns {
	return &conns{max: limit, maxPeer: peer, all: map[net.Conn]*conn{}, peers: map[string]int{}, waiting: list.New()}
}

// peerOf names who holds the other end: an account, or an address.
func peerOf(c net.Conn) string {
	if p, ok := peerCred(c); ok {
		return fmt.Sprint("uid ", p.UID)
	}
	if t, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		return t.IP.String()
	}
	return ""
}

// note is the ConnState of a server.
func (l *conns) note(nc net.Conn, state http.ConnState) {
	if state == http.StateNew {
		l.enter(nc, peerOf(nc))
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.all[nc]
	if c == nil {
		return
	}
	l.work(c)
	switch state {
	case http.StateIdle:
		c.place = l.waiting.PushBack(c)
	case http.StateClosed, http.StateHijacked:
		l.forget(c)
	}
}

func (l *conns) enter(nc net.Conn, peer string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.room(peer) {
		_ = nc.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = nc.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
		_ = nc.Close()
		return
	}
	c := &conn{Conn: nc, peer: peer, silent: true}
	c.place = l.waiting.PushBack(c)
	l.all[nc] = c
	l.peers[peer]++
}

// work takes a connection from those that wait.
func (l *conns) work(c *conn) {
	if c.place != nil {
		l.waiting.Remove(c.place)
	}
	c.place, c.silent = nil, false
}

func (l *conns) forget(c *conn) {
	delete(l.all, c.Conn)
	if l.peers[c.peer]--; l.peers[c.peer] == 0 {
		delete(l.peers, c.peer)
	}
}

// room makes room for one more of that peer, or reports that there is none.
func (l *conns) room(peer string) bool {
	full := l.peers[peer] >= l.maxPeer
	if !full && len(l.all) < l.max {
		return true
	}
	for e := l.waiting.Front(); e != nil; e = e.Next() {
		c := e.Value.(*conn)
		if full && c.peer != peer {
			continue
		}
		l.work(c)
		l.forget(c)
		_ = c.Close()
		return true
	}
	return false
}

// hurry gives those that were silent so far a second, in which a request that is
// on its way arrives. Shutdown waits five seconds for them.
func (l *conns) hurry() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for e := l.waiting.Front(); e != nil; e = e.Next() {
		if c := e.Value.(*conn); c.silent {
			_ = c.SetReadDeadline(time.Now().Add(time.Second))
		}
	}
}
