package knowledge

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync/atomic"
	"time"
)

var lastID atomic.Uint64

// NewID returns an identifier PREFIX_ + 14 hex digits that grow with every call
// + 12 random ones, so that identifiers of one process sort by creation.
func NewID(prefix string) string {
	for {
		last := lastID.Load()
		next := max(uint64(time.Now().UnixMilli())<<12, last+1)
		if lastID.CompareAndSwap(last, next) {
			var b [6]byte
			_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
			return fmt.Sprintf("%s_%014x%s", prefix, next, hex.EncodeToString(b[:]))
		}
	}
}
