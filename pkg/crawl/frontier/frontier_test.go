package frontier

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("FRONTIER_VICTIM"); path != "" {
		victim(path)
	}
	os.Exit(m.Run())
}

const victimPages = 3000

// victim visits a site of victimPages, where page i links to 2i+1 and 2i+2,
// and prints each page once the file has it.
func victim(path string) {
	f, err := Open(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	if _, err := f.Begin("run_1", (*Record).Live); err != nil {
		os.Exit(3)
	}
	_, _ = f.Add(page(0))
	for {
		r, err := f.Claim(context.Background())
		if errors.Is(err, ErrEmpty) {
			break
		}
		for _, child := range []int32{2*r.Depth + 1, 2*r.Depth + 2} {
			if child < victimPages {
				_, _ = f.Add(page(int(child)))
			}
		}
		f.Release(r)
		if err := f.Finish(r, func(r *Record) { r.URI, r.Outcome = r.URL, "new" }); err != nil {
			os.Exit(3)
		}
		if r.Depth%50 == 0 && f.Sync() == nil {
			fmt.Println(r.Depth)
		}
	}
	_ = f.Close()
	os.Exit(0)
}

// page is number i; its depth carries the number.
func page(i int) Record {
	u := fmt.Sprintf("http://e.example/%d", i)
	return Record{Key: u, URL: u, Depth: int32(i)}
}

func TestAKilledProcessLosesNoPage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f.db")
	confirmed := map[string]bool{}
	for kill := 1; ; kill++ {
		if kill > 30 {
			t.Fatal("it does not get to its end")
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "FRONTIER_VICTIM="+path)
		out, _ := cmd.StdoutPipe()
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := 0
		for sc := bufio.NewScanner(out); sc.Scan(); {
			if confirmed[sc.Text()] {
				t.Fatalf("page %s was visited again after it was in the file", sc.Text())
			}
			confirmed[sc.Text()] = true
			if lines++; lines == 7+kill%5 {
				_ = cmd.Process.Kill()
			}
		}
		if cmd.Wait() == nil {
			break
		}
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	f.Each(func(r *Record) {
		if r.State == Visited && r.Live() {
			n++
		}
	})
	if n != victimPages {
		t.Errorf("%d pages of %d were visited", n, victimPages)
	}
}

func open(t *testing.T) *Frontier {
	t.Helper()
	f, err := Open(filepath.Join(t.TempDir(), "f.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestEveryAddressIsClaimedOnce(t *testing.T) {
	t.Parallel()
	f := open(t)
	if _, err := f.Begin("run_1", (*Record).Live); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	claimed := map[string]int{}
	_, _ = f.Add(page(0))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for {
				r, err := f.Claim(t.Context())
				if err != nil {
					return
				}
				mu.Lock()
				claimed[r.Key]++
				mu.Unlock()
				for i := range 40 { // all workers find the same links
					if n := int(r.Depth)/40*40 + 40 + i; n < 2000 {
						_, _ = f.Add(page(n))
					}
				}
				f.Release(r)
				_ = f.Finish(r, func(*Record) {})
			}
		})
	}
	wg.Wait()
	if len(claimed) != 1961 {
		t.Errorf("%d addresses were claimed", len(claimed))
	}
	for k, n := range claimed {
		if n != 1 {
			t.Errorf("%s was claimed %d times", k, n)
		}
	}
}

func TestASecondProcessIsTurnedAway(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f.db")
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, ErrBusy) {
		t.Errorf("the second one: %v", err)
	}
	if _, err := ReadMeta(path); !errors.Is(err, ErrBusy) {
		t.Errorf("reading beside it: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadMeta(path); err != nil {
		t.Errorf("after it: %v", err)
	}
}

func TestHostsAreAskedAsTheyWant(t *testing.T) {
	t.Parallel()
	f := open(t)
	f.SetLimit(Limit{Concurrency: 2}, 0)
	_, _ = f.Begin("run_1", (*Record).Live)
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	h := &host{limit: Limit{Delay: time.Second}}
	now := time.Now()
	if ok, _ := h.ready(now); !ok {
		t.Error("the first request has to wait")
	}
	h.active, h.after = 1, now.Add(time.Second)
	if ok, d := h.ready(now); ok || d != 0 {
		t.Error("a second request may start beside the first one")
	}
	h.active = 0
	if ok, d := h.ready(now); ok || d != time.Second {
		t.Errorf("the wait is %v", d)
	}
	for i := range 3 {
		_, _ = f.Add(page(i))
	}
	a, _ := f.Claim(t.Context())
	b, _ := f.Claim(t.Context())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := f.Claim(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third request at a time: %v", err)
	}
	f.Release(a)
	if c, err := f.Claim(t.Context()); err != nil || c == b {
		t.Errorf("after one ended: %v", err)
	}
}

func TestANewRunVisitsWhatItWants(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f.db")
	f, _ := Open(path)
	_, _ = f.Begin("run_1", (*Record).Live)
	for i := range 4 {
		_, _ = f.Add(page(i))
		r, _ := f.Claim(t.Context())
		f.Release(r)
		_ = f.Finish(r, func(r *Record) {
			if i < 2 {
				r.URI, r.ETag = r.URL, "tag"
			}
		})
	}
	_ = f.Close()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if resumed, err := f.Begin("run_2", (*Record).Live); err != nil || resumed {
		t.Fatalf("resumed is %v, %v", resumed, err)
	}
	if c := f.Counts(); c.Known != 2 {
		t.Errorf("counts are %+v", c)
	}
	if _, known := f.Get(page(3).Key); known {
		t.Error("a page that was no document is still known")
	}
	if r, _ := f.Get(page(1).Key); r.ETag != "tag" || r.State != Pending {
		t.Errorf("record is %+v", r)
	}
}
