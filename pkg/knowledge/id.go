package knowledge

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"sync/atomic"
	"time"
)

var idCount atomic.Uint32

// NewID returns an identifier PREFIX_ + 12 hex digits that grow with time +
// 14 random ones, so that identifiers of one process sort by creation.
func NewID(prefix string) string {
	var b [13]byte
	t := uint64(time.Now().UnixMilli())<<8 | uint64(idCount.Add(1)&0xff)
	var tb [8]byte
	binary.BigEndian.PutUint64(tb[:], t)
	copy(b[:6], tb[2:])
	_, _ = rand.Read(b[6:]) // never fails: crypto/rand ends the process instead
	return prefix + "_" + hex.EncodeToString(b[:])
}
