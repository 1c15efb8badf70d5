package sd

import (
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// The last words of a process are read before it may end.
func TestFlushJournalWaitsForTheReader(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "socket")
	journal, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = journal.Close() })
	writer, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = writer.Close() })
	for range 10 {
		if _, err := writer.Write([]byte("MESSAGE=last words\n")); err != nil {
			t.Fatal(err)
		}
	}
	var read atomic.Int32
	go func() {
		buf := make([]byte, 100)
		for {
			n, err := journal.Read(buf)
			if err != nil {
				return
			}
			if n > 0 {
				read.Add(1)
			}
		}
	}()
	flushJournal(path)
	if got := read.Load(); got != 10 {
		t.Errorf("%d of 10 records were read when the process would have ended", got)
	}
	flushJournal(filepath.Join(t.TempDir(), "none")) // nobody there: returns
}
