package api

import (
	"regexp"
	"strconv"
	"testing"
	"time"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^msg_[0-9a-f]{12}[0-9A-Za-z]{14}$`)
	last := ""
	for range 10_000 {
		id := NewID("msg")
		if !form.MatchString(id) || id <= last {
			t.Fatalf("%s comes after %s", id, last)
		}
		last = id
	}
	now := uint64(time.Now().UnixMilli())
	n, err := strconv.ParseUint(last[4:16], 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	if ms := n >> 12; ms < now&(1<<36-1)-60_000 || ms > now&(1<<36-1)+60_000 {
		t.Errorf("%s is of %d, now is %d", last, ms, now&(1<<36-1))
	}
	for _, other := range []string{last, "msg_" + strconv.FormatUint(n+1<<30, 16)[:12] + "abcdefghijklmn", "prt_" + last[4:]} {
		if id := NewIDAfter("msg", other); !form.MatchString(id) || id[4:] <= other[4:] {
			t.Errorf("%s is not behind %s", id, other)
		}
	}
	for _, other := range []string{"", "msg_", "msg_zzzzzzzzzzzzzzzzzzzzzzzzzz", "msg_ffffffffffffaaaaaaaaaaaaaa", "x"} {
		if id := NewIDAfter("msg", other); !form.MatchString(id) {
			t.Errorf("behind %s comes %s", other, id)
		}
	}
}

func TestNow(t *testing.T) {
	t.Parallel()
	last := int64(0)
	for range 1000 {
		n := Now()
		if n <= last {
			t.Fatalf("%d comes after %d", n, last)
		}
		last = n
	}
}
