package api

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	idTime   = 48 // bits of an identifier that tell when it was made
	idRandom = 14 // letters behind them
	base62   = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

var (
	lastID atomic.Uint64
	idForm = regexp.MustCompile(`^[a-z]+_([0-9a-f]{12})[0-9A-Za-z]{14}$`)
)

// NewID returns an identifier as OpenCode makes them: the prefix, 12 hex digits of
// the milliseconds since 1970 times 4096 and a counter, and 14 random letters.
// Clients sort messages and parts by them. They are 48 bits of a number that has
// more, so that they begin anew every 795 days: what is stored is in the order of
// its time, and not of its identifiers.
func NewID(prefix string) string {
	for {
		last := lastID.Load()
		next := max(uint64(time.Now().UnixMilli())<<12+1, last+1)
		if lastID.CompareAndSwap(last, next) {
			return writeID(prefix, next)
		}
	}
}

// NewIDAfter returns a NewID that is sorted behind another identifier, which a
// client with another clock may have made.
func NewIDAfter(prefix, other string) string {
	id := NewID(prefix)
	if m := idForm.FindStringSubmatch(other); m != nil && m[1] >= id[len(prefix)+1:len(prefix)+1+idTime/4] {
		if n, err := strconv.ParseUint(m[1], 16, 64); err == nil && n+1 < 1<<idTime {
			return writeID(prefix, n+1)
		}
	}
	return id
}

func writeID(prefix string, n uint64) string {
	var b [idRandom]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	for i, v := range b {
		b[i] = base62[int(v)%len(base62)]
	}
	return fmt.Sprintf("%s_%012x%s", prefix, n&(1<<idTime-1), b[:])
}

var lastNow atomic.Int64

// Now returns the milliseconds since 1970, in this process never the same twice:
// messages are in the order of their times.
func Now() int64 {
	for {
		last := lastNow.Load()
		next := max(time.Now().UnixMilli(), last+1)
		if lastNow.CompareAndSwap(last, next) {
			return next
		}
	}
}
